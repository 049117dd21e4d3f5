"""Tables for people are declared: a heading and how its cell is made."""

from __future__ import annotations

from typing import NamedTuple

from sim.studies.blocks import Table, block_html
from sim.studies.numbers_as_text import first_of, signed, with_error


class Fact(NamedTuple):
    """A record."""

    name: str
    share: float


def test_a_table_has_a_row_a_record() -> None:
    facts = [Fact("Kenya", 0.25), Fact("<Serbia>", 1.0)]
    table = Table.of(facts, {"state": "{0.name}", "%": lambda one: f"{100 * one.share:g}"})
    assert table.heads == ("state", "%")
    assert [list(row) for row in table.rows] == [["Kenya", "25"], ["<Serbia>", "100"]]
    assert "<td>&lt;Serbia&gt;</td>" in block_html(table)


def test_numbers_have_their_sign_and_error() -> None:
    assert (signed(3.0), signed(-0.5), signed(0.0)) == ("+3", "-0.5", "0")
    assert with_error(3.0, 0.123) == "+3 ± 0.12" and with_error(3.0, float("nan")) == "+3"


def test_a_long_list_is_cut() -> None:
    assert first_of(["a", "b", "c"], 2) == "a, b and 1 more"
    assert first_of(["a", "b"], 2, "; ") == "a; b"
