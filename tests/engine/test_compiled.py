"""The compiled loop: never an old rule under a new name, the same bits however it was made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine import compiled, identity, object_cache, prepare
from sim.engine.entry import Shape, array_types, caller, shape_of
from sim.errors import InputError
from sim.scenario import load_scenario
from sim.world.seeds import shipped_seeds

ROOT = Path(__file__).parents[2]
SHAPE = shape_of(shipped_seeds())

RUN = """
import hashlib, sys
from sim.engine import prepare, run_chunk
from sim.engine.identity import source_hash
from sim.scenario import load_scenario
chunk = run_chunk(prepare(load_scenario("baseline"), 1), range(2))
print(hashlib.sha256(chunk.tallies.tobytes() + chunk.panel.tobytes()).hexdigest())
print(source_hash(), "numba" in sys.modules)
"""
LINE = "    lapse = -p.contracts.switch_off_cost * (replace - anew)\n"


class Answer:
    """What a process that ran two histories printed."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        assert done.returncode == 0, done.stderr
        self.digest, rest = done.stdout.strip().split("\n")
        self.rules, numba = rest.split()
        self.with_numba = numba == "True"
        self.said = done.stderr


def run_in(tree: Path, cache: Path, **environment: str) -> Answer:
    """Run the engine of a project in a process of its own."""
    given = {"PYTHONPATH": str(tree), "ENTRENCH_CACHE": str(cache), **environment}
    how = {"cwd": tree, "env": os.environ | given, "capture_output": True, "text": True}
    return Answer(subprocess.run([sys.executable, "-c", RUN], check=False, **how))


