"""Tables where there is little room: whole words, and every column."""

from __future__ import annotations

import re

import pytest

from sim.cli.tables import print_table

HEADS = ("baseline, plausible sets", "use", "recorded (90 %)", *(f"model-{n}" for n in "abcdefgh"))
ROW = ("agreements per state 2018", "calibrate", "1.4 (1.18 to 1.66)", *(["+0.1 !"] * 8))


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()


def test_a_table_of_many_columns_is_printed_in_parts(
    narrow: None, capsys: pytest.CaptureFixture[str]
) -> None:
    print_table(HEADS, [ROW])
    lines = printed(capsys)
    assert max(map(len, lines)) <= 80
    assert sum("agreements" in line for line in lines) == 2
    words = " ".join(lines).split()
    assert {"calibrate", "recorded", "plausible", *(f"model-{n}" for n in "abcdefgh")} <= {*words}


def test_a_table_breaks_between_words_and_its_names_last(
    narrow: None, capsys: pytest.CaptureFixture[str]
) -> None:
    print_table(HEADS[:6], [ROW[:6]])
    lines = printed(capsys)
    assert max(map(len, lines)) <= 80
    assert any(ROW[0] in line for line in lines), "the name of the row is whole"
    assert any("1.4 (1.18" in line for line in lines), "its cell breaks between words"


def test_what_is_piped_is_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    print_table(HEADS, [ROW])
    assert any(
        line.rstrip().endswith("+0.1 !") and "1.18 to 1.66" in line for line in printed(capsys)
    )


def test_headings_keep_brackets_and_break_at_no_hyphen(
    narrow: None, capsys: pytest.CaptureFixture[str]
) -> None:
    heads = ("what", *(f"no-exit-cost with fee[region={n}]" for n in "abcde"))
    print_table(heads, [("left", *"12345")])
    words = " ".join(printed(capsys)).split()
    assert words.count("no-exit-cost") == 5
    assert {f"fee[region={n}]" for n in "abcde"} <= {*words}


def test_what_is_piped_keeps_to_columns_where_it_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    print_table(HEADS, [ROW])
    assert max(map(len, printed(capsys))) <= 60
    for odd in ("", "0", "wide"):
        monkeypatch.setenv("COLUMNS", odd)
        print_table(HEADS, [ROW])
        assert max(map(len, printed(capsys))) > 60
