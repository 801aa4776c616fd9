"""What makes a unit pleasant to write in Python: builders for the unit, a view of
the evidence, checks that most units share, findings, and the mark sheet. It says
the same as the crate `unit-sdk` says in Rust, to the letter; a test of Markbridge
holds the two together."""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from functools import cache, cached_property
from typing import Callable, Iterable, Mapping, Optional, Sequence, Union, get_args, get_origin, get_type_hints

from componentize_py_types import Err
from wit_world.imports import log as _log
from wit_world.imports import types as wit

Given = Union[bool, int, float, str, Sequence[str], Sequence[Sequence[str]], Mapping[str, float]]


# ---- The plugin ----------------------------------------------------------------


def plugin(
    unit: wit.Unit,
    check: Callable[[Evidence, Context, Optional[wit.Attempt]], list[wit.Finding]],
    evaluate: Optional[Callable[[wit.Sheet, Context], wit.ResultSheet]] = None,
    grade: Optional[Callable[[wit.ResultSheet, Context], Optional[wit.GradebookEntry]]] = None,
) -> type:
    """Makes a plugin of a unit and its check. Name the result `Plugin`. `evaluate`
    and `grade` work the mark sheet as awarding bodies' sheets usually do unless
    they are given."""

    class Plugin:
        def describe(self) -> wit.Unit:
            return _guarded("describe", wit.Unit, lambda: unit)

        def check(self, evidence: wit.Evidence, context: wit.Context, previous: Optional[wit.Attempt]) -> list[wit.Finding]:
            return _guarded("check", list[wit.Finding], lambda: check(Evidence(evidence), Context(context), previous))

        def evaluate(self, sheet: wit.Sheet, context: wit.Context) -> wit.ResultSheet:
            own = evaluate
            call = lambda: own(sheet, Context(context)) if own else evaluate_sheet(unit, sheet)
            return _guarded("evaluate", wit.ResultSheet, call)

        def grade(self, outcome: wit.ResultSheet, context: wit.Context) -> Optional[wit.GradebookEntry]:
            own = grade
            call = lambda: own(outcome, Context(context)) if own else grade_outcome(unit, outcome, context)
            return _guarded("grade", Optional[wit.GradebookEntry], call)

    return Plugin


def plugin_error(code: str, message: str) -> Err:
    """The error that a unit raises where the evidence is not what it describes
    (`bad-input`), or where it cannot do what is asked (`unsupported`)."""
    return Err(wit.PluginError(code, message))


def log(line: str) -> None:
    """Writes a line for the unit's author; nobody else reads it."""
    _log.write(str(line))


def _guarded(name, hint, call):
    # An exception that nobody caught would end the call without its message, and
    # so would an answer that is not of the interface's types.
    try:
        answer = call()
        _expect(hint, answer, "the answer")
        return answer
    except Err:
        raise
    except Exception as error:
        lines = []
        step = error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            lines.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{step.tb_lineno} in {code.co_name}")
            step = step.tb_next
        about = f"{type(error).__name__}: {error}"
        _log.write("\n".join([about, *lines[: -_MOST_LINES - 1 : -1]]))
        # The author's own line, where the error came from one.
        own = [line for line in lines if not line.startswith("__init__.py:")]
        where = f"{name}, {own[-1]}" if own else name
        raise plugin_error("internal", _cut(f"{about} ({where})", _LONGEST_MESSAGE)) from None


_MOST_LINES = 20
_LONGEST_SHOWN = 80


def _expect(hint, given, where: str) -> None:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Union:
        if given is None and type(None) in inner:
            return
        kinds = [kind for kind in inner if kind is not type(None)]
        if len(kinds) == 1:
            _expect(kinds[0], given, where)
            return
        # One of the cases of a variant, such as `Value_Text`.
        fitting = [kind for kind in kinds if isinstance(given, kind)]
        if not fitting:
            _wrong(where, "one of " + ", ".join(kind.__name__ for kind in kinds), given)
        _expect(fitting[0], given, where)
    elif origin is list:
        if not isinstance(given, list):
            _wrong(where, "a list", given)
        for at, item in enumerate(given):
            _expect(inner[0], item, f"{where}[{at}]")
    elif hint is float:
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            _wrong(where, "a number", given)
    elif hint is int:
        if isinstance(given, bool) or not isinstance(given, int) or not -(2**31) <= given < 2**32:
            _wrong(where, "a whole number", given)
    elif not isinstance(given, hint):
        _wrong(where, {str: "a text", bool: "True or False"}.get(hint, f"a {hint.__name__}"), given)
    elif is_dataclass(hint):
        for name, kind in _hints(hint).items():
            _expect(kind, getattr(given, name), f"{where}.{name}")


def _wrong(where: str, wanted: str, given) -> None:
    raise TypeError(f"{where} must be {wanted}; it is {_cut(repr(given), _LONGEST_SHOWN)}")


@cache
def _hints(kind: type) -> dict:
    return get_type_hints(kind)


# ---- The unit ------------------------------------------------------------------


