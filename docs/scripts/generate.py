"""Write the reference pages from what the mechanisms declare, and the picture of the packages.

`uv run python docs/scripts/generate.py` writes them; with `--check` it ends with 1 if the pages
kept here are not current.
"""

from __future__ import annotations

import ast
import csv
import re
import sys
import tomllib
from collections.abc import Iterable
from html import escape
from pathlib import Path
from runpy import run_path
from typing import Any

import typer.main

from sim.cli import app
from sim.model.parameters import Mechanism, Outcome, Section, attribute
from sim.model.register import SHIPPED
from sim.model.schedule import MECHANISMS
from sim.model.units import GROUPS_BY_KIND
from sim.page.contents import WORDS as PAGE_WORDS
from sim.scenario.scenario import Horizon
from sim.scenario.toml_file import bounds

SCRIPTS = Path(__file__).parent
FOLDER = SCRIPTS.parent
sys.path.append(str(FOLDER.parent / "analyses"))

import fates  # noqa: E402
import trainings  # noqa: E402
from tables import table  # noqa: E402

NOTE = "<!-- Made by docs/scripts/generate.py from the code; edit that, not this page. -->"
BANDS = {
    "sim.cli": "asked and shown",
    "sim.estimates": "run and kept",
    "sim.experiment": "set up",
    "sim.model": "the model",
    "sim.arguments": "for all",
}
"""Groups of packages in the picture, by the first package of each."""
FILLS = ("#dcedc8", "#81d4fa", "#ffb74d", "#ce93d8")
"""Colours of packages that a contract forbids some libraries; apart in grey, too."""
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 {height}">
<style>
text {{ font: 12.5px system-ui, sans-serif; fill: #263238 }}
.head {{ font-weight: 600 }}
.package {{ font-family: ui-monospace, monospace; text-anchor: middle }}
.band {{ fill: #607d8b; text-anchor: end }}
rect {{ stroke: #607d8b }}
.arrow {{ stroke: #607d8b; stroke-width: 1.5; fill: none }}
</style>
<path d="M0 0H880V{height}H0z" fill="#fafafa"/>
{shapes}
</svg>
"""
COMMON = [
    f"`--{name}`"
    for name in (
        "runs", "seed", "set", "defaults", "mechanism", "data", "known", "threads", "cluster",
        "out", "fresh", "where", "countries", "figures", "format", "width", "plain", "table",
        "quiet", "json",
    )
]  # fmt: skip
"""Options that several verbs share, described once."""
HEADS = ("argument or option", "default", "meaning")
NUMBERS = "reading-numbers.md"
GLOSSARY = re.compile(r"(?<=<!-- glossary -->\n).*?(?=<!-- end of glossary -->)", re.S)
"""Where that page has the glossary."""
SHARED = ("adopter", "calibrated", "regime", "trained", "working")
"""Words of the page that runs the model which that page does not explain."""
GRADES = {1: "●○○", 2: "●●○", 3: "●●●"}
GROUPS = {
    "country": ", ".join(GROUPS_BY_KIND),
    "vendor": "vendor, and world for all together",
    "actor": "world",
}
FORMS = {
    "total": "sum of `{field}` over the group's countries",
    "mean": "mean of `{field}` over the group's countries",
    "share": "share of the group's countries with `{field}`",
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


MOST_ASSUMED = 10
"""Assumptions with a row at the top of the reference."""
MARKS = {"World": "of_world", "Yearly": "yearly"}
"""What the reference adds to a parameter's text, by what its declaration says of it."""


def read_moves() -> dict[str, dict[str, str]]:
    """Return the rows that `analyses/what_moves.py` wrote, by dotted key."""
    text = (FOLDER / "moves.csv").read_text(encoding="utf-8")
    return {row["parameter"]: row for row in csv.DictReader(text.splitlines())}


def moved(found: dict[str, str], field: Any) -> str:
    """Return what a parameter moves most, and whether it is varied."""
    kind = max(("headline", "figure"), key=lambda kind: float(found[f"{kind}_share"]))
    share = 100 * float(found[f"{kind}_share"])
    text = f"`{found[kind]}` {share:.{int(share < 9.95)}f}%"
    fixed = "" if attribute(field, "varied") else "; not varied"
    return (text if found["speaks"] == "True" else "nothing found") + fixed


def most(found: dict[str, str] | None) -> float:
    """Return the largest share of a variance that a parameter has."""
    return max(float(found[f"{kind}_share"]) for kind in ("headline", "figure")) if found else 0.0


def parameter_row(name: str, field: Any, found: dict[str, str] | None) -> tuple[str, ...]:
    """Return what the reference says of one parameter."""
    plausible = attribute(field, "plausible")
    marks = [f" *{mark}.*" for mark, kind in MARKS.items() if attribute(field, kind)]
    return (
        f"`{name}`",
        number(field.default),
        attribute(field, "unit"),
        span(*bounds(field)),
        span(*plausible) if plausible else "",
        "".join((field.description or "", *marks)),
        attribute(field, "source"),
        GRADES[attribute(field, "evidence")],
        moved(found, field) if found else "",
    )


def parameter_section(name: str, title: str, section: type[Section], article: str) -> list[str]:
    """Return a section's heading and table."""
    heads = (
        "key", "default", "unit", "allowed", "plausible", "meaning", "source", "evidence", "moves",
    )  # fmt: skip
    lines = [f"## `[{name}]` {title}", "", (section.__doc__ or "").strip().splitlines()[0], ""]
    if article:
        lines += [f"Article: {article}.", ""]
    moves, fields = read_moves(), section.model_fields
    found = {key: moves.get(f"{name}.{key}") for key in fields}
    first = sorted(fields, key=lambda key: (-attribute(fields[key], "evidence"), -most(found[key])))
    rows = (parameter_row(key, fields[key], found[key]) for key in first)
    return [*lines, table(heads, rows), ""]


def assumed_rows() -> Iterable[tuple[str, ...]]:
    """Yield the assumptions that move most: key, plausible range, what it moves."""
    fields = {f"{m.name}.{key}": f for m in MECHANISMS for key, f in m.section.model_fields.items()}
    moves = {k: v for k, v in read_moves().items() if attribute(fields[k], "evidence") == 1}
    for key in sorted(moves, key=lambda key: -most(moves[key]))[:MOST_ASSUMED]:
        yield f"`{key}`", span(*attribute(fields[key], "plausible")), moved(moves[key], fields[key])


def parameters_page() -> str:
    """Return the reference of parameters."""
    fields = [field for m in MECHANISMS for field in m.section.model_fields.values()]
    ranged = [field for field in fields if attribute(field, "plausible")]
    varied = sum(bool(attribute(field, "varied")) for field in ranged)
    lines = [
        "# Parameters",
        "",
        NOTE,
        "",
        f"{len(fields)} parameters and switches in {len(MECHANISMS)} sections, one per mechanism. "
        f"{len(ranged)} are uncertain, and {varied} of them vary in runs. "
        "A scenario file, a dated event or `--set SECTION.KEY=VALUE` can set each of them; all "
        "but those marked *World* can differ between countries "
        "([how](scenario-files.md#change-some-countries-or-vendors)). Values marked *Yearly* apply "
        "from the first quarter of a year, so an event sets them from one year to the next.",
        "",
        "*Allowed*: values that a scenario may set. *Plausible*: the range that the evidence "
        "leaves open, and the prior of calibration and sensitivity analysis. *Evidence*: ●●● "
        "several figures, ●●○ one figure or the sign alone, ●○○ an assumption. *Moves*: the "
        "headline or published figure that the parameter moves most over its plausible range, and "
        "its share of the variance between sets of the prior (`analyses/what_moves.py`). *Nothing "
        "found*: no share beyond chance in any of them. *Not varied*: calibration and studies "
        "leave it at its default.",
        "",
        "*Default*: one plausible point, not an estimate. `analyses/find_defaults.py` moved some "
        "of them inside ranges until the estimates marked `calibrate` were near; runs vary the "
        "varied parameters, unless `--defaults` is given. The regime parameters are "
        "differences of propensity (logit) from an otherwise equal full democracy, after need, "
        "income, alliance and aid conditions; they are not differences between shares.",
        "",
        "In each section the parameters with the best evidence come first, and among equals those "
        "that move most. `entrench describe --assumed` lists every assumption. These move most:",
        "",
        table(("assumption", "plausible", "moves"), assumed_rows()),
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
    heads = ("outcome", "unit", "meaning", "made from", "groups")
    rows = (outcome_row(outcome) for outcome in mechanism.outcomes)
    return [f"## {mechanism.title}", "", table(heads, rows), ""]


def outcomes_page() -> str:
    """Return the reference of outcomes."""
    lines = [
        "# Outcomes",
        "",
        NOTE,
        "",
        f"{len(SHIPPED.register)} outcomes: the columns of `runs.parquet`, and the values of "
        "`outcome` in `series.csv`, at ends of years, for the groups named. Regimes are those of "
        "2024: `regime` counts all 195 countries, `regime-rated` those that the EIU rates. A "
        "*recorded* outcome counts the events that public sources would show; targets are compared "
        "with these.",
        "",
    ]
    for mechanism in MECHANISMS:
        lines += outcome_section(mechanism)
    return "\n".join(lines)


def numbers_page() -> str:
    """Return the page on numbers, its glossary in order, shared words as on the model's page."""
    text = (FOLDER / NUMBERS).read_text(encoding="utf-8")
    _, *written = re.findall(r"^\| (.*) \| (.*) \|$", GLOSSARY.findall(text)[0], re.M)
    words = dict(written) | {word: PAGE_WORDS["glossary"][word] for word in SHARED}
    ordered = sorted(words.items(), key=lambda word: word[0].casefold())
    return GLOSSARY.sub(lambda _: f"\n{table(('word', 'meaning'), ordered)}\n\n", text)


def default_of(parameter: Any) -> str:
    """Return an option's default as the reference writes it; nothing where none is one value."""
    value = getattr(parameter.default, "value", parameter.default)
    if parameter.required:
        return "required"
    if parameter.secondary_opts:
        return f"on; off: `{parameter.secondary_opts[0]}`"
    return "" if value is None or value is False or value in ("", (), []) else f"`{value}`"


def commands_page() -> str:
    """Return the reference of the command: each verb with its arguments and options."""
    group: Any = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        NOTE,
        "",
        "`entrench VERB --help` shows the same in the terminal. Exit codes: 0 success; 1 the disk "
        "or the machine failed; 2 invalid input.",
        "",
    ]
    common: dict[str, tuple[str, str]] = {}
    verbs: dict[str, list[str]] = {}
    for name, verb in group.commands.items():
        rows = {}
        for parameter in verb.params:
            shown = getattr(parameter, "metavar", None) or parameter.name.upper()
            option = (
                f"`{parameter.opts[0]}`" if parameter.param_type_name == "option" else f"`{shown}`"
            )
            cells = (default_of(parameter), parameter.help)
            if option in COMMON and common.setdefault(option, cells) == cells:
                verbs.setdefault(option, []).append(name)
            else:
                rows[option] = cells
        lines += [f"## `{name}`", "", re.sub("Example: (.*)", r"Example: `\1`", verb.help), ""]
        if rows:
            lines += [table(HEADS, ((option, *cells) for option, cells in rows.items())), ""]
    lines += ["## Options of several verbs", ""]
    shared = ((option, *cells, ", ".join(verbs[option])) for option, cells in common.items())
    return "\n".join([*lines, table((*HEADS, "verbs"), shared), ""])


def contracts() -> list[dict[str, Any]]:
    """The contracts of imports, the order of the packages first."""
    text = (FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    return sorted(found, key=lambda one: one["type"] != "layers" or "containers" in one)


def says(module: str) -> str:
    """What a package says of itself: the first sentence of its docstring, without its end."""
    path = FOLDER.parent.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = " ".join(doc.split("\n\n")[0].split()).split(". ")[0].rstrip(".")
    return re.sub(r"`|~|:class:", "", first)


def packages_picture() -> str:
    """The packages from top to bottom as an SVG file, with its own ground for dark pages.

    A layer's packages stand close together; arrows lead from each layer to the next.
    """
    order, *others = contracts()
    forbidding = (one for one in others if one["type"] == "forbidden")
    bound = dict(zip(FILLS, forbidding, strict=False))
    shapes, y, last = [], 34, 0
    for at, layer in enumerate(order["layers"]):
        names = [name.strip("() ") for name in re.split("[|:]", layer)]
        if band := BANDS.get(names[0]):
            y += 22
            shapes += [
                f'<path d="M16 {y - 12}H864" stroke="#cfd8dc"/>',
                f'<text x="864" y="{y + 4}" class="band">{band}</text>',
            ]
        if at:
            tip = y + 14
            shapes.append(f'<path d="M101 {last}V{tip}m-4 -5l4 5l4 -5" class="arrow"/>')
        y += 16
        for name in names:
            fills = (fill for fill, one in bound.items() if name in one["source_modules"])
            shapes += [
                f'<rect x="16" y="{y}" width="170" height="24" rx="4"'
                f' fill="{next(fills, "#fff")}"/>',
                f'<text x="101" y="{y + 16}" class="package">{name}</text>',
                f'<text x="200" y="{y + 16}">{escape(says(name))}</text>',
            ]
            y += 27
        last = y = y - 3
    y += 16
    for fill, one in bound.items():
        shapes += [
            f'<rect x="16" y="{y}" width="24" height="14" rx="3" fill="{fill}"/>',
            f'<text x="48" y="{y + 11}">{escape(one["name"])}</text>',
        ]
        y += 22
    head = f'<text x="16" y="24" class="head">{escape(order["name"])}</text>'
    return PICTURE.format(height=y + 6, shapes="\n".join([head, *shapes]))


def pages() -> dict[str, str]:
    """Return every generated page by file name."""
    made = {
        "fates.md": fates.page(NOTE),
        "images/fates.svg": fates.picture(),
        "trainings.md": trainings.page(NOTE),
        "parameters.md": parameters_page(),
        "outcomes.md": outcomes_page(),
        "commands.md": commands_page(),
        NUMBERS: numbers_page(),
        "images/packages.svg": packages_picture(),
        "../seeds/datapackage.json": run_path(str(SCRIPTS / "datapackage.py"))["package"](),
    }
    return made | run_path(str(SCRIPTS / "quoted.py"))["filled"](made)


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
            print(f"docs/{name} is not current: run `uv run python docs/scripts/generate.py`")
        return 1 if stale() else 0
    if arguments:
        print("usage: generate.py [--check]", file=sys.stderr)
        return 2
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
