"""What a page stores of runs can be read back, and says what the runs say."""

from typing import Any

import numpy as np
import pytest

from sim.engine.chunk import working_key
from sim.page import stored
from sim.page.batches import Batch
from sim.studies.persistence.method import OFFERING

YEARS = tuple(range(2024, 2041))
STATES, RUNS = 4, 40


def batch(shift: float = 0.0, events: list[dict[str, Any]] | None = None) -> Batch:
    rng = np.random.default_rng(3)
    values = rng.gamma(2.0, 20.0, (RUNS, len(YEARS), 1)).astype(np.float32)
    works = {}
    for year in YEARS:
        # State 0 always works, state 1 until 2034, state 2 in every other run, state 3 never.
        each = np.zeros((RUNS, STATES))
        each[:, 0], each[:, 1], each[:, 2] = 1.0, year < 2034, np.arange(RUNS) % 2 == 0
        works[working_key(year)] = each
    adopted = np.tile([2001.0, 2026.25, 2030.5, -1.0], (RUNS, 1))
    counts = np.tile([2.0, 1.0, 1.0, 0.0], (RUNS, 1))
    return Batch(
        name="made",
        manifest={"scenario": {"events": events or []}},
        outcomes={},
        groups={"world": ["world"]},
        years=YEARS,
        values={("working", "world"): values + np.float32(shift)},
        kept={
            **works,
            "first_trained": adopted - 1.0 * (adopted > 0),
            "first_adopted": adopted,
            "opened": counts,
            "renewed": np.tile([1.0, 0.0, 0.0, 0.0], (RUNS, 1)),
        },
        evidence=[],
    )


def decode(data: bytes, series: int) -> np.ndarray:
    """Read as the page's script does: (series, mean low high, years)."""
    scales = np.frombuffer(data[: 4 * series], "<f4")
    rest = np.frombuffer(data[4 * series :], np.uint8)
    high, low = rest[: len(rest) // 2].astype(int), rest[len(rest) // 2 :].astype(int)
    folded = (high << 8) | low
    rises = ((folded >> 1) ^ -(folded & 1)).reshape(series, 3, -1)
    return rises.cumsum(axis=2) / stored.STEPS * scales[:, np.newaxis, np.newaxis]


def test_levels_are_mean_and_band_within_a_step() -> None:
    runs = batch().values["working", "world"][:, :, 0].astype(float)
    found = decode(stored.levels(batch()), 1)[0]
    wanted = np.stack([runs.mean(0), *np.quantile(runs, (0.05, 0.95), axis=0)])
    assert np.abs(found - wanted).max() <= np.abs(wanted).max() / stored.STEPS


def test_differences_are_taken_run_by_run() -> None:
    found = decode(stored.differences(batch(shift=5.0), batch()), 1)[0]
    assert np.allclose(found, 5.0, atol=5.0 / stored.STEPS)


def test_nothing_at_all_is_stored_as_zero() -> None:
    assert not decode(stored.differences(batch(), batch()), 1).any()


def test_states_shares() -> None:
    shares = stored.state_shares(batch())
    works = np.frombuffer(shares["working"], np.uint8).reshape(STATES, -1) / stored.SHARE_STEPS
    assert list(works[:, 0]) == [1.0, 1.0, 0.5, 0.0]
    assert list(works[:, -1]) == [1.0, 0.0, 0.5, 0.0]
    adopted = np.frombuffer(shares["adopters"], np.uint8).reshape(STATES, -1)
    assert (np.diff(adopted.astype(int), axis=1) >= 0).all()
    assert list(adopted[:, YEARS.index(2026)]) == [200, 200, 0, 0]


def test_fates() -> None:
    found = stored.fates(batch(), {"renewed": ["renewed"]})
    assert found["first_adopted"] == [[2001] * 3, [2026] * 3, [2030] * 3, [None] * 3]
    assert found["renewed"] == [1.0, 0.0, 0.0, None]
    assert found["opened"] == [2.0, 1.0, 1.0, 0.0]


def test_answers() -> None:
    withdrawn = [{"name": "end", "date": 2030.0, "until": None, "sets": {OFFERING: False}}]
    found = stored.answers(batch(shift=-3.0, events=withdrawn), batch())
    assert found["left"]["since"] == 2029
    # Of states 0, 1 and (in half the runs) 2, all but state 1 still work ten years later.
    assert found["left"]["here"][0] == pytest.approx((1 / 2 + 2 / 3) / 2, abs=1e-4)
    assert found["change"] == [-3.0, -3.0, -3.0]


def test_a_late_end_of_the_offer_is_followed_to_the_last_year() -> None:
    late = [{"name": "end", "date": 2033.5, "until": None, "sets": {OFFERING: False}}]
    found = stored.answers(batch(events=late), batch())["left"]
    # Of the three that work at the end of 2032, state 1 is gone by 2040.
    assert found["since"] == 2032
    assert found["here"][0] == pytest.approx((1 / 2 + 2 / 3) / 2, abs=1e-4)


def test_without_a_withdrawal_nothing_is_said_of_what_stays() -> None:
    assert stored.answers(batch(), None)["left"] is None