_FIELD_KINDS = ("text", "long-text", "whole-number", "number", "date", "time", "duration", "yes-no", "choice")
_OVERLAYS = ("fixed", "raise", "lower", "free")
_STATUSES = ("found", "look", "not-found", "not-applicable", "info")


def _one_of(words: Sequence[str], given: str, what: str) -> None:
    if given not in words:
        raise ValueError(f"{what} is `{given}`; it must be one of {', '.join(words)}")


def unit(
    id: str,
    version: str,
    number: str,
    title: str,
    *,
    language: str = "en-GB",
    awarding_body: str = "",
    awarding_body_name: str = "",
    edition: str = "",
    task_edition: str = "",
    level: str = "3",
    credit: Optional[int] = None,
    guided_learning_hours: Optional[int] = None,
    words: Optional[wit.WordGuidance] = None,
    provenance: Iterable[wit.Provenance] = (),
    outcomes: Iterable[wit.Outcome] = (),
    modes: Iterable[str] = ("marks", "pass-referral"),
    parts_per_mark: int = 1,
    sheet_notes: Iterable[str] = (),
    slots: Iterable[wit.Slot] = (),
    settings: Iterable[wit.Setting] = (),
    rules: Iterable[wit.Rule] = (),
    facts: Iterable[wit.Fact] = (),
) -> wit.Unit:
    """A unit at level 3 in British English, marked in whole marks or by decision."""
    return wit.Unit(
        id=id,
        version=version,
        language=language,
        awarding_body=awarding_body,
        awarding_body_name=awarding_body_name,
        number=number,
        edition=edition,
        task_edition=task_edition,
        title=title,
        level=level,
        credit=credit,
        guided_learning_hours=guided_learning_hours,
        words=words,
        provenance=list(provenance),
        outcomes=list(outcomes),
        sheet=wit.SheetRules(list(modes), parts_per_mark, list(sheet_notes)),
        slots=list(slots),
        settings=list(settings),
        rules=list(rules),
        facts=list(facts),
    )


def outcome(
    id: str,
    title: str,
    criteria: Iterable[wit.Criterion],
    *,
    aliases: Iterable[str] = (),
    indicative_content: Iterable[str] = (),
    prompts: Iterable[str] = (),
) -> wit.Outcome:
    """A learning outcome with its criteria."""
    return wit.Outcome(id, title, list(aliases), list(indicative_content), list(prompts), list(criteria))


def criterion(
    id: str,
    verbs: Iterable[str],
    wording: str,
    *,
    aliases: Iterable[str] = (),
    maximum: int = 0,
    minimum: Optional[int] = None,
    words: Optional[wit.WordGuidance] = None,
    descriptors: Iterable[wit.Descriptor] = (),
    prompts: Iterable[str] = (),
) -> wit.Criterion:
    """A criterion: its verbs as infinitives, and the regulated wording to the letter.
    `minimum` is half of `maximum`, rounded up, unless it is given."""
    if minimum is None:
        minimum = (maximum + 1) // 2
    return wit.Criterion(id, wording, list(verbs), list(aliases), maximum, minimum, words, list(descriptors), list(prompts))


def words(nominal: int, source: str, low: Optional[int] = None, high: Optional[int] = None) -> wit.WordGuidance:
    """Guidance on length in white-space separated words."""
    return wit.WordGuidance(nominal, low, high, source)


def document_slot(id: str, title: str, help: str, *, required: bool = True, most_files: int = 1, criteria: Iterable[str] = ()) -> wit.Slot:
    """A slot for prose under headings; one file, required."""
    return wit.Slot(id, "document", title, help, required, most_files, list(criteria), [], "")


def table_slot(
    id: str, title: str, help: str, fields: Iterable[wit.Field], *, required: bool = True, most_files: int = 1, criteria: Iterable[str] = ()
) -> wit.Slot:
    """A slot for rows with typed columns, from one file or typed in; required."""
    return wit.Slot(id, "table", title, help, required, most_files, list(criteria), list(fields), "")


def declaration_slot(id: str, title: str, statement: str, *, help: str = "", required: bool = True) -> wit.Slot:
    """A statement to accept, to the letter; required."""
    return wit.Slot(id, "declaration", title, help, required, 0, [], [], statement)


def field(
    id: str,
    title: str,
    kind: str,
    *,
    aliases: Iterable[str] = (),
    help: str = "",
    unit: str = "",
    required: bool = True,
    minimum: Optional[float] = None,
    maximum: Optional[float] = None,
    choices: Iterable[wit.Choice] = (),
    example: str = "",
) -> wit.Field:
    """A field of the given kind (`text`, `date`, `duration`, `whole-number`, …); required."""
    _one_of(_FIELD_KINDS, kind, f"the kind of the field {id}")
    return wit.Field(id, title, list(aliases), help, kind, unit, required, _float(minimum), _float(maximum), list(choices), example)


def choice(id: str, title: str, aliases: Iterable[str] = ()) -> wit.Choice:
    """One of the choices of a field."""
    return wit.Choice(id, title, list(aliases))


