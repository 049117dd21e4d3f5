"""Peers and norms: other adopters are seen, and surveillance comes to seem normal.

These are two separate channels (Elkins & Simmons 2005).
"""

from __future__ import annotations

from sim.arithmetic import clamp, decay_factor, logistic_deviate
from sim.draws import LASTING_THRESHOLD, chance
from sim.parameters import Mechanism, Outcome, Record, Section, State, derived, parameter, switch
from sim.units import QUARTERS, REGIMES, REGIONS


class Peers(Section):
    """Influence of other countries' systems."""

    active: bool = switch(
        True, idle_while_off=(
            "*_weight", "memory", "standing", "training.peer_weight", "consideration.by_peers",
        ),
    )
    """Visible adopters raise purchases; off: that influence is zero."""
    norms: bool = switch(
        True, idle_while_off=(
            "threshold*", "norm_*", "training.norm_gain",
        ),
    )
    """Surveillance may come to count as normal; off: it never does."""
    neighbour_weight: float = parameter(
        0.4, unit="weight", low=0.0, high=1.0, plausible=(0.2, 0.6),
        source="Bolivia after Ecuador; Shipan & Volden 2008", evidence=2,
    )
    """Weight of neighbours among the systems that a country sees."""
    region_weight: float = parameter(
        0.35, unit="weight", low=0.0, high=1.0, plausible=(0.2, 0.6),
        source="Oswald et al. 2024", evidence=2,
    )
    """Weight of the region among the systems that a country sees."""
    regime_weight: float = parameter(
        0.25, unit="weight", low=0.0, high=1.0, plausible=(0.1, 0.5),
        source="Elkins & Simmons 2005", evidence=2,
    )
    """Weight of similar regimes among the systems that a country sees."""
    world_weight: float = parameter(
        0.0, unit="weight", low=0.0, high=1.0,
        source="a scenario's assumption: imitation without neighbours (Bass 1969)", evidence=1,
    )
    """Weight of the whole world among the systems that a country sees."""
    memory: float = parameter(
        4.0, unit="years", low=0.25, high=50.0, plausible=(2.0, 6.0),
        source="Shipan & Volden 2008: imitation is short-lived", evidence=2,
    )
    """Half-life of a new system's visibility on its way to the lasting weight."""
    standing: float = parameter(
        0.5, unit="share", low=0.0, high=1.0, plausible=(0.2, 0.8),
        source="assumption", evidence=1,
    )
    """Visibility of an old system that still works, relative to a new one."""
    threshold: float = parameter(
        0.35, unit="share", low=0.0, high=1.0, plausible=(0.2, 0.5),
        source="article P19, P25", evidence=1, at_start=True,
    )
    """Share of reference countries with a system at which a usual country finds it normal."""
    threshold_spread: float = parameter(
        0.15, unit="share", low=0.0, high=1.0, plausible=(0.1, 0.2),
        source="assumption", evidence=1, at_start=True,
    )
    """Standard deviation of the threshold between countries."""
    norm_speed: float = parameter(
        0.06, unit="share a year", low=0.0, high=4.0, plausible=(0.01, 0.1),
        source="assumption", evidence=1,
    )
    """Speed at which acceptance grows past the threshold, or fades below it."""
    norm_weight_training: float = parameter(
        0.3, unit="logit", low=-3.0, high=5.0, plausible=(0.0, 1.0),
        source="article P13, P26", evidence=1,
    )
    """Propensity to train added by full acceptance."""
    norm_weight_purchase: float = parameter(
        0.8, unit="logit", low=-3.0, high=5.0, plausible=(0.0, 2.0),
        source="article P19, P25", evidence=1,
    )
    """Propensity to buy added by full acceptance."""

    @derived
    def memory_retention(self) -> float:
        return decay_factor(QUARTERS * self.memory)


COUNTRY = (
    State("threshold",
    "Share of reference countries at which the country finds it normal.", "share"),
    State("exposure", "Visible Chinese systems among peers, 0 to 1.", "share"),
    State("visibility", "How visible the country's own system is, 0 to 1.", "share"),
    State("norm", "Acceptance of surveillance norms, 0 to 1.", "share", panel=True),
    State("user", "1 if counted among users when peers were last counted.", "0 or 1"),
    State("counted_as", "Regime class in which the country was then.", "class", whole=True),
)
PUBLIC = (
    State("seen", "Visibility of each country's system, by row.", "share", length=-1),
    State("region_seen", "Sum of visibility in each region.", "share", length=len(REGIONS)),
    State("regime_seen", "Sum of visibility in each regime class.", "share", length=len(REGIMES)),
    State("world_seen", "Sum of visibility in the world.", "share"),
    State("region_users", "A region's countries with a working system.",
          "countries", length=len(REGIONS)),
    State("regime_users", "Each class's countries with a working system.",
          "countries", length=len(REGIMES)),
    State("region_size", "Countries in each region.", "countries", length=len(REGIONS)),
    State("regime_size", "Countries in each regime class.", "countries", length=len(REGIMES)),
    State("states", "Countries in the world.", "countries"),
)


