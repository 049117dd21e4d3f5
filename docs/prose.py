"""Plain English: fail where docs or help use a construction that readers stumble over.

The list below is short on purpose: each entry was counted in these pages and in those of similar
projects, where it hardly occurs. A text may have at most the number of hits in `ALLOWED`, and none
if it is not listed; these numbers may only fall.

    uv run python docs/prose.py            # exit code 1 if a text has more than it may
    uv run python docs/prose.py README.md  # all hits in texts whose name contains this
    uv run python docs/prose.py --counts   # hits and words of each text
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer.main

import sim
from sim.cli import app
from sim.page.contents import WORDS

PROJECT = Path(__file__).parents[1]
LONGEST = 45
"""Words of a sentence beyond which it should be two."""
GENERATED = ("api", "commands", "fates", "glossary", "outcomes", "parameters")
"""Pages of `docs` that programs write; their words are not counted."""
MOST_WORDS = 31_000
"""Words of all other pages, with README and CONTRIBUTING; lower it when you cut."""
UNITS = "row|line|file|column|cell|map|table|figure|page|panel|section|chunk|folder|course|curve"
CONSTRUCTIONS = {
    "give the clause its noun (surviving systems, not: what stays)": (
        r"\b(?:what|whatever|whoever) (?:of|is|are|was|were|has|had|have|may|can|must|could|would"
        r"|should|will|happened|came|it|(?!this\b|its\b|plus\b|minus\b)\w+s)\b"
    ),
    "use the verb that is meant (contains, applies, depends)": (
        r"\b(?:holds?|held(?![ -]out)|stands?|stood|lies|lay|hangs?|hung)\b(?!-)"
    ),
    "say is not, or do not": r"(?<!there )\b(?:is|are|was|were) no (?!longer|more\b)",
    "say reports, says or shows": r"\b(?:told|tells?)\b(?! (?:you|whether|apart)\b)",
    "use the usual word (again, next to, vertical, repair)": (
        r"\b(?:anew|beside|alike|upright|mend|mended|likeliest|of (?:its|their|one's) own)\b"
    ),
    "say per": rf"\b(?:a|an|one) (?:{UNITS}) (?:a|an) \w+",
    "use the term of the field (run, random draws, country, suspended, missed payment, course)": (
        r"\b(?:luck|twins?|histories|(?:go|goes|going|fall|falls|fell|went) dark|laps\w+|leanings?"
        r"|(?:a|each|every|one|that|which|whose|the|any|no) state\b(?! (?:variable|of\b|file))"
        r"|(?<!-)(?<!united )(?<!gulf )states)\b"
    ),
}
ALLOWED: dict[str, int] = {
    "docs/parameters.md": 1,
    "words of the page": 1,
    "docstrings of sim": 1,
}
"""Hits that a text may still have. Lower a number when you rewrite; never raise one."""
CODE = re.compile(r"^([ \t]*)```.*?^\1```[ \t]*$|<!--.*?-->|`[^`\n]+`|\$\$.*?\$\$", re.S | re.M)
LINK = re.compile(r"\]\([^)\s]*\)")
END = re.compile(r"[.?!](?=[\s*)\"]|$)|\n\s*\n|\|")


def blank(match: re.Match[str]) -> str:
    """Return as many letters and lines as what is not prose has."""
    return re.sub(r"[^\n]", "_", match[0])


def hits(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, words and advice of each hit in a text of Markdown."""
    prose = re.sub(r"(?<!\n)\n(?!\n)", " ", LINK.sub(blank, CODE.sub(blank, text)))
    for advice, pattern in CONSTRUCTIONS.items():
        for match in re.finditer(pattern, prose, re.I):
            end = END.search(prose, match.end())
            asks = text[text.rfind("\n", 0, match.start()) + 1] == "#" or (end and end[0] == "?")
            if not (asks and match[0].lower().startswith("wh")):
                yield text.count("\n", 0, match.start()) + 1, match[0], advice
    start = 0
    for end in END.finditer(prose + "\n\n"):
        sentence = prose[start : end.start()]
        words = re.findall(r"[^\W\d_][\w'-]*", sentence.replace("_", " "))
        if len(words) > LONGEST and "|" not in end[0]:
            line = text.count("\n", 0, start + len(sentence) - len(sentence.lstrip())) + 1
            yield line, " ".join(words[:6]) + " …", f"{len(words)} words: make it two sentences"
        start = end.end()


