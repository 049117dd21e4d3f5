"""Users' own mechanisms: what they change, that they run everywhere alike, and what is refused."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import re
import shutil
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from invented import folder_of, income
from numpy.testing import assert_array_equal
from typer.testing import CliRunner

import sim
from sim.cli import app
from sim.engine import binding, compiled, prepare, run_chunk
from sim.engine.chunk import Chunk, derive
from sim.engine.entry import Shape
from sim.engine.identity import mechanisms_in_words
from sim.engine.mesa_model import simulate_runs
from sim.engine.user_mechanisms import load_rules
from sim.errors import InputError
from sim.experiment import design_of
from sim.model.register import SHIPPED, MechanismError, Rules
from sim.runs import runner
from sim.scenario import describe, load_scenario
from sim.scenario.scenario import scenario_of
from sim.world.seeds import shipped_seeds
from tests.chunks import different

EXAMPLES = sorted((Path(__file__).parents[1] / "examples" / "mechanisms").glob("*.py"))
FILES = {file.stem: str(file) for file in EXAMPLES}
YEARS = {"horizon.start": 2012, "horizon.end": 2030}
HORIZON = {**YEARS, "democracy.start": 2005}
SEED = 3

HEAD = """from sim.model.arithmetic import clamp
from sim.model.draws import APPLICATION, chance
from sim.model.parameters import Mechanism, Outcome, Section, State, derived, parameter, switch

class Mine(Section):
    rate: float = parameter(
        0.5, "A rate.", unit="share", low=0.0, high=1.0, source="assumption", evidence=1
    )

"""
COUNTING = "def step(country):\n    country.tally += 1.0\n"
TAIL = """
MECHANISM = Mechanism("mine", "Mine", Mine, country=(State("tally", "A tally.", "count"),),
    outcomes=(Outcome("tallies", "count", "A tally.", "tally", "total", "Tallies"),))
"""
DIVIDING = """    @derived
    def double(self) -> float:
        return self.rate * 2.0

def step(country, now, p):
    zero = country.exposure - country.exposure
    if p.mine.rate < 0.1:
        country.tally = 7 // int(zero)
    elif p.mine.rate < 0.2:
        country.tally = 7.5 % zero
    elif p.mine.rate < 0.3:
        country.tally = clamp(1.0 / zero, 0.0, 1.0)
    elif p.mine.rate < 0.4:
        country.tally = country.neighbours[now.year - 1000]
    elif p.mine.double > 1.8:
        country.tally += 1.0
    else:
        country.trust += -7 // 2 + -7 % 3 + -7.5 // (zero + 2.0) + 7.5 % (zero - 2.0)
"""
"""A further line of the section, and a rule that fails or counts quarters, by its rate."""


def write(folder: Path, body: str, tail: str = TAIL, name: str = "mine.py") -> str:
    path = folder / name
    path.write_text(HEAD + body + tail)
    return str(path)


def both_ways(**given: Any) -> list[sim.Results]:
    """Make runs compiled, and as Mesa's agents."""
    return [sim.make_runs("baseline", engine=engine, **given) for engine in ("compiled", "mesa")]


def line_of(path: str, text: str) -> int:
    lines = Path(path).read_text().splitlines()
    return next(at for at, line in enumerate(lines, 1) if text in line)


@cache
def all_rules() -> Rules:
    return load_rules(tuple(FILES.values()))


@cache
def prepared(rules: Rules = SHIPPED) -> Any:
    settings = HORIZON if rules.plugins else YEARS
    return prepare(load_scenario("baseline", overrides=settings, rules=rules), SEED)


def world(rules: Rules, name: str, chunk: Chunk) -> Any:
    return derive(rules.register[name], chunk, prepared(rules).layout)[:, :, 0]


# What they change


def test_all_three_together_run_and_are_the_mesa_model() -> None:
    ensemble = prepared(all_rules())
    compiled = run_chunk(ensemble, [0])
    assert not different(compiled, simulate_runs(ensemble, [0]))
    rules = all_rules()
    courses = world(rules, "democracy_courses", compiled)[0]
    assert courses[-1] > 0
    assert (np.diff(courses) >= 0.0).all()
    assert world(rules, "unpaid_fees", compiled)[0].max() > 0.0
    out_of_service = world(rules, "out_per_system", compiled)[0]
    assert 0.0 < out_of_service.max() <= 1.0
    plain = run_chunk(prepared(), [0])
    assert not np.array_equal(world(rules, "norm", compiled), world(SHIPPED, "norm", plain))
    aid = world(rules, "aid", compiled)[0], world(SHIPPED, "aid", plain)[0]
    assert aid[0][-1] < aid[1][-1]


