"""Problems that a provider names in a free-text note.

What the visit was about stands in the assessment: on lines of their own ("1. Essential
hypertension, stable"), before a colon, or in sentences. A note without an assessment is read from
its list of problems, its plan, or as a whole, and is never as sure. Where no diagnosis is
established, the complaint that led to the visit is the reason for it (ICD-10-CM Official
Guidelines IV.D, IV.G).
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from services.coding.domain.reading.assessment_lines import Line, is_a_name, lines_of, names_a_dose
from services.coding.domain.reading.headings import SectionKind
from services.coding.domain.reading.naming import EXACT, INDEX, Named
from services.coding.domain.reading.note_detail import NoteDetail
from services.coding.domain.reading.note_reading import Noted, NoteReading, Passage
from services.coding.domain.reading.note_text import Sentence
from services.coding.domain.reading.past_and_family import named_of_a_relative
from services.coding.domain.reading.problem_line import LineReader
from services.coding.domain.reading.problem_wording import ProblemReader
from services.coding.domain.reading.prose import ProseReader, Told

_PROSE = 850
_WITHOUT_ASSESSMENT = 780
_COMPLAINT = 840
_KEPT_LINES = 4_096
_TELLING = ("problem", "prose", "detail", "site")
_MOST_SENTENCES = 400
_MOST_LINES = 600
_MOST_PROBLEMS = 60
_LONGEST_UNREAD = 80
_MOST_TOLD = 20
_MOST_COMPLAINTS = 4
# Below a problem, a symptom or a status is part of its story.
_NO_DETAIL = ("R", "Z", "T", "V", "W", "X", "Y", "M25.5", "M54", "M79")
_READ_AS_A_WHOLE: frozenset[SectionKind] = frozenset(("other", "present", "decision", "complaint"))
Read = Callable[[Passage], tuple[Noted, ...]]
ReadLine = Callable[[str, str], tuple[Noted, ...]]


class AssessmentReader:
    """Finds the problems of notes; short passages and their lines are read once."""

    def __init__(self, reader: ProblemReader) -> None:
        self._line_reader = LineReader(reader)
        self._prose = ProseReader(reader)
        self._detail = NoteDetail(reader, self._prose)
        self._lines: dict[tuple[str, str], tuple[Noted, ...]] = {}

    def noted(self, note: NoteReading, *, beside_problems: bool = False) -> Iterator[Noted]:
        """Problems of the note, in the order written.

        ``beside_problems``: a problem list says what the visit was about; only the assessment is
        read then, and nothing is filled in from elsewhere.
        """
        if beside_problems:
            for passage in note.passages:
                if "assessment" in passage.kinds or "doubted" in passage.kinds:
                    yield from passage.once(self._assessed)
            return
        found = self._detail.all_completed(self._found(note), note)
        yield from found
        if all(each.assertion in ("uncertain", "negated", "family") for each in found):
            yield from self._complaints(note)

    def _found(self, note: NoteReading) -> list[Noted]:
        kinds = note.kinds
        if not kinds.isdisjoint(("assessment", "doubted")):
            found = _from(note, self._assessed)
            if "plan" in kinds:
                found.extend(_new(found, _from(note, self._addressed)))
            found.extend(_new(found, _from(note, self._treated_for)))
        elif "problems" in kinds:
            found = _from(note, self._listed)
        else:
            found = _from(note, self._planned) if "plan" in kinds else []
            if not any(each.assertion == "affirmed" for each in found):
                found.extend(_new(found, _from(note, self._as_a_whole)))
        return found

    def _complaints(self, note: NoteReading) -> list[Noted]:
        """What the patient came with, where nothing is established that explains it."""
        for read in (self._complained, self._presented):
            found = [each for each in _from(note, read) if each.assertion == "affirmed"]
            if found:
                return found[:_MOST_COMPLAINTS]
        return []

    def _assessed(self, passage: Passage) -> tuple[Noted, ...]:
        return (
            *self._of_lines(passage, "assessment"),
            *(
                each._replace(assertion="uncertain" if each.assertion == "affirmed" else "negated")
                for each in self._of_lines(passage, "doubted")
            ),
        )

    def _listed(self, passage: Passage) -> tuple[Noted, ...]:
        return self._of_lines(passage, "problems")

    def _of_lines(self, passage: Passage, kind: SectionKind) -> tuple[Noted, ...]:
        if kind not in passage.kinds:
            return ()
        line = self._known_line if passage.is_short else self._line
        found: list[Noted] = []
        looked_up = [0]
        for sentences in _runs(passage, kind):
            lines = lines_of(sentences)
            named = list(self._named(lines, line, looked_up))
            if not named:
                named = list(self._told(sentences, looked_up))
            found.extend(named)
        return tuple(found)

    def _named(self, lines: Sequence[Line], read: ReadLine, looked_up: list[int]) -> list[Noted]:
        """Problems that lines name, or say in a sentence behind the mark of a list."""
        found: list[Noted] = []
        telling = (number for number, line in enumerate(lines) if line.part in _TELLING)
        site = ""
        for count, number in enumerate(telling):
            line = lines[number]
            if line.part == "site" or not line.marked:
                site = line.sentences[0].text[line.begin :] if line.part == "site" else ""
            if len(found) > _MOST_PROBLEMS or count > _MOST_LINES:
                found.extend([_unread(line)] if found else [])
                break
            named = list(_of_named_line(lines, number, read))
            if not named and line.marked and line.part in ("problem", "prose"):
                named = list(self._told(line.sentences, looked_up))
            elif not line.marked and line.part == "problem" and len(line.sentences) > 1:
                later = [each for each in line.sentences if not is_a_name(each.text)]
                told = list(self._told(later, looked_up))
                named.extend(told)
                named.extend(self._passed_over(line, later, told, read))
            if named and all(each.assertion == "negated" for each in named):
                beside = self._told(line.sentences, looked_up)
                named.extend(_new(named, [each for each in beside if _is_affirmed(each)]))
            named.sort(key=_place)
            found.extend(self._line_reader.at_site(each, site) for each in named)
        return found

    def _passed_over(
        self, line: Line, later: Sequence[Sentence], told: Sequence[Noted], read: ReadLine
    ) -> Iterator[Noted]:
        """What begins a line with a disease and goes on in words of which prose reads nothing."""
        first = line.sentences[0]
        if first not in later or any(first.start <= each.start < first.end for each in told):
            return
        for each in read(first.text[line.begin :], ""):
            if _is_certain(each) and _is_affirmed(each) and not _is_no_detail(each):
                start, end = each.start + line.begin, each.end + line.begin
                yield _placed(first, _as_sure_as(each._replace(start=start, end=end), _PROSE))

    def _line(self, text: str, more: str) -> tuple[Noted, ...]:
        return tuple(self._line_reader.noted(text, more))

    def _known_line(self, text: str, more: str) -> tuple[Noted, ...]:
        """A line of a short passage: many have lines in common."""
        found = self._lines.get((text, more))
        if found is None:
            if len(self._lines) >= _KEPT_LINES:
                self._lines.clear()
            found = self._lines[text, more] = self._line(text, more)
        return found

    def _told(self, sentences: Sequence[Sentence], looked_up: list[int]) -> Iterator[Noted]:
        for sentence in sentences[:_MOST_SENTENCES]:
            for told in islice(self._prose.told(sentence.text, looked_up), _MOST_TOLD):
                yield _at(sentence, told, _PROSE)

    def _addressed(self, passage: Passage) -> tuple[Noted, ...]:
        looked_up = [0]
        return tuple(
            _at(sentence, told, _PROSE)
            for sentence in passage.sentences[:_MOST_SENTENCES]
            if sentence.kind == "plan"
            for told in self._prose.addressed(sentence.text, looked_up)
            if told.condition.assertion == "affirmed" and not told.symptom
        )

    def _treated_for(self, passage: Passage) -> tuple[Noted, ...]:
        """What the plan of another problem treats: "I prescribed Protonix for gastritis"."""
        looked_up = [0]
        return tuple(
            _at(sentence, told, _PROSE)
            for sentence in passage.sentences[:_MOST_SENTENCES]
            if sentence.kind in ("assessment", "plan")
            for told in self._prose.treated_for(sentence.text, looked_up)
            if told.condition.assertion == "affirmed" and not told.symptom
        )

    def _planned(self, passage: Passage) -> tuple[Noted, ...]:
        if "plan" not in passage.kinds:
            return ()
        found: list[Noted] = []
        looked_up = [0]
        for sentences in _runs(passage, "plan"):
            named = self._named(lines_of(sentences), self._line, looked_up)
            sure = [each for each in named if each.named and each.named.rule == INDEX]
            found.extend(sure or self._told(sentences, looked_up))
        return tuple(_as_sure_as(each, _WITHOUT_ASSESSMENT) for each in found)

    def _as_a_whole(self, passage: Passage) -> tuple[Noted, ...]:
        looked_up = [0]
        found: list[Noted] = []
        for sentence in passage.sentences[:_MOST_SENTENCES]:
            if sentence.kind not in _READ_AS_A_WHOLE:
                continue
            found.extend(
                _at(sentence, told, _WITHOUT_ASSESSMENT)
                for told in self._prose.told(sentence.text, looked_up)
                if told.presented or not told.symptom
            )
        return tuple(found)

    def _complained(self, passage: Passage) -> tuple[Noted, ...]:
        if "complaint" not in passage.kinds:
            return ()
        found: list[Noted] = []
        for sentence in passage.sentences[:_MOST_SENTENCES]:
            if sentence.kind == "complaint":
                for each in self._line(sentence.text, ""):
                    if each.named and each.named.confidence >= EXACT and not each.unclear:
                        code = each.named.code
                        named = Named(code, _COMPLAINT, "OG IV.D chief complaint")
                        found.append(_placed(sentence, each._replace(named=named)))
        return tuple(found)

    def _presented(self, passage: Passage) -> tuple[Noted, ...]:
        looked_up = [0]
        return tuple(
            _at(sentence, told, _WITHOUT_ASSESSMENT, "OG IV.D presenting symptom")
            for sentence in passage.sentences[:_MOST_SENTENCES]
            if sentence.kind in ("present", "complaint", "other", "assessment")
            for told in self._prose.told(sentence.text, looked_up)
            if told.symptom and told.presented
        )


def _place(noted: Noted) -> tuple[int, int]:
    return noted.section, noted.start


def _unread(line: Line) -> Noted:
    """Where reading stopped: what follows is for a coder."""
    sentence = line.sentences[0]
    end = min(sentence.end, sentence.start + _LONGEST_UNREAD)
    text = sentence.text[: end - sentence.start]
    return Noted(sentence.section, sentence.start, end, text, "affirmed", frozenset(), None)


def _from(note: NoteReading, read: Read) -> list[Noted]:
    return [each for passage in note.passages for each in passage.once(read)]


def _is_affirmed(noted: Noted) -> bool:
    return noted.assertion == "affirmed" and noted.named is not None


def _new(found: Sequence[Noted], more: Sequence[Noted]) -> list[Noted]:
    """Those of ``more`` whose category none of ``found`` has."""
    known = {each.named.code[:3] for each in found if each.named is not None}
    return [each for each in more if each.named is not None and each.named.code[:3] not in known]


def _runs(passage: Passage, kind: SectionKind) -> Iterator[list[Sentence]]:
    """The sentences of each stretch of sections of one kind; a plan within ends none."""
    run: list[Sentence] = []
    for sentence in passage.sentences:
        if sentence.kind == kind:
            run.append(sentence)
        elif run and sentence.kind not in ("plan", "medications", "results", "exam", "decision"):
            yield run
            run = []
    if run:
        yield run


def _of_named_line(lines: Sequence[Line], number: int, read: ReadLine) -> Iterator[Noted]:
    """Problems of a line; a list set apart by semicolons goes on from sentence to sentence."""
    line = lines[number]
    if line.part == "detail":
        yield from _of_detail(line, read)
    if line.part != "problem":
        return
    details = _details(lines, number)
    continues = True
    for place, sentence in enumerate(line.sentences[:_MOST_PROBLEMS]):
        begin = line.begin if place == 0 else 0
        text = sentence.text[begin:]
        if not line.marked and len(line.sentences) > 1 and not is_a_name(text):
            continue
        rest = line.sentences[place + 1].text if place + 1 < len(line.sentences) else ""
        found = read(text, f". {rest}" if rest else "")
        if place == 0 and _is_nothing_but_a_dose(text, found):
            break
        peer = place > 0 and not line.marked and is_a_name(text)
        if continues or peer or all(map(_is_certain, found)):
            for each in found:
                start, end = each.start + begin, each.end + begin
                said = each._replace(start=start, end=end, after=text[each.end :], details=details)
                yield _placed(sentence, said)
        continues = bool(found) and sentence.text.endswith(";")


def _of_detail(line: Line, read: ReadLine) -> Iterator[Noted]:
    """A line below a problem that is nothing but the name of another disease."""
    (sentence, *others) = line.sentences
    found = read(sentence.text[line.begin :], "")
    if others or not found:
        return
    for each in found:
        if not _is_certain(each) or (each.named and each.named.code.startswith(_NO_DETAIL)):
            return
    for each in found:
        start, end = each.start + line.begin, each.end + line.begin
        yield _placed(sentence, each._replace(start=start, end=end))


def _is_no_detail(noted: Noted) -> bool:
    return noted.named is not None and noted.named.code.startswith(_NO_DETAIL)


def _details(lines: Sequence[Line], number: int) -> str:
    """What the lines below a problem say of it."""
    said = [each.text for each in lines[number].sentences[1:4]]
    for line in lines[number + 1 : number + 7]:
        if line.part == "problem":
            break
        said.extend(each.text for each in line.sentences[:4])
    return " ".join(said)[:1_000]


def _is_nothing_but_a_dose(text: str, found: Sequence[Noted]) -> bool:
    return names_a_dose(text) and all(
        each.named is None or each.named.confidence < EXACT for each in found
    )


def _is_certain(noted: Noted) -> bool:
    """Whether a later sentence of a line names a problem beyond doubt; most of them are plans."""
    return noted.named is not None and noted.named.confidence >= EXACT and not noted.unclear


def _placed(sentence: Sentence, noted: Noted) -> Noted:
    return noted._replace(
        section=sentence.section,
        start=sentence.start + noted.start,
        end=sentence.start + noted.end,
    )


def _at(sentence: Sentence, told: Told, most: int, rule: str = "") -> Noted:
    condition = told.condition
    named = condition.named
    asserted = condition.assertion
    if named is not None and asserted == "family":
        relative = named_of_a_relative(sentence.text, condition.start, named.code)
        if relative:
            named, asserted, rule = replace(named, code=relative), "affirmed", "OG I.C.21.c.4"
    if named is not None:
        named = Named(named.code, min(named.confidence, most), rule or named.rule)
    return Noted(
        sentence.section,
        sentence.start + condition.start,
        sentence.start + condition.end,
        sentence.text[condition.start : condition.end],
        asserted,
        condition.wording.sides,
        named,
    )


def _as_sure_as(noted: Noted, most: int) -> Noted:
    named = noted.named
    if named is None or named.confidence <= most:
        return noted
    return noted._replace(named=Named(named.code, most, named.rule))
