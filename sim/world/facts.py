"""What the input tables and the record say of a country, in words."""

from __future__ import annotations

import numpy as np

from sim.model.units import THOUSAND
from sim.world.columns import SPELL_KINDS
from sim.world.countries import CountrySeed
from sim.world.seeds import Seeds

CONFLICT = ("none", "minor", "war")


def facts_of(state: CountrySeed, tables: Seeds) -> dict[str, str]:
    """Return the known facts of a country, label and text, in the last year of the tables."""
    row = tables.countries.index(state)
    last = {name: float(values[row, -1]) for name, values in tables.history.items()}
    joined, left = (round(state.figures[name]) for name in ("bri_year", "bri_exit_year"))
    bri = "not a member" if joined > tables.last_year else f"since {joined}"
    exposed = THOUSAND * last["battle_deaths"] / last["population_k"]
    facts = {
        "region": state.region,
        "regime of 2024 (EIU)": state.regime_2024,
        "democracy score": f"{last['democracy']:.1f} of 10",
        "Belt and Road": bri if left > tables.last_year else f"{joined} to {left}",
        "income": f"{last['gdp_pc']:,.0f} US$ of 2015 per head",
        "population": f"{last['population_k'] / 1000.0:,.1f} million",
        "aid received": f"{last['oda_gni']:.1f}% of GNI",
        "conflict": f"{CONFLICT[round(last['conflict'])]}, {exposed:,.0f} deaths per million",
        "relations with Beijing": "yes" if last["relations"] else "no",
        "sanctions": f"{last['sanctions']:.0f} of the US, the EU and the UN",
        "binding ban on Chinese vendors": "yes" if last["ban"] else "no",
        "WTO procurement agreement": "a party" if last["gpa"] else "no",
    }
    allied = np.any([tables.history[kind][row] for kind in SPELL_KINDS["alliance"]], axis=0)
    if allied.any():
        facts["Western alliance"] = f"since {tables.first_year + int(np.argmax(allied))}"
    return facts
