"""All figures by name, and drawing many of them."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from sim.errors import InputError
from sim.figures.adoption import (
    ADOPTION,
    ADOPTION_SHARES,
    figure_adoption_by_regime,
    figure_adoption_by_region,
    figure_adoption_world,
)
from sim.figures.contracts import (
    CONTRACT_EVENTS,
    CONTRACTS,
    LOCK_IN,
    REVENUES,
    figure_contracts,
    figure_lock_in,
    figure_money,
)
from sim.figures.curves import Held, ResultsLike
from sim.figures.recorded import PANELS, figure_recorded
from sim.figures.save import FORMATS, figure_metadata, save
from sim.figures.society import ALIGNMENT, BLOCS, PUBLICS, figure_blocs, figure_publics

FIGURES_FOLDER = "figures"
"""Where in a results folder its figures lie."""


@dataclass(frozen=True)
class View:
    """A figure that can be drawn of any results.

    Attributes:
        name: Of its files, and on the command line.
        title: What it shows, in a few words.
        doc: What it shows, in a sentence or two.
        outcomes: It needs at least one of these.
        draw: Draws it.
    """

    name: str
    title: str
    doc: str
    outcomes: tuple[str, ...]
    draw: Callable[[ResultsLike], Figure]

    def possible(self, results: ResultsLike) -> bool:
        """Whether the results hold any outcome that it shows."""
        return any(name in results.outcomes for name in self.outcomes)


VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        View(
            "adoption-world",
            "Training and adoption in the world",
            "How many states were ever trained, ever adopted and have a working system.",
            ADOPTION,
            figure_adoption_world,
        ),
        View(
            "adoption-by-regime",
            "Training and adoption by regime",
            "Shares of states ever trained, ever adopted and working, by regime of 2024.",
            ADOPTION_SHARES,
            figure_adoption_by_regime,
        ),
        View(
            "adoption-by-region",
            "Training and adoption by region",
            "Shares of states ever trained, ever adopted and working, by region.",
            ADOPTION_SHARES,
            figure_adoption_by_region,
        ),
        View(
            "contracts",
            "Maintenance contracts",
            "Contracts alive and opened; a year renewed, lapsed, restored, and ended by cause.",
            (*CONTRACTS, *CONTRACT_EVENTS),
            figure_contracts,
        ),
        View(
            "recorded-against-observed",
            "Recorded in the model and observed in the world",
            "What the model's observer recorded beside the published figures.",
            tuple(panel.outcome for panel in PANELS),
            figure_recorded,
        ),
        View(
            "money",
            "Revenue from sales and maintenance",
            "Revenue a year from sales and from maintenance, in all and by vendor.",
            REVENUES,
            figure_money,
        ),
        View(
            "lock-in",
            "Lock-in",
            "Exit cost as a multiple of yearly value, dependence, and working systems.",
            LOCK_IN,
            figure_lock_in,
        ),
        View(
            "blocs",
            "Alignment and blocs",
            "Mean alignment between West and China, and the size of both blocs.",
            (ALIGNMENT, *BLOCS),
            figure_blocs,
        ),
        View(
            "publics",
            "Publics",
            "Unrest, public mistrust and legitimacy.",
            PUBLICS,
            figure_publics,
        ),
    )
}
"""Every figure by name, in the order in which they are drawn."""


def draw_views(
    results: ResultsLike,
    folder: Path,
    names: Iterable[str] | None = None,
    formats: Sequence[str] = FORMATS,
) -> list[Path]:
    """Draw figures of results into a folder.

    Args:
        results: A finished folder, or a batch in memory.
        folder: Where the files go.
        names: Which figures; None: all for which there is anything to draw.
        formats: Some of `FORMATS`.

    Returns:
        The files written.

    Raises:
        InputError: A name or format is unknown, or a named figure has nothing to show.
    """
    views = choose_views(results, names)
    unknown = [ending for ending in formats if ending not in FORMATS]
    if unknown:
        raise InputError(f"no format {unknown[0]!r}; there are: {', '.join(FORMATS)}")
    held = Held(results)
    written = []
    for view in views:
        figure = view.draw(held)
        metadata = figure_metadata(results.manifest, view.title)
        written += save(figure, folder, view.name, metadata, formats)
    return written


def choose_views(results: ResultsLike, names: Iterable[str] | None) -> list[View]:
    """The named figures; without names, those that have something to show.

    Raises:
        InputError: A name is unknown, or a named figure has nothing to show.
    """
    if names is None:
        return [view for view in VIEWS.values() if view.possible(results)]
    chosen = list(dict.fromkeys(names))
    faults = []
    for name in chosen:
        if name not in VIEWS:
            close = difflib.get_close_matches(name, VIEWS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(VIEWS)}"
            faults.append(f"no figure {name!r}; {hint}")
        elif not VIEWS[name].possible(results):
            needed = ", ".join(VIEWS[name].outcomes)
            faults.append(f"{name}: the results hold none of what it shows ({needed})")
    if faults:
        raise InputError(faults)
    return [VIEWS[name] for name in chosen]
