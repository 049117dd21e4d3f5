"""What each shipped scenario and experiment sets is as it was: no reader's rewrite changes it.

After a change that is meant: ``uv run python tests/scenario/test_pins.py`` writes what they set.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim.experiment import list_experiments, load_experiment
from sim.scenario import load_scenario, shipped_names

PINNED = Path(__file__).with_name("pinned.json")
SCENARIOS = [f"scenario {name}" for name in shipped_names()]
EXPERIMENTS = [
    f"experiment {file['name']}" for file in list_experiments() if file["verb"] == "sweep"
]


def meaning(what: str) -> dict[str, Any]:
    """What a file sets, without what it leaves at the defaults, as plain data."""
    kind, name = what.split()
    if kind == "experiment":
        experiment = load_experiment(name)
        facts = experiment.manifest()
        whole = {key: facts[key] for key in ("base", "factors", "design", "keep")}
        return {**whole, "plausible": experiment.plausible is not None}
    content = load_scenario(name).to_dict()
    set_here = {path for path, origin in content["origins"].items() if origin != "default"}
    values = {
        f"{section}.{key}": value
        for section, own in content["sections"].items()
        for key, value in own.items()
        if f"{section}.{key}" in set_here
    }
    rest = {key: content.get(key) for key in ("horizon", "events", "values")}
    return {"sets": values, **rest, "origins": sorted(set_here)}


@pytest.mark.parametrize("what", [*SCENARIOS, *EXPERIMENTS])
def test_what_a_shipped_file_sets_is_as_it_was(what: str) -> None:
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    found = json.loads(json.dumps(meaning(what)))
    assert found == pinned[what], "if that is meant: uv run python tests/scenario/test_pins.py"


if __name__ == "__main__":
    lines = [f"{json.dumps(w)}: {json.dumps(meaning(w))}" for w in (*SCENARIOS, *EXPERIMENTS)]
    PINNED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
