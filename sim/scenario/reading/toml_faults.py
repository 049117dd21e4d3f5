"""TOML syntax errors: where they are, what was probably meant, and reading on past them."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from sim.scenario.reading.problems import Place, Problem

MOST_FAULTS = 20
"""Syntax errors reported of one file; with more than that it is not TOML at all."""

LARGE = 100_000
"""Letters beyond which reading ends at the first fault: each takes another reading of all."""

LONG_LINE = 1_000
"""Letters of a line beyond which nobody wrote it by hand, and no advice is looked for."""

DEEPEST = 10
"""Tables and lists within each other; the deepest that means something is 5."""

LONGEST_LIST = 20_000
"""Entries of a list or keys of a table."""

# Twice as many parts as may be: what stands in a text in quotes is no key.
_DEEP_KEY = re.compile(
    r"""(?<![\w"'-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')\s*+\.\s*+)""" + f"{{{2 * DEEPEST}}}"
)
_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_PAIR = re.compile(r"""^\s*([A-Za-z0-9_."' -]+?)\s*=""")
_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_.-]+)")

_HINTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), hint)
    for pattern, hint in (
        (r"[=\[,{]\s*[-+]?\d+,\d+\s*(#.*)?$", "a decimal takes a point, not a comma: 0.2"),
        ("[\u201c\u201d\u2018\u2019\u201e]", 'use straight quotes ("), not typographic ones'),
        (r"=\s*(True|TRUE|False|FALSE|yes|no|on|off)\b", "write true or false, in lower case"),
        (r"=\s*(None|null|nil)\b", "TOML has no empty value; leave the key out"),
        (r"=\s*[-+]?[\d._]+\s*%", "write a percentage as a share: 15 % is 0.15"),
        (r"=\s*[-+]?(\.\d|\d+\.\s*(#.*)?$)", "a decimal has digits on both sides: 0.5, 5.0"),
        (r"=\s*[-+]?0\d", "a number cannot begin with a zero"),
        (r"=\s*[-+]?[\d.]+\s*[A-Za-z$€£]", "a number stands alone; name the unit in a # comment"),
        (r"=\s*(#.*)?$", "the value is missing"),
        (r"=\s*[A-Za-z]", 'text stands in quotes: "like this"'),
        (r"""=\s*(".*[^"]|'.*[^'])\s*$""", "close the quote"),
        (
            r"^\s*\[\[?[^\]]*\]?\s*(#.*)?$",
            "a table's name stands in brackets: [name] or [[events]]",
        ),
        (r"^\s*(//|;|--|/\*)", "a comment begins with #"),
        (r"^\s*[\w.-]+\s*:", "write key = value, with an equals sign"),
        (r"^\s*[\w.-]+\s*(#.*)?$", "write key = value"),
        (r"^\s*=", "the key before the equals sign is missing"),
    )
)


def parse(text: str, shown: str) -> tuple[dict[str, Any] | None, str, list[Problem]]:
    """Parse a TOML text, reading on past faulty lines that stand for themselves.

    A faulty ``key = value`` line is blanked and the rest read again, so that all that is wrong
    with a file shows at once. Any other fault (an unclosed bracket, a table declared twice)
    ends the reading: what follows it could mean anything.

    Args:
        text: What the file holds.
        shown: The file's path as messages show it.

    Returns:
        Its values, None where reading on past a fault would only guess; the text that they come
        from, in which faulty lines are blank; and the syntax errors, each with its key as far as
        the line says it.
    """
    lines = text.split("\n")
    problems: list[Problem] = []

    def note(line: int, column: int, key: str, fault: str) -> None:
        problems.append(Problem(Place(shown, line, column), key, fault))

    deep = _DEEP_KEY.search(text)
    if deep:
        line = text.count("\n", 0, deep.start()) + 1
        note(line, 1, "", f"a key has more than {DEEPEST} parts")
        return None, text, problems
    while True:
        # The closing newline makes the parser name a line even for faults in the last one.
        current = "\n".join(lines) + "\n"
        try:
            data = tomllib.loads(current)
            if shape := _fault_of_shape(data):
                note(1, 1, "", shape)
                return None, current, problems
            return data, current, problems
        except tomllib.TOMLDecodeError as error:
            line, column, fault = _fault(str(error), lines)
            note(line, column, _key(lines, line), fault)
        except RecursionError:
            line = 1
            note(1, 1, "", "lists or tables are nested too deeply to read")
        except ValueError as error:
            # A number so long that Python refuses to read it.
            line = max(range(len(lines)), key=lambda at: len(lines[at])) + 1
            reason = str(error).split(";", maxsplit=1)[0]
            note(line, 1, _key(lines, line), f"not a readable value ({reason})")
        last = len(problems) == MOST_FAULTS or len(text) > LARGE
        if last or not _stands_alone(lines[line - 1]):
            return None, current, problems
        lines[line - 1] = ""


def _fault_of_shape(data: dict[str, Any]) -> str:
    """Return what is wrong with a file that is nested too deeply or far too long, or nothing."""
    level: list[Any] = [data]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            if len(value) > LONGEST_LIST:
                return f"a list or table has {len(value):,} entries; allowed: {LONGEST_LIST:,}"
            held = value.values() if isinstance(value, dict) else value
            below += [entry for entry in held if isinstance(entry, dict | list)]
        if not below:
            return ""
        level = below
    return f"lists or tables are nested too deeply: more than {DEEPEST}"


def _fault(message: str, lines: list[str]) -> tuple[int, int, str]:
    """Return line and column of the parser's complaint, and the complaint with a hint."""
    match = _POSITION.search(message)
    reason = (message[: match.start()] if match else message).rstrip(".")
    if match and match.group(1):
        line, column = min(int(match.group(1)), len(lines)), int(match.group(2))
    else:
        line, column = _opening(lines)
    content = lines[line - 1]
    first = len(content) - len(content.lstrip()) + 1
    if "overwrite" in reason or "twice" in reason or "mutate" in reason:
        return line, first, f"given twice in this file; {_SAME_NAME}"
    hint = ""
    if len(content) <= LONG_LINE:
        hint = next((hint for pattern, hint in _HINTS if pattern.search(content)), "")
    text = f"not valid TOML ({reason[:1].lower()}{reason[1:]})" + (f"; {hint}" if hint else "")
    return line, column, text


_SAME_NAME = "keep one (a key and a table cannot share a name)"


def _opening(lines: list[str]) -> tuple[int, int]:
    """Return where the multi-line text or bracket that the end of the file left open begins."""
    for number in range(len(lines), 0, -1):
        for quote in ('"""', "'''"):
            if quote in lines[number - 1]:
                return number, lines[number - 1].index(quote) + 1
    last = next((n for n in range(len(lines), 0, -1) if lines[n - 1].strip()), 1)
    return last, len(lines[last - 1]) + 1


def _key(lines: list[str], line: int) -> str:
    """Return the dotted key that a line sets, after the nearest header above; or what it has."""
    pair = _PAIR.match(lines[line - 1][:LONG_LINE])
    headers = (_HEADER.match(text) for text in reversed(lines[:line]))
    header = next((match.group(1) for match in headers if match), "")
    return ".".join(part for part in (header, pair.group(1) if pair else "") if part)


def _stands_alone(content: str) -> bool:
    """Tell whether a line is a ``key = value`` whose removal leaves the lines around it whole."""
    if '"""' in content or "'''" in content or not _PAIR.match(content[:LONG_LINE]):
        return False
    return content.count("[") == content.count("]") and content.count("{") == content.count("}")