def setting(field: wit.Field, standard: Given, source: str, overlay: str) -> wit.Setting:
    """A value that a centre may set: who says so, and what a centre may do
    (`fixed`, `raise`, `lower`, `free`)."""
    _one_of(_OVERLAYS, overlay, f"what a centre may do with the setting {field.id}")
    return wit.Setting(field, value(standard), source, overlay)


def rule(id: str, title: str, help: str) -> wit.Rule:
    """A rule for the help page."""
    return wit.Rule(id, title, help)


def provenance(about: str, basis: str, note: str) -> wit.Provenance:
    """Where a fact of the unit comes from."""
    return wit.Provenance(about, basis, note)


def fact(about: str, key: str, given: Given) -> wit.Fact:
    """A further fact about the unit."""
    return wit.Fact(about, key, value(given))


def value(given: Given) -> wit.Value:
    """A value of the interface from one of Python."""
    if isinstance(given, bool):
        return wit.Value_Flag(given)
    if isinstance(given, (int, float)):
        return wit.Value_Number(float(given))
    if isinstance(given, str):
        return wit.Value_Text(given)
    if isinstance(given, Mapping):
        return wit.Value_Counts([wit.NamedNumber(name, float(number)) for name, number in given.items()])
    given = list(given)
    if given and not isinstance(given[0], str):
        return wit.Value_Grid([list(row) for row in given])
    return wit.Value_Texts(given)


def _criteria(unit: wit.Unit) -> list[wit.Criterion]:
    return [criterion for outcome in unit.outcomes for criterion in outcome.criteria]


# ---- The evidence --------------------------------------------------------------


class Evidence:
    """Everything that the learner handed in."""

    def __init__(self, raw: wit.Evidence):
        self.raw = raw
        self.documents = [Document(document) for document in raw.documents]

    def sections(self, criterion: str) -> list[Section]:
        """Every section that answers the criterion, over all documents."""
        return [section for document in self.documents for section in document.sections if section.criterion == criterion]

    def tables(self, slot: str) -> list[Table]:
        """The slot's tables: a diary's sheets, or the one row of a form."""
        return [Table(table) for table in self.raw.tables if table.slot == slot]

    def state(self, slot: str) -> str:
        """How the slot was filled: `given`, `empty`, `unreadable` or `waived`."""
        return next((state.state for state in self.raw.slots if state.slot == slot), "empty")

    def accepted(self, declaration: str) -> bool:
        """Whether the declaration of that slot was accepted."""
        return any(row.text("accepted") == "yes" for table in self.tables(declaration) for row in table.rows)


class Document:
    """A document: blocks (headings, paragraphs, list items, table cells) and sections."""

    def __init__(self, raw: wit.Document):
        self.raw = raw
        self.slot = raw.slot
        self.file_name = raw.file_name
        # Not `splitlines`, which cuts at more characters than U+000A.
        self.blocks = raw.text.split("\n") if len(raw.kind) > 0 else []
        self.sections = [Section(self, section) for section in raw.sections]

    def place(self, block: int, start: int = 0, end: Optional[int] = None) -> wit.Place:
        """Where the characters from `start` to `end` of a block stand."""
        line = self.blocks[block]
        first = self.raw.start[block] + len(line[:start].encode())
        return wit.Place(self.slot, self.raw.item, first, first + len(line[start:end].encode()), None)


class Section:
    """A run of blocks under one heading."""

    def __init__(self, document: Document, raw: wit.Section):
        self.document = document
        self.raw = raw
        self.criterion = raw.id if raw.kind == "criterion" else None
        self.word_count = raw.words
        self.mapped_by_people = raw.found_by in ("learner", "assessor")

    @property
    def heading(self) -> str:
        """The heading as typed; empty where people mapped text without one."""
        return "" if self.raw.heading is None else self.document.blocks[self.raw.heading]

    @property
    def blocks(self) -> list[str]:
        """The blocks after the heading."""
        return self.document.blocks[self.raw.start : self.raw.end]

    @property
    def text(self) -> str:
        """The text in one piece, blocks parted by line breaks."""
        return "\n".join(self.blocks)

    def find(self, part: str) -> Optional[wit.Place]:
        """Where `part` stands first; none where it does not."""
        for block in range(self.raw.start, self.raw.end):
            at = self.document.blocks[block].find(part)
            if at >= 0:
                return self.document.place(block, at, at + len(part))
        return None

    @property
    def place(self) -> wit.Place:
        """Where it stands: the blocks after the heading, or the heading if there are none."""
        document, raw = self.document.raw, self.raw
        start, end = 0, 0
        if raw.start < raw.end:
            start, end = document.start[raw.start], document.end[raw.end - 1]
        elif raw.heading is not None:
            start, end = document.start[raw.heading], document.end[raw.heading]
        return wit.Place(document.slot, document.item, start, end, None)


