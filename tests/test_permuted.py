"""Columns dealt out anew: what docs/permuted.py asks."""

import importlib.util
from pathlib import Path

import numpy as np

from sim.world.seeds import shipped_seeds

SPEC = importlib.util.spec_from_file_location(
    "permuted", Path(__file__).parents[1] / "docs" / "permuted.py"
)
assert SPEC is not None
assert SPEC.loader is not None
PROGRAM = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(PROGRAM)


def test_a_column_is_dealt_out_whole_and_nothing_else_moves() -> None:
    seeds = shipped_seeds()
    order = np.roll(np.arange(len(seeds.countries)), 1)
    for columns in PROGRAM.COLUMNS.values():
        dealt = PROGRAM.permuted(seeds, columns, order)
        for name, series in seeds.history.items():
            expected = series[order] if name in columns else series
            assert np.array_equal(dealt.history[name], expected), name
        for at, (before, after) in enumerate(zip(seeds.countries, dealt.countries, strict=True)):
            for name, figure in after.figures.items():
                giver = seeds.countries[order[at]] if name in columns else before
                assert figure == giver.figures[name], name


def test_a_permutation_that_moves_nothing_changes_no_figure() -> None:
    seeds = shipped_seeds()
    same = PROGRAM.permuted(seeds, ("closed", "conflict"), np.arange(len(seeds.countries)))
    base, again = (PROGRAM.distances(each, 2, 1, 1) for each in (seeds, same))
    for target, values in base.items():
        assert np.array_equal(values, again[target], equal_nan=True), target
