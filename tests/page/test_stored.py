"""What a page stores of runs can be read back, and says what the runs say."""

import numpy as np
import pytest

from sim.page import stored
from sim.page.stored import Batch, batches_of
from sim.studies.retention import persistence
from sim.studies.sources import results_of

RUNS = 5
ENDED = "offer-withdrawn-2030"


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    return batches_of(results_of(["baseline", ENDED], {"runs": RUNS}))


def decode(series: list[stored.Series]) -> np.ndarray:
    """Read as the page's script does: (series, mean low high, years)."""
    return np.array([np.cumsum(rises, axis=1) / stored.STEPS * scale for scale, *rises in series])


def wanted(values: np.ndarray) -> np.ndarray:
    """Return mean and band of values (runs, years, groups): (groups, 3, years)."""
    found = np.stack([values.mean(axis=0), *np.quantile(values, (0.05, 0.95), axis=0)])
    return found.transpose(2, 0, 1)


def test_levels_and_differences_are_mean_and_band_within_a_step(batches: list[Batch]) -> None:
    base, ended = batches
    keys = sorted(base.values)[::4]
    for data, of in (
        (stored.statistics(base, keys), [base.values[key].astype(float) for key in keys]),
        (
            stored.statistics(ended, keys, base),
            [ended.values[key].astype(float) - base.values[key] for key in keys],
        ),
    ):
        series = np.concatenate([wanted(values) for values in of])
        largest = np.abs(series).max(axis=(1, 2), keepdims=True)
        assert (np.abs(decode(data) - series) <= largest / stored.STEPS).all()
    assert not decode(stored.statistics(base, keys, base)).any()


def test_shares_are_those_of_the_panel(batches: list[Batch]) -> None:
    base, _ = batches
    shares = stored.country_shares(base)
    for name, field in (("trained", "trained"), ("adopters", "adopted"), ("working", "working")):
        found = np.cumsum(shares[name], axis=1)
        mean = base.results.panel(field).isel(point=0).mean("run").to_numpy()
        assert np.abs(found / stored.SHARE_STEPS - mean).max() <= 0.5 / stored.SHARE_STEPS


def test_what_is_left_is_that_of_the_study_of_retention(batches: list[Batch]) -> None:
    base, ended = batches
    assert (base.since, ended.since) == (None, 2029)
    curves = persistence("baseline", ENDED, runs=RUNS).tables["curves"]
    curves = curves[(curves["group"] == "world") & (curves["measure"] == "surviving")]
    for point, batch in enumerate(batches):
        wanted = curves[(curves["point"] == point) & (curves["years"] <= 10)].sort_values("years")
        found = stored.spread_of(stored.surviving_shares(batch, 2029))
        for name in ("mean", "q05", "q95"):
            assert found[name] == pytest.approx([1.0, *wanted[name]][-11:], abs=1e-4), name
        assert all(a <= b for a, b in zip(found["q25"], found["q75"], strict=True))
    assert stored.surviving_shares(base, None).size == stored.surviving_shares(base, 2040).size == 0
    assert stored.spread_of(stored.surviving_shares(base, 2040)) == {}
