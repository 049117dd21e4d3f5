"""A folder in which a test writes experiment files, and a short way to load them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.experiment import Experiment, load_experiment


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which a test writes, and which it is in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def load(folder: Path) -> Callable[..., Experiment]:
    """Return a function that loads a text."""

    def load_text(text: str, **options: Any) -> Experiment:
        (folder / "study.toml").write_text(text, encoding="utf-8")
        return load_experiment("study.toml", **options)

    return load_text
