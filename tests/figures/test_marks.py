"""Marked dates."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from sim.figures.marks import MOST_ROWS, Mark, date_text, marks_beside, marks_in_caption, places
from sim.figures.text import UNBROKEN, text_width, wrap

WIDTH = 4.4


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