class Table:
    """A table; a column is parted into lines when it is first asked for."""

    def __init__(self, raw: wit.Table):
        self.raw = raw
        self.title = raw.title
        # The first column of an id counts.
        self._columns = {column.id: column for column in reversed(raw.columns)}
        self._cells: dict[str, list[str]] = {}

    @cached_property
    def rows(self) -> list[Row]:
        """The rows from top to bottom."""
        return [Row(self, index) for index in range(self.raw.row_count)]

    def cells(self, id: str) -> list[str]:
        """The cells of a field, as texts; empty without such a column."""
        if id not in self._cells:
            column = self._columns.get(id)
            self._cells[id] = [] if column is None else column.cells.split("\n")
        return self._cells[id]

    def numbers(self, id: str) -> list[float]:
        """The cells of a field, as numbers; NaN where one is blank or not readable."""
        column = self._columns.get(id)
        return [] if column is None else column.numbers


class Row:
    """A row of a table. Cells are asked for by the id of their field."""

    __slots__ = ("table", "index")

    def __init__(self, table: Table, index: int):
        self.table = table
        self.index = index

    def text(self, id: str) -> str:
        """The cell in its one written form; empty if blank or without such a column."""
        cells = self.table.cells(id)
        return cells[self.index] if self.index < len(cells) else ""

    def number(self, id: str) -> Optional[float]:
        """The cell as a number: days, minutes, the number, 1 or 0, index of a choice."""
        numbers = self.table.numbers(id)
        number = numbers[self.index] if self.index < len(numbers) else None
        return number if number is not None and abs(number) < float("inf") else None

    @property
    def shown_number(self) -> int:
        """The number that people see beside the row in the file."""
        shown = self.table.raw.source_row
        return shown[self.index] if self.index < len(shown) else self.index + 1

    def place(self, column: Optional[str] = None) -> wit.Place:
        """Where it stands; with a field, its cell."""
        raw = self.table.raw
        return wit.Place(raw.slot, raw.item, self.index, self.index + 1, column)


def _number_of(setting: Optional[wit.SettingValue]) -> Optional[float]:
    return setting.value.value if setting is not None and isinstance(setting.value, wit.Value_Number) else None


class Context:
    """What else a check may depend on."""

    def __init__(self, raw: wit.Context):
        self.raw = raw
        self.today = raw.today
        self.today_day = raw.today_day
        self.locale = raw.locale
        self.submission = raw.submission
        self.submissions_left = raw.submissions_left

    def number(self, id: str) -> Optional[float]:
        """A setting that is a number; none if it is none. An id that the unit does
        not have is a slip."""
        found = self.setting(id)
        if found is None:
            ids = ", ".join(setting.id for setting in self.raw.settings)
            raise LookupError(f"there is no setting `{id}`; the unit has {ids or 'none'}")
        return _number_of(found)

    def setting(self, id: str) -> Optional[wit.SettingValue]:
        """A setting's value with its source."""
        return next((setting for setting in self.raw.settings if setting.id == id), None)

    @property
    def centre_prompts(self) -> list[str]:
        """Questions that the centre's own template has in place of the unit's."""
        prompts = self._more("prompts")
        return prompts.value if isinstance(prompts, wit.Value_Texts) else []

    def centre_words(self, criterion: Optional[str] = None) -> Optional[wit.WordGuidance]:
        """The centre's guidance on the length of a criterion's section, or of the
        whole submission; none where the unit's own counts."""
        counts = self._more("words" if criterion is None else f"words.{criterion}")
        if not isinstance(counts, wit.Value_Counts):
            return None
        count = {count.name: min(max(int(count.number), 0), 0xFFFFFFFF) for count in reversed(counts.value)}
        if "nominal" not in count:
            return None
        return wit.WordGuidance(count["nominal"], count.get("low"), count.get("high"), "centre")

    def _more(self, key: str) -> Optional[wit.Value]:
        return next((entry.value for entry in self.raw.more if entry.key == key), None)


# ---- Findings ------------------------------------------------------------------

_LONGEST_MESSAGE = 2000
_MOST_PLACES = 100


def finding(
    rule: str,
    status: str,
    message: str,
    *,
    criterion: Optional[str] = None,
    learner: Optional[str] = None,
    source: str = "heuristic",
    counted: Optional[float] = None,
    wanted: Optional[float] = None,
    unit: str = "",
    setting: Optional[str] = None,
    places: Iterable[wit.Place] = (),
    details: Mapping[str, Given] = {},
) -> wit.Finding:
    """A finding of `rule` with a message for the assessor."""
    _one_of(_STATUSES, status, f"the status of a finding of {rule}")
    return wit.Finding(
        rule=rule,
        criterion=criterion,
        status=status,
        message=_cut(message, _LONGEST_MESSAGE),
        learner_message=None if learner is None else _cut(learner, _LONGEST_MESSAGE),
        source=source,
        measure=None if counted is None else wit.Measure(float(counted), _float(wanted), unit, setting),
        places=list(places)[:_MOST_PLACES],
        details=[wit.Entry(key, value(given)) for key, given in details.items()],
    )


# ---- Checks that most units share ----------------------------------------------


class _Answer:
    def __init__(self, evidence: Evidence, criterion: wit.Criterion, prompts: list[str]):
        self.criterion = criterion
        self.id = criterion.id
        self.sections = evidence.sections(criterion.id)
        left_over = [text for section in self.sections for block in section.blocks for text in _left_over_texts(block, prompts)]
        self.left_over_words = sum(map(word_count, left_over))
        self.own_words = max(sum(section.word_count for section in self.sections) - self.left_over_words, 0)