def mean_of_others(total: float, states: float, value: float, counted: float) -> float:
    """Mean over a group without this country, where it was counted; 0 to 1."""
    if total <= 0.0:
        return 0.0
    others = states - counted
    return clamp((total - value * counted) / others, 0.0, 1.0) if others > 0.0 else 0.0


def exposure_to_peers(country: Record, public: Record, p: Record) -> float:
    """Visibility of others' Chinese systems last quarter, 0 to 1."""
    if public.world_seen <= 0.0:
        return 0.0
    weights = p.peers.region_weight + p.peers.regime_weight + p.peers.world_weight
    region, regime, visible = country.region, country.regime, country.visibility
    same = 1.0 if country.counted_as == regime else 0.0
    seen = p.peers.region_weight * mean_of_others(
        public.region_seen[region], public.region_size[region], visible, 1.0
    ) + p.peers.regime_weight * mean_of_others(
        public.regime_seen[regime], public.regime_size[regime], visible, same
    )
    if p.peers.world_weight > 0.0:
        seen += p.peers.world_weight * mean_of_others(
            public.world_seen, public.states, visible, 1.0
        )
    if country.neighbour_count > 0:
        total = 0.0
        for k in range(country.neighbour_count):
            total += public.seen[country.neighbours[k]]
        seen += p.peers.neighbour_weight * total / country.neighbour_count
        weights += p.peers.neighbour_weight
    if weights <= 0.0:
        return 0.0
    return seen / weights


def reference_share(country: Record, public: Record) -> float:
    """Share of reference countries (region, regime class) with a working system."""
    region, regime = country.region, country.regime
    same = 1.0 if country.counted_as == regime else 0.0
    in_region = mean_of_others(
        public.region_users[region], public.region_size[region], country.user, 1.0
    )
    in_regime = mean_of_others(
        public.regime_users[regime], public.regime_size[regime], country.user, same
    )
    return (in_region + in_regime) / 2.0


def norm_next(country: Record, share: float, p: Record) -> float:
    speed = clamp(p.peers.norm_speed / QUARTERS, 0.0, 1.0)
    if share > country.threshold:
        return country.norm + (1.0 - country.norm) * speed
    return country.norm * (1.0 - speed)


def visibility_next(country: Record, p: Record) -> float:
    if not p.contracts.propagation:
        return 0.0
    # Vendors show what is new or served, and its owners recommend it.
    if country.working > 0.0 and (country.paid_sale > 0.0 or country.contract > 0.0):
        return 1.0
    standing = p.peers.standing * country.working
    return standing + (country.visibility - standing) * p.peers.memory_retention


def step(country: Record, public: Record, now: Record, p: Record) -> None:
    if now.elapsed == 0:
        draw = chance(now, country, LASTING_THRESHOLD)
        country.threshold = clamp(
            p.peers.threshold + logistic_deviate(draw, p.peers.threshold_spread), 0.0, 1.0
        )
    country.exposure = exposure_to_peers(country, public, p) if p.peers.active else 0.0
    if p.peers.norms:
        country.norm = norm_next(country, reference_share(country, public), p)
    else:
        country.norm = 0.0


def publish(public: Record, countries: Record, ps: Record) -> None:
    for r in range(len(public.region_seen)):
        public.region_seen[r] = 0.0
        public.region_users[r] = 0.0
    for g in range(len(public.regime_seen)):
        public.regime_seen[g] = 0.0
        public.regime_users[g] = 0.0
        public.regime_size[g] = 0.0
    for i in range(len(countries)):
        country = countries[i]
        p = ps[country.parameter_row]
        seen = visibility_next(country, p)
        country.visibility = seen
        public.seen[i] = seen
        user = country.working if p.contracts.propagation else 0.0
        country.user = user
        country.counted_as = country.regime
        public.region_seen[country.region] += seen
        public.region_users[country.region] += user
        public.regime_seen[country.regime] += seen
        public.regime_users[country.regime] += user
        public.regime_size[country.regime] += 1.0
    public.world_seen = 0.0
    for r in range(len(public.region_seen)):
        public.world_seen += public.region_seen[r]
    public.states = float(len(countries))


OUTCOMES = (
    Outcome("norm", "index 0-1", "Mean acceptance of surveillance norms.", "norm", "mean",
            "Norm level"),
    Outcome("exposure", "index 0-1", "Mean visibility of peers' Chinese systems.", "exposure",
            "mean", "Exposure to peers"),
)

MECHANISM = Mechanism(
    name="peers",
    title="Peers and norms",
    section=Peers,
    article="P6, P13, P16, P19, P25, P26",
    country=COUNTRY,
    public=PUBLIC,
    outcomes=OUTCOMES,
)
