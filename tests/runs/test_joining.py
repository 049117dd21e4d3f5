"""Folders as one dataset: countries are matched by ISO code, and what differs is said."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import InputError
from sim.estimates.effects import country_effects
from sim.runs.joining import join
from sim.studies.compare import report
from tests.planted import COUNTRIES, planted

RANKS = {code: rank for rank, code in enumerate(COUNTRIES.index)}


def world(*without: str, **identity: object):  # type: ignore[no-untyped-def]
    """Return runs in which one country in two has a system, in a world without some countries."""
    countries = COUNTRIES.drop(index=[*without])
    works = np.array([RANKS[code] % 2 for code in countries.index])[:, np.newaxis]
    return planted({("working", "panel"): works}, countries=countries, **identity)


@pytest.mark.parametrize(("first", "second"), [(["KEN"], ["UGA"]), (["KEN"], []), ([], ["KEN"])])
def test_countries_are_matched_by_code_and_those_of_one_side_are_named(
    first: list[str], second: list[str]
) -> None:
    both = join([("A", world(*first), [0]), ("B", world(*second), [0])])
    left = {*first, *second}
    assert {*both.country_groups.index} == {*COUNTRIES.index} - left
    of_country = both.panel("working", [2040]).isel(year=0, run=0)
    for code in ("AFG", "LSO", "ZWE"):
        assert of_country.sel(country=code).to_numpy().tolist() == [RANKS[code] % 2] * 2
    changes = country_effects(both, 2040)
    assert len(changes) == 195 - len(left) and not changes["difference"].any()
    said = " ".join(map(str, report(both, ["working"]).blocks[:2]))
    for name in COUNTRIES.loc[[*left], "name"]:
        assert name in said
    assert (
        "groups of regime; region" in said
        and "region" not in both.groups
        and "world" in both.groups
    )


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
        vars(results.folders[0]).update(own_groups={"own": {"Lake": [code]}}, groups=groups)
        parts.append((code, results, [0]))
    both = join(parts)
    assert "own" not in both.groups and "Lake" in str(report(both, ["working"]).blocks[0])


def test_worlds_without_a_common_country_are_refused() -> None:
    apart = [("", world(*COUNTRIES.index[of]), [0]) for of in (slice(90), slice(90, None))]
    with pytest.raises(InputError, match="no country in common"):
        join(apart)


def test_what_parts_differ_in_is_the_first_sentence_and_in_the_facts() -> None:
    old = world(rules="1" * 20, version="0.9.0", data="2" * 20)
    both = join([("A", world(), [0]), ("B", old, [0])])
    found = report(both, ["working"])
    said = str(found.blocks[0])
    for text in ("rules: A 0, B 11111111", "version: A planted, B 0.9.0", "data: A 0, B 22222222"):
        assert text in said
    assert [part["rules"] for part in found.to_dict()["parts"]] == ["0", "1" * 20]
