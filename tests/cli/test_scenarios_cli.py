"""The verbs about scenarios, and what all verbs share: exit codes, messages, --debug."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from sim import __version__
from sim.cli import VERBS, app
from sim.cli.application import start_application
from sim.errors import InputError
from sim.rules import SHIPPED
from sim.scenario import load_scenario, toml_file
from sim.studies.comparison.method import OUTCOMES

type Run = Callable[..., Result]

BASELINE = """\
title = "Baseline"
question = "What is?"

[[events]]
name = "pandemic"
date = 2020.25
until = 2022
china.seats_open = 0.1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which the command runs, with a baseline among the shipped scenarios."""
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "baseline.toml").write_text(BASELINE)
    monkeypatch.setattr(toml_file, "find_data_folder", lambda name: shipped)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def run(folder: Path) -> Run:
    """Return a function that runs the command with these arguments."""

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return invoke


def test_help_names_every_verb(run: Run) -> None:
    """Help lists the verbs; without arguments, it shows too, as a usage error."""
    result = run("--help")
    assert result.exit_code == 0
    for verb in ("scenarios", "describe", "new", "check", "data"):
        assert verb in VERBS
        assert verb in result.output
    assert run().exit_code == 2


def test_version(run: Run) -> None:
    """The version is the package's."""
    result = run("--version")
    assert (result.exit_code, result.output) == (0, f"entrench {__version__}\n")


def test_check_tells_what_is_fine(run: Run, folder: Path) -> None:
    """A right file gives a line with its span, events and periods."""
    (folder / "mine.toml").write_text('extends = "baseline"\n[contracts]\nterm = 5\n')
    result = run("check", "mine.toml", "baseline")
    assert result.exit_code == 0
    assert result.output == (
        "ok: mine.toml (2000-2040; events: 1, periods: 3)\n"
        "ok: baseline (2000-2040; events: 1, periods: 3)\n"
    )


def test_check_notes_events_that_never_act(run: Run, folder: Path) -> None:
    """An event beyond a shortened horizon is no mistake, but worth a note."""
    (folder / "short.toml").write_text('extends = "baseline"\n[horizon]\nend = 2010\n')
    result = run("check", "short.toml")
    assert result.exit_code == 0
    assert "short.toml:3: events: pandemic: outside 2000-2010, without effect" in result.output


def test_check_shows_all_that_is_wrong_in_all_files(run: Run, folder: Path) -> None:
    """Right files are confirmed, wrong ones listed with every mistake; the code is 2."""
    (folder / "good.toml").write_text('extends = "baseline"\n')
    (folder / "a.toml").write_text("[contracts]\nterm = -1\ntrem = 5\n")
    (folder / "b.toml").write_text('extends = "a.toml"\ntitle = 5\n')
    result = run("check", "a.toml", "good.toml", "b.toml", "gone.toml")
    assert result.exit_code == 2
    assert "ok: good.toml" in result.stdout
    lines = result.stderr.splitlines()
    assert lines[0] == "error: 4 problems"
    starts = [line.split(": ")[0] for line in lines[1:]]
    assert starts == ["- a.toml:2", "- a.toml:3", "- b.toml:2", "- gone.toml"]
    assert "Traceback" not in result.output


def test_a_page_is_not_written_over_another_file(run: Run, folder: Path) -> None:
    (folder / "mine.toml").write_text("title = 'Mine'\n")
    result = run("page", "--out", "mine.toml")
    assert result.exit_code == 2 and "it would be lost; name another file" in result.output
    assert (folder / "mine.toml").read_text() == "title = 'Mine'\n"
    assert "is a folder, not a file" in run("page", "--out", str(folder)).output


def test_describe_prints_the_schema_of_files(run: Run) -> None:
    """The schema is JSON and has every section."""
    printed = json.loads(run("describe", "--schema", "scenario").stdout)
    assert set(SHIPPED.sections) <= set(printed["properties"])
    assert "factors" in json.loads(run("describe", "--schema", "experiment").stdout)["properties"]


def test_a_name_that_resembles_none_may_be_of_a_mechanism(run: Run, folder: Path) -> None:
    (folder / "mine.toml").write_text("[visits]\nrate = 0.2\n")
    assert "needs its file (--mechanism FILE.py)" in run("check", "mine.toml").output


def test_check_names_the_table_that_a_misspelt_one_should_be(run: Run, folder: Path) -> None:
    (folder / "own").mkdir()
    (folder / "own" / "countrys.csv").write_text("iso3\n")
    assert "did you mean 'countries.csv'" in run("check", "own").output


