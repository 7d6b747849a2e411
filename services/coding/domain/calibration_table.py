"""Written by ``python -m tests.eval --calibrate`` from ``calibration.json``; see there.

By source, then by bucket of margin: (least score, permille right), upwards.
"""

CURVES: dict[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "index": (
        ((0, 666),),
        ((0, 666),),
        ((0, 946),),
        ((0, 955),),
    ),
    "similarity": (
        (
            (0, 90),
            (671, 272),
            (754, 363),
            (910, 619),
        ),
        (
            (0, 90),
            (671, 272),
            (754, 523),
            (899, 619),
        ),
        (
            (0, 500),
            (746, 545),
            (754, 590),
            (819, 690),
            (893, 826),
            (928, 921),
        ),
        (
            (0, 545),
            (754, 785),
            (883, 968),
        ),
    ),
}
