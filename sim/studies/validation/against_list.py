"""Reading a user's own list of states: every error with file and line, none left for later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.errors import InputError
from sim.text import RowError, printable, read_rows, read_text, shorten
from sim.world.countries import CountrySeed
from sim.world.names import find_state

COLUMNS = CODE, VALUE = "iso3", "value"
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


class StateList(NamedTuple):
    """A user's list.

    Attributes:
        values: What it says, by ISO code.
        unread: Names of columns that were not read.
    """

    values: dict[str, bool]
    unread: tuple[str, ...]


def read_list(path: Path, countries: Sequence[CountrySeed]) -> StateList:
    """Read and check a list of states.

    Args:
        path: A comma-separated file in UTF-8 with the columns `iso3` and `value`.
        countries: The model's states.

    Raises:
        InputError: Something is wrong; every error found, with file and line.
    """
    faults: list[str] = []

    def wrong(line: int, text: str) -> None:
        faults.append(f"{path}:{line}: {text}")

    (first, header), *rows = _lines(path)
    names = [cell.strip().casefold() for cell in header]
    missing = [name for name in COLUMNS if name not in names]
    for name in COLUMNS:
        if names.count(name) > 1:
            wrong(first, f"the column {name} is there twice")
    if missing:
        wrong(first, _no_header(header, missing))
        if len(header) == len(missing) == len(COLUMNS) and names[1] in VALUES:
            # A list that merely lacks its header is checked all the same.
            names, rows = list(COLUMNS), [(first, header), *rows]
        else:
            raise _all_wrong(path, faults)
    code_at, value_at = map(names.index, COLUMNS)
    lines: dict[str, int] = {}
    values: dict[str, bool] = {}
    kinds: set[bool] = set()
    values_right = True
    for line, cells in rows:
        if len(faults) >= MOST_FAULTS:
            values_right = False
            break
        if len(cells) != len(header):
            wrong(line, f"{len(cells)} cells; allowed: {len(header)}, as in line {first}")
            values_right = False
            continue
        code, value = cells[code_at].strip(), cells[value_at].strip()
        iso3, said = code.upper(), VALUES.get(value.casefold())
        fault = _code_fault(code, countries, lines)
        if fault:
            wrong(line, fault)
        else:
            lines[iso3] = line
        if said is None:
            values_right = False
            wrong(line, f"{VALUE} is {repr(value) if value else 'missing'}; {ALLOWED}")
        else:
            kinds.add(said)
            values |= {} if fault else {iso3: said}
    # A list needs states of both kinds; said only where its values can be read.
    if values_right and len(kinds) < 2 and (kinds or not faults):
        every = f"every value is {int(min(kinds))}" if kinds else "it lists no state"
        faults.append(f"{path}: {every}; a score needs states with 1 and states with 0")
    if faults:
        raise _all_wrong(path, faults)
    read = (code_at, value_at)
    return StateList(
        values, tuple(printable(cell.strip()) for at, cell in enumerate(header) if at not in read)
    )


def _all_wrong(path: Path, faults: Sequence[str]) -> InputError:
    head = "one error" if len(faults) == 1 else f"{len(faults)} errors"
    return InputError(faults, f"{head} in the list {path}:")


def _code_fault(text: str, countries: Sequence[CountrySeed], lines: Mapping[str, int]) -> str:
    """Return what to say of a cell that is no state's code, or one that an earlier line has."""
    code, names = text.upper(), {state.iso3: state.name for state in countries}
    if code in CHINESE:
        return (
            f"{text}: {CHINESE[code]} is not a state of the model, whose states are those that"
            " China may sell to; leave it out"
        )
    if code in lines:
        return f"{code} is there twice, first in line {lines[code]}"
    if code in names:
        return ""
    if not text:
        return f"{CODE} is empty; allowed: the ISO code of a state of the model"
    shown = shorten(text, LONGEST_NAME)
    if (other := OTHER_CODES.get(code)) is not None:
        return f"no state {shown!r}; did you mean {other} ({names[other]})?"
    try:
        state = find_state(shown, countries)
    except InputError as error:
        return error.messages[0]
    return f"{CODE} is {shown!r}, no ISO code; did you mean {state.iso3} ({state.name})?"


def _no_header(header: Sequence[str], missing: Sequence[str]) -> str:
    if len(header) == 1 and any(mark in header[0] for mark in (";", "\t")):
        return f"{HEADER}; separate cells by commas"
    shown = ",".join(header)
    return f"{HEADER}; it is {shown!r}, without {' and '.join(missing)}"


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Cells of each line that is not empty, with its number.

    Raises:
        InputError: It cannot be read as a table at all, or is empty.
    """
    try:
        text = read_text(path, "a list of states", "comma-separated")
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    try:
        lines = [row for row in read_rows(text) if any(cell.strip() for cell in row[1])]
    except RowError as error:
        raise InputError(f"{path}:{error}") from None
    if not lines:
        raise InputError(f"{path}:1: the file is empty; {HEADER}")
    return lines