class Checks:
    """The evidence beside the unit, read once for all checks."""

    def __init__(self, evidence: Evidence, unit: wit.Unit, context: Context):
        self._unit = unit
        self._evidence = evidence
        self._context = context
        prompts = _folded_prompts(unit, context)
        self._answers = [_Answer(evidence, criterion, prompts) for criterion in _criteria(unit)]

    def section_found(self) -> list[wit.Finding]:
        """Whether each criterion has its section (rule `section-found`). Nothing
        for a criterion that no document serves, unless somebody wrote about it."""
        findings = []
        for answer in self._answers:
            id, sections = answer.id, answer.sections
            if not sections:
                findings.extend(self._missing(id))
                continue
            status, learner = "found", f"We found your answer to AC {id}."
            if len(sections) == 1 and sections[0].mapped_by_people:
                message = f"AC {id} was mapped to its text by hand."
            elif len(sections) == 1:
                message = f"AC {id} has a section under its heading."
            elif not _has_duplicate(sections):
                message = f"AC {id} is answered in {len(sections)} places."
            else:
                status = "look"
                message = f"AC {id} has {len(sections)} sections. Please look which of them answers it."
                learner = f"We found {len(sections)} headings for AC {id}. If that is a slip, keep one of them."
            places = [section.place for section in sections]
            findings.append(finding("section-found", status, message, criterion=id, learner=learner, places=places))
        return findings

    def section_words(self) -> list[wit.Finding]:
        """Words of each section against the guidance on length (rule
        `section-words`). Left-over template text is not counted."""
        findings = []
        for answer in self._answers:
            if not answer.sections:
                continue
            id = answer.id
            setting = f"words_{id}"
            target = _number_of(self._context.setting(setting))
            guidance = self._context.centre_words(id) or answer.criterion.words
            wanted = target if target is not None else guidance.nominal if guidance else None
            set_by = self._context.setting(setting)
            source = set_by.source if set_by else guidance.source if guidance else "heuristic"
            about = "" if wanted is None else f" The guidance is about {_shown(wanted)}."
            shown = _counted(answer.own_words, "word", "words")
            findings.append(
                finding(
                    "section-words",
                    "info",
                    f"AC {id} has {shown}.{about}{_not_counted(answer.left_over_words)}",
                    criterion=id,
                    learner=f"We counted {shown} for AC {id}.{about} Length is only a guide.",
                    source=source,
                    counted=answer.own_words,
                    wanted=wanted,
                    unit="words",
                    setting=setting if target is not None else None,
                    places=[answer.sections[0].place],
                    details={"template_words": answer.left_over_words} if answer.left_over_words > 0 else {},
                )
            )
        return findings

    def section_empty(self, least_words: str) -> list[wit.Finding]:
        """Sections with hardly any words of the learner's own (rule
        `section-empty`): fewer than the setting of this id."""
        least = self._context.number(least_words) or 0.0
        findings = []
        for answer in self._answers:
            if not answer.sections or answer.own_words >= least:
                continue
            id = answer.id
            shown = _counted(answer.own_words, "word", "words")
            if answer.own_words == 0:
                message = f"AC {id} has a heading and no text of the learner's own below it."
                learner = f"We found the heading of AC {id}, but no answer below it."
            else:
                message = f"AC {id} has only {shown}."
                learner = f"We found the heading of AC {id}, but only {shown} below it."
            findings.append(
                finding(
                    "section-empty",
                    "look",
                    message + _not_counted(answer.left_over_words),
                    criterion=id,
                    learner=learner,
                    counted=answer.own_words,
                    wanted=least,
                    unit="words",
                    setting=least_words,
                    places=[answer.sections[0].place],
                )
            )
        return findings

    def total_words(self) -> list[wit.Finding]:
        """Words of all sections together against the guidance for the whole
        submission (rule `total-words`)."""
        total = sum(answer.own_words for answer in self._answers)
        left_out = sum(answer.left_over_words for answer in self._answers)
        guidance = self._context.centre_words() or self._unit.words
        about = ""
        if guidance and guidance.low is not None and guidance.high is not None:
            low, high = with_commas(guidance.low), with_commas(guidance.high)
            about = f" Between {low} and {high} are suggested; other lengths cost nothing."
        elif guidance:
            about = f" About {with_commas(guidance.nominal)} are suggested."
        shown = _counted(total, "word", "words")
        not_counted = f"Headings, references and the declaration are not counted.{about}{_not_counted(left_out)}"
        return [
            finding(
                "total-words",
                "info",
                f"The sections have {shown} in all. {not_counted}",
                learner=f"We counted {shown} in all.{about}",
                source=guidance.source if guidance else "heuristic",
                counted=total,
                wanted=guidance.nominal if guidance else None,
                unit="words",
            )
        ]

    def hours(self, *, rule: str, criterion: str, slot: str, field: str, setting: str, table: str) -> list[wit.Finding]:
        """Adds up a column of time: the rule's id, the criterion, the slot, the
        field, the setting with the minutes that are asked for, and what people
        call the table. Rows whose time cannot be read are pointed at."""
        state = self._evidence.state(slot)
        partly_unreadable = state not in ("given", "empty", "waived")
        set_by = self._context.setting(setting)
        source = set_by.source if set_by else "heuristic"
        tables = self._evidence.tables(slot)
        total, all_rows = 0, 0
        unread, places = [], []
        for row in (row for found in tables for row in found.rows):
            all_rows += 1
            length = _seconds(row.number(field))
            if length is not None and 0 <= length <= _MOST_SECONDS:
                total += length
            else:
                number = str(row.shown_number)
                unread.append(f"{number} of “{row.table.title}”" if len(tables) > 1 else number)
                places.append(row.place(field))
        if all_rows == 0:
            status, message, learner = _nothing(table, state, partly_unreadable)
            return [finding(rule, status, message, criterion=criterion, source=source, learner=learner)]
        wanted_minutes = self._context.number(setting) or 0.0
        wanted = _seconds(wanted_minutes) or 0
        if total >= wanted:
            status = "found"
        else:
            status = "look" if partly_unreadable or unread else "not-found"
        to_go = f", so {_is_or_are(wanted - total)} to go" if total < wanted else ""
        about = f"{duration(total)} in {_counted(all_rows, 'row', 'rows')}; {duration(wanted)} are asked for{to_go}."
        advice = ""
        if unread:
            about += f" We could not read the time in {_rows(unread)}."
            advice = " You could write there how many minutes it took."
        files = " Some of its files could not be read." if partly_unreadable else ""
        return [
            finding(
                rule,
                status,
                f"The {table} shows {about}{files}",
                criterion=criterion,
                learner=f"We counted {about}{advice}",
                source=source,
                counted=total / 60,
                wanted=wanted_minutes,
                unit="minutes",
                setting=setting,
                places=places,
                details={"counted_minutes": total / 60, "rows": all_rows},
            )
        ]

    def _missing(self, id: str) -> list[wit.Finding]:
        serving = [slot for slot in self._unit.slots if slot.kind == "document" and (not slot.criteria or id in slot.criteria)]
        states = [self._evidence.state(slot.id) for slot in serving]
        if not states:
            return []
        learner = None
        if any(state not in ("given", "empty", "waived") for state in states):
            status = "look"
            message = f"No section for AC {id} was found, and some of the files could not be read. Please look in the files."
        elif "waived" in states:
            status, message = "not-applicable", f"AC {id} is shown by other evidence that was agreed."
        else:
            status = "not-found"
            message = f"No heading for AC {id} was found. Its text may stand under another heading."
            learner = f"We could not find a heading for AC {id}. If your answer is there, start its heading with “AC {id}”."
        return [finding("section-found", status, message, criterion=id, learner=learner)]


