"""What must hold between the sums of fields in every state, so in every group, at every quarter."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from sim.engine.records import country_states
from sim.parameters import State

STATES = "states"
"""In a rule: the number of states of the group."""


class Rule(NamedTuple):
    """A sum of fields that may not exceed, or must equal, another.

    Attributes:
        less: Fields of the smaller side.
        more: Fields of the larger side.
        text: What is wrong where it is broken: fields by name, `rest`: what `less` holds but for
            its first.
        factor: Of the larger side.
        equal: Whether both sides must be equal.
    """

    less: tuple[str, ...]
    more: tuple[str, ...]
    text: str
    factor: float = 1.0
    equal: bool = False


ENDED = ("switched", "abandoned", "replaced")
"""Ways in which contracts end. A fourth, running out with the system kept (`expired`), occurs only
where contracts are abolished during a run."""
OPENED_TEXT = "{opened} contracts opened but {contract} alive and {rest} ended"

SYSTEMS = (
    Rule(
        ("working", "working_western"),
        ("installed",),
        "{working} Chinese and {working_western} Western systems work, {installed} are installed",
    ),
    Rule(
        ("contract",),
        ("installed",),
        "{contract} contracts alive but {installed} systems installed",
    ),
    Rule(("installed",), ("stack",), "stages of systems add up to {stack}, below {installed}"),
    Rule(("stack",), ("installed",), "{installed} systems have {stack} stages", factor=3.0),
    Rule(("dark",), ("installed",), "{dark} systems dark but {installed} installed"),
    Rule(
        ("dependence_installed",),
        ("installed",),
        "dependence adds up to {dependence_installed} in {installed} states with a system",
    ),
)
OCCURRED = (
    Rule(("trained",), ("trainings",), "{trained} states trained in {trainings} courses"),
    Rule(
        ("adopted_platform",),
        ("adopted",),
        "{adopted_platform} states with a platform among {adopted} adopters",
    ),
    Rule(
        ("adopted_platform",),
        ("agreements",),
        "{adopted_platform} states with a platform by {agreements} agreements",
    ),
    Rule(("restored_same",), ("restored",), "{restored_same} of {restored} restored by the vendor"),
    Rule(("ever_lapsed",), ("lapsed",), "{ever_lapsed} states lapsed {lapsed} times"),
    Rule(("ever_lapsed",), ("adopted",), "{ever_lapsed} states lapsed among {adopted} adopters"),
    Rule(
        ("bloc_china", "bloc_west"),
        (STATES,),
        "blocs of {bloc_china} and {bloc_west} states among {states}",
    ),
)
RECORDED = tuple(
    Rule((seen,), (happened,), f"{{{seen}}} {what} recorded but {{{happened}}} happened")
    for seen, happened, what in (
        ("recorded_trained", "trained", "states trained"),
        ("recorded_trainings", "trainings", "courses"),
        ("recorded_adopted", "adopted", "adopters"),
        ("recorded_platform", "adopted_platform", "platforms"),
        ("recorded_agreements", "agreements", "agreements"),
    )
) + tuple(
    Rule((part,), (whole,), f"{{{part}}} {what} recorded among {{{whole}}} {of}")
    for part, whole, what, of in (
        ("recorded_trained", "recorded_trainings", "states", "courses"),
        ("recorded_adopted_bri", "recorded_adopted", "adopters of the Belt and Road", "adopters"),
        ("recorded_platform", "recorded_adopted", "platforms", "adopters"),
    )
)
FIELDS = {state.name: state for state in country_states()}
"""What the mechanisms declare of each field of a state."""
UNKNOWN = State("", "A field that no mechanism declares.", low=-inf, high=inf)
BOUNDED = tuple(
    Rule((name,), (STATES,), f"{name} adds up to {{{name}}} in {{states}} states", state.most)
    for name, state in FIELDS.items()
    if state.most < inf and not state.length
)
RULES = (*SYSTEMS, *OCCURRED, *RECORDED, *BOUNDED)
