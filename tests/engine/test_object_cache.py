"""Compiled objects in the cache: whole, or not believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.engine.object_cache import cache_folder, find, keep, unwrap, wrap

KEY = "0123456789abcdef"
CONTENT = bytes(range(256)) * 8


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENTRENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_every_flipped_bit_is_noticed() -> None:
    whole = wrap(CONTENT[:64], KEY)
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        assert unwrap(bytes(damaged), KEY) is None, bit
    assert unwrap(whole, "another") is None


@pytest.mark.parametrize("damage", ["emptied", "cut", "longer", "flipped", "zeroed"])
def test_what_is_damaged_is_said_and_made_again(
    damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert find(KEY) is None and caplog.text == ""
    for at in range(0, len(wrap(CONTENT, KEY)), 97):
        keep(CONTENT, KEY)
        assert find(KEY) == CONTENT
        (place,) = cache_folder().iterdir()
        whole = place.read_bytes()
        place.write_bytes(
            {
                "emptied": b"",
                "cut": whole[:at],
                "longer": whole + whole[: at + 1],
                "flipped": whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :],
                "zeroed": whole[:at] + bytes(len(whole) - at),
            }[damage]
        )
        caplog.clear()
        assert find(KEY) is None
        assert "is damaged; it is made again" in caplog.text


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
