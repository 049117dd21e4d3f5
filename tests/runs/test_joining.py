"""Folders as one dataset: worlds of other countries are refused, and what differs is said."""

from __future__ import annotations

import pytest

from sim.errors import InputError
from sim.runs.joining import join
from sim.studies.compare import report
from tests.planted import COUNTRIES, planted


def world(*without: str, **identity: object):  # type: ignore[no-untyped-def]
    """Return runs in a world without some countries."""
    return planted({}, countries=COUNTRIES.drop(index=[*without]), **identity)


def test_worlds_with_other_countries_are_not_paired() -> None:
    with pytest.raises(InputError, match=r"B: other countries \(KEN, UGA\)"):
        join([("A", world("KEN"), [0]), ("B", world("UGA"), [0])])


def test_groups_with_other_members_are_left_out_and_named() -> None:
    other = COUNTRIES.copy()
    other.loc["KEN", "regime"] = "authoritarian"
    both = join([("A", world(), [0]), ("B", planted({}, countries=other), [0])])
    assert "regime" not in both.groups and "region" in both.groups
    assert "regime" in str(report(both, ["working"]).blocks[0])


def test_groups_of_one_name_with_other_members_are_named() -> None:
    parts = []
    for code in ("KEN", "UGA"):
        results = world()
        groups = {**results.groups, "own": ["Lake"]}
        vars(results.folders[0]).update(own_groups={"Lake": [code]}, groups=groups)
        parts.append((code, results, [0]))
    both = join(parts)
    assert "own" not in both.groups and "Lake" in str(report(both, ["working"]).blocks[0])


def test_what_parts_differ_in_is_the_first_sentence_and_in_the_facts() -> None:
    old = world(rules="1" * 20, version="0.9.0", data="2" * 20)
    both = join([("A", world(), [0]), ("B", old, [0])])
    found = report(both, ["working"])
    said = str(found.blocks[0])
    for text in ("rules: A 0, B 11111111", "version: A planted, B 0.9.0", "data: A 0, B 22222222"):
        assert text in said
    assert [part["rules"] for part in found.to_dict()["parts"]] == ["0", "1" * 20]
