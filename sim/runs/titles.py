"""Titles of points, by which figures and tables call them; files have their labels."""

from __future__ import annotations

from sim.runs.dataset import Results
from sim.runs.numbers import level
from sim.scenario import BASELINE

# Name of the baseline in figures of several scenarios.
GOES_ON = "China goes on"


def title_of(results: Results, point: int) -> str:
    """Return the title of a point's scenario, with the levels of factors in its label."""
    words, scenario = results.labels[point], results.description(point)
    if words == BASELINE and results.n_points > 1:
        return GOES_ON
    return words.replace(str(scenario.get("name")), scenario.get("title") or words, 1)


def levels_of(results: Results) -> dict[str, list[str]]:
    design = results.design.loc[:, results.design.nunique() > 1]
    return {n: [level(cell, results.factors.get(n, {})) for cell in design[n]] for n in design}


def titles(results: Results) -> list[str]:
    """Return each point's title, or its label where titles are the same."""
    labels = results.labels
    named = [
        label if label == BASELINE else title_of(results, at) for at, label in enumerate(labels)
    ]
    return named if len({*named}) == len(named) else labels
