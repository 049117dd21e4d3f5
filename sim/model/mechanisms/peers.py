"""Peers and norms: other adopters are seen, and surveillance comes to seem normal.

These are two separate channels (Elkins & Simmons 2005).
"""

from sim.model.arithmetic import clamp, decay_factor
from sim.model.parameters import (
    Mechanism, Outcome, Record, Section, State, derived, parameter, switch,
)
from sim.model.units import QUARTERS, REGIONS


class Peers(Section):
    """Influence of other countries' systems."""

    active: bool = switch(True)
    """Visible adopters raise purchases; off: that influence is zero."""
    norms: bool = switch(True)
    """Surveillance may come to count as normal; off: it never does."""
    world_weight: float = parameter(0.0, unit="weight", low=0.0, high=1.0, evidence=1)
    """Weight of the whole world among the systems that a country sees; the rest is its ring:
    neighbours and region in equal parts.
    Source: a scenario's assumption: imitation without neighbours (Bass 1969)."""
    memory: float = parameter(
        4.0, unit="years", low=0.25, high=50.0, plausible=(2.0, 6.0), varied=False, evidence=2
    )
    """Half-life of the visibility of a system that nobody serves any more.
    Source: Shipan & Volden 2008: imitation is short-lived."""
    threshold: float = parameter(0.35, unit="share", plausible=(0.2, 0.5), evidence=1)
    """Share of a region's other countries with a system from which a country finds it normal.
    Source: article P19, P25."""
    norm_speed: float = parameter(
        0.06, unit="share a year", low=0.0, high=4.0, plausible=(0.01, 0.1), evidence=1
    )
    """Speed at which acceptance grows past the threshold, or fades below it.
    Source: assumption."""
    norm_weight_purchase: float = parameter(
        0.8, unit="logit", low=-3.0, high=5.0, plausible=(0.0, 2.0), varied=False, evidence=1
    )
    """Propensity to buy added by full acceptance.
    Source: article P19, P25."""

    @derived
    def memory_retention(self) -> float:
        return decay_factor(QUARTERS * self.memory)


COUNTRY = (
    State("exposure", "Visible Chinese systems among peers, 0 to 1.", "share"),
    State("visibility", "How visible the country's own system is, 0 to 1.", "share"),
    State("norm", "Acceptance of surveillance norms, 0 to 1.", "share", panel=True),
    State("user", "1 if counted among users when peers were last counted.", "0 or 1"),
)
PUBLIC = (
    State("seen", "Visibility of each country's system, by row.", "share", length=-1),
    State("region_seen", "Sum of visibility in each region.", "share", length=len(REGIONS)),
    State("world_seen", "Sum of visibility in the world.", "share"),
    State("region_users", "A region's countries with a working system.",
          "countries", length=len(REGIONS)),
    State("region_size", "Countries in each region.", "countries", length=len(REGIONS)),
    State("states", "Countries in the world.", "countries"),
)


def mean_of_others(total: float, states: float, value: float) -> float:
    """Mean over a group without this country; 0 to 1."""
    return clamp((total - value) / (states - 1.0), 0.0, 1.0) if states > 1.0 else 0.0


def exposure_to_peers(country: Record, public: Record, p: Record) -> float:
    """Visibility of others' Chinese systems last quarter, 0 to 1."""
    if public.world_seen <= 0.0:
        return 0.0
    region, visible = country.region, country.visibility
    ring = mean_of_others(public.region_seen[region], public.region_size[region], visible)
    if country.neighbour_count > 0:
        total = 0.0
        for k in range(country.neighbour_count):
            total += public.seen[country.neighbours[k]]
        ring = (ring + total / country.neighbour_count) / 2.0
    world = mean_of_others(public.world_seen, public.states, visible)
    return ring + (world - ring) * p.peers.world_weight


def norm_next(country: Record, share: float, p: Record) -> float:
    speed = clamp(p.peers.norm_speed / QUARTERS, 0.0, 1.0)
    if share > p.peers.threshold:
        return country.norm + (1.0 - country.norm) * speed
    return country.norm * (1.0 - speed)


def visibility_next(country: Record, p: Record) -> float:
    if not p.contracts.propagation:
        return 0.0
    # Vendors show what is new or served, and its owners recommend it.
    if country.working > 0.0 and (country.paid_sale > 0.0 or country.contract > 0.0):
        return 1.0
    return country.visibility * p.peers.memory_retention


def step(country: Record, public: Record, p: Record) -> None:
    country.exposure = exposure_to_peers(country, public, p) if p.peers.active else 0.0
    if p.peers.norms:
        region = country.region
        share = mean_of_others(
            public.region_users[region], public.region_size[region], country.user
        )
        country.norm = norm_next(country, share, p)
    else:
        country.norm = 0.0


def publish(public: Record, countries: Record, ps: Record) -> None:
    for r in range(len(public.region_seen)):
        public.region_seen[r] = 0.0
        public.region_users[r] = 0.0
    for i in range(len(countries)):
        country = countries[i]
        p = ps[country.parameter_row]
        seen = visibility_next(country, p)
        country.visibility = seen
        public.seen[i] = seen
        user = country.working if p.contracts.propagation else 0.0
        country.user = user
        public.region_seen[country.region] += seen
        public.region_users[country.region] += user
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
