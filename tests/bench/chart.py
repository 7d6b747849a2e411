"""The rates, what an encounter costs and how busy the machine was, as one SVG picture."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from tests.bench.processes import ORDER
from tests.bench.rate_report import RATES, figures, median, milliseconds_each, seen, shown
from tests.bench.rates import of
from tests.bench.run import NAMES, Contender, Measured, spread

_WIDTH = 960
_LEFT = 130
_ROOM = 560
_BAR = 24
_STEP = 34
_HEAD = 44
_GAP = 22
_COLOURS = ("#3b6fb6", "#5a9bd4", "#8cc3e8", "#bcdff5", "#d9b26f", "#c2703d", "#7a9a58")
_REST = "#d8d8d8"
_SHOWN = ("balanced", "sent_through", "balanced_steady")
_INK = "#222222"


def chart(runs: Sequence[Measured]) -> str:
    """Bars of medians with a line from the least run to the greatest: encounters a second counted
    three ways, processor milliseconds by process, and the share of the cores that was busy."""
    panels = [
        *((f"A second: {RATES[name][0]}", _rate_bars(runs, name)) for name in _SHOWN),
        ("Processor milliseconds an encounter, by process", _cost_bars(runs)),
        ("Processors busy until 95% of the balances were there, %", _busy_bars(runs)),
    ]
    rows = len(seen(runs))
    panel = _HEAD + _STEP * rows + _GAP
    height = panel * len(panels) + 60
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for number, (title, bars) in enumerate(panels):
        top = panel * number
        lines.append(_text(20, top + 30, title, size=16))
        for row, (contender, drawn) in enumerate(zip(seen(runs), bars, strict=True)):
            lines.append(f'<g transform="translate(0 {top + _HEAD + row * _STEP})">')
            lines += [_text(20, 17, NAMES[contender]), *drawn, "</g>"]
    lines += [*_legend(height - 36), _text(20, height - 12, _caption(runs), size=12), "</svg>\n"]
    return "\n".join(lines)


def _caption(runs: Sequence[Measured]) -> str:
    counts = (
        f"{NAMES[each]}: {len(of(runs, each))} x {of(runs, each)[-1].published:,}"
        for each in seen(runs)
    )
    return f"Runs and their encounters: {', '.join(counts)}. Medians, with least and most."


def _rate_bars(runs: Sequence[Measured], name: str) -> Iterator[Sequence[str]]:
    values = {each: figures(runs, each, RATES[name][1]) for each in seen(runs)}
    most = max((max(each) for each in values.values()), default=0.0)
    for each in values.values():
        yield [*_bar(0, spread(each)[1], most, _COLOURS[0]), *_spread(each, most, 0)]


def _cost_bars(runs: Sequence[Measured]) -> Iterator[Sequence[str]]:
    sums = {each: figures(runs, each, milliseconds_each) for each in seen(runs)}
    most = max((max(each) for each in sums.values()), default=0.0)
    for contender, values in sums.items():
        yield [*_parts(_costs(runs, contender), most), *_spread(values, most, 2)]


def _costs(runs: Sequence[Measured], contender: Contender) -> Mapping[str, float]:
    """Medians by process, scaled to add up to the median of the whole."""
    shares = [[milliseconds_each(run, name) for run in of(runs, contender)] for name in ORDER]
    parts = {name: spread(each)[1] for name, each in zip(ORDER, shares, strict=True)}
    whole = median(runs, contender, milliseconds_each)
    scale = whole / (sum(parts.values()) or 1.0)
    return {name: each * scale for name, each in parts.items()}


def _parts(values: Mapping[str, float], most: float) -> Iterator[str]:
    start = 0.0
    for colour, each in zip(_COLOURS, values.values(), strict=True):
        yield from _bar(start, each, most, colour)
        start += each


def _busy_bars(runs: Sequence[Measured]) -> Iterator[Sequence[str]]:
    for contender in seen(runs):
        busy = [run.machine.busy for run in of(runs, contender) if run.machine is not None]
        drawn = [*_bar(0, 100, 100, _REST)]
        if busy:
            drawn += [*_bar(0, spread(busy)[1], 100, _COLOURS[0]), *_spread(busy, 100, 0)]
        yield drawn


def _spread(values: Sequence[float], most: float, digits: int) -> Iterator[str]:
    """A line from the least run to the greatest, and the figures."""
    least, _, greatest = (_LEFT + each * _ROOM / (most or 1.0) for each in spread(values))
    if len(values) > 1:
        middle = _BAR / 2
        yield f'<path d="M{least:.1f} {middle}H{greatest:.1f}" stroke="{_INK}" stroke-width="2"/>'
        for end in (least, greatest):
            yield f'<path d="M{end:.1f} 6V{_BAR - 6}" stroke="{_INK}" stroke-width="2"/>'
    yield _text(_LEFT + _ROOM + 12, 17, shown(values, digits))


def _legend(y: int) -> Iterator[str]:
    left = 20
    for process, colour in zip(ORDER, _COLOURS, strict=True):
        yield f'<rect x="{left}" y="{y - 10}" width="11" height="11" fill="{colour}"/>'
        yield _text(left + 16, y, process, size=12)
        left += 34 + 8 * len(process)


def _bar(start: float, value: float, most: float, colour: str) -> Iterator[str]:
    x, width = (each * _ROOM / (most or 1.0) for each in (start, value))
    yield (
        f'<rect x="{_LEFT + x:.1f}" y="0" width="{max(width, 0):.1f}" height="{_BAR}" '
        f'fill="{colour}"/>'
    )


def _text(x: float, y: int, words: str, *, size: int = 13) -> str:
    return f'<text x="{x:.1f}" y="{y}" font-size="{size}" fill="{_INK}">{escape(words)}</text>'
