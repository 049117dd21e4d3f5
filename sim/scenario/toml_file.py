"""TOML files of users: found by name, read by pydantic models, all errors at once."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, PrivateAttr, StringConstraints, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sim.errors import BASELINE, InputError, check_text, nearest, shorten
from sim.model.parameters import Section, attribute
from sim.world import DataFolder, find_data_folder, read_text

# A longer excerpt of a wrong value would hide what the file needs.
SHOWN_LENGTH = 40
FORM = "form"
"""Allowed values of a field, in the words of messages."""
ENDING = ".toml"

type KeyPath = tuple[str | int, ...]
"""Keys from the top of a file to a value; numbers count the entries of a list."""


@dataclass(frozen=True)
class Origin:
    """Origin of a value: a file's path, as the user named it, and line; else a layer, line 0."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        """Return ``baseline.toml:12``, ``--set``, ``default``."""
        return f"{self.stable}:{self.line}" if self.line else self.stable

    @property
    def stable(self) -> str:
        # The line changes with every comment above it.
        return PurePath(self.file).name

    @property
    def place(self) -> str:
        # In the form that editors and terminals make clickable.
        return f"{self.file}:{self.line}" if self.line else self.file


DEFAULT, FACTOR, SET = Origin("default"), Origin("experiment factor"), Origin("--set")
"""Layers other than files, from lowest to highest precedence."""


@dataclass(frozen=True)
class Problem:
    """An error in a file, with the line or option to correct."""

    origin: Origin
    key: str
    text: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.origin.place, self.key, self.text) if part)


class FileError(InputError):
    """All errors in a file, the files that it names and `--set`, by file and line."""

    def __init__(self, problems: Iterable[Problem], name: str = "") -> None:
        self.problems = in_reading_order(problems)
        count = len(self.problems)
        headline = f"{count} problems in {name!r}" if count > 1 else ""
        super().__init__([str(problem) for problem in self.problems], headline)

    @classmethod
    def refuse(cls, problems: Sequence[Problem], name: str) -> None:
        if problems:
            raise cls(problems, name)


