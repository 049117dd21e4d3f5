"""States are found by their codes, their names, and names that other sources give them."""

import pytest

from sim.errors import InputError
from sim.world.countries import OTHER_NAMES, find_state
from sim.world.seeds import shipped_seeds


@pytest.mark.parametrize(
    ("written", "iso3"),
    [("ken", "KEN"), ("Kenya", "KEN"), ("Côte d’Ivoire", "CIV"), ("Turkey", "TUR"), ("UK", "GBR")],
)
def test_a_state_is_found_as_people_write_it(written: str, iso3: str) -> None:
    assert find_state(written, shipped_seeds().countries).iso3 == iso3


def test_other_names_are_no_names_of_the_table_and_all_lead_somewhere() -> None:
    countries = shipped_seeds().countries
    names = {state.name.casefold() for state in countries}
    assert not names & OTHER_NAMES.keys()
    assert {find_state(name, countries).iso3 for name in OTHER_NAMES} == set(OTHER_NAMES.values())


def test_an_unknown_name_leads_to_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean KEN"):
        find_state("KNE", shipped_seeds().countries)