def test_scenarios_lists_what_is_shipped(run: Run) -> None:
    """The table and the JSON name the scenarios with their questions."""
    assert "What is?" in run("scenarios").stdout
    assert json.loads(run("scenarios", "--json").stdout) == [
        {"name": "baseline", "title": "Baseline", "question": "What is?"}
    ]


def test_describe_shows_values_with_origins(run: Run) -> None:
    """Each value stands on a line with its origin; --set counts and shows."""
    result = run("describe", "baseline", "--set", "contracts.term=5", "--set", "horizon.end=2035")
    assert result.exit_code == 0
    rows = {line.split()[0]: line.rstrip() for line in result.stdout.splitlines() if line.strip()}
    assert rows["contracts.term"].endswith("--set")
    assert rows["horizon.end"].split()[1] == "2035"
    assert rows["contracts.fee"].endswith("default")
    assert rows["events.pandemic.china.seats_open"].endswith("baseline.toml:8")


def test_describe_picks_sections_and_changes(run: Run) -> None:
    """--section keeps a section and what events set in it; --changed what is no default."""
    values = json.loads(run("describe", "baseline", "--json", "--section", "china").stdout)[
        "values"
    ]
    paths = [value["path"] for value in values]
    assert all(path.startswith(("china.", "events.pandemic.china.")) for path in paths)
    assert {"china.seats_open", "events.pandemic.china.seats_open"} <= set(paths)
    result = run("describe", "baseline", "--json", "--changed", "--set", "contracts.term=5")
    changed = [value["path"] for value in json.loads(result.stdout)["values"]]
    assert changed[0] == "contracts.term"
    assert all(path.startswith("events.pandemic.") for path in changed[1:])


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (("describe", "basline"), "did you mean 'baseline'?"),
        (("describe", "baseline", "--section", "chnia"), "did you mean 'china'?"),
        (("describe", "baseline", "--set", "contracts.term"), "write KEY=VALUE"),
        (("describe", "baseline", "--set", "contracts.term=ten"), "--set: contracts.term: must be"),
        (("check", "."), ". is no results folder"),
        (("check",), "FILE"),
        (("chekc",), "check"),
        (("new", "a/b"), "letters, digits"),
    ],
)
def test_wrong_input_gives_code_2(run: Run, arguments: tuple[str, ...], phrase: str) -> None:
    """Whatever the user got wrong is said on standard error, without a traceback."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert phrase in result.stderr
    assert "Traceback" not in result.stderr


def test_new_writes_an_example_that_loads(run: Run, folder: Path) -> None:
    """The example is right, changes something, and is never written over a file."""
    result = run("new", "my-study")
    assert result.exit_code == 0, result.output
    text = (folder / "my-study.toml").read_text()
    assert "my-study.toml" in text
    scenario = load_scenario(folder / "my-study.toml")
    assert scenario.question
    assert scenario.identity() != load_scenario("baseline").identity()
    (folder / "my-study.toml").write_text("mine")
    again = run("new", "my-study")
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    assert (folder / "my-study.toml").read_text() == "mine"


def test_a_name_finds_the_file_in_the_working_folder(run: Run, folder: Path) -> None:
    """As `entrench new foo` leaves it; a shipped scenario of the name comes first."""
    run("new", "foo")
    assert run("check", "foo").stdout.startswith("ok: foo (")
    assert load_scenario("foo").identity() == load_scenario("foo.toml").identity()
    (folder / "baseline.toml").write_text("[contracts]\nterm = -1\n")
    assert run("describe", "baseline").exit_code == 0
    assert "no scenario is called 'fo'" in run("describe", "fo").stderr


def test_new_leaves_nothing_behind_when_its_example_does_not_load(run: Run, folder: Path) -> None:
    """Without a right baseline there is no example, and no half of one."""
    (toml_file.find_data_folder("scenarios") / "baseline.toml").write_text(
        "[contracts]\nterm = -1\n"
    )
    assert run("new", "my-study").exit_code == 2
    assert list(folder.iterdir()) == []


# What every verb shares


def failing(error: BaseException) -> typer.Typer:
    """Return an application with one verb, which raises this, and another."""
    application = start_application()

    @application.command()
    def fail() -> None:
        raise error

    @application.command()
    def other() -> None:
        pass

    return application


@pytest.fixture(
    params=[
        (InputError("a: wrong"), 2, "error: a: wrong\n"),
        (InputError(["a", "b"], "two"), 2, "error: two\n- a\n- b\n"),
        (OSError(28, "No space left on device", "x.csv"), 1, "error: x.csv: No space left"),
        (MemoryError(), 1, "error: the machine has too little memory"),
        (ZeroDivisionError("by zero"), 1, "error: internal error (ZeroDivisionError: by zero)"),
        (KeyboardInterrupt(), 130, "interrupted; given again, the command goes on"),
    ],
    ids=lambda case: type(case[0]).__name__,
)
def failure(request: pytest.FixtureRequest) -> Iterator[tuple[BaseException, int, str]]:
    """Return an error with the exit code and the message that it should give."""
    yield request.param


def test_errors_become_exit_codes(failure: tuple[BaseException, int, str]) -> None:
    """Input 2, disk and machine 1, interruption 130; one message, no traceback."""
    error, code, message = failure
    result = CliRunner().invoke(failing(error), ["fail"])
    assert result.exit_code == code
    assert result.stderr.startswith(message)
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("arguments", [["--debug", "fail"], ["fail", "--debug"]])
def test_debug_shows_the_traceback_before_or_after_the_verb(arguments: list[str]) -> None:
    """--debug is global wherever it stands; the code stays."""
    result = CliRunner().invoke(failing(InputError("a: wrong")), arguments)
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("error: a: wrong\n")


def test_the_command_starts_light(tmp_path: Path) -> None:
    """A fresh interpreter shows help without importing what only runs need."""
    program = (
        "import sys\n"
        "sys.argv = ['entrench', '--help']\n"
        "from sim.cli import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    heavy = {'numba', 'mesa', 'pandas', 'matplotlib', 'pyarrow', 'numpy', 'pydantic'}\n"
        "    print('heavy:', sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(root), "PATH": "", "PYTHONUTF8": "1"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Usage: entrench" in done.stdout
    assert done.stderr == "heavy: []\n"


def test_a_wrong_option_leads_to_the_right_one(run: Run) -> None:
    assert "--replicates" in run("sweep", "withdrawal-date", "--runs", "5").output
    wrong = run("persistence", "--by", "vendor")
    assert wrong.exit_code == 2 and "is not one of" in wrong.output
    assert "Value error" not in wrong.output


def test_help_names_no_type_of_options_without_a_value(run: Run) -> None:
    for verb in ((), ("run",), ("persistence",)):
        text = run(*verb, "--help").output
        assert "<bool>" not in text and "[[" not in text


def test_help_fits_the_verb(run: Run) -> None:
    for verb in VERBS:
        text = " ".join(run(verb, "--help").output.replace("│", " ").split())
        assert "list[" not in text
        assert ("JSON if asked for" in text) <= ("--json" in text)
        assert ("Know a mechanism" in text) == (verb in ("check", "describe"))
        assert "as many as a folder has" not in text or verb not in ("ask", "known")
        if verb == "compare":
            assert f"If not given: {', '.join(OUTCOMES)}." in text


def test_what_leads_nowhere_says_where_to_go(run: Run, folder: Path) -> None:
    assert "choose another name" in run("new", "baseline").output
    (folder / "results" / "mine").mkdir(parents=True)
    (folder / "results" / "mine" / "manifest.json").write_text("{}")
    mine = str(Path("results", "mine"))
    assert mine in run("plot", "results").output and mine in run("run", "results").output
    still = run("page", mine, "--still", "--runs", "5")
    assert still.exit_code == 2 and "leave out --runs" in still.output
    assert "given twice" in run("page", "baseline", "baseline").output
    assert "scenario, not a calibration" in run("calibrate", "baseline").output


def test_changed_leaves_out_what_all_scenarios_share(run: Run, folder: Path) -> None:
    (folder / "mine.toml").write_text('extends = "baseline"\n[contracts]\nterm = 3.0\n')
    text = run("describe", "mine.toml", "--changed").output
    assert "contracts.term" in text and "pandemic" not in text
    assert "pandemic" in run("describe", "baseline", "--changed").output
    (folder / "same.toml").write_text('extends = "baseline"\n')
    text = run("describe", "same.toml", "--changed").output
    assert "Nothing differs from the defaults, but for events that all share." in text
    text = run("describe", "same.toml", "--changed", "--section", "contracts").output
    assert "Nothing in contracts differs from the defaults." in text and "key" not in text


def test_a_narrow_terminal_shows_what_is_plausible(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def heads(*arguments: str) -> list[str]:
        printed = run("describe", "baseline", "--section", "contracts", *arguments).output
        return next(line.split() for line in printed.splitlines() if line.startswith(" key"))

    assert heads()[-3:] == ["source", "evidence", "from"]
    monkeypatch.setenv("COLUMNS", "100")
    assert heads()[-2:] == ["plausible", "evidence"]
    assert heads("--set", "contracts.term=5", "--changed")[-1] == "from"
