"""Rake a table of parameter sets that was made before calibration raked its own.

`uv run python docs/rake.py` prints how far the means of parameters that the figures do not see lie
from the prior's, before and after, and what the sets are worth; `--write` changes the table. Names
of mechanisms (`contracts`) rake their parameters alone: few sets cannot balance two hundred. The
means of all parameters that the figures do see stay; those of the targets, which only the
calibration's runs tell, are not looked at.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.calibration.raking import PRIOR_MEAN, PRIOR_SD, effective_size, raked, unseen
from sim.experiment import plausible_factors
from sim.results.store import write_csv
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import FILE, PlausibleSets, plausible_table, read_plausible
from sim.world import find_data_folder


def reweighed(sets: PlausibleSets, sections: Sequence[str] = ()) -> tuple[PlausibleSets, str]:
    """Return sets with raked weights, and what that changed in a sentence.

    Args:
        sets: The sets.
        sections: Mechanisms whose parameters are raked; empty: all.
    """
    factors = plausible_factors(load_scenario("baseline"), sets.keys)
    low, span = np.array([(factor.low, factor.high - factor.low) for factor in factors]).T
    cube = (np.array(sets.rows, np.float64) - low) / span
    weights = np.array(sets.weights)
    silent = unseen(cube, weights)
    asked = [not sections or key.split(".")[0] in sections for key in sets.keys]
    free = silent & np.array(asked)
    new = raked(weights, cube[:, free], cube[:, ~silent])
    before, after = (
        np.abs(w @ cube[:, free] - PRIOR_MEAN).mean() / PRIOR_SD * np.sqrt(effective_size(weights))
        for w in (weights / weights.sum(), new)
    )
    text = (
        f"{free.sum()} of {len(sets.keys)} parameters: mean distance from the prior's mean"
        f" {before:.2f} standard errors, now {after:.2f}; {len(sets.rows)} sets worth"
        f" {effective_size(weights):.0f}, now {effective_size(new):.0f}."
    )
    return replace(sets, weights=tuple(new.tolist())), text


def main(arguments: Sequence[str]) -> int:
    """Rake; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="*", metavar="MECHANISM")
    parser.add_argument("--table", type=Path, default=find_data_folder("seeds") / FILE)
    parser.add_argument("--write", action="store_true", help="change the table")
    given = parser.parse_args(arguments)
    sets, text = reweighed(read_plausible(given.table), given.sections)
    print(text)
    if given.write:
        write_csv(given.table, plausible_table(sets))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
