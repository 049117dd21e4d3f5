"""Columns beside a second source or a related one: what gross errors in single states look like.

Territories' ratings once stood in for those of five states (India, Israel ...); nothing noticed it.
Each test here bounds what a state may deviate by; where a state really does, it is named with why.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from record_tables import TRAINING_TOTALS, shipped_table
from training_statistics import completeness

from sim.engine.ensemble import chinese_lending, finance_until
from sim.model.mechanisms.history import (
    FLAWED_DEMOCRACY_FROM,
    FULL_DEMOCRACY_FROM,
    HYBRID_FROM,
    History,
    finance_received,
)
from sim.model.units import REGIMES
from sim.world.fates import shipped_record
from sim.world.history import FORBID_GOODS, democracy_score
from sim.world.seeds import load_seeds

SEEDS = load_seeds()
CODES = [country.iso3 for country in SEEDS.countries]
ROW = {code: place for place, code in enumerate(CODES)}
HISTORY = SEEDS.history
MEAN = {name: values.mean(axis=1) for name, values in HISTORY.items()}
Floats = NDArray[np.float64]


def off_the_line(values: Floats, *others: Floats) -> Floats:
    """Residuals of a linear regression, in their standard deviations."""
    design = np.column_stack([np.ones_like(values), *others])
    residual = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return np.asarray(residual / residual.std())


def beyond(values: Floats, limit: float) -> set[str]:
    return {CODES[row] for row in np.flatnonzero(np.abs(values) > limit)}


def by_freedom(freedom: Floats) -> Floats:
    """Voice beside what is usual for the freedom rating; mean of each state's years."""
    usual = {
        rating: np.median(HISTORY["voice"][freedom == rating]) for rating in np.unique(freedom)
    }
    return np.asarray((HISTORY["voice"] - np.vectorize(usual.get)(freedom)).mean(axis=1))


def test_voice_and_freedom_agree_by_state() -> None:
    """Two publishers, one subject. India was off by +0.92, Somalia by -1.03."""
    assert beyond(by_freedom(HISTORY["freedom"]), 0.6) == set()


def test_a_territory_in_a_states_place_would_be_noticed() -> None:
    """The error of the first tables, put back: Kashmir's rating for India."""
    freedom = HISTORY["freedom"].copy()
    freedom[ROW["IND"]] = 10.0
    assert beyond(by_freedom(freedom), 0.6) == {"IND"}


INCOME = np.log(MEAN["gdp_pc"])


@pytest.mark.parametrize(
    ("values", "other", "limit", "named"),
    [
        (INCOME, MEAN["urban_share"], 3.0, {"LIE"}),  # a rich village
        (MEAN["democracy"], INCOME, 3.2, set()),  # but for oil
        (np.log(MEAN["oda_gni"].clip(0.0) + 0.1), INCOME, 3.0, {"PLW", "NRU"}),  # compacts, islands
    ],
)
def test_series_go_with_related_ones(
    values: Floats, other: Floats, limit: float, named: set[str]
) -> None:
    assert beyond(off_the_line(values, other), limit) == named


def test_large_cities_hold_no_more_people_than_live_in_cities() -> None:
    cities = np.array([country.figures["large_cities"] for country in SEEDS.countries])
    urban = HISTORY["population_k"][:, -1] * HISTORY["urban_share"][:, -1] / 100.0
    assert all(urban[row] >= 300.0 * cities[row] for row in np.flatnonzero(cities > 1))
    assert beyond(off_the_line(np.log(cities), np.log(urban)), 3.0) == set()


def test_votes_go_with_regime_and_alliance() -> None:
    distance = np.array([country.figures["un_distance"] for country in SEEDS.countries])
    ally = np.maximum(HISTORY["defence_pact"], HISTORY["eea"]).mean(axis=1)
    far = beyond(off_the_line(distance, MEAN["democracy"], ally), 4.0)
    assert far <= {"ISR", "USA"}  # outvoted with each other


def finance(**parameters: float) -> Floats:
    """Chinese finance by the rule, % of GDP, by state and year."""
    p = SimpleNamespace(history=History(**parameters))
    until, lending = finance_until(SEEDS), chinese_lending(SEEDS)
    share = np.zeros(HISTORY["gdp_pc"].shape)
    for row, year in np.ndindex(*share.shape):
        country = SimpleNamespace(finance_until=until[row])
        past = SimpleNamespace(**{name: values[row] for name, values in lending.items()})
        share[row, year] = finance_received(country, past, year, p)
    return share


