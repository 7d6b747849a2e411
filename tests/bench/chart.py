"""The rates and what an encounter costs, as one SVG picture."""

from collections.abc import Iterator, Sequence
from html import escape

from tests.bench.processes import ORDER
from tests.bench.rates import of
from tests.bench.report import milliseconds_each
from tests.bench.run import NAMES, Contender, Measured, spread

_WIDTH = 900
_LEFT = 190
_ROOM = 600
_BAR = 26
_STEP = 38
_COLOURS = ("#3b6fb6", "#5a9bd4", "#8cc3e8", "#bcdff5", "#d9b26f", "#c2703d", "#7a9a58")


def chart(runs: Sequence[Measured]) -> str:
    """Bars of encounters a second (medians), then of processor milliseconds by process."""
    seen = [contender for contender in NAMES if of(runs, contender)]
    rates = {each: spread([run.balanced.per_second for run in of(runs, each)])[1] for each in seen}
    second = 70 + _STEP * len(seen) + 50
    height = second + _STEP * len(seen) + 60
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(20, 34, "Encounters a second, documented to balance due", size=16),
        *_rate_bars(rates, 56),
        _text(20, second - 16, "Processor milliseconds an encounter, by process", size=16),
        *_cost_bars(runs, seen, second),
        *_legend(height - 18),
        "</svg>\n",
    ]
    return "\n".join(lines)


def _rate_bars(rates: dict[Contender, float], top: int) -> Iterator[str]:
    most = max(rates.values(), default=0.0) or 1.0
    for row, (contender, rate) in enumerate(rates.items()):
        y = top + row * _STEP
        width = rate / most * _ROOM
        yield _text(20, y + 18, NAMES[contender])
        yield _bar(_LEFT, y, width, _COLOURS[0])
        yield _text(_LEFT + width + 8, y + 18, f"{rate:.0f}")


def _cost_bars(runs: Sequence[Measured], seen: Sequence[Contender], top: int) -> Iterator[str]:
    last = {contender: of(runs, contender)[-1] for contender in seen}
    most = max((milliseconds_each(run) for run in last.values()), default=0.0) or 1.0
    for row, (contender, run) in enumerate(last.items()):
        y = top + row * _STEP
        yield _text(20, y + 18, NAMES[contender])
        left = float(_LEFT)
        for process, colour in zip(ORDER, _COLOURS, strict=True):
            spent = run.cpu_milliseconds.get(process, 0) / max(run.published, 1)
            width = spent / most * _ROOM
            yield _bar(left, y, width, colour)
            left += width
        yield _text(left + 8, y + 18, f"{milliseconds_each(run):.2f}")


def _legend(y: int) -> Iterator[str]:
    left = 20
    for process, colour in zip(ORDER, _COLOURS, strict=True):
        yield f'<rect x="{left}" y="{y - 10}" width="11" height="11" fill="{colour}"/>'
        yield _text(left + 16, y, process, size=12)
        left += 34 + 8 * len(process)


def _bar(x: float, y: int, width: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y}" width="{max(width, 0):.1f}" height="{_BAR}" fill="{colour}"/>'
    )


def _text(x: float, y: int, words: str, *, size: int = 13) -> str:
    return f'<text x="{x:.1f}" y="{y}" font-size="{size}" fill="#222222">{escape(words)}</text>'
