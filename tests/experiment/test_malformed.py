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
from sim.experiment import load_experiment

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
    ("replicates = 0\n" + ONE, "1:14: replicates", (f"from 1 to {MOST_REPLICATES}, not 0",)),
    ("seed = -1\n" + ONE, "1:8: seed", (f"from 0 to {MOST_SEED}, not -1",)),
    # the design
    ("design = 5\n" + ONE, "1:1: design", ("write [design]",)),
    ('[design]\nkind = "gird"\n' + ONE, "2:8: design.kind", ("one of", "did you mean 'grid'?")),
    ('[design]\nkidn = "grid"\n' + ONE, "2:1: design.kidn", ("did you mean 'kind'?",)),
    ("[design]\npoints = 8\n" + ONE, "2:1: design.points", ("a grid design has no points",)),
    ("[design]\nseed = 8\n" + ONE, "2:1: design.seed", ("belongs to latin-hypercube and sobol",)),
    ('[design]\nfile = "x.csv"\n' + ONE, "2:1: design.file", ("it belongs to list",)),
    # factors
    ('title = "x"\n', "1:1", ("an experiment needs a factor",)),
    ("factors = []\n", "1:1: factors", ("an experiment needs a factor",)),
    ("[[factors]]\nvalues = [1]\n", "1:1: factors[1]", ("a factor needs a key",)),
    (ONE + 'name = "x"\n', "4:1: factors[1].name", ("a key or a name",)),
    (ONE + "valeus = [1]\n", "4:1: factors[1].valeus", ("did you mean 'values'?",)),
    (ONE + "title = 5\n", "4:9: factors[1].title", ("a text in quotes",)),
    (ONE.replace('"contracts.term"', "5"), "2:7: factors[1].key", ("a text in quotes",)),
    (
        LEVELS + '[[factors]]\nkey = "contracts.retention"\nvalues = [true]\n',
        "5:7: contracts.retention",
        ("the factor 'hold' sets it too (line 2)",),
    ),
    # a factor's key
    (ONE.replace("term", "trem"), "2:7: contracts.trem", ("did you mean 'term'?",)),
    (ONE.replace("contracts", "contract"), "2:7: contract.term", ("did you mean 'contracts'?",)),
    (ONE.replace("contracts.term", "term"), "2:7: term", ("it is a key of contracts",)),
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
    (ONE.replace("10.0", "50"), "3:16: contracts.term", (TERM, "not 50")),
    (ONE.replace("term", "active").replace(", 10.0", ""), "3:11: contracts.active", ("not 5.0",)),
    (
        ONE.replace("contracts.term", "china.epoch").replace("5.0, 10.0", "1, 1.5"),
        "3:14: china.epoch",
        ("a whole number from 0 to 3", "not 1.5"),
    ),
    (ONE + "low = 1\n", "4:1: factors[1].low", ("the factor lists its values",)),
    (ONE + "steps = 4\n", "4:1: factors[1].steps", ("the factor lists its values",)),
    (DATE.replace("2030]", "2050]"), "4:17: events.ai-leap.date", ("within the horizon",)),
    # ranges
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
        LHS + '[[factors]]\nkey = "market.ai_leap"\n',
        "5:7: market.ai_leap",
        ("no plausible range",),
    ),
    (
        LHS + '[[factors]]\nkey = "events.pandemic-2020.date"\n',
        "5:7: events.pandemic-2020.date",
        ("give low and high",),
    ),
    # levels
    (ONE + "levels = {}\n", "4:1: factors[1].levels", ("levels go with a name",)),
    (LEVELS.replace("on = {}", "on = 5"), "3:17: factors[1].levels.on", ("must be a table",)),
    (LEVELS.replace("on = {}", '"o/n" = {}'), "3:12: factors[1].levels.o/n", ("label",)),
    (
        LEVELS.replace("on = {}", 'on = { "contracts.retention" = false }'),
        "3:52: factors[1].levels.off",
        ("the same as the level 'on'",),
    ),
    (LEVELS.replace("retention", "retantion"), "3:53: contracts.retantion", ("'retention'?",)),
    (
        LEVELS.replace('"contracts.retention" = false', 'scenario = "no-exit-costs"'),
        "3:40: scenario",
        ("did you mean 'no-exit-cost'?",),
    ),
    # scenarios
    (
        SCENARIOS + '[[factors]]\nkey = "events.open-standards.date"\nvalues = [2030]\n',
        "5:7: events.open-standards.date",
        ("the scenario 'baseline' has no event 'open-standards'", "events: "),
    ),
    # what is kept
    (ONE + "[keep]\noutcome = []\n", "5:1: keep.outcome", ("did you mean 'outcomes'?",)),
    (ONE + '[keep]\noutcomes = ["workin"]\n', "5:13: keep.outcomes", ("'working'?",)),
    (ONE + '[keep]\ngroups = ["regimes"]\n', "5:11: keep.groups", ("did you mean 'regime'?",)),
    (ONE + '[keep]\ndates = "yearli"\n', "5:9: keep.dates", ("did you mean 'yearly'?",)),
    (ONE + "[keep]\ncountries = 1\n", "5:13: keep.countries", ("must be true or false, not 1",)),
    (ONE + "[[keep]]\ncountries = true\n", "4:1: keep", ("in single brackets",)),
    # syntax
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
    ("", TABLE.replace("5,", ","), "points.csv:2:1: contracts.term", ("the cell is empty",)),
    ("", "china.epoch\n1.5\n", "points.csv:2:1: china.epoch", ("a whole number from 0 to 3",)),
    ("", "events.bans.date\n2050\n", "points.csv:2:1: events.bans.date", ("2040.75",)),
    ("", "scenario\nbaseline\nno-norm\n", "points.csv:3:1: scenario", ("'no-norms'?",)),
    ("", b"contracts.term\n5\n\xff\n", "study.toml:3:8: design.file", ("not UTF-8 text (line 3)",)),
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
