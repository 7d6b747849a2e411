"""Written by ``python -m tests.eval --calibrate`` from ``calibration.json``; see there.

By source, then by bucket of margin: (least score, permille right), upwards.
"""

CURVES: dict[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "index": (
        ((0, 714),),
        ((0, 714),),
        ((0, 928),),
        ((0, 948),),
    ),
    "similarity": (
        (
            (0, 136),
            (680, 222),
            (933, 452),
            (945, 655),
        ),
        (
            (0, 136),
            (680, 272),
            (785, 452),
            (945, 655),
        ),
        (
            (0, 500),
            (742, 545),
            (755, 590),
            (811, 666),
            (902, 782),
            (939, 787),
        ),
        (
            (0, 545),
            (755, 727),
            (849, 869),
            (901, 962),
        ),
    ),
}
