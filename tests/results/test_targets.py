"""Targets beside the record, and the table of what happened."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from results.fake import cut, outcome
from sim.engine.chunk import Chunk, CountryLabel, Group, Layout, end_of
from sim.parameters import Outcome
from sim.register import register
from sim.results.implausibility import verdict_of
from sim.results.read import Results, open_results
from sim.results.table import SHOWN, Cell, in_digits, what_happened
from sim.results.targets import COUNTERPARTS, TargetRow, compare_targets, counterpart_values
from sim.results.writing import encode
from sim.results.writing.store import Store
from sim.studies.runs.report import TARGETS
from sim.world.seeds import load_seeds

RUNS = 20
FIELDS = {
    "recorded_trained": "total",
    "recorded_trained_share": "share",
    "recorded_trainings": "total",
    "recorded_trainings_yearly": "yearly",
    "recorded_adopters": "total",
    "recorded_adopters_bri": "total",
    "recorded_adopters_bri_strict": "total",
    "recorded_platforms": "total",
    "recorded_agreements": "total",
    "recorded_agreements_lower_middle": "total",
    "recorded_agreements_upper_middle": "total",
    "western_buyers": "total",
    "bloc_china": "total",
    "bloc_west": "total",
    "officers": "total",
    "officers_yearly": "yearly",
    "lapsed_ever": "total",
    "adopters": "total",
    "restored": "total",
    "restored_same_vendor": "total",
    "trained": "total",
    "trained_share": "share",
    "lock_in": "mean",
}
SUMMED = {"recorded_trainings_yearly": "recorded_trainings", "trained_share": "trained"}
SUMMED |= {"officers_yearly": "officers"}
SUMMED |= {"recorded_trained_share": "recorded_trained"}
OUTCOMES: dict[str, Outcome] = {
    name: outcome(name, SUMMED.get(name, name), form) for name, form in FIELDS.items()
}
LAYOUT = Layout(
    fields=tuple(FIELDS),
    vendor_fields=(),
    actor_fields=(),
    kept=(),
    groups=(
        Group("world", "world", 195),
        *(
            Group("regime-rated", name, 50)
            for name in ("full democracy", "flawed democracy", "hybrid", "authoritarian")
        ),
        Group("region", "Sub-Saharan Africa", 48),
    ),
    vendors=(),
    quarters=tuple(range(164)),
    countries=(CountryLabel("KEN", "Kenya", "Sub-Saharan Africa", "hybrid"),),
)


def chunk() -> Chunk:
    """Return runs whose running totals grow by 1 to 3 a quarter."""
    random = np.random.default_rng(7)
    shape = (RUNS, len(LAYOUT.quarters), len(LAYOUT.groups), len(LAYOUT.fields))
    tallies = random.integers(1, 4, shape).cumsum(axis=1).astype(np.float64)
    quarters = len(LAYOUT.quarters)
    return Chunk(
        0,
        RUNS,
        tallies,
        np.empty((RUNS, quarters, 0, 0)),
        np.empty((RUNS, quarters, 0)),
        np.empty((RUNS, 1, 0)),
    )


def field(name: str, year: int, group: int = 0) -> np.ndarray:
    """Return a field at the end of a year."""
    return chunk().tallies[:, end_of(year), group, LAYOUT.fields.index(name)]


@dataclass(frozen=True)
class Observed:
    """A target of a test."""

    id: str
    use: str = "check"
    quantity: str = "something"
    value: float = 1.0
    sigma: float | None = 0.5
    bound: str = "value"


type Maker = Callable[..., Results]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Return a maker of finished folders."""
    # The numbers here are any: no books are kept with them.
    monkeypatch.setattr(encode, "unbalanced", lambda *_: {})

    def finished(layout: Layout = LAYOUT, edit: Callable[[Chunk], None] | None = None) -> Results:
        runs = chunk()
        if edit is not None:
            edit(runs)
        folder = tmp_path / "out"
        store = Store.open(folder, {}, layout, OUTCOMES, runs=RUNS, chunk_runs=RUNS)
        store.write_chunk(cut(runs, LAYOUT, layout))
        store.finish()
        return open_results(folder)

    return finished


def test_every_target_of_the_seeds_has_a_counterpart(make: Maker) -> None:
    targets = load_seeds().targets
    assert {target.id for target in targets} == set(COUNTERPARTS)
    rows = compare_targets(make())
    assert [row.id for row in rows] == [target.id for target in targets]
    assert {row.status for row in rows} == {"reached"}
    assert {row.bound for row in rows} == {"value", "lower", "upper"}


@pytest.mark.parametrize("yearly", [False, True])
def test_counterparts_are_computed_run_by_run(make: Maker, yearly: bool) -> None:
    results = make(LAYOUT.narrowed(yearly=yearly))
    courses = "recorded_trainings"
    for name, expected in {
        "trained_countries_2025": field("recorded_trained", 2025),
        "trained_share_hybrid": field("recorded_trained", 2025, 3) / 50,
        "trained_ssa_2025": field("recorded_trained", 2025, 5),
        "trainings_2010": field(courses, 2010) - field(courses, 2009),
        "bri_share_2019": (
            field("recorded_adopters_bri", 2019) + field("recorded_adopters_bri_strict", 2019)
        )
        / (2 * field("recorded_adopters", 2019)),
        "training_to_technology_2018": field("recorded_trained", 2018)
        / field("recorded_platforms", 2018),
        "trainings_per_year_after_2019": (field(courses, 2025) - field(courses, 2019)) / 6,
        "outage_share": field("lapsed_ever", 2023) / field("adopters", 2023),
        "same_vendor_restoration": field("restored_same_vendor", 2023) / field("restored", 2023),
    }.items():
        assert counterpart_values(results, name) == pytest.approx(expected, rel=1e-6), name


