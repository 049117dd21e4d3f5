"""Make the tables and the figure of hindcast.md.

`uv run python analyses/hindcast.py` runs the hindcasts of all years of the page, four times a few
minutes; `--keep DIR` keeps them there, `--runs N` makes so many runs of each.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

import sim
from sim.studies.hindcast import MODEL, RUNS
from sim.studies.report import Report, bands, text

PAGE = Path(__file__).parents[1].joinpath("docs", "hindcast.py").with_suffix(".md")
FIGURE = Path(__file__).parents[1].joinpath("docs", "images") / "hindcast.png"
YEARS, DRAWN = (2015, 2018, 2019, 2021), 2018
MARKS = re.compile(r"(<!-- table: (?P<name>[\w-]+) -->\n).*?(<!-- end of table -->)", re.S)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, ["---"] * len(heads), *rows))


def of_model(report: Report) -> pd.DataFrame:
    """Return the predictions of the model."""
    frame = report.tables["hindcast"]
    return frame[frame["method"] == MODEL]


def predictions(reports: dict[int, Report]) -> str:
    """Return the table of figures and what each year's hindcast predicts; misses are bold."""
    columns = {}
    for year, report in reports.items():
        frame = of_model(report)
        cells = [
            cell if inside else f"**{cell}**"
            for cell, inside in zip(bands(frame), frame["inside"], strict=True)
        ]
        columns[year] = pd.Series(cells, frame["target"])
    first = of_model(reports[YEARS[0]])
    rows = [
        (
            f"`{row.target}`",
            f"{row.observed:,.4g}",
            *(columns[y].get(row.target, "") for y in YEARS),
        )
        for row in first.itertuples()
    ]
    return table(("figure", "published", *(f"from figures to {year}" for year in YEARS)), rows)


def scores(reports: dict[int, Report]) -> str:
    """Return the table of mean scores by year and method."""
    rows = [
        (
            str(year), row.method, f"{row.figures}, {row.quantities}", f"{100 * row.inside:.0f} %",
            text(100 * row.crps), text(100 * row.model_crps), text(row.log_score),
            text(row.model_log_score),
        )
        for year, report in reports.items()
        for row in report.tables["hindcast_scores"].itertuples()
        if row.method != MODEL
    ]  # fmt: skip
    heads = ("figures to", "method", "figures, quantities", "inside 90 %", "CRPS, %")
    return table((*heads, "the model's", "log score", "the model's"), rows)


def weights(reports: dict[int, Report]) -> str:
    """Return the table of what each year's figures leave."""
    rows = []
    for year, report in reports.items():
        model = of_model(report)
        facts = report.facts
        inside = f"{model['inside'].sum()} of {len(model)}"
        sets = f"{facts['effective_sets']:.0f}{' ?' if facts['too_few'] else ''}"
        rows.append((str(year), sets, f"{facts['power']:.2f}", inside, text(model["pit"].mean())))
    heads = ("figures to", "effective sets", "power of the weights", "inside 90 %", "mean PIT")
    return table(heads, rows)


TABLES = {"weights": weights, "predictions": predictions, "scores": scores}


def main(arguments: Sequence[str]) -> None:
    """Rewrite the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the results here")
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        reports = {
            year: sim.validate(hindcast=year, runs=given.runs, out=folder / f"hindcast-{year}")
            for year in YEARS
        }
        drawn = reports[DRAWN].save(folder / f"hindcast-{DRAWN}", formats=["png"], fresh=True)
        shutil.copyfile(drawn[0], FIGURE)
        page = PAGE.read_text(encoding="utf-8")
        for mark in MARKS.finditer(page):
            page = page.replace(mark[0], f"{mark[1]}\n{TABLES[mark['name']](reports)}\n\n{mark[3]}")
    PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
