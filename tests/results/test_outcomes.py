"""The register, and each form of an outcome."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.fake import CHUNK_RUNS, LAYOUT, OUTCOMES, chunk_of, cut, outcome
from sim.engine.chunk import Chunk, Layout
from sim.engine.outcomes import check_layout, derive
from sim.errors import InputError
from sim.parameters import Mechanism, Outcome
from sim.register import choose, register

CHUNK = chunk_of(range(CHUNK_RUNS))


def mechanism(*outcomes: Outcome) -> Mechanism:
    """Return a mechanism of which only the outcomes matter."""
    return Mechanism("m", "M", None, None, "", outcomes=outcomes)  # type: ignore[arg-type]


def derived(name: str, chunk: Chunk = CHUNK, layout: Layout = LAYOUT) -> np.ndarray:
    """Return an outcome of the fake register."""
    return derive(OUTCOMES[name], chunk, layout)


def test_total_is_the_sum_itself() -> None:
    assert np.array_equal(derived("trained"), CHUNK.tallies[..., 0])


def test_share_and_mean_divide_by_the_states_of_the_group() -> None:
    sizes = [group.size for group in LAYOUT.groups]
    assert np.array_equal(derived("trained_share"), CHUNK.tallies[..., 0] / sizes)
    assert np.array_equal(derived("value"), CHUNK.tallies[..., 3] / sizes)


def test_ratio_is_zero_where_there_is_nothing_to_divide_by() -> None:
    found = derived("lock_in")
    assert (found[:, :2] == 0).all()
    assert np.array_equal(found[:, 2:], CHUNK.tallies[:, 2:, :, 2] / CHUNK.tallies[:, 2:, :, 3])


def test_yearly_is_the_difference_to_four_quarters_ago() -> None:
    totals = CHUNK.tallies[..., 1]
    found = derived("trainings_yearly")
    assert np.array_equal(found[:, :4], totals[:, :4])
    assert np.array_equal(found[:, 4:], totals[:, 4:] - totals[:, :-4])


def test_yearly_is_the_same_when_only_fourth_quarters_are_kept() -> None:
    yearly = LAYOUT.narrowed(yearly=True)
    assert yearly.quarters[:2] == (3, 7)
    for name in OUTCOMES:
        narrow = derived(name, cut(CHUNK, LAYOUT, yearly), yearly)
        assert np.array_equal(narrow, derived(name)[:, 3::4])


def test_yearly_refuses_gaps_it_cannot_bridge() -> None:
    gap = Layout(**{**vars_of(LAYOUT), "quarters": (3, 11)})
    with pytest.raises(ValueError, match="a year earlier"):
        check_layout(OUTCOMES, gap)
    late = Layout(**{**vars_of(LAYOUT), "quarters": (43, 47), "start": 40})
    check_layout(OUTCOMES, late)
    assert late.year_before == (None, 0)


def vars_of(layout: Layout) -> dict[str, object]:
    """Return a layout's own fields."""
    return {name: getattr(layout, name) for name in Layout.__dataclass_fields__}


def test_vendors_stand_alone_and_together() -> None:
    found = derived("revenue_sales_yearly")
    sales = CHUNK.vendor_tallies[..., 0]
    assert found.shape[2] == len(LAYOUT.vendors) + 1
    assert np.array_equal(found[:, 4:, :-1], sales[:, 4:] - sales[:, :-4])
    assert np.allclose(found[..., -1], found[..., :-1].sum(axis=2))


def test_an_actor_is_the_worlds_single_number() -> None:
    assert np.array_equal(derived("seats"), CHUNK.actors[..., :1])


def test_register_orders_countries_vendors_actors() -> None:
    entries = [OUTCOMES["seats"], OUTCOMES["revenue_sales_yearly"], OUTCOMES["trained"]]
    found = register([mechanism(entry) for entry in entries])
    assert list(found) == ["trained", "revenue_sales_yearly", "seats"]


@pytest.mark.parametrize(
    "entries",
    [
        (OUTCOMES["trained"], OUTCOMES["trained"]),
        (outcome("group", "trained", "total"),),
        (outcome("bad", "trained", "ratio"),),
        (outcome("bad", "trained", "total", over="trainings"),),
    ],
)
def test_register_refuses_what_would_not_work(entries: tuple[Outcome, ...]) -> None:
    with pytest.raises(ValueError, match=r"taken|over"):
        register([mechanism(*entries)])


def test_every_field_must_be_in_the_layout() -> None:
    with pytest.raises(ValueError, match="no country field 'nothing'"):
        check_layout({"x": outcome("x", "nothing", "total")}, LAYOUT)


def test_unknown_names_get_the_nearest_known() -> None:
    with pytest.raises(InputError) as caught:
        choose(OUTCOMES, ["traind", "lock_in"])
    assert caught.value.messages == ["no outcome 'traind'; did you mean 'trained'?"]
    assert list(choose(OUTCOMES, ["lock_in", "trained"])) == ["trained", "lock_in"]


def test_layouts_that_tables_cannot_hold_are_refused() -> None:
    world, *others = LAYOUT.groups
    for groups in ([], others, [world, world], [world, others[0], others[-1], others[1]]):
        with pytest.raises(ValueError, match="group"):
            Layout(**{**vars_of(LAYOUT), "groups": tuple(groups)})
    with pytest.raises(ValueError, match="quarters"):
        Layout(**{**vars_of(LAYOUT), "quarters": (4, 3)})


@given(st.sets(st.sampled_from(["regime", "regime-rated", "region"])), st.booleans())
def test_narrowing_takes_the_same_numbers(kinds: set[str], yearly: bool) -> None:
    narrow = LAYOUT.narrowed(kinds, yearly=yearly, countries=False)
    chunk = cut(CHUNK, LAYOUT, narrow)
    chunk.check(narrow)
    assert set(narrow.kind_parts) == {"world", *kinds}
    for at, group in enumerate(narrow.groups):
        wide = derived("lock_in")[:, list(narrow.quarters), LAYOUT.groups.index(group)]
        assert np.array_equal(derived("lock_in", chunk, narrow)[:, :, at], wide)