def texts() -> dict[str, str]:
    """Return every text that is checked, by file or by the place where users read it."""
    pages = [*sorted(PROJECT.glob("*.md")), *sorted(PROJECT.glob("docs/*.md"))]
    found = {
        page.relative_to(PROJECT).as_posix(): page.read_text(encoding="utf-8")
        for page in [*pages, PROJECT / "paper" / "paper.md", PROJECT / "seeds" / "SOURCES.md"]
        if page.name != "CHANGELOG.md"
    }
    found["scenarios and experiments"] = listed(scenario_texts())
    found["help"] = listed(help_texts())
    found["words of the page"] = listed(strings(WORDS))
    found["docstrings of sim"] = listed(public_docstrings())
    return found


def listed(lines: Iterable[str]) -> str:
    """Return lines as paragraphs of a text."""
    return "\n\n".join(lines)


def scenario_texts() -> Iterator[str]:
    """Yield title, question and comments of each shipped scenario and experiment."""
    for folder in ("scenarios", "experiments"):
        for file in sorted((PROJECT / folder).glob("*.toml")):
            text = file.read_text(encoding="utf-8")
            parts = re.findall(r'^(?:title|question) = "(.*)"|^# (.*)', text, re.M)
            yield f"`{file.name}` {' '.join(''.join(part) for part in parts)}"


def help_texts() -> Iterator[str]:
    """Yield the help of each verb and option."""
    group: Any = typer.main.get_command(app)
    for name, verb in group.commands.items():
        yield f"`{name}` {verb.help}"
        for parameter in verb.params:
            if text := getattr(parameter, "help", None):
                yield f"`{name} {parameter.name}` {text}"


def strings(value: Any) -> Iterator[str]:
    """Yield all texts in nested lists and dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def public_docstrings() -> Iterator[str]:
    """Yield the docstrings of names of `sim`, and of their methods, as the site shows them."""
    for name in sim.__all__[1:]:
        thing = getattr(sim, name)
        yield f"`sim.{name}` {inspect.getdoc(thing) or ''}"
        for method, inner in vars(thing).items():
            if inspect.isclass(thing) and not method.startswith("_") and callable(inner):
                yield f"`sim.{name}.{method}` {inspect.getdoc(inner) or ''}"


def show(name: str, text: str, found: Iterable[tuple[int, str, str]]) -> None:
    """Print hits with the place of each."""
    lines = text.splitlines()
    for line, words, advice in found:
        place = f"{name}:{line}" if name.endswith(".md") else lines[line - 1].strip()[:60]
        print(f"{place}: {words!r}: {advice}")


def main(arguments: list[str]) -> int:
    """Check all texts, or show hits or counts; return the exit code."""
    failed = False
    total = 0
    for name, text in texts().items():
        found = sorted(hits(text))
        allowed = ALLOWED.get(name, 0)
        words = len(re.findall(r"[^\W\d_][\w'-]*", text))
        if name.startswith(("docs/", "README", "CONTRIBUTING")):
            total += words if Path(name).stem not in GENERATED else 0
        if arguments == ["--counts"]:
            print(f"{name:32} {len(found):4} hits {words:7,} words")
        elif arguments:
            show(name, text, found if arguments[0] in name else ())
        elif len(found) > allowed:
            show(name, text, found)
            print(f"{name}: {len(found)} hits, {allowed} allowed")
            failed = True
    if arguments == ["--counts"] or total > MOST_WORDS:
        print(f"docs, README and CONTRIBUTING: {total:,} words; {MOST_WORDS:,} allowed")
    return int(failed or (not arguments and total > MOST_WORDS))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