def test_chinese_finance_is_no_more_than_an_economy_can_carry() -> None:
    """China's lending to all the world would be some 1 % of the receiving economies."""
    total = HISTORY["chinese_finance"][:, :22].sum() / 1000.0
    assert total == pytest.approx(1321.6, rel=0.01)  # billion, as published, less what was left out
    related = HISTORY["relations"][:, :18].any(axis=1)
    for share in (finance(finance_years=40.0), finance()):
        assert share[:, 0].max() == 0.0
        later = (share[:, 18:] != share[:, 18:19]).any(axis=1)
        assert not (later & related).any(), "2018 and later count where relations began then, alone"
        assert {CODES[row] for row in np.flatnonzero(later)} <= {"BFA", "DOM", "PAN", "SLB", "SLV"}
    assert beyond(share[:, -1], 10.0) == {"DJI"}  # a railway, ports and a water line in six years


def test_finance_to_the_state_is_a_part_of_all_finance() -> None:
    """The other column of the same records; the state's part is an estimate."""
    state, every = (HISTORY[name][:, :22] for name in ("state_finance", "chinese_finance"))
    assert (state <= every + 0.06).all()  # both are rounded
    assert 0.5 < state.sum() / every.sum() < 0.65
    large = every.sum(axis=1) > 5000.0
    little = state.sum(axis=1) < 0.1 * every.sum(axis=1)
    # Mines, oil and pipelines, ships, takeovers, private borrowers.
    firms = {"CHL", "IND", "ISR", "KAZ", "MHL", "PER", "RUS"}
    assert {CODES[row] for row in np.flatnonzero(large & little)} == firms


def test_battle_deaths_are_where_wars_are() -> None:
    """UCDP's deaths by place beside its class of conflict by government, and its world totals."""
    deaths, conflict = HISTORY["battle_deaths"], HISTORY["conflict"]
    assert np.corrcoef(np.log1p(deaths).ravel(), conflict.ravel())[0, 1] > 0.85

    def states(cells: NDArray[np.bool_]) -> set[str]:
        return {CODES[row] for row in np.flatnonzero(cells.any(axis=1))}

    # Wars abroad or across a border; what the source has under Sudan and belongs to South Sudan.
    abroad = {"AUS", "ETH", "GBR", "ISR", "RUS", "RWA", "SDN", "USA"}
    assert states((conflict == 2.0) & (deaths < 500.0)) == abroad
    # Places of others' wars, or of wars before statehood.
    assert states((conflict == 0.0) & (deaths >= 1000.0)) == {"COD", "LBN", "PSE", "SSD"}
    assert not states((conflict == 1.0) & (deaths > 2000.0))
    # Davies, Pettersson & Öberg 2023: 204,000 deaths in state-based conflicts in 2022.
    assert deaths[:, 2022 - SEEDS.first_year].sum() == pytest.approx(204_000, rel=0.02)


def test_parties_to_the_procurement_agreement_are_the_wtos() -> None:
    """22 parties in 2024, of 49 members: these, the EU itself, Hong Kong and Aruba."""
    party, eea = HISTORY["gpa"], HISTORY["eea"]
    assert party[:, -1].sum() == 46
    assert not ((eea > party)[:, 1:]).any()  # all of the EEA; Iceland from 2001
    others = {CODES[row] for row in np.flatnonzero(party[:, -1] > eea[:, -1])}
    assert others == {
        "ARM", "AUS", "CAN", "CHE", "GBR", "ISR", "JPN", "KOR", "MDA", "MKD", "MNE", "NZL", "SGP",
        "TWN", "UKR", "USA",
    }  # fmt: skip


def test_crime_is_lowest_where_it_is_known_to_be() -> None:
    """Homicide falls with income between regions (UNODC): Latin America highest, Europe lowest."""
    crime = np.array([country.figures["crime"] for country in SEEDS.countries])
    region = np.array([country.region for country in SEEDS.countries])
    mean = {name: crime[region == name].mean() for name in set(region)}
    assert max(mean, key=mean.__getitem__) == "Latin America & Caribbean"
    assert mean["Western Europe"] < mean["Eastern Europe & Caucasus"] < mean["Sub-Saharan Africa"]


def test_protests_and_conflict_are_where_people_are() -> None:
    population = np.log(MEAN["population_k"])
    for name in ("protests", "conflict"):
        assert np.corrcoef(MEAN[name], population)[0, 1] > 0.2, name


