"""From TOML files and `--set` to one checked, frozen scenario.

A file's form is a pydantic model made of the mechanisms' sections. Whatever sets a value, a table
of a file or a dotted key, comes down to a :class:`Key`, its checked value and its origin, and is
laid over what is there.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import BaseModel, Field, Strict, ValidationError, create_model, model_validator
from pydantic.fields import FieldInfo

from sim.errors import KEY_NAME, InputError, nearest
from sim.parameters import Section, attribute
from sim.rules import SHIPPED, Rules
from sim.scenario.scenario import (
    ABSOLUTE,
    DATES,
    EVENTS,
    EXAMPLE,
    SIGNS,
    WHEN,
    Event,
    Horizon,
    Kind,
    Scenario,
    ScopedValue,
    in_effect_order,
    read_condition,
    split_key,
)
from sim.scenario.scope import WHERE, Scope, Where, read_brackets, representatives
from sim.scenario.toml_file import (
    DEFAULT,
    FACTOR,
    FORM,
    SET,
    FileError,
    FileModel,
    Library,
    Origin,
    Paragraph,
    ParsedFile,
    Problem,
    Text,
    allowed,
    bounds,
    editor_schema,
    must_be,
    unknown_key,
)
from sim.units import FIRST_YEAR, QUARTERS

LIBRARY = Library("scenario", "scenarios")
SCENARIO = "scenario"
"""The dotted key of a factor, and of a point's settings, that chooses the scenario."""
KINDS = get_args(Kind)
LAST_DATE = int(bounds(Horizon.model_fields["end"])[1] or 0) + 1
MOST_CONDITIONS = 4
"""Different conditions of a scenario: parameters are kept for each combination of those met."""
ASSIGNMENT = re.compile(r"\s*([^=[\]*+]+(?:\[[^\]]*\])?)\s*([*+]?)=(.*)", re.DOTALL)
"""A key, perhaps with conditions in brackets, how the value is meant, and a value."""


# --- The form of a file ---------------------------------------------------------------------------


def _date() -> Any:
    form = f"a year or a quarter of one (2030, 2030.25, …) from {FIRST_YEAR} to {LAST_DATE}"
    return Field(
        None,
        ge=FIRST_YEAR,
        le=LAST_DATE,
        multiple_of=1 / QUARTERS,
        json_schema_extra={FORM: form, "unit": "year"},
    )


class Relative(FileModel):
    """What a number may be in its place: changes of the value that each run has."""

    times: float | None = Field(None, json_schema_extra={FORM: "a number"})
    """A factor."""
    plus: float | None = Field(None, json_schema_extra={FORM: "a number"})
    """What is added, after the factor."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("is empty: write { times = … } or { plus = … }")
        return self


class ValuesForm(FileModel):
    """Values for some countries from the first quarter on."""

    where: Where | None = None
    """The countries that it is for."""


class EventForm(FileModel):
    """Changes at a date."""

    name: str = Field(
        pattern=f"^{KEY_NAME.pattern}$",
        json_schema_extra={FORM: 'a text of letters, digits, - and _, such as "ai-leap"'},
    )
    """Unique in this file; replaces the extended files' event so called."""
    date: float | None = _date()
    """First quarter in force."""
    when: Text | None = Field(None, json_schema_extra={FORM: EXAMPLE})
    """In place of a date: in force for good once an outcome of the world is above or below it."""
    until: float | None = _date()
    """First quarter no longer in force; else to the end."""
    where: Where | None = None
    """The countries that it is for; else all."""


class ScenarioForm(FileModel):
    """A what-if: parameters by mechanism, and dated events."""

    extends: Text | list[Text] = Field(
        "", json_schema_extra={FORM: "a name or path in quotes, or a list of them"}
    )
    """A shipped scenario's name, or a path from here; or several, which add up."""
    title: Text = ""
    """Title for figures and tables."""
    question: Paragraph = ""
    """What the scenario asks, in a sentence or two."""
    kind: Kind = "policy"
    """Its place in lists: what somebody decides, what happens to the world, a mechanism that is
    off or that leaving is free, or a rival explanation."""
    drop_events: list[str] = Field([])
    """Events of the extended files that this one leaves out."""