def in_reading_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return each problem once, by file in order of appearance and by line."""
    unique = list(dict.fromkeys(problems))
    files = list(dict.fromkeys(problem.origin.file for problem in unique))
    return sorted(unique, key=lambda p: (files.index(p.origin.file), p.origin.line))


def show_value(value: Any) -> str:
    return shorten(json.dumps(value, default=str, ensure_ascii=False), SHOWN_LENGTH)


# --- Models ---------------------------------------------------------------------------------------


class FileModel(BaseModel):
    """A table of a file: closed to unknown keys, strict about types, without infinities."""

    model_config = {**Section.model_config, "validate_default": False}
    _path: KeyPath = PrivateAttr(())

    @classmethod
    def in_words(cls, fault: ErrorDetails, table: Mapping[str, Any]) -> str:
        key = str(fault["loc"][0]) if fault["loc"] else ""
        field, kind = cls.model_fields.get(key), fault["type"]
        if kind == "extra_forbidden":
            forms = {name: table_of(field) for name, field in cls.model_fields.items()}
            tables = {name: form for name, form in forms.items() if form}
            return unknown_key(key, cls.model_fields, tables)
        if field is None or kind == "value_error":
            return fault["msg"].removeprefix("Value error, ")
        if kind == "missing":
            return f"is missing: {allowed(field)}"
        return must_be(field, table[key])


_FILLED = StringConstraints(strip_whitespace=True, min_length=1)
Text = Annotated[str, _FILLED, AfterValidator(check_text)]
Name = Annotated[str, _FILLED, AfterValidator(partial(check_text, name=True))]
Paragraph = Annotated[str, _FILLED, AfterValidator(lambda text: check_text(" ".join(text.split())))]


def unknown_key(key: str, known: Iterable[str], tables: Mapping[str, type[BaseModel]]) -> str:
    """Return the message on an unknown key: the tables that have it, or the nearest known key."""
    homes = [name for name, table in tables.items() if key in table.model_fields]
    if homes:
        return f"unknown key here; it is a key of {' and of '.join(homes)}"
    inside = ((nearest(key, table.model_fields, ""), name) for name, table in tables.items())
    close = (f"{hint.rstrip('?')}, a key of {name}?" for hint, name in inside if hint)
    known = list(known)
    return f"unknown key{nearest(key, known, '') or next(close, nearest(key, known))}"


def bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    low = next((entry.ge for entry in field.metadata if hasattr(entry, "ge")), None)
    high = next((entry.le for entry in field.metadata if hasattr(entry, "le")), None)
    return low, high


def allowed(field: FieldInfo) -> str:
    kind, (low, high) = field.annotation, bounds(field)
    kinds = (kind, *get_args(kind))
    if form := attribute(field, FORM):
        return str(form)
    if names := choices(field):
        return "one of " + ", ".join(f'"{name}"' for name in names)
    if bool in kinds:
        return "true or false"
    if low is not None and high is not None:
        number = "a whole number" if int in kinds else "a number"
        unit = attribute(field, "unit")
        return f"{number} from {low:.10g} to {high:.10g}" + (f" ({unit})" if unit else "")
    if any(get_origin(part) in (list, tuple) for part in kinds):
        return "tables: [[NAME]] above each" if table_of(field) else "a list"
    if any(getattr(entry, "gt", None) == 0 for entry in field.metadata):
        return "a number above 0"
    return "a table: [NAME] above its keys" if table_of(field) else "a text in quotes"


def must_be(field: FieldInfo, value: Any) -> str:
    hint = nearest(str(value), names) if (names := choices(field)) else ""
    return f"must be {allowed(field)}, not {show_value(value)}{hint}"


def choices(field: FieldInfo) -> tuple[str, ...]:
    kind = getattr(field.annotation, "__value__", field.annotation)
    return get_args(kind) if get_origin(kind) is Literal else ()


def table_of(field: FieldInfo | None) -> type[FileModel] | None:
    """Return the model of a field that is a table, a list of tables, or tables by name."""
    kinds = _kinds_in(field.annotation) if field else ()
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, FileModel)), None)


def _kinds_in(kind: Any) -> Iterator[Any]:
    yield kind
    for part in get_args(kind):
        yield from _kinds_in(part)


# --- A file ---------------------------------------------------------------------------------------


class ParsedFile:
    """A TOML file while it is checked: values with their lines, and errors.

    Attributes:
        data: Its tables and values; empty if it cannot be read.
        problems: Errors so far; several files may share the list.
    """

    def __init__(
        self, path: Path, noun: str = "a scenario", problems: list[Problem] | None = None
    ) -> None:
        self.path = path
        self.data: dict[str, Any] = {}
        self.problems = [] if problems is None else problems
        self._lines: dict[KeyPath, int] = {}
        self._top = set[str]()
        try:
            text = read_text(path, noun)
            check_text(path.stem, name=True)
            self.data, self._lines = tomllib.loads(text), key_lines(text)
            if not self.data:
                raise ValueError(f"the file is empty: not {noun}")
        except (ValueError, RecursionError) as error:
            line = re.search(r"at line (\d+)", str(error))
            self._lines = {(): int(line[1])} if line else {}
            is_syntax = isinstance(error, tomllib.TOMLDecodeError)
            hint = slip_in(text.split("\n")[int(line[1]) - 1]) if is_syntax and line else ""
            self.wrong((), f"not valid TOML: {error}{hint}" if is_syntax else str(error))

    def origin(self, path: KeyPath) -> Origin:
        """Return the line of a key, or of the nearest table around it."""
        lines = (self._lines.get(path[:length]) for length in range(len(path), -1, -1))
        return Origin(str(self.path), next(filter(None, lines), 0))

    def at(self, path: KeyPath) -> Any:
        value: Any = self.data
        for part in path:
            value = value[part] if isinstance(part, int) else value.get(part)
        return value

    def wrong(self, path: KeyPath, text: str, key: str = "") -> None:
        """Note an error in a value; `key` replaces the key of its path."""
        self.problems.append(Problem(self.origin(path), key or self.key(path), text))

    @contextmanager
    def noting(self, path: KeyPath, key: str = "") -> Iterator[None]:
        try:
            yield
        except FileError as error:
            self.problems += error.problems
        except ValueError as error:
            self.wrong(path, str(error), key)

    def key(self, path: KeyPath) -> str:
        """Return the dotted key of a path: ``events.NAME.date``, ``factors[2].values``."""
        text = ""
        for at, part in enumerate(path):
            if isinstance(part, str):
                text += f".{part}" if text else part
            elif isinstance(table := self.at(path[: at + 1]), dict):
                name = table.get("name") if text == "events" else None
                text += f".{name}" if isinstance(name, str) else f"[{part + 1}]"
        return text

    def read[M: FileModel](self, model: type[M]) -> M:
        """Return the content without wrong values, which are noted; all at its top is optional."""
        self._top = {key for key, field in model.model_fields.items() if not table_of(field)}
        whole = self._read(model, ())
        assert whole is not None
        return whole

    def _read[M: FileModel](self, model: type[M], path: KeyPath) -> M | None:
        values = {}
        for key, written in self.at(path).items():
            value = self._within(model.model_fields.get(key), written, (*path, key))
            if value is not None:
                values[key] = value
        try:
            read = model.model_validate(values)
        except ValidationError as error:
            wrong: set[str | int] = set()
            for fault in error.errors():
                if fault["type"] == "missing" and fault["loc"][0] in self.at(path):
                    continue  # a table that is wrong, and noted
                said, place = model.in_words(fault, values), (*path, *fault["loc"][:1])
                if fault["type"] == "extra_forbidden":
                    said = self.misplaced(place) or said
                self.wrong(place, said)
                wrong.update(fault["loc"][:1])
            # The rest of the file is read on, so that all errors come at once.
            right = {key: value for key, value in values.items() if key not in wrong}
            return None if path else model.model_validate(right)
        read._path = path
        return read

    def misplaced(self, path: KeyPath) -> str:
        """Return a message on a key of the whole file that is written below a table's heading."""
        is_one = len(path) > 1 and path[-1] in self._top
        return "is a key of the whole file: move it above the first [table]" if is_one else ""

    def _within(self, field: FieldInfo | None, value: Any, path: KeyPath) -> Any:
        table = table_of(field)
        if table is None or field is None:
            return value
        by_name = any(get_origin(kind) is dict for kind in _kinds_in(field.annotation))
        if isinstance(value, dict) and by_name:
            named = {
                name: self._read(table, (*path, name)) if isinstance(entry, dict) else entry
                for name, entry in value.items()
            }
            return {name: entry for name, entry in named.items() if entry is not None}
        if get_origin(field.annotation) is not list:
            return self._read(table, path) if isinstance(value, dict) else value
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            return value
        entries = (self._read(table, (*path, at)) for at in range(len(value)))
        return [entry for entry in entries if entry is not None]


