"""What a calibration found, in sentences; each is made from numbers by a rule stated here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sim.studies.calibration.method import Calibration, share_of_prior
from sim.studies.calibration.tables import (
    NARROW,
    ParameterSummary,
    TargetSummary,
    TradeOff,
    least_correlation,
    parameter_summaries,
    sample_size,
    target_summaries,
    trade_offs,
)
from sim.studies.numbers_as_text import first_of
from sim.text import counted
from sim.world.countries import target_label

CUT_OFF = 0.15
"""Share of a range beyond the outer 2.5 % of the posterior from which an end of it is said to be
ruled out; where nothing is known it is 0.025."""
FEW_SETS = 50
"""Effective sets below which ends of intervals are mostly chance."""
MOST_NAMED = 12
"""Names in one sentence; the files hold all."""

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "exit from contracts": (
        "contracts.exit_cost", "contracts.exit_cost_depth", "contracts.exit_cost_staff",
        "contracts.exit_cost_years", "contracts.sharpness",
    ),
    "renewal and lapse of contracts": (
        "contracts.term", "contracts.fee", "contracts.value", "contracts.foresight",
        "contracts.lapse_rate", "contracts.restoration_rate",
    ),
    "unrest": (
        "needs.unrest_weight", "needs.unrest_weight_nondemocratic", "needs.unrest_rate",
        "society.unrest_cut",
    ),
}  # fmt: skip
"""What the published figures may leave open, and the parameters on which each question hangs. It
is said to be open if none of those that were varied is identified."""
SPEED_AND_CEILING = (("training.rate", "training.base"), ("procurement.rate", "procurement.base"))
"""A speed and the level that it leads to: a total may be met by either."""


def sentences(calibration: Calibration) -> list[str]:
    """Return what a calibration says, a sentence or two an entry."""
    targets, parameters = target_summaries(calibration), parameter_summaries(calibration)
    pairs = trade_offs(calibration)
    size = sample_size(calibration)
    least = least_correlation(len(parameters) * (len(parameters) - 1) // 2, size)
    return [
        *_sizes(calibration),
        *known_facts(calibration),
        bands(targets),
        identified(parameters),
        *ruled_out(parameters),
        *signs(parameters),
        *open_questions(parameters),
        *speeds(parameters, pairs),
        _pairs(pairs, least),
    ]


def _sizes(calibration: Calibration) -> Iterator[str]:
    final = calibration.waves[-1]
    yield f"Left of the prior by the emulators: {share_of_prior(final.left)}."
    text = (
        f"Effective sample size: {calibration.effective:.0f} of {len(final.cube):,} final sets; "
        f"{len(calibration.chosen)} sets kept, "
        f"worth {sample_size(calibration):.0f} of equal weight."
    )
    if calibration.effective < FEW_SETS:
        text += " That is few: take intervals as rough, or give more final points."
    yield text


def known_facts(calibration: Calibration) -> Iterator[str]:
    """Yield what known facts did to the weights; nothing if none were given."""
    weighed = calibration.weighed
    if weighed is None:
        return
    count = len(weighed.facts)
    differ = sum(share > 0.5 for share in weighed.reliability)
    text = (
        f"The weights hold {counted(count, 'known fact')}; "
        f"effective sets {calibration.effective:.0f} of {weighed.size:.0f} by the figures alone."
        f" By {differ} of them sets differ more than by chance (reliability above 0.5)."
    )
    if weighed.undated:
        text += f" Of leaving histories keep no date: {weighed.undated} known had no part."
    yield text
    if weighed.power < 1.0:
        yield (
            f"Few sets say what is known: in full it would leave {weighed.whole:.1f} effective"
            f" sets, below the floor of {weighed.floor:.0f}. Its likelihood counts to the power"
            f" {weighed.power:.2f}: the weights are a compromise, no posterior. Give more final"
            " points."
        )
    never = [
        f"{fact.iso3} {fact.what} {fact.date:g}"
        for fact, share in zip(weighed.facts, weighed.before, strict=True)
        if share == 0.0
    ]
    if never:
        yield f"No weighted history has within a year: {first_of(never, MOST_NAMED)}."


def bands(targets: Sequence[TargetSummary]) -> str:
    """Return how many published figures lie inside the 95 % band of single histories."""
    outside = [target_label(target.aim.id) for target in targets if not target.inside]
    text = (
        f"Each observed value inside the 95 % band: {len(targets) - len(outside)} of {len(targets)}"
    )
    return text + (f"; outside: {', '.join(outside)}." if outside else ".")


def identified(parameters: Sequence[ParameterSummary]) -> str:
    """Return which parameters the evidence narrows."""
    names = [p.factor.name for p in by_width(parameters) if p.identified]
    text = (
        f"Identified (90 % interval below {NARROW:.0%} of the prior's, beyond sampling error): "
        f"{len(names)} of {len(parameters)} parameters"
    )
    return text + (f": {first_of(names, MOST_NAMED)}." if names else ".")


def ruled_out(parameters: Sequence[ParameterSummary]) -> Iterator[str]:
    """Yield which ends of identified parameters' ranges hold hardly any weight."""
    parts = []
    for one in by_width(parameters):
        if not one.identified:
            continue
        ends = []
        if one.places["q025"] >= CUT_OFF:
            ends.append(f"below {one.ends['q025']:.3g}")
        if 1.0 - one.places["q975"] >= CUT_OFF:
            ends.append(f"above {one.ends['q975']:.3g}")
        if ends:
            factor = one.factor
            parts.append(
                f"{factor.name} {' and '.join(ends)} (of {factor.low:g} to {factor.high:g})"
            )
    if parts:
        yield f"Ruled out, at 2.5 % an end: {first_of(parts, MOST_NAMED, '; ')}."


