"""What every study's folder is: locked while it is written, and known by its bytes afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import pytest

import sim
from sim.errors import InputError
from sim.figures.caption import origin
from sim.results.check import check_folder, folders_in
from sim.results.in_words import settings_in, with_settings
from sim.results.lock import writing
from sim.studies.study import KINDS, Block, Row, Study


@dataclass(frozen=True)
class Small(Study):
    """A study of a table."""

    manifest: Mapping[str, Any] = field(default_factory=lambda: {"version": "1", "seed": 1})

    FACTS: ClassVar[str] = "small.json"
    FILES: ClassVar[tuple[str, ...]] = ("table.csv", "empty.csv")

    def tables(self) -> Mapping[str, Iterable[Row]]:
        return {"table.csv": [{"state": "KEN", "share": 0.25}], "empty.csv": []}

    def blocks(self) -> Iterator[Block]:
        yield "Nothing."


def test_a_whole_folder_is_known_and_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    Small().save(tmp_path / "a", figures=False)
    assert folders_in(tmp_path) == folders_in(tmp_path / "a") == [tmp_path / "a"]
    assert str(check_folder(tmp_path / "a")).startswith("small; 1 files")
    for name in ("table.csv", "small.json"):
        path = tmp_path / "a" / name
        whole = path.read_bytes()
        for at in range(0, 8 * len(whole), 11):
            torn = bytearray(whole)
            torn[at // 8] ^= 1 << at % 8
            path.write_bytes(torn)
            with pytest.raises(InputError):
                for folder in folders_in(tmp_path / "a"):
                    check_folder(folder)
        path.write_bytes(whole)
    (tmp_path / "a" / "table.csv").unlink()
    with pytest.raises(InputError, match=r"table\.csv is gone"):
        check_folder(tmp_path / "a")


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    with writing(tmp_path / "a"), pytest.raises(BlockingIOError, match="another process writes"):
        Small().save(tmp_path / "a", figures=False)
    Small().save(tmp_path / "a", figures=False)
    Small().save(tmp_path / "a", figures=False)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["small.json", "table.csv"]


TERM = {"contracts.term": 5.0}
OF_RUNS: Any = {"runs": 3, "seed": 4, "set": TERM, "threads": 1}
LIST = "iso3,value\nSRB,1\nKEN,1\nECU,1\nUSA,0\nFRA,0\nNOR,0\n"
MADE: dict[str, Callable[[Path, Any], Study]] = {
    "run": lambda tmp, swept: sim.run("baseline", **OF_RUNS).summary(),
    "comparison.json": lambda tmp, swept: sim.compare("baseline", "no-exit-cost", **OF_RUNS),
    "country.json": lambda tmp, swept: sim.country("KEN", compare=["no-exit-cost"], **OF_RUNS),
    "persistence.json": lambda tmp, swept: sim.persistence(**OF_RUNS),
    "persistence of a sweep": lambda tmp, swept: sim.persistence(swept),
    "validation.json": lambda tmp, swept: sim.validate(nulls=False, **OF_RUNS),
    "against.json": lambda tmp, swept: sim.validate(against=tmp / "list.csv", **OF_RUNS),
    "naive.json": lambda tmp, swept: sim.validate(naive=True, **OF_RUNS),
    "ask.json": lambda tmp, swept: sim.ask(what_ifs=["no-exit-cost"], **OF_RUNS),
    "account.json": lambda tmp, swept: sim.known("documented", **OF_RUNS),
    "discovery.json": lambda tmp, swept: sim.discover(swept, year=2040, quantile=0.5),
    "sensitivity.json": lambda tmp, swept: sim.sensitivity(
        method="morris", trajectories=2, parameters=["contracts.exit_cost"], seed=4, set=TERM
    ),
    "calibration.json": lambda tmp, swept: sim.calibrate(
        tmp / "calibration.toml", recover=0, seed=4, set=TERM, threads=1
    ),
}
LONG = ("naive.json", "calibration.json")
CALIBRATION = """
title = "Small"
question = "Which sets?"
[calibration]
parameters = ["contracts.exit_cost", "peers.region_weight"]
waves = 1
points = 200
replicates = 2
final_points = 200
final_replicates = 2
sets = 10
cut = 10.0
"""
SWEEP = """
title = "Exit cost"
question = "What holds?"
base = "offer-withdrawn-2030"
replicates = 2
[design]
kind = "latin-hypercube"
points = 24
[[factors]]
key = "contracts.exit_cost"
low = 0.0
high = 3.0
"""


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("swept") / "exit-cost.toml"
    path.write_text(SWEEP)
    return sim.sweep(path, seed=4, set=TERM, threads=1)


def test_a_studys_folder_is_not_opened_but_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "comparison.json").write_text("{}")
    told = r"holds a comparison \(`entrench compare`\), not runs: .* the verb that made it"
    with pytest.raises(InputError, match=told):
        sim.open(tmp_path)


def test_every_study_is_made_here() -> None:
    for name in (
        path.parent.name for path in Path(sim.__file__).parent.glob("studies/*/report.py")
    ):
        import_module(f"sim.studies.{name}.report")
    studies = [one for one in Study.__subclasses__() if one.__module__.startswith("sim.")]
    assert {one.FACTS for one in studies if hasattr(one, "FACTS")} == set(KINDS) <= set(MADE)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in LONG)) for n in MADE]
)
def test_every_study_says_what_its_runs_were(name: str, tmp_path: Path, swept: Any) -> None:
    (tmp_path / "list.csv").write_text(LIST)
    (tmp_path / "calibration.toml").write_text(CALIBRATION)
    study = MADE[name](tmp_path, swept)
    if name in KINDS:
        study.save(tmp_path / "out", figures=False)
    facts = study.to_dict()
    assert facts["set"] == TERM | ({"horizon.end": 2025} if name.startswith("calib") else {})
    assert {"baseline", "offer-withdrawn-2030"} & {*facts["scenarios"]}
    assert facts["seed"] == 4
    assert facts["runs"] > 2
    assert facts["version"] == sim.__version__
    assert all(len(facts[key]) == 20 for key in ("rules", "data"))
    assert facts["parameters"]


def test_sides_are_told_apart_by_what_was_set() -> None:
    short = sim.load_scenario("baseline", overrides=TERM)
    study = sim.compare(short, "baseline", runs=3, threads=1)
    assert study.manifest["scenarios"] == ["baseline with contracts.term=5", "baseline"]
    assert (study.manifest["set"], [*study.manifest["set_in"].values()]) == ({}, [TERM])
    assert study.to_dict()["reference"] == "baseline with contracts.term=5"
    for other in (
        sim.persistence(short, against="baseline", since=2030, runs=3, threads=1),
        sim.country("KEN", source=short, compare=["baseline"], runs=3, threads=1),
    ):
        assert other.to_dict()["scenarios"] == ["baseline with contracts.term=5", "baseline"]
        assert "baseline with contracts.term=5" in "".join(map(str, other.blocks()))


def test_captions_and_headings_say_what_was_set() -> None:
    results = sim.run("baseline", runs=3, threads=1, set=TERM)
    assert origin(results.manifest).startswith("baseline with contracts.term=5 · 3")
    blocks = [*results.summary().blocks(), *sim.country("KEN", source=results).blocks()]
    said = [block for block in blocks if "baseline with contracts.term=5" in str(block)]
    assert len(said) == 2
    assert "with" not in origin(sim.run("baseline", runs=3, threads=1).manifest)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ""),
        (
            {"contracts.term": 5.0, "peers.active": False},
            " with contracts.term=5, peers.active=false",
        ),
        ({"contracts.fee[region=South Asia]": 0.25}, " with contracts.fee[region=South Asia]=0.25"),
        (
            {"horizon.end": 2030, "events.bans.date": 2026},
            " with horizon.end=2030, events.bans.date=2026",
        ),
        (dict.fromkeys(map(str, range(12)), 1), " with 12 values set"),
    ],
)
def test_settings_are_said_as_they_are_given(values: dict[str, Any], words: str) -> None:
    assert with_settings(values) == words
    if 0 < len(values) < 12:
        scenario = sim.load_scenario("baseline", overrides=values)
        assert settings_in(scenario.to_dict()) == values
