"""A folder in which a test writes experiment files, and short ways to load them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.experiment import Experiment, ExperimentError, load_experiment


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which a test writes, and which it is in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def load(folder: Path) -> Callable[..., Experiment]:
    """Return a function that loads a text, with a CSV file beside it if one is given."""

    def load_text(text: str, csv: str | bytes | None = None, **options: Any) -> Experiment:
        (folder / "study.toml").write_text(text, encoding="utf-8")
        if csv is not None:
            content = csv if isinstance(csv, bytes) else csv.encode()
            (folder / "points.csv").write_bytes(content)
        return load_experiment("study.toml", **options)

    return load_text


@pytest.fixture
def wrong(load: Callable[..., Experiment]) -> Callable[..., list[str]]:
    """Return a function that gives the messages of a text that does not load."""

    def messages(text: str, csv: str | bytes | None = None, **options: Any) -> list[str]:
        with pytest.raises(ExperimentError) as caught:
            load(text, csv, **options)
        return caught.value.messages

    return messages