TOP_KEYS = (*ScenarioForm.model_fields, "horizon", "values", EVENTS)
"""Keys of a scenario file besides its sections."""
EVENT_KEYS = tuple(EventForm.model_fields)
"""Keys of an event besides the sections that it sets."""


def tables_of(rules: Rules) -> dict[str, type[Section]]:
    """Return the sections of a file by name, and the horizon."""
    return {"horizon": Horizon, **rules.sections}


@lru_cache(maxsize=8)
def form_of(rules: Rules) -> type[ScenarioForm]:
    """Return the form of a scenario file: sections have their values, all of them optional."""
    tables: dict[str, Any] = {}
    for name, section in tables_of(rules).items():
        fields: dict[str, Any] = {}
        for key, parameter in section.model_fields.items():
            extra: Any = parameter.json_schema_extra
            doc = f"{parameter.description} Unit: {extra['unit']}. Source: {extra['source']}."
            kind: Any = Annotated[parameter.annotation, Strict(), *parameter.metadata]
            kind = kind | Relative if parameter.annotation is float else kind
            extra = {**extra, FORM: allowed(parameter)}
            fields[key] = kind, Field(parameter.default, description=doc, json_schema_extra=extra)
        form = create_model(name, __base__=FileModel, __doc__=section.__doc__, **fields)
        tables[name] = form, None
    of_some = {name: table for name, table in tables.items() if name != "horizon"}
    values: Any = create_model("Values", __base__=ValuesForm, **of_some)
    event: Any = create_model("Event", __base__=EventForm, **of_some)
    doc = "In order; where two set a key, the later."
    tables["values"] = (list[values], Field([], description="Values from the first quarter on."))
    tables[EVENTS] = (list[event], Field([], description=doc))
    return create_model("Scenario", __base__=ScenarioForm, **tables)


def json_schema(rules: Rules = SHIPPED) -> dict[str, Any]:
    """Return the JSON schema of a scenario file, with which editors complete and check it.

    Args:
        rules: The model's mechanisms, and a user's own.
    """
    return editor_schema(form_of(rules), "Entrench scenario")


# --- Dotted keys ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A dotted key of a scenario: a parameter, or what an event sets, or its date.

    Attributes:
        bare: The parameter's own key, ``contracts.term``; or ``date`` or ``until``.
        table: The section that has it, or the form of an event.
        event: The event's name; empty: it is no event's.
        scope: The countries that it is for; None: all.
        how: How the value is meant: absolute, ``times`` or ``plus``.
    """

    bare: str
    table: type[BaseModel]
    event: str = ""
    scope: Scope | None = None
    how: str = ""

    @property
    def target(self) -> str:
        """The parameter's own key, with how its value is meant: ``contracts.term.times``."""
        return f"{self.bare}.{self.how}" if self.how else self.bare

    @property
    def path(self) -> str:
        """The key as origins have it: with its event, or its conditions in brackets."""
        if self.event:
            return f"{EVENTS}.{self.event}.{self.target}"
        return f"{self.target}[{self.scope.label}]" if self.scope else self.target

    @property
    def field(self) -> FieldInfo:
        """What its parameter declares."""
        return self.table.model_fields[self.bare.rpartition(".")[2]]

    def check(self, value: Any) -> Any:
        """Return a value in the key's kind.

        Raises:
            ValueError: It is not allowed.
        """
        table, name = self.table, self.bare.rpartition(".")[2]
        if self.how:
            table, name = Relative, self.how
        field = table.model_fields[name]
        given = {name: as_declared(field, value)}
        if table is EventForm:
            given["name"] = self.event
        try:
            return getattr(table.model_validate(given), name)
        except ValidationError:
            raise ValueError(must_be(field, value)) from None