# Frequent mistakes of people new to TOML, as patterns of a line, and the remedy.
SLIPS = {
    r"[“”‘’]([^“”‘’\"']*)": r'write straight quotes: "\1"',
    r"=\s*[-+.\d]+\s*%": "write 0.5 for 50%",
    r"=\s*([-+]?\d+),(\d+)": r"write a point, not a comma: \1.\2",
    r"=\s*\[?\s*([^\W\d][^#\"'\]]*)": r'texts need quotes: "\1"',
}


def slip_in(line: str) -> str:
    found = ((re.search(slip, line), hint) for slip, hint in SLIPS.items())
    return next((f"; {match.expand(hint).strip()}" for match, hint in found if match), "")


_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"({_PART}(?:\s*\.\s*{_PART})*)\s*"
_KEY = re.compile(rf"\s*(?:(\[\[?)\s*{_DOTTED}\]|{_DOTTED}=)")
_LONG_TEXT = r'"""(?:\\.|[^\\])*?"{3,5}' + r"|'''.*?'{3,5}"
_TEXT = r'"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'"
_HIDDEN = re.compile(rf"({_LONG_TEXT}|#[^\n]*)|{_TEXT}", re.DOTALL)
"""Comments and texts of several lines, the first group, in which nothing is a key."""


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line of each key and table header of a valid TOML text."""
    lines: dict[KeyPath, int] = {(): 1}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    shown = _HIDDEN.sub(lambda m: "\n" * m[0].count("\n") if m[1] else m[0], text)
    for number, line in enumerate(shown.split("\n"), 1):
        if (match := _KEY.match(line)) is None:
            continue
        bracket, parts = match[1], re.findall(_PART, match[2] or match[3])
        path: KeyPath = () if bracket else table
        # Entries of a list of tables share their keys: the count tells them apart.
        for at, part in enumerate(parts, 1):
            path += (part.strip("\"'"),)
            lines.setdefault(path, number)
            if bracket == "[[" and at == len(parts):
                counts[path] = counts.get(path, -1) + 1
            if path in counts:
                path += (counts[path],)
                lines.setdefault(path, number)
        table = path if bracket else table
    return lines


# --- Files that come with the program -------------------------------------------------------------


@dataclass(frozen=True)
class Library:
    """The shipped files of one kind; `noun` is a file's name in messages."""

    noun: str
    folder: DataFolder

    def names(self) -> list[str]:
        names = (path.stem for path in find_data_folder(self.folder).glob(f"*{ENDING}"))
        return sorted(names, key=lambda name: (name != BASELINE, name))

    def find(self, name_or_path: str | Path, beside: Path = Path()) -> Path:
        """Return the file for a shipped name, or for a path from the folder `beside`."""
        text, names = str(name_or_path), self.names()
        # A `Path` is never a shipped name, so that a user's file can have one.
        if text in names and not isinstance(name_or_path, Path):
            return find_data_folder(self.folder) / f"{text}{ENDING}"
        path = Path(os.path.normpath(beside / text))
        for known in (Path(f"{path}{ENDING}"), path) if text else ():
            if os.path.exists(known):  # false for a name that is too long
                return known
        if text.endswith(ENDING) or path.name != text:
            raise InputError(f"{path}: there is no such file")
        raise InputError(
            f"no {self.noun} is called {shorten(text, SHOWN_LENGTH)!r}{nearest(text, names)} "
            "(a file is named by its path, ending in .toml)"
        )

    def listings(self, **defaults: str) -> list[dict[str, str]]:
        files = {name: ParsedFile(self.find(name)).data for name in self.names()}
        return [
            {"name": name, **{key: data.get(key, text) for key, text in defaults.items()}}
            for name, data in files.items()
        ]
