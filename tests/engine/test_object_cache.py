"""Compiled objects in the cache: whole, or not believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.engine.object_cache import cache_folder, find, keep, unwrap, wrap

KEY, CONTENT = "0123456789abcdef", bytes(range(256)) * 8


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENTRENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("at", [0, 40, 97, 1000, 2000])
def test_what_is_damaged_is_said_and_made_again(at: int, caplog: pytest.LogCaptureFixture) -> None:
    assert find(KEY) is None and caplog.text == ""
    keep(CONTENT, KEY)
    assert find(KEY) == CONTENT and unwrap(wrap(CONTENT, KEY), "another") is None
    (place,) = cache_folder().iterdir()
    whole = place.read_bytes()
    flipped = bytearray(whole)
    flipped[at] ^= 0x10
    for damaged in (whole[:at], whole + whole[: at + 1], flipped):
        place.write_bytes(damaged)
        caplog.clear()
        assert find(KEY) is None and "is damaged; it is made again" in caplog.text


@pytest.mark.skipif(os.name == "nt", reason="Windows has lists of rights")
@pytest.mark.parametrize("of", ["file", "folder"])
@pytest.mark.parametrize("change", ["group", "world", "owner"])
def test_what_others_could_have_written_is_not_read(
    of: str, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    cache_folder().mkdir(parents=True)
    cache_folder().chmod(0o777)
    keep(CONTENT, KEY)
    assert cache_folder().stat().st_mode & 0o777 == 0o700 and find(KEY) == CONTENT
    place = cache_folder() / KEY if of == "file" else cache_folder()
    if change != "owner":
        place.chmod(0o720 if change == "group" else 0o702)
    elif os.getuid() == 0:
        os.chown(place, 65534, -1)
    else:
        pytest.skip("only root can give files away")
    assert find(KEY) is None
    assert "could have been written by others; it is made again" in caplog.text
