"""Write the reference pages from what the mechanisms declare, and the picture of the rooms.

`uv run python docs/generate.py` writes them; with `--check` it ends with 1 if the pages kept here
are not current.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.page.words import GLOSSARY
from sim.parameters import Mechanism, Outcome, Section, attribute
from sim.quarter import MECHANISMS
from sim.register import register
from sim.scenario.schema import Horizon, bounds

FOLDER = Path(__file__).parent
BEGIN, END = "<!-- rooms: made by docs/generate.py -->", "<!-- end of rooms -->"
"""Between what the picture of the rooms stands in `architecture.md`."""
NOTE = "<!-- Made by docs/generate.py from the code; edit the declarations, not this page. -->"
WORDS = {
    "adopter": "A state that has bought at least one system from a Chinese vendor, whatever"
    " became of it since.",
    "agent-based model": "A computer model in which many actors, here states, decide for"
    " themselves by stated rules; what happens in the world follows from their decisions.",
    "contract": "What a state signs with a vendor for maintenance, updates and operators'"
    " training; it has a term and a yearly fee, and may be renewed.",
    "counterfactual": "The same world with one thing changed, such as free leaving.",
    "cost to leave": "What a change of system would cost at once: equipment, staff, data; as a"
    " multiple of what the system cost.",
    "dark": "Of a system: switched off in part or whole, mostly for fees unpaid.",
    "dependence": "How much of its systems a state could not run by itself, from 0 to 1.",
    "discrepancy": "What even the best parameters would get wrong because a model is simpler"
    " than the world; judged, not measured.",
    "implausibility": "How far a model's figure is from a published one, in units of what both"
    " leave open. Above 3 it is ruled out.",
    "lock-in": "What keeps a state with a system that it would not choose anew. Two things are"
    " told apart: retention and propagation.",
    "null model": "A simpler model that leaves the idea in question out. If it fits as well,"
    " the figures do not speak for the idea.",
    "offer": "What China proposes to a state: a seat in a course, a sale, a loan.",
    "plausible set": "One set of values for all parameters that published figures do not rule out.",
    "platform": "A safe city or more: cameras, a control room and software for a whole city;"
    " not a pilot of a few cameras.",
    "propagation": "What systems that stay do to others: peers see them, norms shift, revenue"
    " pays for new offers.",
    "retention": "What keeps adopters in: cost to leave, fees, restoration by the same vendor.",
    "scenario": "A file that says what differs from the baseline: values, switches, dated events.",
    "seed": "The number from which all luck is drawn. The same seed gives the same histories,"
    " to the byte.",
    "state": "One of 195: the members of the United Nations without China, and Taiwan,"
    " Palestine and Kosovo.",
    "target": "A published figure that results are held against; `seeds/targets.csv` lists all.",
    "wish": "What a state applies for, and may not be granted: courses and credit are scarce.",
}
"""Words of the pages beside those that the page that runs the model explains."""
GRADES = {1: "●○○", 2: "●●○", 3: "●●●"}
GROUPS = {
    "country": "world, regime, regime-rated, region",
    "vendor": "vendor, and world for all together",
    "actor": "world",
}
FORMS = {
    "total": "sum of `{field}` over the group's states",
    "mean": "mean of `{field}` over the group's states",
    "share": "share of the group's states with `{field}`",
    "ratio": "sum of `{field}` / sum of `{over}`; 0 where that is 0",
    "yearly": "growth of the sum of `{field}` in four quarters",
}


def number(value: Any) -> str:
    """Return a value as a scenario file would hold it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}"


def span(low: Any, high: Any) -> str:
    """Return a range, or nothing where there is none."""
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def row(cells: Iterable[str]) -> str:
    """Return a row of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(heads: tuple[str, ...], rows: Iterable[Iterable[str]]) -> list[str]:
    """Return a table's lines, with an empty line after it."""
    return [row(heads), "|" + "---|" * len(heads), *(row(cells) for cells in rows), ""]


def parameter_row(name: str, field: Any) -> tuple[str, ...]:
    """Return what the reference says of one parameter."""
    plausible = attribute(field, "plausible")
    return (
        f"`{name}`",
        number(field.default),
        attribute(field, "unit"),
        span(*bounds(field)),
        span(*plausible) if plausible else "",
        f"{field.description or ''}{' *World.*' if attribute(field, 'of_world') else ''}",
        attribute(field, "source"),
        GRADES[attribute(field, "evidence")],
    )


def parameter_section(name: str, title: str, section: type[Section], article: str) -> list[str]:
    """Return a section's heading and table."""
    heads = ("key", "default", "unit", "allowed", "plausible", "what it is", "source", "evidence")
    lines = [f"## `[{name}]` {title}", "", (section.__doc__ or "").strip().splitlines()[0], ""]
    if article:
        lines += [f"Article: {article}.", ""]
    fields = section.model_fields.items()
    return lines + table(heads, (parameter_row(key, field) for key, field in fields))


