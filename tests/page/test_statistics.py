"""The page's sign test is the package's: over parameter sets."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from sim.page.contents import WEB
from sim.results.effects import sign_test

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="Node is missing")
def test_the_sign_test_is_over_parameter_sets() -> None:
    random = np.random.default_rng(1)
    cases = []
    for count in (1, 5, 40):
        sets = random.integers(0, count, 200)
        # Runs of a set change together: over runs, nearly all would be beyond chance.
        signs = np.sign(random.normal(0.2, 1.0, count))
        cases.append((np.where(random.random(200) < 0.6, signs[sets], 0.0).tolist(), sets.tolist()))
    source = (WEB / "statistics.js").read_text(encoding="utf-8")
    (own,) = re.findall(r"^export (function signTest.*?^})", source, re.S | re.M)
    code = f"{own}\nconst cases = {json.dumps(cases)};"
    code += "console.log(JSON.stringify(cases.map(([changes, sets]) => signTest(changes, sets))))"
    done = subprocess.run(
        [str(NODE), "-e", code], capture_output=True, text=True, check=True, timeout=60
    )
    expected = [float(sign_test(np.array(c)[:, None], np.array(s))[0]) for c, s in cases]
    assert json.loads(done.stdout) == pytest.approx(expected, rel=1e-9)
    assert min(expected[1:]) > 1e-4
