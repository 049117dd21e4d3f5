"""Every way in which an experiment can be wrong: its message names place, key, what is allowed."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.errors import InputError
from sim.experiment import ExperimentError, load_experiment

type Messages = Callable[..., list[str]]

TERM = "must be a number from 0.25 to 40 (years)"
ONE = '[[factors]]\nkey = "contracts.term"\nvalues = [5.0, 10.0]\n'
RANGE = '[[factors]]\nkey = "contracts.term"\nlow = 5\nhigh = 20\n'
LHS = '[design]\nkind = "latin-hypercube"\npoints = 8\n'
LEVELS = (
    '[[factors]]\nname = "hold"\nlevels = { on = {}, off = { "contracts.retention" = false } }\n'
)
DATE = 'base = "ai-leap"\n[[factors]]\nkey = "events.ai-leap.date"\nvalues = [2025, 2030]\n'
SCENARIOS = '[[factors]]\nkey = "scenario"\nvalues = ["baseline", "no-exit-cost"]\n'

# Text, place (line:column) and key, phrases.
ONE_MISTAKE: list[tuple[str, str, tuple[str, ...]]] = [
    # the file's own keys
    ("titel = 1\n" + ONE, "1:1: titel", ("unknown key", "did you mean 'title'?")),
    ("zzz = 1\n" + ONE, "1:1: zzz", ("keys here: title, question, base, replicates",)),
    ("[contracts]\nterm = 5\n" + ONE, "1:1: contracts", ("unknown key", "keys here")),
    ("title = 5\n" + ONE, "1:9: title", ("must be a text in quotes, not 5",)),
    ('question = ""\n' + ONE, "1:12: question", ("not an empty text",)),
    ('base = "basline"\n' + ONE, "1:8: base", ("no scenario", "did you mean 'baseline'?")),
    ('base = "gone.toml"\n' + ONE, "1:8: base", ("gone.toml: there is no such file",)),
    ('base = "./"\n' + ONE, "1:8: base", ("this is a folder",)),
    ("base = 5\n" + ONE, "1:8: base", ("must be a text in quotes, not 5",)),
    ("replicates = 0\n" + ONE, "1:14: replicates", (f"from 1 to {MOST_REPLICATES}, not 0",)),
    ("replicates = 1.5\n" + ONE, "1:14: replicates", ("a whole number", "not 1.5")),
    ("replicates = true\n" + ONE, "1:14: replicates", ("a whole number", "not true")),
    (f"replicates = {MOST_REPLICATES + 1}\n" + ONE, "1:14: replicates", ("from 1 to",)),
    ("seed = -1\n" + ONE, "1:8: seed", (f"from 0 to {MOST_SEED}, not -1",)),
    (f"seed = {MOST_SEED + 1}\n" + ONE, "1:8: seed", (f"from 0 to {MOST_SEED}",)),
    ('seed = "1"\n' + ONE, "1:8: seed", ("a whole number", "not the text '1'")),
    # the design
    ("design = 5\n" + ONE, "1:1: design", ("write [design]",)),
    ('[[design]]\nkind = "grid"\n' + ONE, "1:1: design", ("in single brackets",)),
    ('[design]\nkind = "gird"\n' + ONE, "2:8: design.kind", ("one of", "did you mean 'grid'?")),
    ("[design]\nkind = 1\n" + ONE, "2:8: design.kind", ("must be a text in quotes",)),
    ('[design]\nkidn = "grid"\n' + ONE, "2:1: design.kidn", ("did you mean 'kind'?",)),
    ("[design]\npoints = 8\n" + ONE, "2:1: design.points", ("a grid design has no points",)),
    ("[design]\nseed = 8\n" + ONE, "2:1: design.seed", ("belongs to latin-hypercube and sobol",)),
    ('[design]\nfile = "x.csv"\n' + ONE, "2:1: design.file", ("it belongs to list",)),
    (LHS + 'file = "x.csv"\n' + RANGE, "4:1: design.file", ("it belongs to list",)),
    ('[design]\nkind = "sobol"\n' + RANGE, "1:1: design", ("needs points",)),
    ('[design]\nkind = "latin-hypercube"\n' + RANGE, "1:1: design", ("needs points",)),
    (LHS.replace("8", "0") + RANGE, "3:10: design.points", ("from 1 to", "not 0")),
    (LHS.replace("8", "8.0") + RANGE, "3:10: design.points", ("a whole number", "not 8.0")),
    (LHS.replace("8", "9999999") + RANGE, "3:10: design.points", ("from 1 to 1048576",)),
    (
        LHS.replace("latin-hypercube", "sobol").replace("8", "100") + RANGE,
        "3:10: design.points",
        ("a power of two, not 100", "the nearest are 64 and 128"),
    ),
    (LHS + "seed = -2\n" + RANGE, "4:8: design.seed", ("not -2",)),
    ('[design]\nkind = "list"\n', "1:1: design", ("needs a file of points",)),
    ('[design]\nkind = "list"\nfile = "gone.csv"\n', "3:8: design.file", ("no such file",)),
    ('[design]\nkind = "list"\nfile = "."\n', "3:8: design.file", ("this is a folder",)),
    # factors
    ('title = "x"\n', "1:1", ("an experiment needs a factor",)),
    ("factors = []\n", "1:1: factors", ("an experiment needs a factor",)),
    ("factors = 5\n", "1:1: factors", ("write [[factors]]",)),
    (ONE.replace("[[", "[").replace("]]\n", "]\n"), "1:1: factors", ("in double brackets",)),
    ("[[factors]]\nvalues = [1]\n", "1:1: factors[1]", ("a factor needs a key",)),
    (ONE + 'name = "x"\n', "4:1: factors[1].name", ("a key or a name",)),
    (ONE + "valeus = [1]\n", "4:1: factors[1].valeus", ("did you mean 'values'?",)),
    (ONE + "title = 5\n", "4:9: factors[1].title", ("a text in quotes",)),
    (ONE.replace('"contracts.term"', "5"), "2:7: factors[1].key", ("a text in quotes",)),
    (ONE + ONE, "5:7: factors[2].key", ("another factor has that key", "line 2")),
    (LEVELS + LEVELS.replace("retention", "active"), "5:8: factors[2].name", ("line 2",)),
    (
        LEVELS + '[[factors]]\nkey = "contracts.retention"\nvalues = [true]\n',
        "5:7: contracts.retention",
        ("the factor 'hold' sets it too (line 2)",),
    ),
    # a factor's key
    (ONE.replace("term", "trem"), "2:7: contracts.trem", ("did you mean 'term'?",)),
    (ONE.replace("contracts", "contract"), "2:7: contract.term", ("did you mean 'contracts'?",)),
    (ONE.replace("contracts.term", "term"), "2:7: term", ("it is a key of contracts",)),
    (ONE.replace(".term", ""), "2:7: contracts", ("is a section; name one of its keys",)),
    (ONE.replace("contracts.term", "scenrio"), "2:7: scenrio", ("did you mean 'scenario'?",)),
    (ONE.replace("contracts.term", "horizon.end"), "2:7: horizon.end", ("share one horizon",)),
    (DATE.replace("leap.d", "lap.d"), "3:7: events.ai-lap.date", ("did you mean 'ai-leap'?",)),
    (DATE.replace(".date", ""), "3:7: events.ai-leap", ("events.ai-leap.date",)),
    (DATE.replace(".date", ".dat"), "3:7: events.ai-leap.dat", ("did you mean 'date'?",)),
    (
        DATE.replace("leap.date", "leap.contracts.trem"),
        "3:7: events.ai-leap.contracts.trem",
        ("did you mean 'term'?",),
    ),
    # listed values
    (ONE.replace("[5.0, 10.0]", "[]"), "3:10: factors[1].values", ("at least one value",)),
    (ONE.replace("[5.0, 10.0]", "5"), "3:10: factors[1].values", ("must be a list", "not 5")),
    (ONE.replace("10.0", "50"), "3:16: contracts.term", (TERM, "not 50")),
    (ONE.replace("10.0", '"10"'), "3:16: contracts.term", (TERM, "without quotes")),
    (ONE.replace("10.0", "true"), "3:16: contracts.term", (TERM, "not true")),
    (ONE.replace("10.0", "nan"), "3:16: contracts.term", (TERM, "not nan")),
    (ONE.replace("10.0", "[1]"), "3:16: contracts.term", (TERM, "not a list")),
    (ONE.replace("10.0", "5"), "3:16: contracts.term", ("listed twice", "line 3")),
    (ONE.replace("term", "active").replace(", 10.0", ""), "3:11: contracts.active", ("not 5.0",)),
    (
        ONE.replace("contracts.term", "china.epoch").replace("5.0, 10.0", "1, 1.5"),
        "3:14: china.epoch",
        ("a whole number from 0 to 3", "not 1.5"),
    ),
    (ONE + "low = 1\n", "4:1: factors[1].low", ("the factor lists its values",)),
    (ONE + "steps = 4\n", "4:1: factors[1].steps", ("the factor lists its values",)),
    (DATE.replace("2030]", "2050]"), "4:17: events.ai-leap.date", ("within the horizon",)),
    (DATE.replace("2030]", "1999]"), "4:17: events.ai-leap.date", ("from 2000 to 2040.75",)),
    (DATE.replace("2030]", "2030.1]"), "4:17: events.ai-leap.date", ("a quarter of one",)),
    (DATE.replace("2030]", '"x"]'), "4:17: events.ai-leap.date", ("a quarter of one",)),
    # ranges
    (RANGE, "1:1: factors[1]", ("a grid", "needs values, or steps")),
    (RANGE + "steps = 1\n", "5:9: factors[1].steps", ("from 2 to", "not 1")),
    (RANGE + "steps = 2.5\n", "5:9: factors[1].steps", ("a whole number",)),
    (LHS + RANGE + "steps = 4\n", "8:1: factors[1].steps", ("only a grid has steps",)),
    (LHS + RANGE.replace("20", "50"), "7:8: contracts.term", (TERM, "not 50")),
    (LHS + RANGE.replace("20", "5"), "7:8: contracts.term", ("high must be larger than low, 5",)),
    (LHS + RANGE.replace("20", "2"), "7:8: contracts.term", ("larger than low", "not 2")),
    (LHS + RANGE.replace("high = 20\n", ""), "6:1: factors[1].low", ("high is missing",)),
    (LHS + RANGE.replace("low = 5\n", ""), "6:1: factors[1].high", ("low is missing",)),
    (LHS + RANGE + 'scale = "lgo"\n', "8:9: factors[1].scale", ("did you mean 'log'?",)),
    (
        LHS
        + RANGE.replace("contracts.term", "contracts.fee").replace("5", "0").replace("20", "1")
        + 'scale = "log"\n',
        "6:7: contracts.fee",
        ("a log scale needs low > 0, not 0",),
    ),
    (
        LHS + '[[factors]]\nkey = "contracts.active"\n',
        "5:7: contracts.active",
        ("a switch has no range", "[false, true]"),
    ),
    (
        LHS + '[[factors]]\nkey = "market.ai_leap"\n',
        "5:7: market.ai_leap",
        ("no plausible range",),
    ),
    (
        LHS + RANGE.replace("contracts.term", "china.epoch").replace("5", "0.5").replace("20", "3"),
        "6:7: china.epoch",
        ("a whole number",),
    ),
    (
        '[[factors]]\nkey = "china.epoch"\nlow = 0\nhigh = 3\nsteps = 5\n',
        "2:7: china.epoch",
        ("holds 4 whole numbers", "steps: 2 to 4, not 5"),
    ),
    (
        LHS + '[[factors]]\nkey = "events.pandemic-2020.date"\n',
        "5:7: events.pandemic-2020.date",
        ("give low and high",),
    ),
    # levels
    (ONE + "levels = {}\n", "4:1: factors[1].levels", ("levels go with a name",)),
    ('[[factors]]\nname = "x"\n', "1:1: factors[1]", ("needs levels",)),
    ('[[factors]]\nname = "x"\nlevels = {}\n', "3:10: factors[1].levels", ("at least one",)),
    ('[[factors]]\nname = "x"\nlevels = 5\n', "3:10: factors[1].levels", ("a table of levels",)),
    (LEVELS.replace("hold", "a b"), "2:8: factors[1].name", ("letters, digits, - and _",)),
    (LEVELS.replace("hold", "run"), "2:8: factors[1].name", ("a column of results",)),
    (LEVELS + "values = [1]\n", "4:1: factors[1].values", ("a factor with a name has levels",)),
    (LEVELS.replace("on = {}", "on = 5"), "3:17: factors[1].levels.on", ("must be a table",)),
    (LEVELS.replace("on = {}", '"o/n" = {}'), "3:12: factors[1].levels.o/n", ("label",)),
    (
        LEVELS.replace("on = {}", 'on = { "contracts.retention" = false }'),
        "3:52: factors[1].levels.off",
        ("the same as the level 'on'",),
    ),
    (LEVELS.replace("retention", "retantion"), "3:53: contracts.retantion", ("'retention'?",)),
    (LEVELS.replace("false", "0"), "3:53: contracts.retention", ("true or false, not 0",)),
    (
        LEVELS.replace('"contracts.retention" = false', 'scenario = "no-exit-costs"'),
        "3:40: scenario",
        ("did you mean 'no-exit-cost'?",),
    ),
    (
        LEVELS.replace('"contracts.retention" = false', "contracts = 5"),
        "3:41: contracts",
        ("is a section",),
    ),
    # scenarios
    (SCENARIOS.replace("exit-cost", "exit-cots"), "3:23: scenario", ("'no-exit-cost'?",)),
    (SCENARIOS.replace('"no-exit-cost"', "5"), "3:23: scenario", ("in quotes, not 5",)),
    (SCENARIOS.replace("no-exit-cost", "baseline"), "3:23: scenario", ("listed twice",)),
    ('[[factors]]\nkey = "scenario"\n', "1:1: factors[1]", ("lists them",)),
    (
        SCENARIOS + '[[factors]]\nkey = "events.open-standards.date"\nvalues = [2030]\n',
        "5:7: events.open-standards.date",
        ("the scenario 'baseline' has no event 'open-standards'", "events: "),
    ),
    # what is kept
    (ONE + "[keep]\noutcome = []\n", "5:1: keep.outcome", ("did you mean 'outcomes'?",)),
    (ONE + '[keep]\noutcomes = ["workin"]\n', "5:13: keep.outcomes", ("'working'?",)),
    (ONE + "[keep]\noutcomes = []\n", "5:12: keep.outcomes", ("not an empty list",)),
    (ONE + '[keep]\noutcomes = "working"\n', "5:12: keep.outcomes", ("must be a list",)),
    (ONE + "[keep]\noutcomes = [5]\n", "5:13: keep.outcomes", ("no outcome is called 5",)),
    (ONE + '[keep]\ngroups = ["regimes"]\n', "5:11: keep.groups", ("did you mean 'regime'?",)),
    (ONE + '[keep]\ngroups = ["region", "region"]\n', "5:21: keep.groups", ("listed twice",)),
    (ONE + '[keep]\ndates = "yearli"\n', "5:9: keep.dates", ("did you mean 'yearly'?",)),
    (ONE + "[keep]\ndates = []\n", "5:9: keep.dates", ("not an empty list",)),
    (ONE + "[keep]\ndates = [2041]\n", "5:10: keep.dates", ("from 2000 to 2040, not 2041",)),
    (ONE + "[keep]\ndates = [2030.5]\n", "5:10: keep.dates", ("a list of years", "2030.5")),
    (ONE + "[keep]\ncountries = 1\n", "5:13: keep.countries", ("must be true or false, not 1",)),
    (ONE + "[[keep]]\ncountries = true\n", "4:1: keep", ("in single brackets",)),
    # syntax
    ("seed = 0,5\n" + ONE, "1:9: seed", ("not valid TOML", "takes a point")),
    ("seed = 1\nseed = 2\n" + ONE, "2:1: seed", ("given twice",)),
    (ONE.replace("key =", "key:"), "2:4", ("not valid TOML", "with an equals sign")),
]


@pytest.mark.parametrize(("text", "where", "phrases"), ONE_MISTAKE)
def test_one_mistake_gives_one_message_with_place_and_key(
    wrong: Messages, text: str, where: str, phrases: tuple[str, ...]
) -> None:
    """Each mistake is named once, at its line and column, under its key."""
    messages = wrong(text)
    assert len(messages) == 1, messages
    assert messages[0].startswith(f"study.toml:{where}: "), messages
    for phrase in phrases:
        assert phrase in messages[0], messages


LIST = '[design]\nkind = "list"\nfile = "points.csv"\n'
TABLE = "contracts.term,contracts.retention\n5,true\n10,false\n"

ONE_MISTAKE_OF_A_LIST: list[tuple[str, str | bytes, str, tuple[str, ...]]] = [
    ("", TABLE.replace("term", "trem"), "points.csv:1:1: contracts.trem", ("'term'?",)),
    ("", TABLE.replace("contracts.term", ""), "points.csv:1:1", ("column 1 has no name",)),
    ("", TABLE.replace("term", "retention"), "points.csv:1:21: contracts.retention", ("another",)),
    ("", TABLE.replace("5,true", "5"), "points.csv:2:1", ("1 cells", "2 columns")),
    ("", TABLE.replace("5,true", "5,5,true"), "points.csv:2:1", ("3 cells", "2 columns")),
    ("", TABLE.replace("5,", ","), "points.csv:2:1: contracts.term", ("the cell is empty",)),
    ("", TABLE.replace("5,", "five,"), "points.csv:2:1: contracts.term", (TERM, "'five'")),
    ("", TABLE.replace("5,", "50,"), "points.csv:2:1: contracts.term", (TERM, "not 50")),
    ("", TABLE.replace("5,", "nan,"), "points.csv:2:1: contracts.term", (TERM, "nan")),
    ("", TABLE.replace("5,", "1_0,"), "points.csv:2:1: contracts.term", (TERM, "1_0")),
    ("", TABLE.replace("5,", '"0,5",'), "points.csv:2:1: contracts.term", ("not a comma",)),
    ("", TABLE.replace("true", "yes"), "points.csv:2:3: contracts.retention", ("true or false",)),
    ("", TABLE.replace("10,false", '10,"f'), "points.csv:3:1", ("is a quote open?",)),
    ("", TABLE.replace("5,", "5.,"), "points.csv:2:1: contracts.term", ("not the text '5.'",)),
    ("", TABLE.replace(",", ";"), "points.csv:1:1", ("set apart by commas",)),
    ("", "china.epoch\n1.5\n", "points.csv:2:1: china.epoch", ("a whole number from 0 to 3",)),
    ("", "events.bans.date\n2050\n", "points.csv:2:1: events.bans.date", ("2040.75",)),
    ("", "events.bans.date\n2030.1\n", "points.csv:2:1: events.bans.date", ("quarter",)),
    ("", "scenario\nbaseline\nno-norm\n", "points.csv:3:1: scenario", ("'no-norms'?",)),
    ("", "contracts.term\n", "points.csv:1:1", ("there are no points",)),
    ("", "", "points.csv:1:1", ("the file is empty; its first line names the factors",)),
    ("", "point\n0\n", "points.csv:1:1", ("no column of a factor",)),
    ("", b"contracts.term\n5\n\xff\n", "study.toml:3:8: design.file", ("not UTF-8 text (line 3)",)),
    ("", b"contracts.term\0\n", "study.toml:3:8: design.file", ("binary, not CSV",)),
    (
        '[[factors]]\nkey = "contracts.term"\n',
        TABLE,
        "points.csv:1:16: contracts.retention",
        ("no factor is called 'contracts.retention'",),
    ),
    (
        '[[factors]]\nkey = "contracts.fee"\n[[factors]]\nkey = "contracts.term"\n',
        "contracts.term\n5\n",
        "study.toml:5:7: factors[1].key",
        ("points.csv has no column 'contracts.fee'", "did you mean 'contracts.term'?"),
    ),
    (
        '[[factors]]\nkey = "contracts.term"\nvalues = [5]\n',
        "contracts.term\n5\n",
        "study.toml:6:1: factors[1].values",
        ("a list takes its values from the design's file",),
    ),
    (LEVELS, "hold\non\nof\n", "points.csv:3:1: hold", ("did you mean 'off'?",)),
]


@pytest.mark.parametrize(("factors", "csv", "where", "phrases"), ONE_MISTAKE_OF_A_LIST)
def test_one_mistake_of_a_list_is_named_at_its_line(
    wrong: Messages, factors: str, csv: str | bytes, where: str, phrases: tuple[str, ...]
) -> None:
    """Each mistake of a table of points is named once, at its line."""
    messages = wrong(LIST + factors, csv)
    assert len(messages) == 1, messages
    assert messages[0].startswith(f"{where}: "), messages
    for phrase in phrases:
        assert phrase in messages[0], messages


def test_a_table_wrong_in_every_row_gives_twenty_messages(wrong: Messages) -> None:
    """Thousands of messages would help nobody."""
    assert len(wrong(LIST, "contracts.term\n" + "x\n" * 1000)) == 20


def test_everything_wrong_shows_at_once(wrong: Messages) -> None:
    """Mistakes of all kinds are reported together, in order of lines."""
    text = (
        'base = "basline"\nreplicates = 0\nseed = 1,5\n[design]\nkind = "sobol"\npoints = 100\n'
        '[[factors]]\nkey = "contracts.trem"\n[[factors]]\nkey = "contracts.term"\nlow = 1\n'
        'high = 99\n[keep]\ngroups = ["regin"]\n'
    )
    messages = wrong(text, overrides={"contracts.term": "5"}, replicates=-1, seed=-1)
    starts = [message.split(": ")[0] for message in messages]
    lines = ("1:8", "2:14", "3:9", "6:10", "8:7", "12:8", "14:11")
    assert sorted(starts) == sorted(
        [*(f"study.toml:{at}" for at in lines), "--set", "--replicates", "--seed"]
    )


def test_set_may_not_give_what_a_factor_varies(wrong: Messages) -> None:
    """``--set`` counts over everything, so the factor would have no effect."""
    assert wrong(ONE, overrides={"contracts.term": "5"}) == [
        "--set: contracts.term: the factor 'contracts.term' of the experiment varies it; "
        "leave it out"
    ]
    messages = wrong(LEVELS, overrides={"contracts.retention": "true"})
    assert len(messages) == 1
    assert "the factor 'hold'" in messages[0]


def test_mistakes_of_set_are_said_once(wrong: Messages) -> None:
    """They would be the same in each scenario."""
    messages = wrong(SCENARIOS, overrides={"contracts.trem": "5"})
    assert messages == ["--set: contracts.trem: unknown key; did you mean 'term'?"]


def test_scenarios_share_a_horizon(wrong: Messages, folder: Path) -> None:
    """All runs of a sweep have the same dates."""
    (folder / "short.toml").write_text('extends = "baseline"\n[horizon]\nend = 2035\n')
    messages = wrong(SCENARIOS.replace("no-exit-cost", "short.toml"))
    assert len(messages) == 1
    assert messages[0].startswith(
        "study.toml:3:23: scenario: the horizon of 'short.toml' is 2000-2"
    )
    assert "one horizon" in messages[0]


def test_mistakes_of_a_scenario_file_name_that_file(wrong: Messages, folder: Path) -> None:
    """The experiment is right; what it extends is not."""
    (folder / "mine.toml").write_text('extends = "baseline"\n[contracts]\nterm = 99\n')
    messages = wrong('base = "mine.toml"\n' + ONE)
    assert len(messages) == 1
    assert messages[0].startswith("mine.toml:3:8: contracts.term: must be")


def test_an_event_that_ends_before_it_begins_at_some_points(wrong: Messages) -> None:
    """Each date is right alone; together they are not."""
    text = (
        '[[factors]]\nkey = "events.pandemic-2020.date"\nvalues = [2020, 2022]\n'
        '[[factors]]\nkey = "events.pandemic-2020.until"\nvalues = [2021, 2023]\n'
    )
    messages = wrong(text)
    assert len(messages) == 1
    assert messages[0].startswith("study.toml:5:7: events.pandemic-2020.until: must be later")
    assert "2022, not 2021" in messages[0]
    assert "at point 2" in messages[0]


def test_a_large_design_checks_dates_together_too(wrong: Messages) -> None:
    """So it is where not every point is loaded."""
    text = (
        '[design]\nkind = "latin-hypercube"\npoints = 5000\n'
        '[[factors]]\nkey = "events.pandemic-2020.date"\nlow = 2019\nhigh = 2024\n' + RANGE
    )
    messages = wrong(text)
    assert len(messages) == 1
    assert messages[0].startswith("study.toml:5:7: events.pandemic-2020.until: must be later")


def test_too_many_points_and_runs(wrong: Messages) -> None:
    """A design beyond what numbers of runs hold is refused before it is made."""
    grid = "".join(
        f'[[factors]]\nkey = "contracts.{key}"\nlow = 0.5\nhigh = 1\nsteps = 200\n'
        for key in ("exit_cost", "fee", "lost_above")
    )
    assert "the grid has 8000000 points; allowed: up to 1048576" in wrong(grid)[0]
    many = LHS.replace("8", "1000") + RANGE
    message = wrong("replicates = 30000000\n" + many)[0]
    assert message.startswith("study.toml:1:14: replicates: ")
    assert "30000000000 runs; allowed: up to 2147483647" in message


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"", "the file is empty; an experiment needs at least one factor"),
        (b"# nothing\n", "the file is empty"),
        (b'title = "x"\0', "binary"),
        ('title = "x"'.encode("utf-16"), "UTF-16"),
        (b'title = "fr\xfch"\n', "not UTF-8 text (line 1)"),
        (b"# " + b"x" * 2_000_000, "larger than 1,000,000 bytes: not an experiment"),
    ],
)
def test_what_is_no_text(folder: Path, content: bytes, phrase: str) -> None:
    """A file that holds no text says what it holds."""
    (folder / "odd.toml").write_bytes(content)
    with pytest.raises(ExperimentError) as caught:
        load_experiment("odd.toml")
    assert len(caught.value.messages) == 1
    assert caught.value.messages[0].startswith("odd.toml: ")
    assert phrase in caught.value.messages[0]


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("gone.toml", "gone.toml: there is no such file"),
        (".", ".: this is a folder; name an experiment file in it"),
        ("what-maters", "no experiment is called 'what-maters'; did you mean 'what-matters'?"),
        ("", "experiment: no experiment is called ''"),
        ("x" * 5000, "no experiment is called"),
        ("a\0.toml", "cannot be read"),
    ],
)
def test_missing_files_and_names(folder: Path, name: str, phrase: str) -> None:
    """A path, a folder and a name that are not there each say so."""
    with pytest.raises(ExperimentError) as caught:
        load_experiment(name)
    assert phrase in str(caught.value)


def test_the_error_is_input_and_crosses_processes(wrong: Messages, folder: Path) -> None:
    """The error counts as wrong input, has a headline when long, and survives pickling."""
    wrong("seed = -1\nreplicates = 0\n" + ONE)
    with pytest.raises(InputError) as caught:
        load_experiment("study.toml")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert str(copy).startswith("2 problems in the experiment 'study'\n- study.toml:1:8")


def test_the_command_ends_with_code_2_and_no_traceback(folder: Path) -> None:
    """Wrong files are the user's to mend."""
    (folder / "study.toml").write_text(ONE.replace("term", "trem"))
    command = [sys.executable, "-c", "from sim.cli import main; main()", "check", "study.toml"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "error: study.toml:2:7: contracts.trem: unknown key; did you mean 'term'?\n"
    )
    assert "Traceback" not in done.stdout + done.stderr
