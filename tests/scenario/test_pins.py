"""What each shipped experiment varies is as it was: no reader's rewrite changes it.

Scenarios need no pins: tests/second reads their files a second time. After a change that is meant,
``uv run python tests/scenario/test_pins.py`` writes what experiments vary.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim.experiment import list_experiments, load_experiment

PINNED = Path(__file__).with_name("pinned.json")
EXPERIMENTS = [file["name"] for file in list_experiments() if file["verb"] == "sweep"]


def meaning(name: str) -> dict[str, Any]:
    """What an experiment varies, as plain data."""
    experiment = load_experiment(name)
    facts = experiment.manifest()
    whole = {key: facts[key] for key in ("base", "factors", "design", "keep")}
    return {**whole, "plausible": experiment.plausible is not None}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_a_shipped_experiment_varies_is_as_it_was(name: str) -> None:
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    found = json.loads(json.dumps(meaning(name)))
    assert found == pinned[name], "if that is meant: uv run python tests/scenario/test_pins.py"


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(meaning(name))}" for name in EXPERIMENTS]
    PINNED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
