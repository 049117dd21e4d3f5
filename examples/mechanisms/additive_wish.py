"""The wish to buy as one sum: the model's form before governments considered, then decided.

All countries consider systems at any time. A bundled offer, peers' systems and dependence add to
the wish to buy one. It is a null model beside the model's form: both can be asked for the figures.
"""

from sim.model.mechanisms.purchase_utility import purchase_utility
from sim.model.parameters import Mechanism, Record, Section, parameter


class AdditiveWish(Section):
    """What an offer, peers and dependence add to the wish to buy."""

    bundle_weight: float = parameter(
        1.2, unit="logit", low=-3.0, high=6.0, plausible=(0.0, 2.5),
        source="article P8; ECU-911 loan and grant", evidence=2,
    )  # fmt: skip
    """Propensity added by a valid bundled offer."""
    peer_weight: float = parameter(
        0.98, unit="logit", low=-3.0, high=6.0, plausible=(0.0, 1.5),
        source="Bolivia bought after seeing Ecuador's; Oswald et al. 2024", evidence=2,
    )  # fmt: skip
    """Propensity added if all peers use Chinese systems."""
    dependence_weight: float = parameter(
        0.6, unit="logit", low=-3.0, high=6.0, plausible=(0.0, 1.5),
        source="article P9, P17", evidence=2,
    )  # fmt: skip
    """Propensity added by full dependence on a Chinese vendor."""


def consider_always(country: Record, public: Record, now: Record, p: Record) -> None:
    country.considering = 1.0


def wish(country: Record, price: float, chinese: float, p: Record) -> float:
    """Propensity to buy at a price, in logits."""
    utility = purchase_utility(country, price, chinese, p)
    utility += p.additive_wish.peer_weight * country.exposure
    utility += p.additive_wish.dependence_weight * country.dependence
    if country.offer_left > 0.0 and chinese > 0.0:
        utility += p.additive_wish.bundle_weight
    return utility


MECHANISM = Mechanism(
    "additive_wish",
    "The wish as one sum",
    AdditiveWish,
    replaces={
        "consideration.step": consider_always,
        "purchase_utility.purchase_utility": wish,
    },
)
