"""The second process that draws: it answers as drawing here would, and ends with who asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.cli.drawing import Drawing
from sim.errors import InputError

HELPERS = """
import os
from pathlib import Path
from sim.errors import InputError

def draw(folder: Path, which: slice) -> int:
    print("noise")
    (folder / "drawn").touch()
    return len(range(7)[which])

def refuse(folder: Path, which: slice) -> int:
    raise InputError(["one", "two"], "wrong")

def fail(folder: Path, which: slice) -> int:
    raise PermissionError(13, "Permission denied", "figures")

def die(folder: Path, which: slice) -> int:
    os._exit(9)

def half_dies(folder: Path, which: slice) -> int:
    return os._exit(9) if which.start == 1 else 4
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module of ways to draw, which the process finds where this one does."""
    (tmp_path / "helpers.py").write_text(HELPERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_it_draws_a_folder_and_tells_how_many_files(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Drawing("helpers:draw", wanted=True) as drawing:
        drawing.ask(here)
        assert drawing.wait() == 7
    assert (here / "drawn").exists()
    assert capfd.readouterr().out == "", "what is printed while drawing is no result"


def test_it_draws_where_the_path_of_temporary_files_is_long(here: Path) -> None:
    """A socket's path has a hundred letters at most."""
    deep = here / ("x" * 120)
    deep.mkdir()
    code = (
        "from pathlib import Path; from sim.cli.drawing import Drawing\n"
        "if __name__ == '__main__':\n"
        "    with Drawing('helpers:draw', wanted=True) as drawing:\n"
        "        drawing.ask(Path('.')); print(drawing.wait())"
    )
    environment = {**os.environ, "PYTHONPATH": str(here), "TMPDIR": str(deep)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=here
    )
    assert (done.stdout, done.returncode) == ("7\n", 0), done.stderr


@pytest.mark.skipif(os.name == "nt", reason="closes by the shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(closed: str) -> None:
    line = f'"{sys.executable}" -c "from sim.cli import main; main()" scenarios {closed}'
    done = subprocess.run(line, shell=True, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("how", "kind", "text"),
    [("refuse", InputError, "wrong\n- one\n- two"), ("fail", PermissionError, "figures")],
)
def test_what_goes_wrong_is_raised_here(
    here: Path, how: str, kind: type[Exception], text: str
) -> None:
    with Drawing(f"helpers:{how}", wanted=True) as drawing:
        drawing.ask(here)
        with pytest.raises(kind, match=text) as caught:
            drawing.wait()
    assert f"in {how}" in caught.value.__notes__[0], "the note shows where, for --debug"


@pytest.mark.parametrize(
    "how",
    ["die", pytest.param("half_dies", marks=pytest.mark.skipif(os.name == "nt", reason="forks"))],
)
def test_a_process_that_dies_is_reported(
    here: Path, how: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with Drawing(f"helpers:{how}", wanted=True) as drawing:
        drawing.ask(here)
        with pytest.raises(OSError, match="entrench plot"):
            drawing.wait()
    assert "Traceback" not in capfd.readouterr().err


def test_nothing_asked_for_draws_nothing(here: Path) -> None:
    with Drawing("helpers:draw", wanted=False) as drawing:
        drawing.ask(here)
        assert drawing.wait() == 0
    with Drawing("helpers:draw", wanted=True) as drawing:
        assert drawing.wait() == 0
    assert not (here / "drawn").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_it_ends_with_the_one_that_asked(here: Path) -> None:
    """However that ends."""
    code = (
        "import time; from sim.cli.drawing import Drawing\n"
        "from multiprocessing.forkserver import _forkserver as server\n"
        "with Drawing('helpers:draw', wanted=True) as drawing:\n"
        "    print(server._forkserver_pid, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(here)}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout
    drawer = Path("/proc", process.stdout.readline().strip())
    assert drawer.exists()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 30.0
    while drawer.exists() and time.monotonic() < deadline:
        if ") Z " in (drawer / "stat").read_text():
            return  # dead, and its parent, the machine's first process, has yet to notice
        time.sleep(0.1)
    assert not drawer.exists()


@pytest.mark.slow
def test_a_script_that_calls_the_command_is_not_run_again(tmp_path: Path) -> None:
    """Whatever starts processes elsewhere needs ``if __name__ == "__main__"``; a script of two
    lines that calls the command has none."""
    script = tmp_path / "script.py"
    script.write_text("print('begun', flush=True)\nfrom sim.cli import main\nmain()\n")
    command = [sys.executable, str(script), "run", "baseline", "--runs", "1", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [*command, "--set", "horizon.end=2003", "--out", str(tmp_path / "out")],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "begun\n"), done.stderr
    assert list((tmp_path / "out" / "figures").glob("*.png"))
