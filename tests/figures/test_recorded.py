"""The model's record beside published figures: all are drawn, and misses are named."""

from __future__ import annotations

from typing import Any, cast

from figures.drawn import draw_run
from figures.synthetic import make_results
from sim.results.targets import compare_targets
from sim.world.countries import target_label
from sim.world.seeds import shipped_seeds


def test_every_target_has_a_row_and_misses_are_named() -> None:
    results = make_results()
    (axes,) = draw_run("recorded-against-observed", results).axes
    compared = {row.id: row for row in compare_targets(cast(Any, results))}
    drawn = dict(label.get_text().split(": ") for label in axes.get_yticklabels())
    known = {target_label(name) for name, row in compared.items() if row.mean is not None}
    assert drawn.keys() == known
    hold_outs = {t.label for t in shipped_seeds().targets if t.use == "hold-out"}
    assert drawn.keys() & hold_outs
    missed = {target_label(name) for name, row in compared.items() if row.verdict == "missed"}
    marked = {name for name, text in drawn.items() if text.endswith(", missed")}
    assert marked == missed and missed and missed != known
