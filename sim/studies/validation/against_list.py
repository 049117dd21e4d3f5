"""Reading a user's own list of states: every error with file and line, none left for later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import InputError
from sim.text import RowError, printable, read_rows, read_text, shorten
from sim.world.countries import CountrySeed
from sim.world.names import find_state

CODE, VALUE = "iso3", "value"
"""Columns that a list must have; others are not read."""
VALUES = {"1": True, "true": True, "0": False, "false": False}
ALLOWED = "allowed: 1, 0, true, false"
HEADER = f"the first line must be a header with the columns {CODE},{VALUE}"

CHINESE = {"CHN": "China", "CHINA": "China", "CN": "China", "PRC": "China"}
CHINESE |= {"HKG": "Hong Kong", "MAC": "Macao"}
OTHER_CODES = {
    "AE": "ARE", "BUR": "MMR", "CH": "CHE", "DE": "DEU", "DRC": "COD", "ENG": "GBR", "ES": "ESP",
    "FR": "FRA", "GB": "GBR", "GER": "DEU", "GRE": "GRC", "INA": "IDN", "KOS": "XKX", "KSA": "SAU",
    "KV": "XKX", "NED": "NLD", "PAL": "PSE", "PHI": "PHL", "POR": "PRT", "RKS": "XKX", "ROK": "KOR",
    "ROM": "ROU", "RSA": "ZAF", "RU": "RUS", "SUI": "CHE", "TMP": "TLS", "UAE": "ARE", "UK": "GBR",
    "UNK": "XKX", "US": "USA", "XK": "XKX", "ZAR": "COD",
}  # fmt: skip
"""Codes in common use that are not the model's, where the nearest letters would mislead."""

MOST_FAULTS = 400
"""Wrong lines after which reading stops: twice as many as there are states."""
LONGEST_NAME = 60
"""Letters of a name that are looked at; none is as long."""


@dataclass(frozen=True)
class StateList:
    """A user's list.

    Attributes:
        path: The file.
        values: What it says, by ISO code.
        unread: Names of columns that were not read.
    """

    path: Path
    values: dict[str, bool]
    unread: tuple[str, ...]


@dataclass
class _Reading:
    path: Path
    countries: Sequence[CountrySeed]
    faults: list[str] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    values: dict[str, bool] = field(default_factory=dict)
    kinds: set[bool] = field(default_factory=set)
    values_right: bool = True

    def add(self, line: int, text: str) -> None:
        self.faults.append(f"{self.path}:{line}: {text}")

    def code(self, line: int, text: str) -> str | None:
        """The state that a cell means, if it is one and not there yet."""
        wanted = text.strip().upper()
        if wanted in CHINESE:
            self.add(line, f"{text.strip()}: {CHINESE[wanted]} is not a state of the model, whose"
                     " states are those that China may sell to; leave it out")  # fmt: skip
            return None
        if wanted not in {state.iso3 for state in self.countries}:
            self.add(line, self.unknown(shorten(text.strip(), LONGEST_NAME)))
            return None
        if wanted in self.lines:
            self.add(line, f"{wanted} is there twice, first in line {self.lines[wanted]}")
            return None
        self.lines[wanted] = line
        return wanted

    def unknown(self, text: str) -> str:
        """What to say of a code that no state has."""
        if not text:
            return f"{CODE} is empty; allowed: the ISO code of a state of the model"
        if (other := OTHER_CODES.get(text.upper())) is not None:
            name = next(state.name for state in self.countries if state.iso3 == other)
            return f"no state {text!r}; did you mean {other} ({name})?"
        try:
            state = find_state(text, self.countries)
        except InputError as error:
            return error.messages[0]
        return f"{CODE} is {text!r}, no ISO code; did you mean {state.iso3} ({state.name})?"

    def value(self, line: int, text: str) -> bool | None:
        """What a cell says."""
        word = text.strip().casefold()
        if word in VALUES:
            return VALUES[word]
        self.values_right = False
        said = f"{text.strip()!r}" if word else "missing"
        self.add(line, f"{VALUE} is {said}; {ALLOWED}")
        return None

    def row(self, line: int, code: str, value: str) -> None:
        """Take a line of the list."""
        iso3, said = self.code(line, code), self.value(line, value)
        if said is not None:
            self.kinds.add(said)
        if iso3 is not None and said is not None:
            self.values[iso3] = said


def read_list(path: Path, countries: Sequence[CountrySeed]) -> StateList:
    """Read and check a list of states.

    Args:
        path: A comma-separated file in UTF-8 with the columns `iso3` and `value`.
        countries: The model's states.

    Raises:
        InputError: Something is wrong; every error found, with file and line.
    """
    reading = _Reading(path, countries)
    lines = _lines(path)
    unread: tuple[str, ...] = ()
    if lines:
        (first, header), *rows = lines
        names = [cell.strip().casefold() for cell in header]
        places = [names.index(name) if name in names else -1 for name in (CODE, VALUE)]
        for name in (CODE, VALUE):
            if names.count(name) > 1:
                reading.add(first, f"the column {name} is there twice")
        if min(places) < 0:
            reading.add(first, _no_header(header, names))
            # A list that merely lacks its header is checked all the same.
            bare = len(header) == len((CODE, VALUE)) and not {CODE, VALUE} & set(names)
            rows, places = (lines, [0, 1]) if bare and _is_data(header) else ([], places)
        else:
            unread = tuple(printable(c.strip()) for at, c in enumerate(header) if at not in places)
        for line, cells in rows:
            if len(reading.faults) >= MOST_FAULTS:
                reading.values_right = False
                break
            if len(cells) != len(header):
                reading.add(line, f"{len(cells)} cells; allowed: {len(header)}, as in line {first}")
                reading.values_right = False
            else:
                reading.row(line, cells[places[0]], cells[places[1]])
        if min(places) >= 0:
            _check_kinds(reading)
    if reading.faults:
        count = len(reading.faults)
        head = "one error" if count == 1 else f"{count} errors"
        raise InputError(reading.faults, f"{head} in the list {path}:")
    return StateList(path, reading.values, unread)


def _check_kinds(reading: _Reading) -> None:
    """A list needs states of both kinds; said only where its values can be read."""
    kinds = reading.kinds
    if reading.values_right and len(kinds) < 2 and (kinds or not reading.faults):
        said = f"every value is {int(min(kinds))}" if kinds else "it lists no state"
        reading.faults.append(
            f"{reading.path}: {said}; a score needs states with 1 and states with 0"
        )


def _no_header(header: Sequence[str], names: Sequence[str]) -> str:
    if len(header) == 1 and any(mark in header[0] for mark in (";", "\t")):
        return f"{HEADER}; separate cells by commas"
    missing = " and ".join(name for name in (CODE, VALUE) if name not in names)
    shown = ",".join(header)
    return f"{HEADER}; it is {shown!r}, without {missing}"


def _is_data(header: Sequence[str]) -> bool:
    return header[1].strip().casefold() in VALUES


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Cells of each line that is not empty, with its number.

    Raises:
        InputError: It cannot be read as a table at all.
    """
    try:
        text = read_text(path, "a list of states", "comma-separated")
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    if not text.strip():
        raise InputError(f"{path}:1: the file is empty; {HEADER}")
    try:
        return [
            (line, cells) for line, cells in read_rows(text) if any(cell.strip() for cell in cells)
        ]
    except RowError as error:
        raise InputError(f"{path}:{error}") from None