FUTURE = {"horizon.start": 2018, "horizon.end": 2027}
OBSERVED = """
def update(country, now):
    country.tally = country.readiness[now.year - 2000]

MECHANISM = Mechanism("mine", "Mine", Mine, country=(
    covariate("readiness", "Readiness.", "index 0-1", start=0.2), State("tally", "Now.", "share")),
    outcomes=(Outcome("ready", "share", "Mean.", "tally", "mean", "Ready"),))
"""


def test_a_rule_reads_a_column_of_a_users_table_also_of_years_to_come(tmp_path: Path) -> None:
    """A gap has the figure before, a country without a row the start; compiled as in Mesa."""
    file = write(tmp_path, "from sim.model.parameters import covariate\n", OBSERVED)
    folder = tmp_path / "mine"
    folder.mkdir()
    table = folder / "covariates.csv"
    table.write_text("iso3,year,readiness\nKEN,2005,0.3\nKEN,2026,0.9\nSRB,,0.7\n")
    options: dict[str, Any] = {"runs": 1, "set": FUTURE, "mechanisms": file}
    compiled_runs, mesa = both_ways(data=folder, **options)
    means = compiled_runs.values("ready", years=[2019, 2025, 2027]).isel(point=0, run=0)
    rest = 0.2 * (len(compiled_runs.country_groups) - 2) + 0.7
    assert means.to_numpy() == pytest.approx([(rest + k) / 195 for k in (0.3, 0.3, 0.9)], rel=1e-6)
    assert_array_equal(compiled_runs.values("working"), mesa.values("working"))
    with pytest.raises(InputError, match="no column 'readiness' of covariates"):
        sim.make_runs("baseline", **options)
    table.write_text("iso3,year,readiness\nKEN,1990,0.3\nKNE,2005,x\n")
    with pytest.raises(InputError, match=r"csv:2: year is 1990; [^$]*csv:3: iso3 is 'KNE'"):
        sim.make_runs("baseline", data=folder, **options)


def test_nothing_is_left_for_the_next_run() -> None:
    """With, without, with others: each as if it were alone, and the model's functions unmoved."""
    codes = {name: f.__code__ for name, f in binding.functions().items()}
    before = run_chunk(prepared(), [0])
    own = run_chunk(prepared(all_rules()), [0])
    assert not different(run_chunk(prepared(), [0]), before)
    assert not different(run_chunk(prepared(all_rules()), [0]), own)
    assert {name: f.__code__ for name, f in binding.functions().items()} == codes


def test_a_tax_of_nothing_and_no_programme_change_no_number() -> None:
    usual = {**YEARS, "consideration.active": False}
    weights = {f"additive_wish.{name}_weight": 0.0 for name in ("bundle", "peer", "dependence")}
    settings = {**usual, **weights, "democracy.active": False, "aid_tax.cut": 0.0}
    scenario = load_scenario("baseline", overrides=settings, rules=all_rules())
    idle = run_chunk(prepare(scenario, SEED), [0])
    plain = run_chunk(prepare(load_scenario("baseline", overrides=usual), SEED), [0])
    width = plain.tallies.shape[-1]
    assert_array_equal(idle.tallies[..., :width], plain.tallies)


def test_own_parameters_are_set_for_some_states(tmp_path: Path) -> None:
    rules = load_rules([write(tmp_path, DIVIDING)])
    overrides = {"horizon.end": 2003, "mine.rate[region=South Asia]": 1.0}
    scenario = load_scenario("baseline", overrides=overrides, rules=rules)
    ensemble = prepare(scenario, SEED)
    assert not different(run_chunk(ensemble, [0]), simulate_runs(ensemble, [0]))
    found = sim.make_runs(scenario, runs=1, seed=SEED, defaults=True)
    tallies = found.values("tallies", "region", years=2003).squeeze().to_series()
    there = sum(state.region == "South Asia" for state in shipped_seeds().countries)
    assert tallies["South Asia"] == tallies.sum() == 16 * there
    stored = json.loads(json.dumps(scenario.to_dict()))
    assert scenario_of(stored, "here", rules).to_dict() == scenario.to_dict()
    rest = scenario_of(stored, "here").assignments
    assert not [given for given in rest if given.scope or given.bare.startswith("mine.")]


