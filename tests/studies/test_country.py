"""Countries: shares and dates are counted in the panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.studies import country
from sim.studies.buyers import WHY, next_buyers, reasons_of
from sim.studies.country import fates_of
from sim.world.countries import find_state
from sim.world.fates import shipped_record
from sim.world.seeds import shipped_seeds
from tests.planted import STEPS, YEARS, planted
from tests.studies.short import LAST, pair

KENYA = find_state("Kenya", shipped_seeds().countries)
SINCE = np.array(YEARS)


def test_shares_are_counted_in_the_panel() -> None:
    results = pair()
    found = sim.country("Kenya", "FJI", source=results)
    shares = found.tables["shares"]
    assert set(shares["iso3"]) == {"KEN", "FJI"}
    changes = found.tables["changes"]
    assert len(changes) == 2 * (results.n_points - 1)
    working = results.panel("working", LAST).isel(year=0).sel(country="KEN")
    change = working.sel(point=1) - working.sel(point=0)
    own = changes[(changes["iso3"] == "KEN") & (changes["alternative"] == "no-peers")].iloc[0]
    assert own["difference"] == pytest.approx(change.mean())


def test_trainings_and_systems_are_on_one_time_line() -> None:
    record = shipped_record().of_country("KEN")
    own = record.trainings.iloc[:1].assign(id="OWN", confidence=1.0, start="2014-12")
    unknown = own.assign(id="LAST", start="", officers=7.0)
    doubt = own.assign(id="DOUBT", confidence=0.5, start="2015-01")
    trainings = pd.concat([unknown, doubt, own])
    table = fates_of(replace(record, trainings=trainings))
    assert len(table) == len(record.events) + 2
    assert table["date"].iloc[:-1].is_monotonic_increasing
    place = table["date"].tolist().index("2014-12")
    assert table["system"].iloc[place].startswith("police training: ")
    assert not table["system"].iloc[place - 1].startswith("police")
    assert table["event"].iloc[-1].endswith(", 7 officers")


def test_ends_are_shares_of_the_runs_with_a_contract() -> None:
    """Twenty of 41 runs have one, and five of these are renewed."""
    results = planted({("opened", "panel"): STEPS < 20, ("renewed", "panel"): STEPS < 5})
    (renewed,) = (row for row in country._shares(results, KENYA) if row["field"] == "renewed")
    assert (renewed["share"], renewed["runs"]) == (0.25, 20)


def test_the_chain_from_course_to_dependence_is_told_beside_the_record() -> None:
    """Twenty of 41 runs consider from 2010, ten of them for peers; ten sign in 2012."""
    considers = (STEPS < 20) * (SINCE >= 2010)
    given = {
        ("considered_for", "panel"): considers * np.where(STEPS < 10, 4.0, 1.0),
        ("dependence", "panel"): (STEPS < 10) * (SINCE >= 2012) * 0.1,
    }
    record = shipped_record().of_country("KEN")
    steps = {row["field"]: row for row in country._chain(planted(given), KENYA, record)}
    assert list(steps) == list(country.CHAIN)
    first = steps["considered_for"]
    assert (first["share"], first["first_median"]) == (pytest.approx(20 / 41), np.inf)
    assert (first["causes"], first["on_record"]) == ("peers' systems 50%, a course 50%", "")
    assert first["text"].startswith("49%, never (2010 to never): peers' systems 50%")
    assert steps["dependence"]["causes"] == "peers' systems 100%"
    assert (steps["trained"]["share"], steps["trained"]["causes"]) == (0.0, "")
    dates = [steps[step]["on_record"] for step in ("adopted", "adopted_platform")]
    assert dates == ["2012", "2014"]


def test_a_profile_has_the_contract_that_its_runs_were_made_to_sign() -> None:
    known = [{"iso3": "FJI", "what": "adopted", "date": 2017.0}]
    results = planted({}, "one", "other", seeds={"known": known})
    assert [country._imposed(results, iso3) for iso3 in ("FJI", "KEN")] == [[2017], []]


def test_a_country_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="Atlantis"):
        sim.country("Atlantis")
    with pytest.raises(InputError, match="name a country"):
        sim.country(why=True)


def test_a_cause_is_the_share_of_purchases_that_go_without_it() -> None:
    """Of 20 runs in which it buys, without the last cause 15 do, 4 years later, and 7 of others."""
    base = (STEPS < 20) * (SINCE >= 2010) * 1.0
    off = (STEPS >= 5) * (STEPS < 27) * (SINCE >= 2014) * 1.0
    values = np.stack([base, *[base] * (len(WHY) - 1), off])
    results = planted({("adopted", "panel"): values}, *map(str, range(len(values))))
    found = reasons_of(results, [KENYA]).query("purchase == 'first system'").set_index("without")
    assert (found["bought"] == 20).all()
    *same, last = found.index
    names = ["gone", "come", "years_later"]
    assert (found.loc[same, names] == 0.0).all(axis=None)
    assert found.loc[last, names].tolist() == [0.25, pytest.approx(7 / 21), 4.0]


def test_who_buys_next_is_counted_among_runs_that_agree_with_the_record() -> None:
    """In 30 of 41 runs no list has it by 2025: in ten it bought before, in five it is next."""
    listed = (STEPS >= 30) * (SINCE >= 2020) + (STEPS < 5) * (SINCE >= 2028)
    bought = (STEPS >= 20) * (SINCE >= 2015) + (STEPS < 5) * (SINCE >= 2027)
    given = {("recorded_adopted", "panel"): listed, ("adopted", "panel"): bought}
    frame = next_buyers(planted(given), shipped_record()).tables["next"]
    systems = shipped_record().systems
    assert not {*frame["iso3"]} & {*systems.loc[systems["group"] == "china", "iso3"]}
    assert (frame["runs"] == 30).all()
    for name, count in (("listed", 5), ("real", 5), ("unlisted", 10)):
        assert frame[name].to_numpy() == pytest.approx(count / 30)
