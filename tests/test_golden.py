"""Golden results: a change of any number is seen, and is either meant or a mistake.

If it is meant, write them anew and commit them beside the change:

    uv run python tests/test_golden.py --update

The files contain the means of some outcomes at some dates, to see what changed, and a hash of
every outcome and of every field of the panel of countries: each bit is the same on every machine.
An outcome that a file does not name yet is not compared.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parent / "golden"
SCENARIOS = ("baseline", "offer-withdrawn-2030")
SEED, RUNS = 1, 10
YEARS = (2005, 2012, 2019, 2030, 2040)
OUTCOMES = (
    "trained",
    "trainings",
    "officers",
    "trust",
    "adopters",
    "working",
    "working_western",
    "contracts_active",
    "contracts_renewed",
    "lock_in",
    "norm",
    "alignment",
    "unrest",
    "mistrust",
    "price",
    "recorded_adopters",
)
UPDATE = "uv run python tests/test_golden.py --update"


def digest(name: str) -> dict[str, Any]:
    """What is compared of a scenario's ensemble."""
    from sim.engine import prepare, run_chunk
    from sim.engine.chunk import derive, groups_of
    from sim.model.register import SHIPPED, choose
    from sim.scenario import load_scenario
    from sim.world.dates import end_of

    ensemble = prepare(load_scenario(name), SEED).narrowed(("regime", "regime-rated", "region"))
    chunk = run_chunk(ensemble, range(RUNS))
    means: dict[str, dict[str, float]] = {}
    for key, outcome in choose(SHIPPED.register, OUTCOMES).items():
        place = groups_of(outcome, "world", ensemble.layout)
        assert place is not None
        series = derive(outcome, chunk, ensemble.layout)[:, :, place[0]].mean(axis=0)
        means[key] = {str(year): float(series[end_of(year)]) for year in YEARS}
    return {
        "scenario": name,
        "seed": SEED,
        "runs": RUNS,
        "means": dict(sorted(means.items())),
        "outcomes": {
            key: digest_of(derive(outcome, chunk, ensemble.layout))
            for key, outcome in sorted(SHIPPED.register.items())
        },
        "countries": {
            key: digest_of(chunk.panel[..., place])
            for place, key in enumerate(ensemble.layout.panel)
        },
    }


def digest_of(numbers: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(numbers).tobytes()).hexdigest()[:16]


def golden(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_means_and_every_bit_are_as_they_were(name: str) -> None:
    before, after = golden(name), digest(name)
    assert (before["seed"], before["runs"]) == (after["seed"], after["runs"])
    assert set(before["means"]) == set(after["means"])
    changed = {
        f"{outcome} {year}": (value, after["means"][outcome][year])
        for outcome, by_year in before["means"].items()
        for year, value in by_year.items()
        if after["means"][outcome][year] != pytest.approx(value, rel=1e-9, abs=1e-12)
    }
    assert not changed, f"(was, is); if this is meant: {UPDATE}"

    bits = [key for part in ("outcomes", "countries")
            for key, value in before[part].items() if after[part].get(key) != value]  # fmt: skip
    assert not bits, f"if this is meant: {UPDATE}"


def update() -> None:
    """Write the golden files anew."""
    FOLDER.mkdir(exist_ok=True)
    for name in SCENARIOS:
        file = FOLDER / f"{name}.json"
        file.write_text(json.dumps(digest(name), indent=1) + "\n", encoding="utf-8")
        print(f"written: {file}")


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit(f"usage: {UPDATE}")
    update()