def test_own_rules_in_a_world_of_ones_own_held_to_what_is_known(tmp_path: Path) -> None:
    own = folder_of(tmp_path / "seeds", history=income("9000", "2001"))
    (known := tmp_path / "known.csv").write_text("iso3,what,date\nKEN,trained,2001-07\n")
    given: dict[str, Any] = {"mechanisms": write(tmp_path, DIVIDING), "data": own, "known": known}
    ran, mesa = both_ways(runs=1, set={"horizon.end": 2003, "mine.rate": 1.0}, **given)
    assert {"seeds", "mechanisms"} <= ran.identity.keys()
    assert_array_equal(ran.values("tallies"), mesa.values("tallies"))
    assert ran.values("tallies").max() > 0.0
    assert ran.panel("trained", 2001).sel(country="KEN").all()


# Where they go


def test_the_section_joins_files_checks_schema_and_describe(tmp_path: Path) -> None:
    rules = all_rules()
    file = tmp_path / "dearer.toml"
    file.write_text(
        'extends = "baseline"\n[aid_tax]\ncut = 0.5\n'
        '[[events]]\nname = "stop"\ndate = 2035\ndemocracy.active = false\n'
    )
    scenario = load_scenario(file, rules=rules)
    assert scenario.value("aid_tax.cut") == 0.5
    assert "democracy.active" in next(e for e in scenario.events if e.name == "stop").sets
    row = next(row for row in describe(scenario) if row["path"] == "aid_tax.cut")
    assert row["value"] == 0.5
    assert row["origin"] == "dearer.toml:3"
    with pytest.raises(InputError, match=r"aid_tax\.cut.*from 0 to 1"):
        load_scenario(file, overrides={"aid_tax.cut": 2.0}, rules=rules)
    with pytest.raises(InputError, match="unknown key"):
        load_scenario(file)


def test_a_design_carries_its_source_to_another_process(tmp_path: Path) -> None:
    """Copies that are deleted before the design is run: what travels is the text."""
    copies = [shutil.copy(file, tmp_path) for file in FILES.values()]
    rules = load_rules(copies)
    scenario = load_scenario("baseline", overrides={"horizon.end": 2003}, rules=rules)
    for copy in copies:
        Path(copy).unlink()
    design = design_of({"baseline": scenario}, runs=2, seed=SEED, plausible=None)
    maker = runner.ChunkMaker(design, "compiled", *runner._prepare(design))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        there = pool.submit(pickle.loads(pickle.dumps(maker)), range(2)).result()
    assert there == maker(range(2))


# What identifies them


def test_the_object_is_kept_by_what_the_rules_do(tmp_path: Path) -> None:
    """Docstrings and comments change nothing; a rule, a state, a place in the quarter does."""
    body = 'def step(country, now, p):\n    """Count."""\n    country.tally += p.mine.rate\n'

    def key(body: str, tail: str = TAIL) -> str:
        return compiled.object_key(Shape(195, 25, load_rules([write(tmp_path, body, tail)])))

    first = key(body)
    assert key(body.replace("Count.", "Sum.") + "# more\n") == first
    others = {
        key(body.replace("+=", "-=")),
        key(body, TAIL.replace('"Mine", Mine,', '"Mine", Mine, after="needs",')),
        key(body, TAIL.replace("),),", '), State("more", "More.")),')),
        key(body.replace("p.mine.rate", "2.0")),
        compiled.object_key(Shape(195, 25)),
    }
    assert len(others) == 5
    assert first not in others


def test_the_manifest_holds_a_hash_and_no_place(tmp_path: Path) -> None:
    first = mechanisms_in_words(load_rules([write(tmp_path, COUNTING)]))
    assert first["mechanisms"][0].keys() == {"name", "file", "sha256"}
    assert str(tmp_path) not in json.dumps(first)
    for body, same in (("# Why.\n" + COUNTING, True), (COUNTING.replace("1.0", "2.0"), False)):
        assert (mechanisms_in_words(load_rules([write(tmp_path, body)])) == first) is same
    assert mechanisms_in_words(SHIPPED) == {}


