"""Mistakes of input: each message has file and line, key, what is allowed, and the nearest name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.errors import InputError
from sim.experiment import load_experiment
from sim.scenario import FileError, load_scenario

EVENT = '[[events]]\nname = "x"\ndate = 2030\nchina.courses_open = 0.5\n'
TERM = "must be a number from 0.25 to 40 (years), not"
SOME = "[[values]]\ncontracts.fee = 0.03\n"
QUARTER = "must be a year or a quarter of one (2030, 2030.25, …) from 2000 to 2061, not"
FACTOR = '[[factors]]\nkey = "contracts.term"\n'
GRID = FACTOR + "values = [5.0, 10.0]\n"
SAMPLE = '[design]\nkind = "latin-hypercube"\npoints = 8\n'
LEVELS = (
    '[[factors]]\nname = "hold"\nlevels = { on = {}, off = { "contracts.retention" = false } }\n'
)
DATES = 'base = "ai-leap"\n[[factors]]\nkey = "events.ai-leap.date"\nvalues = [2025, 2030]\n'

OF_SCENARIOS = (
    ("[contracts]\nterm = 'ten'\n", "2: contracts.term", f'{TERM} "ten"'),
    ("# \"\"\"\n[contracts]\nterm = 99\n", "3: contracts.term", f"{TERM} 99"),
    ("question = \"a ''' b\"\n[contracts]\nterm = 99\n", "3: contracts.term", f"{TERM} 99"),
    ("question = 'a\u2028b'\ncontracts.fee = 0,5\n", "2", "write a point, not a comma: 0.5"),
    ("[[values]]\nwhere = { bri = true }\n[contracts]\nterm = 5\n", "1: values[1]", "must set"),
    (f"{SOME}where.regoin = ['Oceania']\n", "3: values[1].where.regoin", "did you mean 'region'?"),
    (f"{SOME}where.iso3 = ['UK', 'Serbia']\n", "3: values[1].where.iso3",
     "no iso3 'UK'; write 'GBR'; there is no iso3 'Serbia'; write 'SRB'"),
    (f"{SOME}where = {{ iso3 = 'SRB' }}\n", "3: values[1].where.iso3", "must be a list, not"),
    (f"{SOME}where = {{ income_below = 10 }}\n", "3: values[1].where", "matches no country"),
    (SOME, "1: values[1].where", "is missing: say whom they are for"),
    ("[contracts]\nterm = nan\n", "2: contracts.term", f"{TERM} NaN"),
    ("title = 'a\u202eb'\n", "1: title", "no control characters or line ends"),
    ('question = "\\u001b]0;x"\n', "1: question", "'\\u001b]0;x': allowed: no control"),
    ("contracts = { term = 50 }\n", "1: contracts.term", f"{TERM} 50"),
    ("[contracts]\nactive = 1\n", "2: contracts.active", "must be true or false, not 1"),
    ("[contracts]\nterm.tmes = 2\n", "2: contracts.term.tmes", "did you mean 'times'?"),
    ("[contracts]\nterm.times = 50\n", "2: contracts.term.times", "would be 250; allowed: 0.25"),
    ("[china]\nepoch.plus = 1\n", "2: china.epoch.plus", "is a switch or a whole number"),
    ("kind = 'polcy'\n", "1: kind", "did you mean 'policy'?"),
    ("[china]\nepoch = 1.5\n", "2: china.epoch", "a whole number from 0 to 3 (class), not 1.5"),
    ("[contracts]\ntrem = 5\n", "2: contracts.trem", "unknown key; did you mean 'term'?"),
    ("[contracts]\nzzz = 5\n", "2: contracts.zzz", "unknown key; there are: term, fee"),
    ("[contract]\nterm = 5\n", "1: contract", "unknown key; did you mean 'contracts'?"),
    ("[contracts]\nextends = 'baseline'\n", "2: contracts.extends", "move it above the first ["),
    ("title = “Fees”\n", "1", "write straight quotes: \"Fees\""),
    ("title = Fees\n", "1", "texts need quotes"),
    ("contracts.fee = 50 %\n", "1", "write 0.5 for 50%"),
    ("term = 5\n", "1: term", "it is a key of contracts"),
    ("titel = 'x'\n", "1: titel", "did you mean 'title'?"),
    ("question = ''\n", "1: question", "must be a text in quotes, not \"\""),
    ("contracts = 5\n", "1: contracts", "is a section; name one of its keys: contracts.KEY"),
    ("[horizon]\nend = 2061\n", "2: horizon.end", "from 2001 to 2060 (year), not 2061"),
    ("[horizon]\nstart = 2020\nend = 2010\n", "3: horizon.end", "later than the start, 2020"),
    ("extends = 'gone.toml'\n", "1: extends", "gone.toml: there is no such file"),
    ("extends = ['baseline', 'no-pers']\n", "1: extends", "did you mean 'no-peers'?"),
    ("title = '=1+1'\n", "1: title", "no = + - @ at the beginning"),
    ("extends = 5\n", "1: extends", "must be a name or path in quotes, or a list of them, not 5"),
    ("extends = 'baseline'\ndrop_events = ['bnas']\n", "2: drop_events", "did you mean 'bans'?"),
    (EVENT.replace("2030", "1999"), "3: events.x.date", f"{QUARTER} 1999"),
    (EVENT.replace("2030", "2041"), "3: events.x.date", "horizon, from 2000 to 2040.75, not 2041"),
    (EVENT + "until = 2030\n", "5: events.x.until", "after its date, from 2030.25 to 2041"),
    (EVENT.replace("china.", "chnia."), "4: events.x.chnia", "did you mean 'china'?"),
    (EVENT + "where.bri = true\n", "4: events.x.china.courses_open", "is one for the whole world"),
    (EVENT + EVENT, "6: events.x.name", "another event of this file has that name"),
    ("[[events]]\ndate = 2030\nchina.epoch = 1\n", "1: events[1].name", "is missing: a text of"),
    ("[[events]]\nname = 'x'\nchina.epoch = 1\n", "1: events.x.date", "is missing: a year or"),
    ("[[events]]\nname = 'x'\ndate = 2030\n", "1: events.x", "must set something"),
    ("[events]\nname = 'x'\n", "1: events", "must be tables: [[NAME]] above each, not"),
    ("question = '''x\n\n[contracts]\n", "", "not valid TOML: "),
    ("# nothing\n", "", "the file is empty"),
)  # fmt: skip
OF_EXPERIMENTS = (
    ("base = 'basline'\n" + GRID, "1: base", "did you mean 'baseline'?"),
    ("runs = 0\n" + GRID, "1: runs", "a whole number from 1 to"),
    ("[design]\nkind = 'gird'\n" + GRID, "2: design.kind", "did you mean 'grid'?"),
    ("[design]\nkind = 'latin-hypercube'\n" + FACTOR, "1: design", "design needs points"),
    (GRID + "title = '=1+1'\n", "4: factors[1].title", "no = + - @ at the beginning"),
    ("title = 'x'\n", "1", "an experiment needs a factor"),
    ("[[factors]]\nvalues = [1]\n", "1: factors[1]", "a factor needs a key"),
    (GRID + GRID, "5: contracts.term", "line 2 varies it, too"),
    (GRID.replace("term", "trem"), "2: contracts.trem", "did you mean 'term'?"),
    (GRID.replace("contracts.term", "scenrio"), "2: scenrio", "did you mean 'scenario'?"),
    (GRID.replace("contracts.term", "horizon.end"), "2: horizon.end", "share one horizon"),
    (DATES.replace("leap.d", "lap.d"), "3: events.ai-lap.date", "did you mean 'ai-leap'?"),
    (DATES.replace("2030]", "2050]"), "3: events.ai-leap.date", "within the horizon, from 2000"),
    (GRID.replace("10.0", "5"), "3: contracts.term", "5 is listed twice"),
    (FACTOR + "low = 5\nhigh = 20\n", "2: contracts.term", "a grid lists its values"),
    (FACTOR + "low = 5\nhigh = 20\nsteps = 4\n", "5: factors[1].steps", "unknown key"),
    (SAMPLE + FACTOR + "low = 5\nhigh = 50\n", "7: contracts.term", f"{TERM} 50"),
    (SAMPLE + FACTOR + "low = 5\nhigh = 2\n", "5: contracts.term", "high must be larger than low"),
    (SAMPLE + "[[factors]]\nkey = 'market.ai_leap'\n", "5: market.ai_leap", "no plausible range"),
    ("[[factors]]\nkey = 'scenario'\nvalues = ['baseline', 'no-norm']\n",
     "3: factors[1].values", "did you mean 'no-norms'?"),
    (LEVELS.replace("on =", "'=cmd' ="), "3: factors[1].levels", "no = + - @ at the beginning"),
    (LEVELS.replace("hold", "run"), "1: factors[1]", "no column of results (point, run"),
    (GRID + "[keep]\noutcomes = ['workin']\n", "5: keep.outcomes", "did you mean 'working'?"),
    (GRID + "[keep]\noutcomes = 'working'\n", "5: keep.outcomes", "must be a list, not"),
    (GRID + "[keep]\ndates = ['x']\n", "5: keep.dates", '"quarterly" or a list of years, not'),
    (GRID + "[keep]\ngroups = ['regoin']\n", "5: keep.groups", "did you mean 'region'?"),
    (GRID + "[keep.groups.a]\nwhere = { regime = ['hybrid'] }\n", "4: keep.groups",
     "must be a list of kinds (--where: groups of your own), not"),
    (GRID + "[keep]\ndates = [2041]\n", "5: keep.dates", "year 2041: allowed: 2000 to 2040"),
)  # fmt: skip
OF_OVERRIDES: tuple[tuple[Mapping[str, Any], str], ...] = (
    ({"contracts.term": "ten"}, f'--set: contracts.term: {TERM} "ten"'),
    ({"contracts.trem": "5"}, "--set: contracts.trem: unknown key; did you mean 'term'?"),
    ({"scenario": "no-peers"}, "--set: scenario: unknown key; there are: events, horizon"),
    ({"contracts.term [bri=true]": "99"}, f"{TERM} 99"),
    ({"contracts.fee[bri]": "0.3"}, "allowed: conditions, each once"),
    ({"market.price[bri=true]": "0.3"}, "one for the whole world"),
    ({"contracts": "5"}, "contracts is a section; name one of its keys"),
    ({"events.bnas.date": "2021"}, "the scenario has no event 'bnas'; did you mean 'bans'?"),
    ({"events.bans.date": "2050"}, "--set: events.bans.date: must be within the horizon"),
    ({"events.bans.until": "2018"}, "events.bans.until: must be within the horizon and after"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("load", "text", "where", "phrase"),
    [(load_scenario, *of) for of in OF_SCENARIOS]
    + [(load_experiment, *of) for of in OF_EXPERIMENTS],
)
def test_mistakes_of_files(load: Callable[[str], Any], text: str, where: str, phrase: str) -> None:
    """There is one message, which begins with the place and key."""
    Path("study.toml").write_text(text)
    with pytest.raises(FileError) as caught:
        load("study.toml")
    (message,) = caught.value.messages
    assert message.startswith(f"study.toml:{where}: " if where else "study.toml: ")
    assert phrase in message


@pytest.mark.parametrize(("overrides", "phrase"), OF_OVERRIDES)
def test_mistakes_of_set(overrides: Mapping[str, Any], phrase: str) -> None:
    with pytest.raises(FileError) as caught:
        load_scenario("baseline", overrides=overrides)
    (message,) = caught.value.messages
    assert message.startswith("--set: ") and phrase in message


def test_names_of_files() -> None:
    Path("latin.toml").write_bytes(b'title = "fr\xfch"\n')
    os.mkfifo("pipe.toml")
    for name, phrase in {
        "pipe.toml": "this is a pipe or a device",
        "basline": "no scenario is called 'basline'; did you mean 'baseline'?",
        "gone.toml": "gone.toml: there is no such file",
        "./": "this is a folder",
        "latin.toml": "not UTF-8 text (line 1)",
    }.items():
        with pytest.raises(InputError) as caught:
            load_scenario(name)
        assert phrase in str(caught.value)
    with pytest.raises(InputError, match="did you mean 'what-matters'"):
        load_experiment("what-maters")


def test_everything_wrong_shows_at_once() -> None:
    """Of the file that is extended, of all tables, and of --set; in order of files and lines."""
    Path("parent.toml").write_text("[contracts]\nterm = 99\n")
    Path("study.toml").write_text(
        'extends = "parent.toml"\ntitel = 1\n[contracts]\nfee = 7\n'
        + EVENT.replace("2030", "2041").replace("x", "late")
        + EVENT.replace("0.5", "2")
    )
    overrides = {"contracts.trem": "5", "china.epoch": "9", "events.x.date": "2031"}
    with pytest.raises(FileError) as caught:
        load_scenario("study.toml", overrides=overrides)
    assert [f"{p.origin.place} {p.key}" for p in caught.value.problems] == [
        "parent.toml:2 contracts.term",
        "study.toml:2 titel",
        "study.toml:4 contracts.fee",
        "study.toml:7 events.late.date",
        "study.toml:12 events.x.china.courses_open",
        "--set contracts.trem",
        "--set china.epoch",
    ]
    assert str(caught.value).startswith("7 problems in 'study'\n- parent.toml:2: contracts")


def test_all_factors_of_an_experiment_are_checked() -> None:
    Path("study.toml").write_text(
        "seed = -1\n" + GRID.replace("term", "trem") + FACTOR + "steps = 1\n"
    )
    with pytest.raises(FileError) as caught:
        load_experiment("study.toml", overrides={"contracts.fee": 9})
    assert [problem.origin.place for problem in caught.value.problems] == [
        "study.toml:1", "study.toml:3", "study.toml:7", "--set",
    ]  # fmt: skip


def test_a_circle_over_several_files_is_shown_as_the_way_round() -> None:
    for name, parent in (("study", "a"), ("a", "b"), ("b", "study")):
        Path(f"{name}.toml").write_text(f'extends = "{parent}.toml"\n')
    with pytest.raises(FileError, match=r"^b\.toml:1: extends: .*circle: study\.toml → a\.toml"):
        load_scenario("study.toml")


@pytest.mark.parametrize("length", [250, 300, 100_000])
def test_a_name_that_no_file_system_takes_is_not_there(length: int, tmp_path: Path) -> None:
    name = "a" * length
    (file := tmp_path / "mine.toml").write_text(f'extends = "{name}"\n')
    calls: list[Callable[[], object]] = [
        lambda: sim.check(file), lambda: sim.check(name), lambda: sim.check(f"{name}.csv"),
        lambda: sim.new(name), lambda: sim.compare(name, "baseline"), lambda: sim.run(known=name),
        lambda: sim.run(data=name), lambda: sim.run(mechanisms=f"{name}.py"),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(InputError):
            call()
