"""Compiled objects in the cache: whole and our own, or not believed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sim.engine.objects.kept_objects import cache_folder, find, keep, place_of, unwrap, wrap

KEY = "0123456789abcdef"
CONTENT = bytes(range(256)) * 8


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENTRENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def kept() -> Path:
    """An object in the cache."""
    keep(CONTENT, KEY)
    assert find(KEY) == CONTENT
    return place_of(KEY)


def test_what_is_kept_is_found_and_nobody_else_can_write_it() -> None:
    place = kept()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache_folder().stat().st_mode) == 0o700
    assert [path.name for path in cache_folder().iterdir()] == [place.name]
    assert find("another") is None


def test_every_flipped_bit_is_noticed() -> None:
    whole = wrap(CONTENT[:64], KEY)
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        assert unwrap(bytes(damaged), KEY) is None, bit


@pytest.mark.parametrize("damage", ["emptied", "cut", "longer", "flipped", "zeroed"])
def test_damage_is_said_and_thrown_away(damage: str, caplog: pytest.LogCaptureFixture) -> None:
    for at in range(0, len(wrap(CONTENT, KEY)), 97):
        place = kept()
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
        assert not place.exists()


@pytest.mark.skipif(os.name == "nt", reason="modes say nothing there")
@pytest.mark.parametrize("what", ["file", "folder", "link", "fifo", "owner"])
def test_what_is_not_ours_alone_is_refused(
    what: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = kept()
    if what == "file":
        place.chmod(0o666)
    elif what == "folder":
        place.parent.chmod(0o777)
    elif what == "link":
        place.rename(tmp_path / "planted")
        place.symlink_to(tmp_path / "planted")
    elif what == "fifo":
        place.unlink()
        os.mkfifo(place)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert find(KEY) is None
    assert "not used" in caplog.text or "damaged" in caplog.text
