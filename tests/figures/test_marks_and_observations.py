"""Marked dates, and the observations that the record is judged by."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from figures.synthetic import make_results
from sim.figures.curves import Held
from sim.figures.marks import MOST_ROWS, Mark, date_text, marks_beside, marks_in_caption, places
from sim.figures.observations import SIGNS, draw_dated_observations, period_of, upper_end
from sim.figures.runs.recorded import OTHER_COLUMNS, PANELS, TRAINED_COLUMNS, figure_recorded
from sim.figures.text import UNBROKEN, text_width, wrap
from sim.results.targets import COUNTERPARTS
from sim.world.countries import Target
from sim.world.seeds import load_seeds

WIDTH = 4.4

TARGETS = {target.id: target for target in load_seeds().targets}


def events(*dates: float) -> list[dict[str, object]]:
    return [{"name": f"some-event-{int(date)}", "date": date} for date in dates]


def test_few_marks_are_named() -> None:
    marks = marks_beside({"events": events(2030.25)}, 2000, 2041, WIDTH)
    assert [(m.date, m.label, m.caption) for m in marks] == [
        (2025.0, "scenario from here", ""),
        (2030.25, "some event", ""),
    ]
    assert [mark.history_ends for mark in marks] == [True, False]


def test_names_of_history_stand_before_their_lines() -> None:
    dates = (2013, 2018, 2019, 2020.25, 2022, 2025, 2026)
    marks = marks_beside({"events": events(*dates)}, 2000, 2041, WIDTH)
    labels = [mark.label for mark in marks]
    assert labels == [*["some event"] * 5, "scenario from here, some event", "some event"]
    found = places(marks, 2000, 2041, WIDTH)
    for mark, place in zip(marks, found, strict=True):
        assert place.at == (mark.date - 2000) / 41 * WIDTH
        assert place.before is (place.left < place.at - mark.width) is (mark.date < 2025)
    assert max(place.row for place in found) < MOST_ROWS


def test_the_caption_tells_names_without_room() -> None:
    marks = marks_beside({"events": events(*range(2003, 2024, 2), 2026)}, 2000, 2041, WIDTH)
    assert [bool(mark.label) for mark in marks] == [mark.date >= 2025 for mark in marks]
    assert marks[0].caption.replace(UNBROKEN, " ") == "some event (2003)"
    marks = marks_beside({"events": events(2013, *range(2025, 2037))}, 2000, 2041, WIDTH)
    assert not any(mark.label for mark in marks) and all(mark.caption for mark in marks)


def test_no_line_passes_through_a_name() -> None:
    dates = (2013, 2018, 2019, 2020.25, 2022, 2025, 2026)
    marks = marks_beside({"events": events(*dates)}, 2000, 2041, WIDTH)
    found = places(marks, 2000, 2041, WIDTH)
    for mark, place in zip(marks, found, strict=True):
        assert place.right - place.left >= mark.width - 1e-9
        for other in found:
            crossed = place.left < other.at < place.right
            assert other is place or other.row < place.row or not crossed


def test_small_panels_mark_what_the_scenario_adds() -> None:
    scenario = {"name": "x", "events": [{"name": "ai-leap", "date": 2026}, *events(2013, 2025)]}
    marks = marks_in_caption({"scenario": scenario}, 2000, 2041)
    told = [mark.caption.replace(UNBROKEN, " ") for mark in marks]
    assert told == ["scenario from here, some event (2025)", "AI leap (2026)"]
    assert not any(mark.label for mark in marks)


def test_nothing_outside_the_horizon_is_marked() -> None:
    assert marks_beside({"events": events(1999, 2041, 2050)}, 2000, 2020, WIDTH) == []
    assert marks_in_caption({"events": events(2010)}, 2030, 2041) == []


def test_a_name_keeps_a_year_that_belongs_to_it() -> None:
    (mark,) = marks_in_caption({"history_end": 2018, "events": []}, 2000, 2041)
    assert mark.date == 2018
    event = {"name": "wave-of-2030", "date": 2030}
    assert marks_in_caption({"events": [event]}, 2000, 2041)[1].caption == "wave of 2030"
    assert date_text(2030.75) == f"2030{UNBROKEN}Q4"


@given(
    st.lists(
        st.tuples(st.floats(2000.5, 2040.5), st.text("abcdefgh ", min_size=1, max_size=40)),
        max_size=12,
        unique_by=lambda pair: pair[0],
    )
)
def test_labels_never_overlap(pairs: list[tuple[float, str]]) -> None:
    marks = [Mark(date, label) for date, label in sorted(pairs)]
    found = places(marks, 2000, 2041, WIDTH)
    for mark, place in zip(marks, found, strict=True):
        assert place.right - place.left >= mark.width - 1e-9
    for one, other in itertools.combinations(found, 2):
        if one.row == other.row:
            assert one.right <= other.left + 1e-9 or other.right <= one.left + 1e-9


def test_wrapping() -> None:
    lines = wrap(f"one two three 90{UNBROKEN}% of runs", 8.0, 0.7)
    assert " ".join(lines) == f"one two three 90{UNBROKEN}% of runs"
    assert all(text_width(line, 8.0) <= 0.7 for line in lines)
    assert wrap("unbreakable", 8.0, 0.1) == ["unbreakable"]


def test_every_time_and_share_target_has_its_place() -> None:
    shown = {name for panel in PANELS for name in panel.targets}
    shown |= {*TRAINED_COLUMNS, *OTHER_COLUMNS}
    assert shown <= TARGETS.keys()
    # What stands alone in its unit, or repeats another under a narrower count, has no panel.
    assert TARGETS.keys() - shown == {
        "training_to_technology_2018", "agreements_per_state_2018", "western_importers_2021",
        "officers_africa_2018_21", "bri_share_wide_2019", "bri_share_strict_2019",
        "agreements_lower_middle_2018", "agreements_upper_middle_2018",
    }  # fmt: skip


def test_an_observation_stands_in_the_panel_of_its_counterpart() -> None:
    for panel in PANELS:
        for name in panel.targets:
            assert COUNTERPARTS[name].columns == (panel.outcome,)


@pytest.mark.parametrize("use", SIGNS)
@pytest.mark.parametrize("bound", ["value", "lower", "upper"])
def test_observations_are_drawn_at_their_values(use: str, bound: str) -> None:
    target = replace(TARGETS["platforms_2019"], use=use, bound=bound)
    axes = Figure().add_subplot()
    axes.set_ylim(0, 200)
    draw_dated_observations(axes, [target])
    (container,) = axes.containers
    line, caps, bars = container.lines  # type: ignore[attr-defined]
    assert (line.get_xdata()[0], line.get_ydata()[0]) == (2020.0, target.value)
    low, high = bars[0].get_segments()[0][:, 1]
    if bound == "value":
        assert target.sigma is not None
        assert np.allclose((low, high), (target.value - 2 * target.sigma, target.value + 16))
    else:
        assert (high > target.value) == (bound == "lower")
        assert (low < target.value) == (bound == "upper")
        assert caps


def test_marks_of_use_differ_and_are_in_the_legend() -> None:
    figure = figure_recorded(Held(make_results()))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert all(sign["label"] in labels for sign in SIGNS.values())
    assert len({sign["marker"] for sign in SIGNS.values()}) == len(SIGNS)


def test_periods() -> None:
    assert period_of(TARGETS["platforms_2019"]) == (None, 2020.0)
    assert period_of(TARGETS["trained_countries_2025"]) == (None, 2026.0)
    assert period_of(TARGETS["trainings_per_year_after_2019"]) == (2020.0, 2026.0)


def test_observations_stay_on_the_panel() -> None:
    figure = figure_recorded(Held(make_results()))
    for axes, panel in zip(figure.axes, PANELS, strict=False):
        for name in panel.targets:
            target: Target = TARGETS[name]
            assert axes.get_ylim()[1] >= upper_end(target)
