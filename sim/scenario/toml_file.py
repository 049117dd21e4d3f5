"""Files that users write: found by name, read by pydantic models, all faults at once."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sim.errors import InputError
from sim.parameters import attribute
from sim.register import RENAMED
from sim.text import read_text, shorten
from sim.world.locate import DataFolder, find_data_folder

SHOWN_LENGTH = 40
"""Longest excerpt of a wrong value in a message; more would hide what is allowed."""
LISTED_NAMES = 30
"""Most names listed as allowed; a longer list is no help."""
FORM = "form"
"""What a field of a model must be, in the words of messages."""
DIALECT = "http://json-schema.org/draft-07/schema#"
"""The dialect that TOML editors (taplo, Even Better TOML) read."""
ENDING = ".toml"

type KeyPath = tuple[str | int, ...]
"""Keys from the top of a file to a value; numbers count the entries of a list."""
type Layer = Literal["default", "plausible", "file", "factor", "set"]

LAYERS: dict[Layer, str] = {
    "default": "default",
    "plausible": "plausible set",
    "file": "scenario file",
    "factor": "experiment factor",
    "set": "--set",
}
"""The layers from lowest to highest precedence, with their names in messages and tables."""


@dataclass(frozen=True)
class Place:
    """Where a value was written.

    Attributes:
        file: The file as the user named it, or the layer's name (``--set``).
        line: Line in the file from 1, or 0 where there are no lines.
    """

    file: str
    line: int = 0

    def __str__(self) -> str:
        """Return it the way editors and terminals make clickable."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Origin:
    """Where a value comes from.

    Attributes:
        layer: The layer that set it.
        file: For a scenario file: its path as the user named it.
        line: Line of that file.
    """

    layer: Layer
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        """Return it for people: ``baseline.toml:12``, ``--set``, ``default``."""
        return f"{self.stable}:{self.line}" if self.file else self.stable

    @property
    def stable(self) -> str:
        """The same without the line, which changes with every comment added above it."""
        return PurePath(self.file).name if self.file else LAYERS[self.layer]

    @property
    def place(self) -> Place:
        """Where to mend the value."""
        return Place(self.file or LAYERS[self.layer], self.line)


DEFAULT = Origin("default")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        place: File and line, or option, that is to be mended.
        key: The dotted key concerned, or an empty string.
        text: What is wrong and what is allowed.
    """

    place: Place
    key: str
    text: str

    def __str__(self) -> str:
        """Return place, key and text as one line."""
        return ": ".join(part for part in (str(self.place), self.key, self.text) if part)


class ScenarioError(InputError):
    """Everything that is wrong with a scenario.

    Attributes:
        problems: One entry for each thing that is wrong, in the order of files and lines.
        noun: What was being read, for the headline.
    """

    noun = "scenario"

    def __init__(self, problems: Iterable[Problem], name: str = "") -> None:
        self.problems = in_reading_order(problems)
        self.name = name
        count = len(self.problems)
        headline = f"{count} problems in the {self.noun} {name!r}" if count > 1 else ""
        super().__init__([str(problem) for problem in self.problems], headline)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the problems, so that the error crosses from worker processes."""
        return type(self), (self.problems, self.name)


def in_reading_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems without repetition, by file in order of appearance, and by line."""
    unique = list(dict.fromkeys(problems))
    files = list(dict.fromkeys(problem.place.file for problem in unique))
    return sorted(unique, key=lambda p: (files.index(p.place.file), p.place.line))


def suggest(word: str, names: Sequence[str], kind: str = "allowed") -> str:
    """Return what to offer for a word that is none of the names.

    Args:
        word: What was written.
        names: What is allowed.
        kind: What the names are, for the list (``"keys"``).
    """
    folded = {name.lower().replace("-", "_"): name for name in names}
    if RENAMED.get(word) in names:
        return f"its name is now {RENAMED[word]!r}"
    nearest = difflib.get_close_matches(word.lower().replace("-", "_"), folded, n=1)
    if nearest:
        return f"did you mean {folded[nearest[0]]!r}?"
    listed = ", ".join(names[:LISTED_NAMES]) + (", …" if len(names) > LISTED_NAMES else "")
    return f"{kind}: {listed}" if names else "there are none"


def show_value(value: Any) -> str:
    """Return a wrong value as a message shows it: as a file would have it."""
    return shorten(json.dumps(value, default=str, ensure_ascii=False), SHOWN_LENGTH)


# --- Models ---------------------------------------------------------------------------------------


class FileModel(BaseModel):
    """A table of a file: closed to unknown keys, strict about kinds, without infinities."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