def _has_duplicate(sections: list[Section]) -> bool:
    # Several headings for one criterion in one document. Several files, or text
    # that people mapped, are no slip.
    seen = set()
    for section in sections:
        if section.mapped_by_people:
            continue
        key = (section.document.slot, section.document.raw.item)
        if key in seen:
            return True
        seen.add(key)
    return False


def _nothing(table: str, state: str, partly_unreadable: bool) -> tuple[str, str, Optional[str]]:
    if partly_unreadable:
        return (
            "not-applicable",
            f"The {table} could not be read, so no time was counted. Please look in the file.",
            f"We could not read your {table}. You could save it in another format, or type the rows on the page.",
        )
    if state == "waived":
        return "not-applicable", f"There are no rows in the {table}; other evidence of the time was agreed.", None
    return (
        "not-found",
        f"We could not find rows in the {table}, so no time was counted.",
        f"We could not find rows in your {table}. You could fill it in on the page, or hand in a table.",
    )


def _not_counted(left_out: int) -> str:
    return "" if left_out == 0 else f" {_counted(left_out, 'word', 'words')} of the template are not counted."


# ---- Left-over text of the template ----------------------------------------------

_LETTERS_OF_A_LONG_PROMPT = 40
_PLACEHOLDER_VERBS = ("add", "click", "complete", "delete", "enter", "insert", "put", "replace", "type", "write", "your")
_FIELD_PLACEHOLDERS = ("clickortapheretoentertext", "clickheretoentertext", "chooseanitem")
_WORDS_OF_A_PLACEHOLDER = 12
_NO_LETTERS = re.compile(r"[\W_]+")


class _Folded:
    """Letters and digits only, in lower case, and where in the original each
    begins and ends."""

    def __init__(self, text: str):
        letters, self.starts = [], []
        for at, character in enumerate(text):
            if character.isalnum():
                lower = character.lower()
                letters.append(lower)
                self.starts.extend([at] * len(lower))
        self.letters = "".join(letters)

    def match_at(self, other: str, text: str, at: int) -> Optional[tuple[int, int, int]]:
        """Whether `other` stands at `at` as whole words: start, end, what comes after."""
        after = at + len(other)
        if not other or not self.letters.startswith(other, at):
            return None
        start, end = self.starts[at], self.starts[after - 1] + 1
        if text[max(start - 1, 0) : start].isalnum() or text[end : end + 1].isalnum():
            return None
        return start, end, after