def copy_of_project(tree: Path) -> Path:
    tree.mkdir(parents=True)
    for name in ("sim", "seeds", "scenarios"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def edit(tree: Path, old: str, new: str, file: str = "model/mechanisms/contract_exit.py") -> None:
    path = tree / "sim" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, "what this test edits has changed; edit something else"
    path.write_text(text.replace(old, new), encoding="utf-8")


# What is compiled is kept by content.


def test_the_key_is_the_same_each_time_and_differs_by_the_lengths_of_records() -> None:
    key = compiled.object_key(SHAPE)
    assert key == compiled.object_key(SHAPE)
    assert key != compiled.object_key(Shape(SHAPE.rows + 1, SHAPE.years))


# The identity of results.


def test_only_what_runs_is_in_the_identity() -> None:
    """Also what only looks like a comment or a docstring."""
    assert "# b" in identity.strip_comments('x = f"{a["# b"]}"  # c\n\n"""t"""  # d')
    assert '"""t"""' in identity.strip_comments('f(\n    """t""",\n)')
    plain = identity.strip_comments("def f(x):\n    return x + 1\n")
    same = '"""m"""\n\n# c\ndef f(x):\n    """d"""\n\n    return x + 1  # c\n'
    assert identity.strip_comments(same) == plain
    assert identity.strip_comments(same.replace("\n", "\r\n")) == plain
    for other in (same.replace("+", "-"), same.replace("    return", "return")):
        assert identity.strip_comments(other) != plain


# Loading.


def test_a_kept_object_needs_no_numba() -> None:
    compiled.compiled_entry(SHAPE)  # is made once, if it was not
    cache = object_cache.cache_folder().parent
    answer = run_in(ROOT, cache, NUMBA_DISABLE_JIT="1")
    assert not answer.with_numba and answer.said == ""


def test_without_numbas_compiler_the_reason_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTRENCH_CACHE", str(tmp_path))
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    with pytest.raises(InputError, match="NUMBA_DISABLE_JIT is set"):
        compiled.object_of(SHAPE)


@pytest.mark.parametrize("wrong", [ImportError, AttributeError, TypeError, None])
def test_public_parts_of_numba_do_where_private_ones_fail(
    wrong: type[Exception] | None, caplog: pytest.LogCaptureFixture
) -> None:
    from numba import types

    from sim.engine.frontend import PUBLIC, FrontEnd, code_of

    def make(front: FrontEnd) -> Any:
        if wrong and front is not PUBLIC:
            raise wrong("in a newer Numba")
        twice = front.jitable(lambda x: 2.0 * x)

        def entry(x: float) -> None:
            twice(x)

        return entry

    with caplog.at_level("DEBUG", "entrench"):
        code, name = code_of(make, types.float64)
    assert "define" in code and name in code
    # Private parts that fail unasked would make each first run twice as long.
    assert ("has other private parts" in caplog.text) == (wrong is not None)


def test_what_pads_the_rows_is_zero_for_the_page_publishes_it() -> None:
    ensemble = prepare(load_scenario("baseline"), 1)
    used = np.ones(ensemble.countries.nbytes, np.uint8)
    del used  # The next array of this size has its place.
    countries = ensemble.countries
    end = max(kind.itemsize + at for kind, at, *_ in countries.dtype.fields.values())
    padding = countries.view(np.uint8).reshape(len(countries), -1)[:, end:]
    assert padding.size and not padding.any()


def test_a_wrong_array_is_refused_before_it_is_read() -> None:
    call = caller(1, SHAPE)
    arrays = {name: np.zeros(1, np.float32) for name in array_types(SHAPE)}
    with pytest.raises(TypeError, match="run_numbers: float32"):
        call(arrays, 0)
    arrays["run_numbers"] = np.zeros(6, np.int64)[::2]
    with pytest.raises(TypeError, match="run_numbers: int64"):
        call(arrays, 0)
    arrays |= {"run_numbers": np.zeros(3, np.int64), "set_of": np.zeros(1, np.int64)}
    with pytest.raises(TypeError, match=r"set_of: int64 \{'runs': 1\}"):
        call(arrays, 0)


# Attacks, each on a copied project with a cache of its own.


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_project(tmp_path_factory.mktemp("trees") / "project")


@pytest.fixture(scope="module")
def original(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, Path]:
    cache = tmp_path_factory.mktemp("cache")
    return run_in(tree, cache), cache


def only_object(cache: Path) -> Path:
    # The hash of the rules lies beside it.
    (made,) = (path for path in (cache / "objects").iterdir() if "rules" not in path.name)
    return made


@pytest.mark.slow
def test_an_edited_rule_is_run_whatever_the_cache(
    tree: Path, original: tuple[Answer, Path], tmp_path: Path
) -> None:
    before, full = original
    edited = copy_of_project(tmp_path / "edited")
    # The same length, so that nothing but the text itself tells the edit.
    edit(edited, LINE, LINE.replace("= -p", "= p"))
    truth = run_in(edited, tmp_path / "clean")
    assert truth.digest != before.digest and truth.rules != before.rules
    assert truth.with_numba and "Compiling" in truth.said
    whole = only_object(tmp_path / "clean").read_bytes()

    def cache_with(name: str, damage: bytes | None) -> Path:
        cache = tmp_path / name
        shutil.copytree(full, cache)
        if damage is not None:
            place = cache / "objects" / only_object(tmp_path / "clean").name
            place.write_bytes(damage)
        return cache

    middle = len(whole) // 2
    stale = only_object(full).read_bytes()
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    cases = {"other": None, "stale": stale, "empty": b"", "flipped": flipped}
    cases["truncated"] = whole[:middle]
    for name, damage in cases.items():
        answer = run_in(edited, cache_with(name, damage))
        assert (answer.digest, answer.rules) == (truth.digest, truth.rules), name
        assert ("damaged" in answer.said) == (damage is not None), name
    unwritable = tmp_path / "unwritable"
    unwritable.write_text("a file, not a folder")
    answer = run_in(edited, unwritable)
    assert (answer.digest, answer.rules) == (truth.digest, truth.rules)
    assert "cannot be saved" in answer.said


@pytest.mark.slow
def test_the_same_bytes_for_every_processor_and_c_library(
    tree: Path, original: tuple[Answer, Path], tmp_path: Path
) -> None:
    """Objects for this processor and for others, put in the kept one's place."""
    import llvmlite.binding as llvm

    before, cache = original
    system = compiled.this_system()
    code, symbol = compiled.intermediate_code(SHAPE)
    host = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    makes = {"host": host, "plain": ("x86-64", ""), "haswell": ("haswell", "")}
    if not system.startswith("x86"):
        makes = {"host": host, "plain": ("", "")}
    place = only_object(cache)
    objects = set()
    for name, (cpu, features) in makes.items():
        made = compiled.object_for(code, symbol, system, cpu, features)
        objects.add(made)
        own = tmp_path / name
        shutil.copytree(cache, own)
        target = own / "objects" / place.name
        target.write_bytes(object_cache.wrap(made, place.name))
        answer = run_in(tree, own)
        assert answer.digest == before.digest, name
        assert answer.said == "", name
    assert len(objects) > 1
    plain = "glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4"
    assert run_in(tree, cache, GLIBC_TUNABLES=plain).digest == before.digest


@pytest.mark.slow
def test_the_same_bits_by_public_parts_of_numba(
    original: tuple[Answer, Path], tmp_path: Path
) -> None:
    newer = copy_of_project(tmp_path / "newer")
    (newer / "sim" / "engine" / "fast_frontend.py").write_text("from numba.core import gone\n")
    answer = run_in(newer, tmp_path / "cache")
    assert (answer.digest, answer.rules) == (original[0].digest, original[0].rules)
    assert answer.with_numba