_FILLED = StringConstraints(strip_whitespace=True, min_length=1)
Text = Annotated[str, _FILLED]
"""A text that says something."""
Paragraph = Annotated[str, _FILLED, AfterValidator(lambda text: " ".join(text.split()))]
"""A text that may be written over several lines."""


def bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """Return the least and the largest value that a number may have; None for a switch."""
    low = next((entry.ge for entry in field.metadata if hasattr(entry, "ge")), None)
    high = next((entry.le for entry in field.metadata if hasattr(entry, "le")), None)
    return low, high


def allowed(field: FieldInfo) -> str:
    """Return what a value may be, in words: kind, range and unit."""
    kind, (low, high) = field.annotation, bounds(field)
    if form := attribute(field, FORM):
        return str(form)
    if names := _choices(field):
        return "one of " + ", ".join(f'"{name}"' for name in names)
    if bool in (kind, *get_args(kind)):
        return "true or false"
    if low is not None and high is not None:
        number = "a whole number" if int in (kind, *get_args(kind)) else "a number"
        unit = attribute(field, "unit")
        return f"{number} from {low:.10g} to {high:.10g}" + (f" ({unit})" if unit else "")
    if get_origin(kind) is list:
        return "tables: [[NAME]] above each" if _model_in(kind) else "a list"
    return "a table: [NAME] above its keys" if _model_in(kind) else "a text in quotes"


def _choices(field: FieldInfo) -> tuple[str, ...]:
    """Return the texts that a field may be, if it lists them."""
    kind = getattr(field.annotation, "__value__", field.annotation)
    return next((get_args(k) for k in (kind, *get_args(kind)) if get_origin(k) is Literal), ())


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a table, or of each table of a list."""
    kinds = (annotation, *get_args(annotation))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def editor_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """Return the JSON schema of a file, in the dialect that TOML editors read."""
    schema = model.model_json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs")
    return {"$schema": DIALECT, **schema, "title": title, "definitions": definitions}


# --- A file ---------------------------------------------------------------------------------------


class ParsedFile:
    """A TOML file while it is checked: its values with their lines, and what is wrong.

    Attributes:
        path: Its path, as messages show it.
        data: Its tables and values; empty if it cannot be read.
        problems: What is wrong with it so far.
    """

    def __init__(self, path: Path, noun: str = "a scenario") -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.data: dict[str, Any] = {}
        self._lines: dict[KeyPath, int] = {}
        self._moved: dict[KeyPath, int] = {}
        self._options: dict[str, str] = {}
        try:
            text = read_text(path, noun)
            self.data = tomllib.loads(text)
            self._lines = key_lines(text)
            if not self.data:
                raise ValueError(f"the file is empty: not {noun}")
        except (ValueError, RecursionError) as error:
            found = re.search(r"at line (\d+)", str(error))
            place = Place(str(path), int(found[1]) if found else 0)
            is_syntax = isinstance(error, tomllib.TOMLDecodeError)
            text = f"not valid TOML: {error}" if is_syntax else str(error)
            self.problems.append(Problem(place, "", text))

    def override(self, key: str, value: Any, option: str) -> None:
        """Let an option of the command count over a key of the file."""
        self.data[key] = value
        self._options[key] = option

    def place(self, path: KeyPath) -> Place:
        """Return the line of a key, or of the nearest table around it."""
        if path and path[0] in self._options:
            return Place(self._options[str(path[0])])
        path = self._as_written(path)
        lines = (self._lines.get(path[:length]) for length in range(len(path), 0, -1))
        return Place(str(self.path), next(filter(None, lines), 1))

    def origin(self, path: KeyPath) -> Origin:
        """Return where a value comes from."""
        return Origin("file", str(self.path), self.place(path).line)

    def at(self, path: KeyPath) -> Any:
        """Return what is written at a path; None if nothing is."""
        value: Any = self.data
        for part in path:
            value = value[part] if isinstance(part, int) else value.get(part)
        return value

    def wrong(self, path: KeyPath, text: str) -> None:
        """Note what is wrong with a value."""
        self.problems.append(Problem(self.place(path), self.key(path), text))

    def key(self, path: KeyPath) -> str:
        """Return the dotted key of a path: ``events.NAME.date``, ``factors[2].values``."""
        text = ""
        for at, part in enumerate(path):
            if isinstance(part, str):
                text += f".{part}" if text else part
            elif isinstance(table := self.at(path[: at + 1]), dict):
                name = table.get("name") if text == "events" else None
                number = int(self._as_written(path)[1]) + 1
                text += f".{name}" if isinstance(name, str) else f"[{number}]"
        return text

    def read[M: BaseModel](
        self, model: type[M], unknown: Callable[[KeyPath], str] = lambda path: ""
    ) -> M:
        """Return what the file says, without what is noted as wrong.

        Args:
            model: The form of the file.
            unknown: Returns what to say of a key that the model lacks; nothing: the nearest key.
        """
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            wrong = set()
            for fault in error.errors():
                self.wrong(fault["loc"], _in_words(model, fault, unknown))
                wrong.add(fault["loc"][:2])
        tables: dict[str, Any] = {}
        for key, value in self.data.items():
            if isinstance(value, list) and (key,) not in wrong:
                right = [at for at in range(len(value)) if (key, at) not in wrong]
                self._moved |= {(key, new): old for new, old in enumerate(right)}
                tables[key] = [value[at] for at in right]
            elif not any(path[0] == key for path in wrong):
                tables[key] = value
        self.data = tables
        return model.model_validate(tables)

    def _as_written(self, path: KeyPath) -> KeyPath:
        """Return a path with the number that its table has in the file."""
        return (path[0], self._moved.get(path[:2], path[1]), *path[2:]) if path[1:] else path


def _in_words(
    model: type[BaseModel],
    fault: ErrorDetails,
    unknown: Callable[[KeyPath], str] = lambda path: "",
) -> str:
    """Return what is wrong with a value and what is allowed."""
    around: type[BaseModel] | None = model
    field: FieldInfo | None = None
    names: tuple[str, ...] = ()
    for part in fault["loc"]:
        if around is not None and isinstance(part, str):
            names = tuple(around.model_fields)
            field = around.model_fields.get(part)
            around = _model_in(field.annotation) if field else None
    kind, value = fault["type"], fault["input"]
    if kind == "extra_forbidden":
        nearest = suggest(str(fault["loc"][-1]), names, "keys here")
        return unknown(fault["loc"]) or f"unknown key; {nearest}"
    if field is None or kind == "value_error":
        return fault["msg"].removeprefix("Value error, ")
    if kind == "missing":
        return f"is missing: {allowed(field)}"
    nearest = f"; {suggest(str(value), names)}" if (names := _choices(field)) else ""
    return f"must be {allowed(field)}, not {show_value(value)}{nearest}"


def in_words(model: type[BaseModel], error: ValidationError) -> str:
    """Return what is wrong with values that are in no file."""
    return "; ".join(_in_words(model, fault) for fault in error.errors())


_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"({_PART}(?:\s*\.\s*{_PART})*)\s*"
_KEY = re.compile(rf"\s*(?:(\[\[?)\s*{_DOTTED}\]|{_DOTTED}=)")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line of each key and table header of a valid TOML text."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    open_text = ""
    for number, line in enumerate(text.split("\n"), 1):
        match = None if open_text else _KEY.match(line)
        for quotes in re.findall(r'"""|' + "'''", line):  # keys within a long text are none
            open_text = "" if open_text == quotes else open_text or quotes
        if match is None:
            continue
        bracket, parts = match[1], re.findall(_PART, match[2] or match[3])
        path: KeyPath = () if bracket else table
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
class Listing:
    """A shipped file as a list of them shows it."""

    name: str
    title: str
    question: str


