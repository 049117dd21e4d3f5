"""Functions of the page give the package's numbers, or those worked out by hand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest

from sim.page.contents import WEB

NODE = shutil.which("node")


pytestmark = pytest.mark.skipif(NODE is None, reason="Node is missing")


def called(file: str, function: str, *cases: list[Any]) -> list[Any]:
    """Return what a function of the page returns in each case."""
    source = (WEB / file).read_text(encoding="utf-8")
    code = re.sub(r"^export ", "", re.sub(r"^import .*?;$", "", source, flags=re.M), flags=re.M)
    code += f"\nconst cases = {json.dumps(cases)};"
    code += f"console.log(JSON.stringify(cases.map(given => {function}(...given))))"
    done = subprocess.run(
        [str(NODE), "-e", code], capture_output=True, text=True, check=True, timeout=60
    )
    return list(json.loads(done.stdout))


def test_bands_are_the_quantiles_of_runs() -> None:
    curves = np.random.default_rng(2).normal(size=(30, 3))
    (found,) = called("statistics.js", "spreadOf", [curves.tolist()])
    expected = {"mean": curves.mean(axis=0)} | {
        f"q{percent:02}": np.quantile(curves, percent / 100, axis=0) for percent in (5, 25, 75, 95)
    }
    assert {name: pytest.approx(values.tolist()) for name, values in expected.items()} == found


@pytest.mark.parametrize(
    ("low", "high", "plausible", "default", "value", "ends"),
    [
        (-100, 100, [10, 20], 15, 15, [0, 30]),
        (0, 65, [50, 60], 55, 55, [40, 65]),
        (0, 100, [50, 60], 55, 90, [40, 90]),
        (0, 100, [10, 16], 12, 12, [0, 22]),
        (0, 1000, None, 5, 5, [0, 20]),
    ],
)
def test_a_slider_has_the_plausible_range_and_as_much_again(
    low: int, high: int, plausible: list[int] | None, default: int, value: int, ends: list[int]
) -> None:
    field = {"low": low, "high": high, "plausible": plausible, "default": default}
    assert called("levers.js", "endsOf", [field, value]) == [ends]