def test_a_row_says_how_far_off_the_mean_is(make: Maker) -> None:
    wide = Observed("platforms_2019", value=100.0, sigma=8.0)
    bound = Observed("platforms_2025", value=100.0, sigma=None, bound="lower")
    rows = compare_targets(make(), [wide, bound])
    values = field("recorded_platforms", 2019)
    low, high = np.quantile(values, (0.05, 0.95))
    z = (values.mean() - 100.0) / 8.0
    expected = ("platforms_2019", "check", "something", 100.0, 8.0, "value", "reached")
    sd = values.std(ddof=1)
    off = (values.mean() - 100.0) / np.sqrt(8.0**2 + sd**2 + 5.0**2)
    assert rows[0] == TargetRow(
        *expected, pytest.approx(values.mean()), low, high, pytest.approx(z),
        pytest.approx(sd), pytest.approx(off), verdict_of(abs(off), "value", "check"),
    )  # fmt: skip
    assert rows[1].z is None
    assert rows[1].mean is not None


def test_what_rounds_to_no_deviation_is_shown_without_a_minus(make: Maker) -> None:
    (row,) = compare_targets(make(), [Observed("platforms_2019", value=100.0, sigma=8.0)])
    shown = TARGETS["standard errors off"]
    assert callable(shown)
    assert shown(replace(row, z=-0.04)) == "+0.0"
    assert shown(replace(row, z=-0.06)) == "-0.1"


def test_without_a_published_error_a_figure_has_a_verdict_all_the_same(make: Maker) -> None:
    mean = field("recorded_platforms", 2019).mean()
    near, far = compare_targets(
        make(), [Observed("platforms_2019", value=v, sigma=None) for v in (mean, 1e5)]
    )
    assert (near.z, far.z) == (None, None)
    assert (near.verdict, far.verdict) == ("met", "missed")


def test_runs_that_do_not_define_a_quotient_are_left_out(make: Maker) -> None:
    at = LAYOUT.fields.index("restored")

    def only_the_first(runs: Chunk) -> None:
        runs.tallies[1:, :, :, at] = 0.0
        runs.tallies[:, :, :, LAYOUT.fields.index("recorded_platforms")] = 0.0

    observed = [Observed("same_vendor_restoration"), Observed("training_to_technology_2018")]
    some, none = compare_targets(make(edit=only_the_first), observed)
    first = field("restored_same_vendor", 2023)[0] / field("restored", 2023)[0]
    assert some.mean == pytest.approx(first)
    assert (none.status, none.mean, none.z) == ("undefined", None, None)


def test_what_lies_outside_horizon_or_was_not_kept(make: Maker) -> None:
    short = Layout(
        **{name: getattr(LAYOUT, name) for name in Layout.__dataclass_fields__}
        | {"quarters": tuple(range(end_of(2019) + 1)), "groups": LAYOUT.groups[:1]}
    )
    results = make(short)
    rows = compare_targets(
        results,
        [
            Observed("platforms_2019"),
            Observed("platforms_2025"),
            Observed("trainings_per_year_after_2019"),
            Observed("unheard_of"),
        ],
    )
    statuses = ["reached", "not reached", "not reached", "not modelled"]
    assert [row.status for row in rows] == statuses
    assert what_happened(results).years == (2010, 2019)


def test_groups_that_were_not_kept(make: Maker) -> None:
    results = make(LAYOUT.narrowed(kinds=()))
    row = compare_targets(results, [Observed("trained_ssa_2025")])[0]
    assert (row.status, row.mean) == ("not kept", None)
    assert counterpart_values(results, "trained_ssa_2025") is None


def test_the_table_of_what_happened(make: Maker) -> None:
    table = what_happened(make())
    assert table.years == (2010, 2019, 2025, 2030, 2040)
    assert [row.outcome for row in table.rows] == ["trained", "adopters", "lock_in"]
    values = field("adopters", 2030)
    low, high = np.quantile(values, (0.05, 0.95))
    assert table.rows[1].cells[3] == Cell(pytest.approx(values.mean()), low, high)
    assert len(table.targets) == len(COUNTERPARTS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (137.4, "137"),
        (0.8567, "0.857"),
        (12345.6, "12,346"),
        (0.00001, "0.000"),
        (999.6, "1,000"),
        (-1234.5, "-1,234"),
    ],
)
def test_numbers_as_text(value: float, text: str) -> None:
    assert in_digits(value) == text


def test_a_cell_as_text() -> None:
    assert str(Cell(137.2, 128.0, 146.4)) == "137 (128 to 146)"


def test_the_model_has_every_outcome_that_is_shown_or_compared() -> None:
    known = register()
    assert set(SHOWN) <= set(known)
    assert {name for entry in COUNTERPARTS.values() for name in entry.columns} <= set(known)