@dataclass(frozen=True)
class Library:
    """The shipped files of one kind.

    Attributes:
        noun: What messages call a file, such as `scenario`.
        folder: Name of their folder.
    """

    noun: str
    folder: DataFolder

    def names(self) -> list[str]:
        """Return their names in order, the baseline first."""
        names = (path.stem for path in find_data_folder(self.folder).glob(f"*{ENDING}"))
        return sorted(names, key=lambda name: (name != "baseline", name))

    def find(self, name_or_path: str | Path, beside: Path = Path()) -> Path:
        """Return the file that a user names: a shipped one by its name, or a path.

        Args:
            name_or_path: A name; or a path, which ends in ``.toml``, has a slash or is a file.
            beside: The folder that a path counts from.

        Raises:
            ValueError: There is no such file.
        """
        if isinstance(name_or_path, Path):
            return name_or_path
        text, names = name_or_path, self.names()
        if text in names:
            path, here = find_data_folder(self.folder) / f"{text}{ENDING}", Path.cwd()
            return path.relative_to(here) if path.is_relative_to(here) else path
        if text.endswith(ENDING) or "/" in text or "\\" in text:
            return Path(os.path.normpath(beside / text))
        for path in (beside / f"{text}{ENDING}", beside / text) if text else ():
            if path.exists():
                return path
        advice = suggest(text, names, "there are")
        raise ValueError(
            f"no {self.noun} is called {shorten(text, SHOWN_LENGTH)!r}; {advice} "
            "(a file is named by its path, ending in .toml)"
        )

    def listings(self) -> list[Listing]:
        """Return names, titles and questions."""
        listings = []
        for name in self.names():
            data = ParsedFile(self.find(name)).data
            listings.append(Listing(name, data.get("title", name), data.get("question", "")))
        return listings