def signs(parameters: Sequence[ParameterSummary]) -> Iterator[str]:
    """Yield which signs that the ranges leave open the evidence settles, and which not.

    A range that itself leaves less than 5 % to one sign settles nothing: no evidence was needed.
    """
    for one in parameters:
        if not one.sign_open:
            continue
        low, high = one.ends["q05"], one.ends["q95"]
        interval = f"90 % from {low:.2g} to {high:.2g}"
        if low < 0.0 < high:
            yield f"The sign of {one.factor.name} is not settled: {interval}."
        else:
            yield f"{one.factor.name} is {'above' if low >= 0.0 else 'below'} 0: {interval}."


def open_questions(parameters: Sequence[ParameterSummary]) -> Iterator[str]:
    """Yield which questions hang on parameters none of which is identified."""
    known = {one.factor.name: one for one in parameters}
    for question, names in QUESTIONS.items():
        varied = [known[name] for name in names if name in known]
        if varied and not any(one.identified for one in varied):
            least = min(one.width_ratio for one in varied)
            listed = first_of([one.factor.name for one in varied], MOST_NAMED)
            yield (
                f"The figures do not settle {question}: {listed}"
                f" {'are' if len(varied) > 1 else 'is'} not identified; of its prior width "
                f"{'the narrowest' if len(varied) > 1 else 'it'} keeps {min(least, 1.0):.0%}."
            )


def speeds(parameters: Sequence[ParameterSummary], pairs: Sequence[TradeOff]) -> Iterator[str]:
    """Yield whether speed and ceiling of a spread can be told from each other."""
    known = {one.factor.name: one for one in parameters}
    tied = {frozenset((pair.first, pair.second)): pair.rank_correlation for pair in pairs}
    for speed, ceiling in SPEED_AND_CEILING:
        if speed not in known or ceiling not in known:
            continue
        open_ = [name for name in (speed, ceiling) if not known[name].identified]
        correlation = tied.get(frozenset((speed, ceiling)))
        if correlation is not None:
            yield (
                f"Speed against ceiling: {speed} and {ceiling} trade off (rank correlation "
                f"{correlation:+.2f}), so that each alone is less settled than both together."
            )
        elif open_:
            verb = "stay" if len(open_) > 1 else "stays"
            yield f"Speed against ceiling is not settled: {' and '.join(open_)} {verb} open."


def by_width(parameters: Sequence[ParameterSummary]) -> list[ParameterSummary]:
    """Return parameters in order of how much the evidence narrows them, most first."""
    return sorted(parameters, key=lambda one: one.width_ratio)


def _pairs(pairs: Sequence[TradeOff], least: float) -> str:
    if least >= 1.0:
        return "There are too few effective sets to tell which parameters trade off."
    if not pairs:
        return f"No two parameters have a rank correlation beyond {least:.2f}."
    listed = [f"{p.first} with {p.second} ({p.rank_correlation:+.2f})" for p in pairs]
    return f"Rank correlations beyond {least:.2f}: {first_of(listed, MOST_NAMED)}."