def test_sanctions_count_only_measures_on_the_state() -> None:
    """Single firms and persons once put 64 states under sanctions in 2019."""
    year = 2019 - SEEDS.first_year
    assert (HISTORY["sanctions"][:, year] > 0).sum() == 19
    for code in ("LVA", "GRC", "CRI", "KEN", "TWN"):
        assert HISTORY["sanctions"][ROW[code]].max() == 0.0
    assert HISTORY["sanctions"][ROW["IRN"], year] == 3.0
    for kind in FORBID_GOODS:
        assert (HISTORY[f"{kind}_embargo"] <= HISTORY["sanctions"]).all()
    # Frozen assets alone forbid no goods.
    assert HISTORY["sanctions"][ROW["NIC"], year] == 1.0
    assert HISTORY["arms_embargo"][ROW["NIC"], year] == 0.0
    assert {"financial"}.isdisjoint(FORBID_GOODS)


def test_an_embargo_binds_the_sellers_of_who_imposes_it() -> None:

    def shares(code: str, year: int) -> tuple[float, float]:
        at = ROW[code], year - SEEDS.first_year
        return HISTORY["arms_embargo"][at], HISTORY["trade_embargo"][at]

    assert shares("VNM", 2012) == (0.5, 0.0)  # the US alone, arms alone
    assert shares("VNM", 2018) == (0.0, 0.0)
    assert shares("ETH", 2000) == (1.0, 0.0)  # the UN binds both
    assert shares("IRN", 2015) == (1.0, 1.0)
    assert shares("CUB", 2015) == (0.5, 0.5)


def test_bans_reproduce_the_commissions_count_of_restricting_states() -> None:
    """Ten states of the EU had used their powers by June 2023; the Commission names none."""
    year = 2023 - SEEDS.first_year
    both = (HISTORY["ban"][:, year] > 0) & (HISTORY["eea"][:, year] > 0)
    assert both.sum() == 10


def test_relations_and_alliances_follow_the_record() -> None:

    def held(name: str, code: str, year: int) -> bool:
        return bool(HISTORY[name][ROW[code], year - SEEDS.first_year])

    assert [y for y in (2001, 2003, 2010, 2024) if held("relations", "NRU", y)] == [2003]
    assert [code for code in ("FRA", "TWN") if held("relations", code, 2010)] == ["FRA"]
    assert [y for y in (2022, 2023) if held("defence_pact", "FIN", y)] == [2023]
    assert [y for y in (2019, 2021) if held("eea", "GBR", y)] == [2019]
    assert held("five_eyes", "NZL", 2010) and not held("defence_pact", "NZL", 2010)
    assert {code for code in CODES if held("rivalry", code, 2010)} == {"IND", "JPN", "TWN", "USA"}
    assert sum(held("relations", code, 2024) for code in CODES) == 195 - 15


def test_totals_of_trainings_are_the_published_figures_and_the_record_has_no_more() -> None:
    totals = shipped_table(TRAINING_TOTALS)
    figures = {
        ("trainings", "2000"): "trainings_total", ("trainings", "2010"): "trainings_2010",
        ("trainings", "2019"): "trainings_2019", ("countries", "2000"): "trained_countries_2025",
        ("officers", "2023-09"): "officers_2023_24",
    }  # fmt: skip
    published = {figure.id: figure.value for figure in SEEDS.targets}
    found = {(row.unit, row.since): row.total for row in totals.itertuples() if not row.host}
    assert found == {key: published[name] for key, name in figures.items()}
    on_record = completeness(shipped_record().trainings, totals)
    assert (on_record["found"] <= on_record["total"]).all()
    assert (on_record["found"] > 0).all()


def test_the_democracy_score_goes_from_0_to_10() -> None:
    voice, freedom = np.array([-2.5, 2.5, 0.0]), np.array([14.0, 2.0, 8.0])
    assert democracy_score(voice, freedom).tolist() == [0.0, 10.0, 5.0]


def test_cut_offs_of_the_score_give_the_classes_of_the_eiu() -> None:
    rated = [row for row, country in enumerate(SEEDS.countries) if country.regime_rated]
    classes = np.array([REGIMES.index(SEEDS.countries[row].regime_2024) for row in rated])
    cutoffs = (HYBRID_FROM, FLAWED_DEMOCRACY_FROM, FULL_DEMOCRACY_FROM)
    apart = np.abs(3 - np.searchsorted(cutoffs, HISTORY["democracy"][rated, -1], "right") - classes)
    assert (apart == 0).sum() == 141 and (apart > 1).sum() == 1  # Thailand
