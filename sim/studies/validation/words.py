"""The null models, and what their distances from the published figures mean in words.

A null model lacks something that the model holds to matter. Where it meets the figures as well,
they are no evidence for what it lacks. Every sentence follows from the numbers by rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.results.table import in_digits
from sim.studies.validation.method import Fit, ModelFit, Role
from sim.world.columns import CALIBRATE, CHECK, HOLD_OUT, TARGET_USES

MARGIN = 4.0
"""Difference between two sums of squared implausibilities below which two models fit alike: the
square of the two standard deviations within which a single target counts as met."""


@dataclass(frozen=True)
class Rival:
    """A null model, or the model with a part taken out.

    Attributes:
        name: Of its scenario.
        role: `null` or `ablation`.
        lead: How a sentence on it begins.
        lesson: What the targets do not show if it meets them as well.
        part: What of the model it lacks and nothing else; empty if it lacks much.
    """

    name: str
    role: Role
    lead: str
    lesson: str
    part: str = ""


RIVALS = (
    Rival(
        "regime-blind", "null", "Without effects of a state's own regime",
        "the regime shares are no evidence for regime effects", "regime effects",
    ),
    Rival(
        "regimes-shuffled", "null", "With regimes shuffled among states",
        "they are no evidence that it matters which state has which regime",
    ),
    Rival(
        "copying-only", "null", "With copying among peers alone",
        "the counts of buyers are no evidence for offers, needs or training",
    ),
    Rival(
        "common-cause", "null", "With common causes and no link between training and purchase",
        "they are no evidence that training leads to purchase",
        "the link between training and purchase",
    ),
    Rival(
        "bass", "null", "With Bass-like spread and no lock-in",
        "they are no evidence for anything beyond innovation and imitation",
    ),
    Rival(
        "no-exit-cost", "ablation", "Without the cost to leave",
        "they are no evidence for lock-in by exit cost", "the cost to leave",
    ),
    Rival(
        "no-maintenance-contracts", "ablation", "Without maintenance contracts",
        "they are no evidence for lock-in by contracts", "maintenance contracts",
    ),
    Rival(
        "no-bundling", "ablation", "Without bundling",
        "they are no evidence for bundled offers", "bundling",
    ),
)  # fmt: skip
"""What stands beside the model, in this order, as far as its scenario is there."""


def sentences(model: ModelFit, rivals: Sequence[ModelFit]) -> Iterator[str]:
    """What the numbers say, in words: of the model first, then of each null model.

    Args:
        model: The model.
        rivals: What stands beside it; names are those of `RIVALS`.
    """
    yield about_model(model)
    known = {rival.name: rival for rival in RIVALS}
    costs = []
    alike = 0
    for found in rivals:
        rival, pair = known[found.name], _paired(model, found)
        yield _about_rival(rival, pair) + _beyond_calibration(model, found)
        alike += pair.alike
        if rival.part and pair.common:
            costs.append(f"{rival.part} {pair.rival_sum - pair.model_sum:+.1f}")
    if costs:
        yield (
            f"What each part buys in fit (sum of squares without it less with it):"
            f" {', '.join(costs)}. Less than {MARGIN:g} either way says nothing."
        )
    if rivals:
        yield (
            f"Of {len(rivals)} null models and ablations, {alike} fit the calibration targets that"
            " they have figures for as well as the model does."
        )


def about_model(model: ModelFit) -> str:
    """How many targets of each use a model meets, and which it misses."""
    parts = []
    for use in TARGET_USES:
        fits = [fit for fit in model.fits if fit.target.use == use and fit.has_figure]
        if not fits:
            continue
        missed = [
            f"{fit.target.label}: mean {in_digits(fit.mean)}, {_observed(fit)}"
            for fit in fits
            if fit.verdict == "missed"
        ]
        word = "fitted" if use == CALIBRATE else "met"
        text = f"{len(fits) - len(missed)} of {len(fits)} {_PLURALS[use]} {word}"
        parts.append(text + (f" (missed: {'; '.join(missed)})" if missed else ""))
    return f"{model.name}: {'; '.join(parts) or 'no target has a figure'}."


def _observed(fit: Fit) -> str:
    """What a mean that misses it should have been."""
    sides = {"lower": "below the bound of ", "upper": "above the bound of "}
    return sides.get(fit.target.bound, "observed ") + in_digits(fit.target.value)


MISSES, MEETS = "misses what the model meets", "meets what the model misses"
NO_FIGURE = "has no figure"
_PLURALS = {CALIBRATE: "calibration targets", HOLD_OUT: "hold-outs", CHECK: "checks"}


@dataclass(frozen=True)
class _Pair:
    """The model's and a rival's fits of the calibration targets that both give a figure for."""

    common: Sequence[tuple[Fit, Fit]]
    targets: int

    @property
    def model_sum(self) -> float:
        return sum(own.implausibility**2 for own, _ in self.common)

    @property
    def rival_sum(self) -> float:
        return sum(its.implausibility**2 for _, its in self.common)

    @property
    def lost(self) -> list[str]:
        """Targets that rule out the rival and not the model."""
        return [its.target.label for own, its in self.common if its.rules_out and not own.rules_out]

    @property
    def alike(self) -> bool:
        """Whether the rival meets them as well as the model, or better."""
        return bool(self.common) and not self.lost and self.rival_sum <= self.model_sum + MARGIN


def _paired(model: ModelFit, rival: ModelFit) -> _Pair:
    pairs = [
        (own, its)
        for own, its in zip(model.fits, rival.fits, strict=True)
        if own.target.use == CALIBRATE and own.has_figure
    ]
    return _Pair([pair for pair in pairs if pair[1].has_figure], len(pairs))


def _about_rival(rival: Rival, pair: _Pair) -> str:
    count = len(pair.common)
    if not count:
        return f"{rival.lead}, no calibration target has a figure."
    which = "the calibration targets"
    if count < pair.targets:
        which = f"the {count} calibration targets of {pair.targets} that have a figure"
    model_sum, rival_sum, lost = pair.model_sum, pair.rival_sum, pair.lost
    against = f"sum of squares {rival_sum:.1f} against {model_sum:.1f}"
    if lost:
        verb = "rules" if len(lost) == 1 else "rule"
        named = ", ".join(lost)
        return f"{rival.lead}, {len(lost)} of {which} {verb} it out ({named}; {against})."
    if pair.alike:
        how = "better" if rival_sum < model_sum - MARGIN else "as well"
        return f"{rival.lead}, {which} are fitted {how} ({against}): {rival.lesson}."
    worst = max(pair.common, key=lambda one: one[1].implausibility - one[0].implausibility)[1]
    return (
        f"{rival.lead}, {which} are fitted less well ({against}; most by {worst.target.label}), but"
        " none rules it out: weak evidence against it."
    )


def _beyond_calibration(model: ModelFit, rival: ModelFit) -> str:
    """Hold-outs and checks whose verdict is another than the model's, or missing."""
    notes: dict[str, list[str]] = {MISSES: [], MEETS: [], NO_FIGURE: []}
    for own, its in zip(model.fits, rival.fits, strict=True):
        if its.target.use == CALIBRATE or not own.has_figure:
            continue
        if not its.has_figure:
            notes[NO_FIGURE].append(its.target.label)
        elif its.verdict != own.verdict:
            notes[MISSES if its.verdict == "missed" else MEETS].append(its.target.label)
    return "".join(
        f" Beyond calibration it {words}: {', '.join(rows)}."
        for words, rows in notes.items()
        if rows
    )


CAVEAT = (
    "The model's defaults were tuned to the calibration targets. Of the null models at most the"
    " levels were, of the ablations nothing: what is ruled out may fit elsewhere in its parameters."
)
"""What must stand beside the sentences."""
