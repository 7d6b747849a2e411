"""A flame graph as one SVG file: width is processor time, each row is called by the one below."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from zlib import crc32

from tests.bench.sampling import Stack

_WIDTH = 1400
_ROW = 17
_TOP = 40
_NARROWEST = 1.0
_CHARACTER = 6.4


@dataclass(slots=True)
class _Node:
    count: int = 0
    below: dict[str, "_Node"] = field(default_factory=dict)

    def depth(self) -> int:
        return 1 + max((each.depth() for each in self.below.values()), default=0)


def flame_graph(stacks: Counter[Stack], title: str) -> str:
    """The SVG. A browser shows a function's whole name and share when pointed at."""
    root = _Node()
    for stack, count in stacks.items():
        root.count += count
        node = root
        for name in stack:
            node = node.below.setdefault(name, _Node())
            node.count += count
    root = _crown(root)
    height = _TOP + _ROW * root.depth() + 10
    boxes = list(_boxes(root, "all", root.count, 0.0, height - 10 - _ROW)) if root.count else []
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            'font-family="monospace" font-size="11">',
            f'<rect width="{_WIDTH}" height="{height}" fill="#fcfcfa"/>',
            f'<text x="10" y="24" font-size="15">{escape(title)}: '
            f"{root.count // 1000} ms of processor time</text>",
            *boxes,
            "</svg>\n",
        ]
    )


def _crown(root: _Node) -> _Node:
    """Without the trunk of functions that do nothing but call the next one."""
    while len(root.below) == 1:
        (only,) = root.below.values()
        if only.count < root.count or not only.below:
            break
        root = only
    return root


def _boxes(node: _Node, name: str, whole: int, left: float, top: float) -> Iterator[str]:
    width = node.count * _WIDTH / whole
    if width < _NARROWEST:
        return
    share = node.count * 100 / whole
    shown = name[: int(width / _CHARACTER)] if width > 4 * _CHARACTER else ""
    yield (
        f'<g><title>{escape(name)}: {share:.1f}%</title><rect x="{left:.1f}" y="{top:.1f}" '
        f'width="{max(width - 0.5, 0.5):.1f}" height="{_ROW - 1}" fill="{_colour(name)}"/>'
        f'<text x="{left + 2:.1f}" y="{top + 12:.1f}">{escape(shown)}</text></g>'
    )
    for each, below in sorted(node.below.items()):
        yield from _boxes(below, each, whole, left, top - _ROW)
        left += below.count * _WIDTH / whole


def _colour(name: str) -> str:
    """Our services, the chassis, contracts and libraries each have a hue of their own."""
    shade = crc32(name.encode()) % 25
    hues = (("services.chassis", 205), ("services.", 130), ("schemas.", 50), ("tests.", 0))
    hue = next((hue for start, hue in hues if name.startswith(start)), 25)
    return f"hsl({hue}, 55%, {60 + shade}%)"