def test_results_are_repeated_with_the_same_file_alone(tmp_path: Path) -> None:
    """Edited between two runs: other results, with nothing cleared; a manifest asks for its own."""
    files = [shutil.copy(source, tmp_path) for source in FILES.values()]
    file = tmp_path / "aid_tax.py"
    how: dict[str, Any] = {"runs": 1, "seed": SEED, "set": HORIZON}
    first = sim.make_runs("baseline", mechanisms=files, out=tmp_path / "first", **how)
    file.write_text(file.read_text().replace("0.2, ", "0.4, "))
    second = sim.make_runs("baseline", mechanisms=files, out=tmp_path / "second", **how)
    assert (first.values("aid") >= second.values("aid")).all()
    assert first.identity["rules"] == second.identity["rules"]
    assert first.identity["mechanisms"] != second.identity["mechanisms"]
    with pytest.raises(InputError, match="mechanisms"):
        sim.make_runs("baseline", mechanisms=files, out=tmp_path / "first", **how)
    # Read without any file.
    for path in files:
        Path(path).unlink()
    opened = sim.open(tmp_path / "second")
    assert "democracy_courses" in opened.series()["outcome"].unique()  # type: ignore[union-attr]


# What is refused

FAULTS = {
    "syntax": ("def step(country)\n    pass\n", "def step", "is not valid Python: expected ':'"),
    "raises when read": ("X = 1 / 0\n", "X =", "ZeroDivisionError: division by zero"),
    "old place": ("from sim.mechanisms.west import aid_next\n", "aid_next", "sim.model.mechanisms"),
    "old name": ("from sim import draws\n", "sim import", "1.1 it is sim.model.draws"),
    "field": (
        "def step(country):\n    country.talli += 1.0\n", "talli",
        "country has no field 'talli'; did you mean 'tally'?",
    ),
    "parameter": (
        "def step(country, p):\n    country.tally = p.mine.rat\n", "p.mine.rat",
        "p.mine has no field 'rat'; did you mean 'rate'?",
    ),
    "power": (
        "def step(country):\n    country.tally = country.norm ** 2\n", "**",
        "country.norm ** 2 does not run the same everywhere",
    ),
    "lambda": ("step = lambda country: 1.0\n", "step =", "step: write it as def step(...)"),
    "library": (
        "import math\ndef step(country):\n    country.tally = math.exp(1.0)\n", "math.exp",
        "math does not run the same everywhere",
    ),
    "unknown name": (
        "def step(country):\n    country.tally = clmp(1.0, 0.0, 1.0)\n", "clmp",
        "unknown name 'clmp'; did you mean 'clamp'?",
    ),
    "writes another": (
        "def step(country, public):\n    public.price = 0.0\n", "price",
        "writes public.price: a rule of one country writes that country alone",
    ),
    "writes parameters": (
        "def step(country, p):\n    p.mine.rate = 0.0\n", "rate = 0.0",
        "parameters and the moment are only read",
    ),
    "another's draw": (
        "def step(country, now):\n    country.tally = chance(now, country, 7)\n", "chance(",
        "the purpose 7 is not your own; allowed: whole numbers from 512 to 1023",
    ),
    "argument": (
        "def step(country, chna):\n    country.tally += 1.0\n", "def step",
        "step: there is no 'chna' in this place; allowed: country, public, now, p",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_rule_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    body, mark, said = FAULTS[name]
    path = write(tmp_path, body)
    found = CliRunner().invoke(app, ["run", "baseline", "--runs", "1", "--mechanism", path])
    assert found.exit_code == 2 and "Traceback" not in found.output, found.output
    output = re.sub(r"\s+", " ", found.output)
    assert said in output and f"{path}:{line_of(path, mark)}: " in output, output


def test_a_parameter_that_no_rule_of_the_file_reads_is_named(tmp_path: Path) -> None:
    rule = "def step(country, p):\n    country.tally += {}\n"
    path = write(tmp_path, rule.format("1.0"))
    said = f"{path}:{line_of(path, 'rate:')}: mine.rate: no rule of this file reads it"
    found = CliRunner().invoke(app, ["check", path])
    assert found.exit_code == 0 and said in found.output.replace("\n", "")
    read = write(tmp_path, rule.format("p.mine.rate"), name="read.py")
    assert "no rule" not in CliRunner().invoke(app, ["check", read]).output


DECLARED = {
    'Mechanism("contracts", "Mine", Mine)': "there is a mechanism or a key 'contracts' already",
    'Mechanism(*MINE, country=(State("norm", "N."),))': "a field of country 'norm' already",
    'Mechanism(*MINE, after="peer")': "did you mean 'peers'?",
    'Mechanism(*MINE, replaces={"west.aid_nxt": step})': "did you mean 'west.aid_next'?",
    'Mechanism(*MINE, replaces={"west.aid_next": step})': "must be a function of this file that",
    'Mechanism(*MINE, outcomes=(Outcome("aid", *NORM),))': "there is an outcome 'aid' already",
    'Mechanism(*MINE, outcomes=(Outcome("point", *NORM),))': "there is an outcome 'point' already",
    "None": "must end in MECHANISM = Mechanism(...)",
}


@pytest.mark.parametrize("declared", DECLARED)
def test_a_wrong_declaration_is_refused_with_its_line(declared: str, tmp_path: Path) -> None:
    body = "def step(country, now):\n    pass\n"
    named = 'MINE, NORM = ("mine", "Mine", Mine), ("x", "X.", "norm", "mean", "X")'
    path = write(tmp_path, body, f"\n{named}\nMECHANISM = {declared}\n")
    with pytest.raises(MechanismError, match=re.escape(path)) as caught:
        load_rules([path])
    assert DECLARED[declared] in str(caught.value)
    assert re.search(r"\.py:\d+: ", str(caught.value)) or declared == "None"


def test_two_files_do_not_share_names_draws_or_rules(tmp_path: Path) -> None:
    body = "def step(country, now):\n    country.tally = chance(now, country, 600)\n"
    one = write(tmp_path, body)
    other = write(
        tmp_path, body.replace("tally", "count"), name="other.py",
        tail='\nMECHANISM = Mechanism("other", "X", Mine, country=(State("count", "A."),))\n',
    )  # fmt: skip
    with pytest.raises(MechanismError, match=r"purpose 600 is that of draws in .*mine\.py"):
        load_rules([one, other])
    with pytest.raises(MechanismError, match="there is a file 'mine' already"):
        load_rules([one, one])
    assert load_rules([one]).plugins[0].mechanism.name == "mine"


@pytest.mark.slow
def test_what_the_compiler_refuses_is_reported_with_its_line(tmp_path: Path) -> None:
    body = "def helper(other, much):\n    return other.norm + much\n\n"
    body += "def step(country, p):\n    country.tally = helper(country, p.mine)\n"
    path = write(tmp_path, body)
    where = f"{re.escape(path)}:{line_of(path, 'return other')}"
    words = f"{where}: cannot be compiled: No impl.* add$"
    with pytest.raises(MechanismError, match=words):
        sim.make_runs("baseline", runs=1, mechanisms=[path], set={"horizon.end": 2003})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("low=5.0, unit='share', source='assumption'", "must lie within low = 5.0"),
        ("unit='years', source='assumption'", "a parameter in years needs low and high"),
        ("unit='share'", "rate needs a source"),
    ],
)
def test_what_a_file_declares_of_a_parameter_is_checked(
    tmp_path: Path, wrong: str, said: str
) -> None:
    path = Path(write(tmp_path, COUNTING))
    right = 'unit="share", low=0.0, high=1.0, source="assumption"'
    path.write_text(path.read_text().replace(right, wrong))
    with pytest.raises(MechanismError, match=rf"mine.py:\d+: .*{said}"):
        load_rules([str(path)])


@pytest.mark.parametrize(
    ("rate", "line", "error"),
    [
        (0.0, "7 // int", "ZeroDivision"),
        (0.1, "7.5 % zero", "ZeroDivision"),
        (0.2, "1.0 / zero", "ZeroDivision"),
        (0.3, "neighbours", "Index"),
    ],
)
def test_a_rule_that_fails_in_a_run_is_said_with_its_line(
    rate: float, line: str, error: str, tmp_path: Path
) -> None:
    path = write(tmp_path, DIVIDING)
    short = {"horizon.end": 2002, "mine.rate": rate}
    where = rf"mine.py:{line_of(path, line)}: {error}Error: .* \([A-Z]{{3}}, 2000 Q1\)"
    messages = set()
    for engine in ("compiled", "mesa"):
        with pytest.raises(MechanismError, match=where) as raised:
            sim.make_runs("baseline", runs=1, mechanisms=path, set=short, engine=engine)
        messages.add(str(raised.value))
    assert len(messages) == 1
