"""A user's list: what is read and refused, and the scores."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.results.writing.countries import COUNTRY_COLUMNS
from sim.studies.validation.against import OUTCOMES, auc, calibration, score, top
from sim.studies.validation.against_list import read_list
from sim.studies.validation.naive import (
    SIGNS,
    column_of,
    compare_ranks,
    measures,
    probabilities,
    ranks,
    spearman,
)
from sim.world.seeds import shipped_seeds

SEEDS = shipped_seeds()
CODES = [state.iso3 for state in SEEDS.countries]


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def errors(folder: Path, text: str | bytes) -> list[str]:
    path = written(folder, text)
    with pytest.raises(InputError) as caught:
        read_list(path, SEEDS.countries)
    return [message.removeprefix(str(path)) for message in caught.value.messages]


def test_a_list_as_people_write_them(tmp_path: Path) -> None:
    text = "\ufeffname, ISO3 ,Value\r\nKenya,ken,1\r\n\r\nFrance, FRA ,FALSE\r\nNorway,NOR,true\r\n"
    found = read_list(written(tmp_path, text), SEEDS.countries)
    assert found.values == {"KEN": True, "FRA": False, "NOR": True}
    assert found.unread == ("name",)


def test_all_errors_at_once_with_their_lines(tmp_path: Path) -> None:
    found = errors(
        tmp_path,
        "iso3,value\nUK,1\nKEN,\nKEN,1\nFRA,2\nCHN,1\nNOR,0\nKenia,1\nNOR,yes\nXQX,0\nSRB\n,1\nHKG,0\n",
    )
    for line, words in {
        2: "no state 'UK'; did you mean GBR (United Kingdom)?",
        3: "value is missing; allowed: 1, 0, true, false",
        4: "KEN is there twice, first in line 3",
        5: "value is '2'; allowed",
        6: "China is not a state of the model",
        8: "did you mean KEN (Kenya)",
        9: "NOR is there twice, first in line 7",
        10: "no state 'XQX'",
        11: "1 cells; allowed: 2, as in line 1",
        12: "iso3 is empty",
        13: "Hong Kong is not a state of the model",
    }.items():
        assert any(m.startswith(f":{line}: ") and words in m for m in found), words
    assert ":9: value is 'yes'; allowed: 1, 0, true, false" in found
    assert len(found) == 12


def test_a_name_in_place_of_a_code(tmp_path: Path) -> None:
    (found,) = errors(tmp_path, "iso3,value\nKenya,1\nFRA,0\n")
    assert found == ":2: iso3 is 'Kenya', no ISO code; did you mean KEN (Kenya)?"


def test_no_header_still_shows_the_other_errors(tmp_path: Path) -> None:
    found = errors(tmp_path, "KEN,1\nFRA,0\nUK,1\n")
    assert "the first line must be a header with the columns iso3,value" in found[0]
    assert found[0].startswith(":1: ")
    assert found[1].startswith(":3: ") and "GBR" in found[1] and len(found) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        (",\n , \n", "the file is empty"),
        ("iso3,value\n", "it lists no state"),
        ("iso3,value\nKEN,1\nFRA,1\n", "every value is 1"),
        ("iso3,value\nKEN,0\nFRA,false\n", "every value is 0"),
        ("iso3;value\nKEN;1\n", "separate cells by commas"),
        ("code,value\nKEN,1\n", "without iso3"),
        ("iso3,value,value\nKEN,1,0\n", "the column value is there twice"),
        ('iso3,value\n"KEN,1\n', "no comma-separated table"),
        ("iso3,value\nCôte,1\n".encode("latin-1"), "not UTF-8 text (line 2)"),
        ("iso3,value\nKEN,1\n".encode("utf-16"), "UTF-16 text; save it as UTF-8"),
        (b"iso3,value\nKEN,1\0\n", "the file is binary, not comma-separated text"),
    ],
)
def test_lists_that_are_none(tmp_path: Path, text: str | bytes, words: str) -> None:
    assert any(words in message for message in errors(tmp_path, text))


def test_a_single_class_beside_an_unknown_code(tmp_path: Path) -> None:
    found = errors(tmp_path, "iso3,value\nKEN,1\nUK,1\n")
    assert len(found) == 2 and "every value is 1" in found[1]


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_list(tmp_path / "none.csv", SEEDS.countries)
    with pytest.raises(InputError, match="is a folder"):
        read_list(tmp_path, SEEDS.countries)


def slow_auc(scores: np.ndarray, truth: np.ndarray) -> float:
    pairs = [(p > n) + 0.5 * (p == n) for p in scores[truth] for n in scores[~truth]]
    return float(np.mean(pairs))


@settings(max_examples=50)  # the first call imports scipy
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_auc_is_the_share_of_pairs_in_order(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([float(value) for value, _ in rows])
    truth = np.array([said for _, said in rows])
    if truth.all() or not truth.any():
        with pytest.raises(ValueError, match="both kinds"):
            auc(scores, truth)
        return
    found = auc(scores, truth)
    assert found.value == pytest.approx(slow_auc(scores, truth))
    assert 0.0 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1.0
    mirrored = auc(-scores, truth)
    assert mirrored.value == pytest.approx(1.0 - found.value)
    assert mirrored.low == pytest.approx(1.0 - found.high, abs=1e-6)


def test_delong_against_a_worked_example() -> None:
    # Three ones at 3, 5, 6 and three zeros at 1, 4, 2: 8 of 9 pairs in order; each one beats
    # (2/3, 1, 1) of the zeros, each zero is beaten by (1, 2/3, 1) of the ones.
    scores = np.array([3.0, 5.0, 6.0, 1.0, 4.0, 2.0])
    found = auc(scores, np.array([True] * 3 + [False] * 3))
    variance = 2 * np.var([2 / 3, 1, 1], ddof=1) / 3
    value = 8 / 9
    reach = 1.959964 * math.sqrt(variance) / (value * (1 - value))
    assert found.method == "DeLong" and found.value == pytest.approx(value)
    assert found.low == pytest.approx(1 / (1 + math.exp(-(math.log(8) - reach))), rel=1e-5)


def test_a_perfect_ranking_is_not_taken_for_certain() -> None:
    found = auc(np.array([3.0, 2.0, 1.0, 0.0]), np.array([True, True, False, False]))
    assert (found.value, found.high, found.method) == (1.0, 1.0, "Newcombe")
    assert 0.2 < found.low < 0.9
    more = auc(np.arange(40.0), np.arange(40) >= 20)
    assert found.low < more.low < 1.0
    lone = auc(np.array([1.0, 0.0, 2.0]), np.array([True, False, False]))
    assert lone.value == 0.5 and lone.low < 0.2 and lone.high > 0.8


def test_the_interval_covers_about_95_percent() -> None:
    random = np.random.default_rng(5)
    truth = np.arange(60) < 25
    true_area = 0.8382  # of two normal distributions 1.4 standard deviations apart, less rounding
    hits = 0
    for _ in range(400):
        found = auc(random.normal(size=60) + 1.4 * truth, truth)
        hits += found.low <= true_area <= found.high
    assert 0.91 <= hits / 400 <= 0.985


def test_calibration_bins() -> None:
    scores = np.array([0.0, 0.19, 0.2, 0.99, 1.0])
    found = calibration(scores, np.array([False, True, True, True, False]))
    assert [(one.low, one.states, one.share) for one in found] == [
        (0.0, 2, 0.5), (0.2, 1, 1.0), (0.8, 2, 0.5),
    ]  # fmt: skip
    assert found[2].mean == pytest.approx(0.995)
    many = calibration(np.linspace(0, 1, 100), np.arange(100) > 40)
    assert len(many) == 10 and sum(one.states for one in many) == 100


def test_top_takes_as_many_as_asked_and_ties_in_order() -> None:
    assert top(np.array([0.5, 0.9, 0.5, 0.5]), 2).tolist() == [True, True, False, False]


def scores_by_code(**known: float) -> np.ndarray:
    return np.array([known.get(code, 0.0) for code in CODES])


def test_score() -> None:
    listed = {"KEN": True, "FRA": False, "SRB": True, "NOR": False, "USA": False}
    found = score(listed, scores_by_code(KEN=0.9, SRB=0.4, FRA=0.6, NOR=0.1, USA=0.3), SEEDS, 2025)
    assert found.auc.value == pytest.approx(5 / 6)
    assert found.absent == 190 and found.ones == 2
    assert found.brier == pytest.approx((0.01 + 0.36 + 0.36 + 0.01 + 0.09) / 5)
    assert found.base == pytest.approx(0.4 * 0.6)
    assert found.skill == pytest.approx(1 - 0.166 / 0.24)
    assert [found.named(o) for o in OUTCOMES] == [
        ["Kenya"], ["Serbia"], ["France"], ["United States", "Norway"],
    ]  # fmt: skip
    assert found.named("hit", by_rank=True) == ["Kenya"]
    assert [row["iso3"] for row in found.state_rows()] == ["KEN", "FRA", "SRB", "USA", "NOR"]
    assert found.naive["income alone, low first"].value == 1.0
    assert found.naive["income alone, high first"].value == 0.0
    assert found.naive["Belt and Road membership alone"].value == 1.0
    population = found.naive["population alone"].value
    assert population == pytest.approx(2 / 6)  # Kenya above Norway alone; Serbia above Norway


def test_the_base_rate_has_no_skill() -> None:
    listed = {"KEN": True, "FRA": False}
    assert score(listed, np.full(195, 0.5), SEEDS, 2025).skill == 0.0
    assert score(listed, scores_by_code(KEN=1.0), SEEDS, 2025).skill == 1.0
    assert score(listed, scores_by_code(FRA=1.0), SEEDS, 2025).skill < 0.0


def test_columns_and_years() -> None:
    assert column_of("adopted", 2019, COUNTRY_COLUMNS) == "p_recorded_adopted_2019"
    assert column_of("trained", 2025, COUNTRY_COLUMNS) == "p_recorded_trained_2025"
    with pytest.raises(InputError, match="allowed for --what trained: 2025"):
        column_of("trained", 2019, COUNTRY_COLUMNS)
    with pytest.raises(InputError, match="did you mean 'adopted'"):
        column_of("adopt", 2019, COUNTRY_COLUMNS)


def test_membership_counts_while_it_lasts() -> None:
    italy = CODES.index("ITA")

    def member(year: int) -> float:
        found = measures(SEEDS, year)["Belt and Road member"]
        return float(found[italy])

    figures = SEEDS.countries[italy].figures
    joined, left = int(figures["bri_year"]), int(figures["bri_exit_year"])
    assert member(joined - 1) == 0.0
    assert member(joined) == 1.0
    assert member(left) == 0.0


def test_spearman() -> None:
    assert spearman([1, 2, 3], [10, 200, 3000]) == pytest.approx(1.0)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    assert spearman([1, 2, 2, 4], [1, 3, 2, 4]) == pytest.approx(0.9486833)
    assert math.isnan(spearman([1, 1, 1], [1, 2, 3]))


class Folder:
    """A finished folder whose probabilities follow one measure."""

    folder = Path("runs")

    def __init__(self, values: np.ndarray) -> None:
        from sim.scenario import load_scenario

        self.values = values
        self.manifest = {"scenario": json.loads(json.dumps(load_scenario("baseline").to_dict()))}

    def countries(self):  # type: ignore[no-untyped-def]
        import pandas as pd

        return pd.DataFrame(
            {
                "iso3": CODES[::-1],
                "p_recorded_adopted_2025": self.values[::-1],
                "p_recorded_trained_2025": self.values[::-1],
            }
        )


def test_probabilities_come_in_the_order_of_the_seeds() -> None:
    values = np.linspace(0, 1, 195)
    found = probabilities(Folder(values), "adopted", 2025, SEEDS)  # type: ignore[arg-type]
    assert found == pytest.approx(values)
    values[3] = math.nan
    with pytest.raises(InputError, match="do not reach 2025"):
        probabilities(Folder(values), "adopted", 2025, SEEDS)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_model_that_knows_population_alone() -> None:
    population = measures(SEEDS, 2025)["population"]
    found = compare_ranks(Folder(population / population.max()), SEEDS, "adopted", 2025)  # type: ignore[arg-type]
    assert found.correlations["population"] == pytest.approx(1.0)
    assert len(found.departures) == 10
    above, below = found.departures[:5], found.departures[5:]
    assert all(d.model_rank < d.naive_rank for d in above)
    assert all(d.model_rank > d.naive_rank for d in below)
    assert any("population +" in d.reason for d in above)
    assert any("population -" in d.reason for d in below)
    assert all(
        f"{d.terms['population']:+.1f}" in d.reason for d in below if "population" in d.reason
    )


def test_who_has_no_relations_with_beijing_is_reported() -> None:
    guess = np.mean(
        [ranks(SIGNS[name] * values) for name, values in measures(SEEDS, 2025).items()], axis=0
    )
    values = guess / guess.max()
    never = np.flatnonzero(SEEDS.history["relations"][:, -1] == 0.0)
    values[never] = 0.0
    found = compare_ranks(Folder(values), SEEDS, "trained", 2025)  # type: ignore[arg-type]
    told = {d.iso3: d.reason for d in found.departures[5:]}
    assert "HTI" in told and told["HTI"].startswith("no relations with Beijing")
