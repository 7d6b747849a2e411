"""Written by ``python -m tests.eval --calibrate`` from ``calibration.json``; see there.

By source, then by bucket of margin: (least score, permille right), upwards.
"""

CURVES: dict[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "index": (
        ((0, 833),),
        ((0, 875),),
        ((0, 956),),
        ((0, 985),),
    ),
    "residual": (
        ((0, 818),),
        ((0, 818),),
        ((0, 818),),
        ((0, 961),),
    ),
    "similarity": (
        (
            (0, 136),
            (669, 318),
            (754, 409),
            (949, 652),
        ),
        (
            (0, 136),
            (669, 318),
            (754, 590),
            (766, 612),
            (910, 681),
            (987, 896),
        ),
        (
            (0, 454),
            (750, 590),
            (766, 725),
            (895, 727),
            (944, 967),
        ),
        (
            (0, 590),
            (766, 772),
            (837, 818),
            (896, 967),
        ),
    ),
    "wider": (
        ((0, 666),),
        ((0, 784),),
        ((0, 784),),
        ((0, 784),),
    ),
}