def as_declared(field: FieldInfo, value: Any) -> Any:
    """Return a number in its parameter's kind: 2.0 as the whole number 2."""
    value = value.item() if hasattr(value, "item") else value
    whole = field.annotation is int and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def find_key(path: str, rules: Rules) -> Key:
    """Return the key that a path means: ``SECTION.KEY[where]``, ``events.NAME.SECTION.KEY``.

    Behind the key of a number, ``.times`` or ``.plus`` say that the value is relative.

    Raises:
        ValueError: There is none.
    """
    event, scope, bare = "", None, path
    first, _, rest = path.partition(".")
    if first == EVENTS:
        event, _, bare = rest.partition(".")
        if bare in DATES:
            return Key(bare, EventForm, event)
    bare, bracket, conditions = bare.partition("[")
    bare, how = split_key(bare)
    name, _, key = bare.partition(".")
    if bracket:
        if event or name not in rules.sections:
            raise ValueError("only values of sections take conditions in brackets")
        scope = read_brackets(conditions.removesuffix("]"))
    tables = rules.sections if event else tables_of(rules)
    if name not in tables:
        others = DATES if event else (EVENTS, SCENARIO)
        raise ValueError(unknown_key(name, (*others, *tables), tables))
    if not key:
        raise ValueError(f"{name} is a section; name one of its keys: {name}.KEY")
    if key not in tables[name].model_fields:
        raise ValueError(unknown_key(key, tables[name].model_fields, {}))
    whole = Key(bare, tables[name], event, scope, how)
    if how and whole.field.annotation is not float:
        raise ValueError("is a switch or a whole number: give its value, not a relative one")
    return whole


def relative_key(path: str, how: str) -> str:
    """Return the key of a value that is meant so; conditions in brackets stay at the end."""
    if how == ABSOLUTE:
        return path
    bare, bracket, conditions = path.partition("[")
    return f"{bare.rstrip()}.{how}{bracket}{conditions}"


