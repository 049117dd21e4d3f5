"""The register of outcomes: what one may ask of a run, by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from sim.errors import InputError
from sim.parameters import Mechanism, Outcome
from sim.schedule import MECHANISMS
from sim.text import listed

WORLD = "world"
"""Kind and name of the group of all states; always the first group."""
VENDOR = "vendor"
"""Group kind under which vendor outcomes appear in results."""

KEYS = ("run", "year", "quarter", "group_kind", "group")
"""Columns of `runs.parquet` that say what a row is about; no outcome may be named so."""

SOURCES = ("country", "vendor", "actor")
"""What an outcome may be `of`, in the order of columns in results."""


MOST_LISTED = 30
"""Names listed as allowed; a longer list is no help."""


def register(mechanisms: Iterable[Mechanism] | None = None) -> dict[str, Outcome]:
    """Return the outcomes of all mechanisms by name, in the order of columns in results.

    Args:
        mechanisms: Whose outcomes; None: all of the model.
    """
    outcomes: dict[str, Outcome] = {}
    for mechanism in MECHANISMS if mechanisms is None else mechanisms:
        for outcome in mechanism.outcomes:
            outcomes[outcome.name] = outcome
    return dict(sorted(outcomes.items(), key=lambda item: SOURCES.index(item[1].of)))


def choose(known: Mapping[str, Outcome], names: str | Iterable[str]) -> dict[str, Outcome]:
    """Return the named outcomes of a register in its order.

    Raises:
        InputError: For names that it does not hold, with the nearest that it does.
    """
    wanted = listed(names)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        meant = by_any_name(known)
        hints = [nearest(meant.get(name.casefold(), name), known) for name in unknown]
        raise InputError(
            [f"no outcome {name!r}{hint}" for name, hint in zip(unknown, hints, strict=True)]
        )
    return {name: outcome for name, outcome in known.items() if name in wanted}


def by_any_name(known: Mapping[str, Outcome]) -> dict[str, str]:
    """Return the names of outcomes by label and by name, all in small letters.

    Some outcomes share a label: it means the first, in the order of their mechanisms.
    """
    labels = {known[name].label.casefold(): name for name in reversed(list(known))}
    return labels | {name.casefold(): name for name in known}


def nearest(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Return a hint at the nearest known name; without one, `otherwise` or what there is."""
    folded = {other.lower().replace("-", "_"): other for other in known}
    typed = name.lower().replace("-", "_")
    if close := difflib.get_close_matches(typed, folded, n=5):
        # Of similar names the first that begins alike: `AFH` is AFG rather than ZAF.
        best = min(close, key=lambda other: other[:1] != typed[:1])
        return f"; did you mean {folded[best]!r}?"
    if otherwise is not None:
        return otherwise
    more = ", …" if len(folded) > MOST_LISTED else ""
    listed = ", ".join([*folded.values()][:MOST_LISTED]) + more
    return f"; there are: {listed}" if folded else "; there are none"
