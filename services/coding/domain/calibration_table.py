"""Written by ``python -m tests.eval --calibrate`` from ``calibration.json``; see there.

By source, then by bucket of margin: (least score, permille right), upwards.
"""

CURVES: dict[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "index": (
        ((0, 833),),
        ((0, 875),),
        ((0, 950),),
        ((0, 984),),
    ),
    "similarity": (
        (
            (0, 136),
            (671, 318),
            (765, 409),
            (949, 680),
        ),
        (
            (0, 136),
            (671, 318),
            (765, 590),
            (766, 604),
            (910, 681),
            (987, 896),
        ),
        (
            (0, 500),
            (744, 590),
            (766, 681),
            (820, 714),
            (895, 727),
            (944, 968),
        ),
        (
            (0, 590),
            (766, 772),
            (837, 818),
            (896, 968),
        ),
    ),
    "wider": (
        ((0, 666),),
        ((0, 784),),
        ((0, 784),),
        ((0, 784),),
    ),
}