def expand(given: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return values by dotted key with tables such as `{ times = 0.8 }` as keys of their own."""
    values: dict[str, Any] = {}
    for path, value in given:
        entries = value if isinstance(value, dict) and value else {ABSOLUTE: value}
        values |= {relative_key(path, how): v for how, v in entries.items()}
    return values


def parse_assignments(texts: Iterable[str]) -> dict[str, str]:
    """Return ``KEY=VALUE`` texts of the command line as a mapping.

    Raises:
        InputError: A text has no equals sign or no key, or two have the same.
    """
    pairs: dict[str, str] = {}
    wrong = []
    for text in texts:
        if not (match := ASSIGNMENT.fullmatch(str(text))):
            wrong.append(f"--set: write KEY=VALUE, such as contracts.term=5, not {text!r}")
            continue
        key, value = relative_key(match[1].strip(), SIGNS[match[2]]), match[3].strip()
        if key in pairs:
            wrong.append(f"--set: {key} is set twice: to {pairs[key]} and to {value}; give one")
        pairs[key] = value
    if wrong:
        raise InputError(wrong)
    return pairs


def _read_value(given: Any) -> Any:
    """Return the TOML value that a text is; failing that the text, which no number allows."""
    try:
        return tomllib.loads(f"value = {given}")["value"] if isinstance(given, str) else given
    except (ValueError, RecursionError):
        return given


# --- The loader -----------------------------------------------------------------------------------


def shipped_names() -> list[str]:
    """Return the names of the shipped scenarios, the baseline first."""
    return LIBRARY.names()


def list_scenarios() -> list[dict[str, str]]:
    """Return name, kind, title and question of the shipped scenarios, kind by kind."""
    listings = LIBRARY.listings(kind="policy", title="", question="")
    return sorted(listings, key=lambda listing: KINDS.index(listing["kind"]))


def load_scenario(
    name_or_path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    factors: Mapping[str, Any] | None = None,
    rules: Rules = SHIPPED,
) -> Scenario:
    """Load a scenario.

    **Precedence.** A value comes from the highest of these layers that sets it, lowest first:

    1. the schema's default, which the mechanism's file declares;
    2. a row of the plausible sets, which a calibration did not rule out: each run has one, laid
       beneath the scenario as it is run;
    3. the chain of scenario files: the file at the end of ``extends`` first, then each that
       extends it, the named scenario last. Of several that one file extends, all that they set
       counts; where two set one value at one date differently, the file itself must say which;
    4. a factor of an experiment, as a sweep or a sensitivity study sets it;
    5. ``--set`` on the command line.

    Events follow the same order: a file's event replaces the event of that name in the files
    it extends, and comes after the events it inherits; layers 4 and 5 may move it
    (``events.NAME.date``, ``events.NAME.until``) and change its values
    (``events.NAME.contracts.term``). While an event is in force, its values count over all
    five layers; of several that set one key, the one later in the list wins.

    Values and events may be for some countries (``where``). A country has the last of those values
    that name it, over the values of all; other events do not concern it.

    Args:
        name_or_path: The name of a shipped scenario, or a path (anything with a slash, ending
            in ``.toml`` or existing as a file).
        overrides: Layer 5, by dotted key. A text is read as a TOML value.
        factors: Layer 4, by dotted key, in the same form.
        rules: Rules of its runs: the model's mechanisms, and a user's own.

    Raises:
        FileError: Something is wrong; it lists everything that is, by file and line.
    """
    path = LIBRARY.open(name_or_path)
    loader = _Loader(path.stem, rules)
    loader.lay(path)
    loader.override(FACTOR, factors or {})
    loader.override(SET, overrides or {})
    return loader.finish()


@dataclass(frozen=True)
class Setting:
    """A checked value that a layer gives a key."""

    key: Key
    value: Any
    origin: Origin


class _Loader:
    """Lays files and overrides over each other, and collects what is wrong.

    Attributes:
        settings: All that is set, by the key that origins have; the later over the earlier.
        places: Where each event is written, by name, in their order.
        below: The files that each file extends, in the order in which files are laid.
        history: What files set a key to, or make an event, with the place.
    """

    def __init__(self, name: str, rules: Rules) -> None:
        self.name, self.rules = name, rules
        self.problems: list[Problem] = []
        self.form = ScenarioForm()
        self.settings: dict[str, Setting] = {}
        self.places: dict[str, Origin] = {}
        self.below: dict[str, set[str]] = {}
        self.history: dict[str, list[tuple[Any, Origin]]] = {}

    def wrong(self, origin: Origin, key: str, text: str) -> None:
        """Note what is wrong with a value."""
        self.problems.append(Problem(origin, key, text))

    # Files

    def lay(self, path: Path, *way: Path) -> None:
        """Lay a file over those that it extends, each of them once.

        Args:
            path: The file.
            way: The files from the named scenario to it.
        """
        file, below = ParsedFile(path, problems=self.problems), set[str]()
        given = file.data.get("extends")
        for name in given if isinstance(given, list) else [given]:
            if not isinstance(name, str) or not name.strip():
                continue
            with file.noting(("extends",)):
                other = LIBRARY.find(name, path.parent)
                if other.resolve() in [known.resolve() for known in (*way, path)]:
                    names = (known.name for known in (*way, path, other))
                    raise ValueError(f"goes in a circle: {' → '.join(names)}")
                if str(other) not in self.below:
                    self.lay(other, *way, path)
                below |= {str(other), *self.below[str(other)]}
        self.below[str(path)] = below
        self.read(file)

    def read(self, file: ParsedFile) -> None:
        """Lay what a file says over the layers below."""
        form: Any = file.read(form_of(self.rules))
        self.form = form
        self._lay(file, form)
        for entry in form.values:
            if WHERE not in file.at(entry._path):
                text = "say whom they are for: where = { … }; values for all belong in [SECTION]"
                file.wrong(entry._path, text)
            self._lay(file, entry, scope=entry.where and entry.where.scope)
        for name in form.drop_events:
            if name not in self.places:
                text = f"the files that this one extends have no event {name!r}"
                file.wrong(("drop_events",), text + nearest(name, self.places))
            self._drop(name)
            self.history.pop(f"{EVENTS}.{name}", None)
        names = [entry.name for entry in form.events]
        for at, entry in enumerate(form.events):
            if entry.name in names[:at]:
                file.wrong((*entry._path, "name"), "another event of this file has that name")
            self._read_event(file, entry)

    def _read_event(self, file: ParsedFile, entry: Any) -> None:
        """Lay an event over those that are there, in the place of its namesake."""
        here, name = entry._path, entry.name
        self._drop(name)
        self.places[name] = file.origin(here)
        when = None
        if not file.at(here).keys() & self.rules.sections.keys():
            file.wrong(here, "an event must set something: section.key = value")
        if entry.when:
            with file.noting((*here, WHEN)):
                when = read_condition(entry.when, self.rules)
                if entry.date is not None or entry.until is not None:
                    raise ValueError("comes in place of date and until: leave those out")
        elif entry.date is None:
            text = f"is missing: {allowed(EventForm.model_fields['date'])}; or when = {EXAMPLE}"
            file.wrong(here, text, f"{file.key(here)}.date")
        scope = entry.where and entry.where.scope
        given = {"date": entry.date, "until": entry.until, WHEN: when, WHERE: scope}
        for part, value in given.items():
            if value is not None:
                key = Key(part, EventForm, name)
                self.settings[key.path] = Setting(key, value, file.origin((*here, part)))
        self._lay(file, entry, name)
        self._check_dates(name)
        event = self._event(name)
        self.history.setdefault(f"{EVENTS}.{name}", []).append((event.to_dict(), event.origin))

    def _event(self, name: str) -> Event:
        """Return an event as the layers so far set it."""
        sets = {s.key.target: s.value for s in self.settings.values() if s.key.event == name}
        date, when, until, scope = (sets.pop(key, None) for key in EVENT_KEYS if key != "name")
        return Event(name, date, until, sets, self.places[name], scope, when)

    def _drop(self, event: str) -> None:
        self.places.pop(event, None)
        self.settings = {p: s for p, s in self.settings.items() if s.key.event != event}

    def _lay(
        self, file: ParsedFile, entry: Any, event: str = "", scope: Scope | None = None
    ) -> None:
        """Lay over what a file's sections, an event or an entry of values set."""
        tables = tables_of(self.rules)
        for name, table in entry:
            given = table.model_dump(exclude_unset=True) if table and name in tables else {}
            for key, value in given.items():
                path = (*table._path, key)
                for dotted, number in expand([(f"{name}.{key}", value)]).items():
                    bare, how = split_key(dotted)
                    with file.noting(path):
                        whole = Key(bare, tables[name], event, scope, how)
                        self.set(whole, number, file.origin(path))

    # Values

    def set(self, key: Key, value: Any, origin: Origin) -> None:
        """Set a checked value, over those that are there.

        Raises:
            ValueError: It is of an event that the scenario does not have, or is one for the whole
                world and here for some countries.
        """
        for_some = key.scope or self.settings.get(f"{EVENTS}.{key.event}.{WHERE}")
        if for_some and attribute(key.field, "of_world"):
            raise ValueError("is one for the whole world, for no countries alone; leave out where")
        if key.event and key.event not in self.places:
            hint = nearest(key.event, self.places)
            raise ValueError(f"the scenario has no event {key.event!r}{hint}")
        when = self.settings.get(f"{EVENTS}.{key.event}.{WHEN}")
        if when and key.bare in DATES:
            raise ValueError(f"has no date: it begins when {when.value}")
        if key.scope:
            self.settings.pop(key.path, None)  # the last that names a country counts
        self.settings[key.path] = Setting(key, value, origin)
        if not key.event:
            self.history.setdefault(key.path, []).append((value, origin))

    def override(self, origin: Origin, given: Mapping[str, Any]) -> None:
        """Lay values by dotted key over the layers below; a text is read as a TOML value."""
        changed: dict[str, None] = {}
        read = ((path, _read_value(text)) for path, text in given.items())
        for path, value in expand(read).items():
            try:
                key = find_key(path, self.rules)
                self.set(key, key.check(value), origin)
                changed[key.event] = None
            except ValueError as error:
                self.wrong(origin, path, str(error))
        for event in changed.keys() & self.places.keys():
            self._check_dates(event)

    # Several files that one extends

    def _check_conflicts(self, events: Iterable[Event]) -> None:
        """Note what files beside each other set differently: values, events, values at one date."""
        for path, given in self.history.items():
            value, origin = given[-1]
            for before, place in given[:-1]:
                if before != value:
                    self._note_conflict(path, origin, place)
        for earlier, event in combinations(events, 2):
            scopes = [{*each.scope.states} for each in (earlier, event) if each.scope]
            meet = len(scopes) < 2 or scopes[0] & scopes[1]
            if not meet or (earlier.date, earlier.when) != (event.date, event.when):
                continue
            for path, value in event.sets.items():
                is_other = earlier.sets.get(path, value) != value
                if is_other and split_key(path)[1] == ABSOLUTE:
                    key = f"{EVENTS}.{event.name}.{path}"
                    self._note_conflict(key, event.origin, earlier.origin)

    def _note_conflict(self, path: str, origin: Origin, other: Origin) -> None:
        """Note that two files set something differently, unless one of them extends the other."""
        files = {origin.file, other.file}
        beside = len(files) == 2 and files <= self.below.keys()
        if beside and not any(files & self.below[file] for file in files):
            text = f"{other.place} sets it differently: set it in {self.name}, or leave one out"
            self.wrong(origin, path, text)

    # Everything together

    def finish(self) -> Scenario:
        """Return the scenario.

        Raises:
            FileError: Something in any layer is wrong.
        """
        horizon = self._section("horizon", Horizon)
        if horizon.start >= horizon.end:
            text = f"must be later than the start, {horizon.start}, not {horizon.end}"
            ends = (self.settings.get(path) for path in ("horizon.end", "horizon.start"))
            self.wrong(next(end.origin for end in ends if end), "horizon.end", text)
        events = tuple(map(self._event, self.places))
        self._check_conflicts(events)
        FileError.refuse(self.problems, self.name)
        tables = {n: self._section(n, kind) for n, kind in tables_of(self.rules).items()}
        keys = (f"{name}.{key}" for name, t in tables.items() for key in type(t).model_fields)
        values = (
            ScopedValue(s.key.target, s.key.scope, s.value)
            for s in self.settings.values()
            if not s.key.event and (s.key.scope or s.key.how)
        )
        scenario = Scenario(
            self.name,
            self.form.title or self.name,
            self.form.question,
            horizon,
            {name: tables[name] for name in self.rules.sections},
            events,
            dict.fromkeys(keys, DEFAULT) | {path: s.origin for path, s in self.settings.items()},
            in_effect_order(values),
            files=tuple(self.below),
            rules=self.rules,
            kind=self.form.kind,
        )
        if len(scenario.conditions) > MOST_CONDITIONS:
            text = f"at most {MOST_CONDITIONS} different conditions (when)"
            self.wrong(events[-1].origin, EVENTS, text)
        else:
            self._check_relative(scenario)
        FileError.refuse(self.problems, self.name)
        return scenario

    def _section[S: Section](self, name: str, kind: type[S]) -> S:
        """Return a section, or the horizon, as the layers so far set it."""
        paths = {key: f"{name}.{key}" for key in kind.model_fields}
        given = {k: self.settings[path].value for k, path in paths.items() if path in self.settings}
        return kind.model_validate(given)

    def _check_dates(self, name: str) -> None:
        """Note dates outside the horizon, or within a year where a value applies once a year.

        The horizon is that of the layers so far, so that a scenario or a `--set` that shortens it
        need not drop the later events: they never come to act.
        """
        event, step = self._event(name), 1 / QUARTERS
        horizon = self._section("horizon", Horizon)
        if event.date is None:
            return
        of_event = [s.key for s in self.settings.values() if s.key.event == name]
        yearly = [key.target for key in of_event if attribute(key.field, "yearly")]
        last = horizon.end + 1
        for key, date, low, high, after in (
            ("date", event.date, horizon.start, last - step, ""),
            ("until", event.until, event.date + step, last, " and after its date"),
        ):
            path, text = f"{EVENTS}.{name}.{key}", ""
            if date is not None and not low <= date <= high:
                text = f"must be within the horizon{after}, from {low:g} to {high:g}, not {date:g}"
            elif date is not None and date % 1 and yearly:
                text = f"must be a year, such as {math.ceil(date)}, not {date:g}: {yearly[0]}"
                text += " applies once a year, in its first quarter"
            if text:
                self.wrong(self.settings[path].origin, path, text)

    def _check_relative(self, scenario: Scenario) -> None:
        """Note relative values that lead out of the bounds, in any period and country."""
        relative = {path: s for path, s in self.settings.items() if s.key.how}
        for variant in scenario.variants() if relative else ():
            periods = product(variant.change_quarters(), representatives(scenario.classes()))
            for values in (variant.values_in(quarter, code) for quarter, code in periods):
                for path, setting in relative.items():
                    value, (low, high) = values[setting.key.bare], bounds(setting.key.field)
                    if low is not None and high is not None and not low <= value <= high:
                        text = f"would be {value:.6g}; allowed: {low:g} to {high:g}"
                        self.wrong(setting.origin, path, text)