def _roughly(text: str) -> str:
    # The same letters, faster and less exactly: what is not in here is not in there.
    return _NO_LETTERS.sub("", text.lower()).replace("ς", "σ")


def _folded_prompts(unit: wit.Unit, context: Context) -> list[tuple[str, str]]:
    prompts = [prompt for outcome in unit.outcomes for prompt in outcome.prompts]
    prompts += [prompt for criterion in _criteria(unit) for prompt in criterion.prompts]
    folded = [(_Folded(prompt).letters, _roughly(prompt)) for prompt in prompts + context.centre_prompts]
    return sorted((prompt for prompt in folded if prompt[0]), key=lambda prompt: -len(prompt[0].encode()))


def _left_over_texts(text: str, prompts: list[tuple[str, str]]) -> list[str]:
    # Questions of the template and placeholders in one block: prompts one after
    # another at its beginning, long prompts and bracketed placeholders anywhere.
    ranges = _placeholders(text)
    rough = _roughly(text) if prompts else ""
    if any(roughly in rough for _, roughly in prompts):
        folded = _Folded(text)
        at = 0
        while found := next(filter(None, (folded.match_at(exactly, text, at) for exactly, _ in prompts)), None):
            ranges.append(found[:2])
            at = found[2]
        for exactly, _ in prompts:
            if len(exactly.encode()) < _LETTERS_OF_A_LONG_PROMPT:
                continue
            start = folded.letters.find(exactly)
            while start >= 0:
                if match := folded.match_at(exactly, text, start):
                    ranges.append(match[:2])
                start = folded.letters.find(exactly, start + len(exactly))
    ranges.sort(key=lambda found: (found[0], -found[1]))
    end, texts = 0, []
    for first, last in ranges:
        if first >= end:
            end = last
            texts.append(text[first:last])
    return texts


def _placeholders(text: str) -> list[tuple[int, int]]:
    # Bracketed texts that ask to be replaced: `[Type your answer here]`, `<insert date>`.
    found = []
    first = next((character for character in text if character.isalnum()), "")
    # All of the texts begin with this letter.
    if first in ("c", "C") and _Folded(text).letters in _FIELD_PLACEHOLDERS:
        found.append((0, len(text)))
    for opening, closing in ("[]", "<>", "{}"):
        start = text.find(opening)
        while start >= 0:
            end = text.find(closing, start)
            if end < 0:
                break
            inside = text[start + 1 : end].split()
            if inside and len(inside) <= _WORDS_OF_A_PLACEHOLDER and inside[0].lower() in _PLACEHOLDER_VERBS:
                found.append((start, end + 1))
            start = text.find(opening, end + 1)
    return found


# ---- The mark sheet ------------------------------------------------------------

_MOST_REASONS = 50


def evaluate_sheet(unit: wit.Unit, sheet: wit.Sheet) -> wit.ResultSheet:
    """Works out what the sheet comes to: every criterion must be met, one below its
    minimum makes a referral, and one without marks leaves the sheet incomplete."""
    by_marks = sheet.mode == "marks"
    if not by_marks and sheet.mode != "pass-referral":
        raise plugin_error("unsupported", f"This sheet has no mode `{sheet.mode}`.")
    if sheet.mode not in unit.sheet.modes:
        raise plugin_error("unsupported", f"This unit's sheet has no mode `{sheet.mode}`.")
    expected = _criteria(unit)
    if [criterion.id for criterion in expected] != [entry.criterion for entry in sheet.entries]:
        raise plugin_error("bad-input", "The sheet must have one entry for each criterion of the unit, in the unit's order.")
    criteria, undecided, below = [], [], []
    total, maximum = 0, 0
    for criterion, entry in zip(expected, sheet.entries):
        if by_marks:
            _check_bounds(criterion, entry)
        id, award = entry.criterion, entry.award
        met = None
        if isinstance(award, wit.Award_Undecided):
            undecided.append(f"AC {id} is not {'marked' if by_marks else 'decided'} yet.")
        elif isinstance(award, wit.Award_Marks) and by_marks:
            if award.value > entry.maximum:
                raise plugin_error("bad-input", f"AC {id} has more marks than the {_shown_marks(unit, entry.maximum)} there are.")
            total += award.value
            met = award.value >= entry.minimum
            if not met:
                below.append(_below_minimum(unit, entry, award.value))
        elif isinstance(award, wit.Award_Decision) and not by_marks:
            if award.value not in ("pass", "referral"):
                raise plugin_error("unsupported", f"AC {id} has the unknown decision `{award.value}`.")
            met = award.value == "pass"
            if not met:
                below.append(f"AC {id} is decided as a referral.")
        elif isinstance(award, wit.Award_Marks):
            raise plugin_error("bad-input", f"AC {id} has marks on a sheet of decisions.")
        else:
            raise plugin_error("bad-input", f"AC {id} has a decision on a sheet of marks.")
        maximum += entry.maximum
        criteria.append(wit.CriterionOutcome(id, met))
    verdict = wit.Verdict.INCOMPLETE if undecided else wit.Verdict.REFERRAL if below else wit.Verdict.PASS
    return wit.ResultSheet(
        verdict=verdict,
        label="",
        total=total if by_marks else None,
        maximum=maximum if by_marks else None,
        criteria=criteria,
        reasons=_reasons(verdict, undecided, below, len(criteria), by_marks),
        details=[],
    )


