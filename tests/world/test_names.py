"""States are found by their codes, their names, and names that other sources give them."""

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.world.countries import find_state, find_states
from sim.world.names import OTHER_NAMES, code_hint
from sim.world.seeds import seeds_from, shipped_seeds


def test_a_state_is_found_as_people_write_it() -> None:
    written = {"ken": "KEN", "Kenya": "KEN", "Côte d’Ivoire": "CIV", "Turkey": "TUR", "UK": "GBR"}
    countries = shipped_seeds().countries
    assert {name: find_state(name, countries).iso3 for name in written} == written
    names = {state.iso3: state.name for state in countries}
    meant = {"UK": "GBR", "Kenya": "KEN", "ZAR": "COD"}
    assert all(code_hint(text, names) == f"; write {code!r}" for text, code in meant.items())


def test_other_names_are_no_names_of_the_table_and_all_lead_somewhere() -> None:
    countries = shipped_seeds().countries
    names = {state.name.casefold() for state in countries}
    assert not names & OTHER_NAMES.keys()
    assert {find_state(name, countries).iso3 for name in OTHER_NAMES} == set(OTHER_NAMES.values())


def test_all_wrong_countries_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        find_states(["Kenya", "Britian", "KNE"], shipped_seeds().countries)
    assert len(caught.value.messages) == 2 and "GBR (United Kingdom)" in caught.value.messages[0]
    assert "did you mean KEN" in caught.value.messages[1]
    (known := tmp_path / "known.csv").write_text(
        "iso3,what,date\nUK,trained,2015\nBritain,trained,2016\n"
    )
    with pytest.raises(InputError) as caught:
        seeds_from(None, known)
    assert [message.count("write 'GBR'") for message in caught.value.messages] == [1, 1]


def test_a_name_of_two_countries_is_refused_with_both() -> None:
    with pytest.raises(InputError, match=r"COG \(Congo\) or COD \(DR Congo\)"):
        find_state("Congo", shipped_seeds().countries)
