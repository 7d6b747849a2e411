"""Written by ``python -m tests.eval --calibrate`` from ``calibration.json``; see there.

By source, then by bucket of margin: (least score, permille right), upwards.
"""

CURVES: dict[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "index": (
        ((0, 666),),
        ((0, 666),),
        ((0, 934),),
        ((0, 949),),
    ),
    "similarity": (
        (
            (0, 90),
            (671, 272),
            (765, 333),
            (910, 569),
        ),
        (
            (0, 90),
            (671, 272),
            (765, 569),
        ),
        (
            (0, 500),
            (760, 642),
            (857, 695),
            (909, 818),
            (961, 953),
        ),
        (
            (0, 500),
            (760, 772),
            (841, 863),
            (903, 963),
        ),
    ),
}