def parameters_page() -> str:
    """Return the reference of parameters."""
    count = sum(len(mechanism.section.model_fields) for mechanism in MECHANISMS)
    lines = [
        "# Parameters",
        "",
        NOTE,
        "",
        f"{count} parameters and switches in {len(MECHANISMS)} sections, a section a mechanism. "
        "Any of them can be set by a scenario file, dated by an event, or set by "
        "`--set SECTION.KEY=VALUE`; all but those marked *World* for some states alone "
        "([some-states.md](some-states.md)).",
        "",
        "*Allowed*: what a scenario may set; the model is sound there. *Plausible*: what the "
        "evidence leaves open, the prior of calibration and sensitivity studies; empty: not "
        "varied there. *Evidence*: ●●● several figures, ●●○ one figure or the sign alone, ●○○ an "
        "assumption.",
        "",
        *parameter_section("horizon", "The years of a run", Horizon, ""),
    ]
    for mechanism in MECHANISMS:
        lines += parameter_section(
            mechanism.name, mechanism.title, mechanism.section, mechanism.article
        )
    return "\n".join(lines)


def outcome_row(outcome: Outcome) -> tuple[str, ...]:
    """Return what the reference says of one outcome."""
    return (
        f"`{outcome.name}`",
        outcome.unit,
        outcome.doc,
        FORMS[outcome.form].format(field=outcome.field, over=outcome.over)
        if outcome.of == "country"
        else f"`{outcome.field}` of the {outcome.of}"
        + (", growth in four quarters" if outcome.form == "yearly" else ""),
        GROUPS[outcome.of],
    )


def outcome_section(mechanism: Mechanism) -> list[str]:
    """Return the outcomes that one mechanism lets one observe."""
    heads = ("outcome", "unit", "what it is", "made from", "groups")
    rows = (outcome_row(outcome) for outcome in mechanism.outcomes)
    return [f"## {mechanism.title}", "", *table(heads, rows)]


def outcomes_page() -> str:
    """Return the reference of outcomes."""
    lines = [
        "# Outcomes",
        "",
        NOTE,
        "",
        f"{len(register())} outcomes: the columns of `runs.parquet`, and the values of `outcome` "
        "in `series.csv`. Each is known at the end of every quarter for the groups named. Regimes "
        "are those of 2024: `regime` counts all 195 states, `regime-rated` those that the EIU "
        "rates. What is *recorded* is what the model's observer saw of what happened; targets are "
        "compared with that.",
        "",
    ]
    for mechanism in MECHANISMS:
        lines += outcome_section(mechanism)
    return "\n".join(lines)


def glossary_page() -> str:
    """Return the glossary: the page's words and those of the other pages, in order."""
    words = sorted((GLOSSARY | WORDS).items(), key=lambda word: word[0].casefold())
    return "\n".join(["# Glossary", "", NOTE, "", *table(("word", "meaning"), words)])


def layers() -> list[list[str]]:
    """Rooms from the top: those in a list may import what is in the lists after it."""
    text = (FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    found = next(c["layers"] for c in contracts if c["type"] == "layers" and "containers" not in c)
    return [[name.strip("() ") for name in layer.split("|")] for layer in found]


def says(module: str) -> str:
    """What a room says of itself: the first sentence of its docstring, without its end."""
    path = FOLDER.parent.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(doc.split("\n\n")[0].split()).split(". ")[0].rstrip(".").replace("`", "")


def picture() -> str:
    """The rooms as a table, top to bottom."""
    names = ["<br>".join(f"`{name}`" for name in layer) for layer in layers()]
    texts = ["<br>".join(_plain(says(name)) for name in layer) for layer in layers()]
    return "\n".join(table(("room", "what it is"), zip(names, texts, strict=True))).strip()


def architecture_page(text: str) -> str:
    """A page with the picture between its two marks brought up to date.

    Raises:
        ValueError: The page has no such marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN!r} or {END!r}")
    return f"{before}{BEGIN}\n\n{picture()}\n\n{END}{after}"


def _plain(text: str) -> str:
    """A text without the marks of references."""
    return text.replace(":class:", "").replace("~", "")


def pages() -> dict[str, str]:
    """Return every generated page by file name."""
    architecture = (FOLDER / "architecture.md").read_text(encoding="utf-8")
    return {
        "parameters.md": parameters_page(),
        "outcomes.md": outcomes_page(),
        "glossary.md": glossary_page(),
        "architecture.md": architecture_page(architecture),
    }


def stale(folder: Path = FOLDER) -> list[str]:
    """Return the names of pages that are missing or not what the declarations say now."""
    found = []
    for name, text in pages().items():
        file = folder / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            found.append(name)
    return found


def main(arguments: list[str]) -> int:
    """Write the pages, or check them; return the exit code."""
    if arguments == ["--check"]:
        for name in stale():
            print(f"docs/{name} is not current: run `uv run python docs/generate.py`")
        return 1 if stale() else 0
    if arguments:
        print("usage: generate.py [--check]", file=sys.stderr)
        return 2
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
