"""Mesa's own page shows our agents on a map: the example, its drawing, and the page's *Reset*."""

from __future__ import annotations

from collections import Counter
from types import ModuleType

import pytest

from sim.engine.mesa_model import EntrenchModel
from tests.test_examples import load_example

pytestmark = pytest.mark.slow
QUARTERS = 100


@pytest.fixture(scope="module")
def example() -> ModuleType:
    pytest.importorskip("solara", reason="uv run --with-requirements examples/mesa-page.txt")
    return load_example("mesa_map")


def test_the_map_shows_every_state_by_what_it_has(example: ModuleType) -> None:
    model = EntrenchModel("baseline", seed=1)
    for _ in range(QUARTERS):
        model.step()
    figure = example.draw_countries(model)
    counts = Counter(map(example.has, model.countries))
    assert counts["a Chinese system, working"] == model.outcome("working")[QUARTERS - 1] > 50
    assert counts["another system, working"] > 0
    (legend,) = figure.legends
    assert {text.get_text() for text in legend.get_texts()} == {
        f"{kind} ({counts[kind]})" for kind in example.LOOKS
    }
    assert sum(len(dots.get_offsets()) for dots in figure.axes[0].collections[1:]) == 195
    assert figure.axes[0].get_title() == "The end of 2024 Q4"


def test_the_page_renders(example: ModuleType) -> None:
    import solara

    box, context = solara.render(example.page, handle_error=False)
    assert box.children
    context.close()
