"""The model and its null models beside the targets: numbers, and the sentences they make."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine.chunk import Floats, end_of
from sim.results.implausibility import verdict_of
from sim.results.targets import compare_targets
from sim.studies.validation import method as validate
from sim.studies.validation.figures import title_of
from sim.studies.validation.method import (
    COLUMNS,
    Fit,
    ModelFit,
    fit_of,
)
from sim.studies.validation.words import MARGIN, RIVALS, Rival, about_model, sentences
from sim.world.countries import Target
from sim.world.seeds import shipped_seeds

NAN = float("nan")
TARGETS = {target.id: target for target in shipped_seeds().targets}


class Runs:
    """Results whose outcomes are the same in every quarter."""

    def __init__(
        self,
        values: Mapping[str, list[float]],
        last_year: int = 2040,
        sections: Mapping[str, Any] | None = None,
    ) -> None:
        self.kept = values
        self.quarters = tuple(range(end_of(last_year) + 1))
        self.outcomes = dict.fromkeys(values)
        self.groups = {
            "world": ["world"],
            "regime-rated": ["flawed democracy", "hybrid", "authoritarian"],
            "region": ["Sub-Saharan Africa"],
        }
        self.folder = Path("runs")
        self.manifest = {"scenario": {"sections": sections or {}}}

    def values(
        self, column: str, kind: str = "world", group: str = "world", quarters: Any = None
    ) -> Floats:
        return np.repeat(np.array(self.kept[column])[:, np.newaxis], len(quarters), axis=1)


def fit(name: str, runs: Runs, share: float = 0.0) -> Fit:
    (found,) = fit_of(runs, "m", "model", [TARGETS[name]], share).fits  # type: ignore[arg-type]
    return found


def test_a_value_with_sigma() -> None:
    found = fit("trained_countries_2025", Runs({"recorded_trained": [140.0, 148.0]}))
    assert found.mean == 144.0
    assert found.ensemble_sd == pytest.approx(math.sqrt(32.0))
    assert found.deviation == pytest.approx(6.0 / math.sqrt(36.0 + 32.0))
    assert found.verdict == "fitted"
    assert found.quantiles["q05"] == pytest.approx(140.4)
    assert found.quantiles["q975"] == pytest.approx(147.8)
    wider = fit("trained_countries_2025", Runs({"recorded_trained": [140.0, 148.0]}), 0.1)
    assert wider.discrepancy == pytest.approx(13.8)
    assert wider.implausibility < found.implausibility


def test_bounds_met_and_missed() -> None:
    met = fit("platforms_2025", Runs({"recorded_platforms": [104.0, 112.0]}))
    assert (met.verdict, met.implausibility) == ("met", 0.0)
    missed = fit("platforms_2025", Runs({"recorded_platforms": [60.0, 61.0]}))
    assert missed.verdict == "missed" and missed.rules_out and missed.deviation < 0.0


def test_one_number_of_one_folder() -> None:
    """A bound that is missed by little counts as missed in every title and sentence."""
    names = ("platforms_2019", "platforms_2025")
    runs = Runs({"recorded_platforms": [80.0, 110.0, 90.0]})
    found = fit_of(runs, "m", "model", [TARGETS[name] for name in names])  # type: ignore[arg-type]
    bound = found.fits[1]
    assert bound.implausibility < 1.0 and bound.verdict == "missed"
    rows = compare_targets(runs, [TARGETS[name] for name in names])  # type: ignore[arg-type]
    assert [row.verdict for row in rows] == [one.verdict for one in found.fits]
    assert title_of([found]) == "m: 0 of 1 published figures kept apart are met"
    said = about_model(found)
    assert "1 of 1 calibration targets fitted; 0 of 1 hold-outs met" in said


def test_no_figure_and_not_reached() -> None:
    values = {"recorded_trained": [1.0, 2.0], "recorded_platforms": [0.0, 0.0]}
    undefined = fit("training_to_technology_2018", Runs(values))
    assert undefined.verdict is None and not undefined.has_figure
    early = fit("trained_countries_2025", Runs(values, last_year=2024))
    assert early.verdict is None
    unkept = fit("western_importers_2021", Runs(values))
    assert unkept.verdict is None
    row = undefined.row()
    assert tuple(row) == COLUMNS
    assert math.isnan(row["mean"]) and math.isnan(row["implausibility"])
    assert row["verdict"] is None


def test_a_mechanism_that_is_off_gives_no_figure() -> None:
    nobody = {"recorded_trained": [0.0, 0.0], "recorded_platforms": [70.0, 90.0]}
    off = Runs(nobody, sections={"training": {"active": False}, "procurement": {"active": True}})
    assert fit("trained_countries_2025", off).verdict is None
    assert fit("platforms_2019", off).verdict == "fitted"
    on = Runs(nobody, sections={"training": {"active": True}})
    assert fit("trained_countries_2025", on).verdict == "missed"


def test_one_history_alone_has_no_spread() -> None:
    values = {"recorded_trained": [10.0, 20.0, 30.0], "recorded_platforms": [5.0, 0.0, 0.0]}
    assert fit("training_to_technology_2018", Runs(values)).verdict is None


def model(name: str, role: Any = "null", **sizes: float) -> ModelFit:
    """A model whose distances are given; a target that is not named is met."""
    fits = []
    for target in TARGETS.values():
        size = sizes.get(target.id, 0.0)
        verdict = verdict_of(abs(size), target.bound, target.use)
        mean = NAN if math.isnan(size) else 1.0
        quantiles = dict.fromkeys(validate.QUANTILES, mean)
        fits.append(Fit(target, name, verdict, 9, mean, quantiles, 1.0, 1.0, size))
    return ModelFit(name, role, tuple(fits))


def said(own: ModelFit, other: ModelFit) -> str:
    return list(sentences(own, [other]))[1]


@pytest.fixture
def own() -> ModelFit:
    return model("baseline", "model", platforms_2019=1.0)


def test_summary_counts_what_has_a_figure() -> None:
    found = model("x", trained_countries_2025=NAN, platforms_2019=-4.0, trainings_2010=2.0)
    summary = found.summary("calibrate")
    assert (summary.targets, summary.without_figure, summary.outside) == (12, 1, 1)
    assert summary.sum_of_squares == 20.0
    assert summary.largest == 4.0
    held = {name: NAN for name, target in TARGETS.items() if target.use == "hold-out"}
    nothing = model("x", **held).summary("hold-out")
    assert nothing.targets == 0 and math.isnan(nothing.largest)


def test_a_null_that_fits_as_well_is_said_to(own: ModelFit) -> None:
    text = said(own, model("regime-blind", platforms_2019=1.5))
    assert "fitted as well (sum of squares 2.2 against 1.0)" in text
    assert "no evidence for regime effects" in text


def test_better_worse_and_ruled_out(own: ModelFit) -> None:
    bad = model("baseline", "model", platforms_2019=2.5)
    assert "are fitted better" in said(bad, model("regime-blind"))
    edge = math.sqrt(1.0 + MARGIN)
    assert "fitted as well" in said(own, model("bass", platforms_2019=edge - 0.01))
    worse = said(own, model("bass", platforms_2019=edge + 0.01))
    assert "less well" in worse and "most by platforms 2019" in worse
    assert "no evidence" not in worse
    out = said(own, model("bass", platforms_2019=-7.0, trainings_2010=3.5))
    assert "2 of the calibration targets rule it out (trainings 2010, platforms 2019;" in out


def test_what_the_model_misses_too_is_not_held_against_a_null() -> None:
    bad = model("baseline", "model", platforms_2019=5.0)
    assert "fitted as well" in said(bad, model("bass", platforms_2019=5.0))


def test_a_null_is_compared_on_what_it_speaks_to(own: ModelFit) -> None:
    trained = {name: NAN for name in TARGETS if name.startswith("train")}
    text = said(own, model("copying-only", **trained))
    assert "the 6 calibration targets of 13 that have a figure" in text
    assert ", trained sub-Saharan 2025, trainings a year after 2019." in text
    nothing = said(own, model("copying-only", **dict.fromkeys(TARGETS, NAN)))
    assert nothing.startswith("With copying among peers alone, no calibration target has a figure")


def test_beyond_calibration(own: ModelFit) -> None:
    text = said(own, model("bass", trained_ssa_2025=-1.0, outage_share=-4.0))
    worse = "misses what the model meets: trained sub-Saharan 2025, outage share."
    assert worse in text
    poor = model("baseline", "model", outage_share=2.5)
    assert "it meets what the model misses: outage share." in said(poor, model("bass"))


def test_the_model_and_what_each_part_buys(own: ModelFit) -> None:
    others = [model("no-bundling", platforms_2019=2.0), model("bass", trainings_2010=-4.0)]
    first, *_, last, count = sentences(own, others)
    assert first == (
        "baseline: 13 of 13 calibration targets fitted; 7 of 7 hold-outs met; 10 of 10 checks met."
    )
    assert "bundling +3.0. Less than 4" in last and "Bass" not in last
    assert count.startswith("Of 2 null models and ablations, 1 fit the calibration targets")
    missed = next(sentences(model("baseline", "model", trainings_2010=-3.5), []))
    assert "12 of 13 calibration targets fitted (missed: trainings 2010: mean 1," in missed
    bound = next(sentences(model("baseline", "model", platforms_2025=-1.5), []))
    assert "(missed: platforms 2025: mean 1, below the bound of 100)" in bound
    assert len(list(sentences(own, []))) == 1


@pytest.mark.parametrize("rival", RIVALS, ids=lambda rival: rival.name)
def test_every_rival_has_whole_sentences(own: ModelFit, rival: Rival) -> None:
    text = said(own, model(rival.name))
    assert text.startswith(rival.lead + ", the calibration targets are fitted as well")
    assert text.endswith(rival.lesson + ".")


def test_targets_come_from_the_seeds() -> None:
    assert isinstance(TARGETS["platforms_2019"], Target)
    assert {target.use for target in TARGETS.values()} == set(validate.TARGET_USES)
