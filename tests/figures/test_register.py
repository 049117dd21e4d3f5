"""The register finds every figure where it stands, and says why one cannot be drawn."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from matplotlib.figure import Figure

import sim.studies
from figures.drawn import RUN_FIGURES
from figures.synthetic import make_results, without
from sim.errors import InputError
from sim.figures import register

STUDIES = sorted(path.parent.name for path in Path(sim.studies.__path__[0]).glob("*/*figures.py"))


@pytest.mark.parametrize("of", ["run", "sweep", *dict.fromkeys(STUDIES)])
def test_every_figure_says_what_it_is_and_needs(of: str) -> None:
    found = register.figures_of(of)
    assert found
    for name, one in found.items():
        assert (one.of, one.name) == (of, name) and one.title
        assert one.doc.endswith(".") and one.needs


def test_every_function_that_draws_is_registered() -> None:
    """A public function of a figures' module that makes a figure stands in the register."""
    for of in ("run", "sweep", *dict.fromkeys(STUDIES)):
        known = {one.function.__name__ for one in register.figures_of(of).values()}
        room = register.room(of)
        folder = Path(sim.studies.__path__[0]).parents[0].joinpath(*room.split(".")[1:])
        for file in folder.glob("*.py" if room.startswith("sim.figures") else "*figures.py"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith("figure_"):
                    assert node.name in known, (file, node.name)


def test_an_unknown_kind_has_no_figures() -> None:
    assert register.figures_of("nothing") == {}


def test_a_figure_is_one_function(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a new figure takes: a function under its name; it is drawn and listed at once."""
    known = dict(register.figures_of("run"))
    monkeypatch.setitem(register._REGISTER, "run", known)

    @register.figure("run", "new", "A new figure", outcomes=("trained",))
    def figure_new(results: object) -> Figure:
        """What it shows."""
        return Figure(label="found")

    facts = {"results": make_results(quarters=8)}
    assert known["new"] in register.choose("run", facts)
    (path,) = register.draw("run", tmp_path, facts, ["new"], ["png"])
    assert path.name == "new.png"
    lesser = {"results": without(make_results(quarters=8), "trained")}
    assert "trained" in known["new"].why_not(lesser)
    assert known["new"].why_not({}) == "it needs results"


def test_faults_are_reported_with_the_nearest_name() -> None:
    facts = {"results": make_results(quarters=8)}
    told = register.faults("run", facts, ["contrats", "map", "lock-in"], ["gif", "pdf"])
    assert "gif" in told[0] and "did you mean 'contracts'" in told[1]
    assert len(told) == 2 + (RUN_FIGURES["map"].why_not(facts) != "")
    with pytest.raises(InputError, match="contracts"):
        register.choose("run", facts, ["contrats"])


def test_what_would_be_empty_is_left_out_and_a_named_figure_is_refused(
    tmp_path: Path,
) -> None:
    """Four years hold no spell of a system and no target: two figures have nothing to show."""
    results = sim.run("baseline", runs=1, set={"horizon.end": 2003}, figures=False)
    facts = {"results": results}
    drawn = [path.stem for path in register.draw("run", tmp_path, facts, formats=["svg"])]
    assert sorted(drawn) == sorted(
        {one.name for one in register.choose("run", facts)}
        - {"survival", "recorded-against-observed"}
    )
    with pytest.raises(InputError, match="survival: not drawn, there is nothing"):
        results.draw("survival")
    assert isinstance(results.draw("money"), Figure)
