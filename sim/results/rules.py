"""What must hold between the sums of fields in every state, so in every group, at every quarter."""

from __future__ import annotations

from typing import NamedTuple

STATES = "states"
"""In a rule: the number of states of the group."""
TENTHS = 10
"""The most democratic score."""


class Rule(NamedTuple):
    """A sum of fields that may not exceed, or must equal, another.

    Attributes:
        less: Fields of the smaller side.
        more: Fields of the larger side.
        text: What is wrong where it is broken: fields by name, `rest`: what `less` holds but for
            its first.
        factor: Of the larger side.
        equal: Whether both sides must be equal.
        everywhere: Whether it is looked at for all groups every year: a rule of counts.
    """

    less: tuple[str, ...]
    more: tuple[str, ...]
    text: str
    factor: float = 1.0
    equal: bool = False
    everywhere: bool = False


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
    Rule(("installed",), (STATES,), "{installed} systems installed in {states} states"),
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
    Rule(("adopted",), (STATES,), "{adopted} adopters among {states} states"),
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
    Rule(("trained",), (STATES,), "{trained} states trained among {states}"),
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
WITHIN_ONE = (
    "unrest",
    "banned",
    "pending",
    "in_use",
    "trust",
    "norm",
    "exposure",
    "mistrust",
    "legitimacy",
    "sovereignty",
    "conditions_met",
    "alignment_squared",
    "alignment",
)
"""Fields that are at most 1 in a state."""
SHARES = (
    *(
        Rule((name,), (STATES,), f"{name} adds up to {{{name}}} in {{states}} states")
        for name in WITHIN_ONE
    ),
    Rule(("democracy",), (STATES,), "democracy adds up to {democracy} in {states} states", TENTHS),
)
RULES = (*SYSTEMS, *OCCURRED, *RECORDED, *SHARES)

SIGNED = ("alignment",)
"""Fields that may be negative, down to minus the number of states."""

RUNNING = (
    "trained",
    "trainings",
    "officers",
    "adopted",
    "opened",
    "renewed",
    "lapsed",
    "restored",
    "restored_same",
    *ENDED,
    "expired",
    "ever_lapsed",
    "dissent_deterred",
    "offers",
    "west_trainings",
    "recorded_trained",
    "recorded_trainings",
    "recorded_adopted",
    "recorded_adopted_bri",
    "recorded_platform",
    "recorded_agreements",
    "adopted_platform",
    "agreements",
    "paid_cities",
)
"""Fields that never fall."""

DATED = {
    "first_trained": "trained",
    "first_adopted": "adopted",
    "first_recorded_trained": "recorded_trained",
    "first_recorded_adopted": "recorded_adopted",
    "first_adopted_platform": "adopted_platform",
    "first_recorded_platform": "recorded_platform",
}
"""The field that counts to how many states something had happened, for each kept date of it."""