def grade_outcome(unit: wit.Unit, outcome: wit.ResultSheet, context: wit.Context) -> Optional[wit.GradebookEntry]:
    """What the gradebook gets: nothing but for a pass; then the marks, or 1 of 1
    where there are none."""
    if outcome.verdict != wit.Verdict.PASS:
        return None
    parts = max(unit.sheet.parts_per_mark, 1)
    score, maximum = 1.0, 1.0
    if outcome.total is not None and outcome.maximum:
        score, maximum = outcome.total / parts, outcome.maximum / parts
    return wit.GradebookEntry(score, maximum, f"Pass, submission {context.submission}.")


def _check_bounds(criterion: wit.Criterion, entry: wit.SheetEntry) -> None:
    id = criterion.id
    if criterion.maximum > 0 and entry.maximum != criterion.maximum:
        raise plugin_error("bad-input", f"AC {id} has another maximum than the unit's.")
    if entry.minimum < criterion.minimum:
        raise plugin_error("bad-input", f"AC {id} has a lower minimum than the unit's.")
    if entry.minimum > entry.maximum:
        raise plugin_error("bad-input", f"AC {id} has a minimum above its maximum.")


def _reasons(verdict: wit.Verdict, undecided: list[str], below: list[str], criteria: int, by_marks: bool) -> list[str]:
    if verdict == wit.Verdict.PASS:
        return ["The one criterion is met." if criteria == 1 else f"All {criteria} criteria are met."]
    reasons = undecided + below
    if undecided and below:
        reasons.append("When it is finished, the sheet will be a referral unless that changes.")
    elif below and by_marks:
        reasons.append("One criterion below its minimum makes a referral, whatever the total.")
    if len(reasons) > _MOST_REASONS:
        left_out = len(reasons) - _MOST_REASONS + 1
        reasons = reasons[: _MOST_REASONS - 1] + [f"There are {left_out} more reasons."]
    return reasons


def _below_minimum(unit: wit.Unit, entry: wit.SheetEntry, marks: int) -> str:
    minimum = _shown_marks(unit, entry.minimum)
    of = f"{_shown_marks(unit, marks)} of {_shown_marks(unit, entry.maximum)} marks"
    return f"AC {entry.criterion} has {of}; at least {minimum} {'is' if minimum == '1' else 'are'} needed."


def _shown_marks(unit: wit.Unit, parts: int) -> str:
    return _shown(parts / max(unit.sheet.parts_per_mark, 1))


# ---- Text and numbers ----------------------------------------------------------

_MOST_SECONDS = 24 * 60 * 60
_MOST_NAMED = 6


def word_count(text: str) -> int:
    """How many words a text has, parted by white space as the host parts them."""
    return len(text.split())


def with_commas(number: int) -> str:
    """A whole number with commas: `2,545`."""
    return f"{number:,}"


def duration(seconds: int) -> str:
    """Exact time as people say it: `35 h 59 min`, `45 min`."""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def _counted(number: int, one: str, many: str) -> str:
    return f"{with_commas(number)} {one if number == 1 else many}"


def _is_or_are(seconds: int) -> str:
    return "1 minute is" if seconds == 60 else f"{duration(seconds)} are"


def _float(number: Optional[float]) -> Optional[float]:
    return None if number is None else float(number)


def _shown(number: float) -> str:
    # Whole numbers without the `.0` that Python adds.
    return str(int(number)) if number == int(number) else repr(float(number))


def _seconds(minutes: Optional[float]) -> Optional[int]:
    # Minutes as whole seconds; none for what no length of time can be. Halves go
    # away from zero, as elsewhere; `round` would take them to the even number.
    if minutes is None or not abs(minutes * 60) < 1e12:
        return None
    seconds = minutes * 60
    whole = int(seconds)
    if abs(seconds - whole) >= 0.5:
        whole += 1 if seconds > 0 else -1
    return whole


def _rows(numbers: list[str]) -> str:
    noun = "row" if len(numbers) == 1 else "rows"
    more = len(numbers) - _MOST_NAMED
    if more > 0:
        return f"{noun} {', '.join(numbers[:_MOST_NAMED])} and {more} more"
    if len(numbers) == 1:
        return f"{noun} {numbers[0]}"
    return f"{noun} {', '.join(numbers[:-1])} and {numbers[-1]}"


def _cut(text: str, most: int) -> str:
    # To at most so many bytes, on a character boundary, with an ellipsis at the end.
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: most - len("…".encode())].decode(errors="ignore") + "…"
