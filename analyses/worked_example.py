"""Compute the worked country-quarter of plain-words.md from the model itself.

`uv run python analyses/worked_example.py` follows one country through one run with the documented
parameter values, to a quarter in which its contract ends, and writes what the rules make of it
between the marks of the page; with `--check` it ends with 1 if the page is not current.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import sim
from sim.model.arithmetic import logistic
from sim.model.mechanisms.contract_exit import LAPSE, RENEW, RETENDER
from sim.model.mechanisms.system_failures import missed_payment_probability
from sim.model.units import QUARTERS

PAGE = Path(__file__).parents[1].joinpath("docs", "plain-words.md")
MARKS = re.compile(r"(<!-- table: worked -->\n).*?(<!-- end of table -->)", re.S)
COUNTRY = "Kenya"
DRAWS = 2_000
"""Draws, evenly spaced, that show the odds of a choice."""
CHOICES = {
    RENEW: "renew the contract", RETENDER: "tender a new system", LAPSE: "let the contract lapse",
}  # fmt: skip


def at_expiry() -> tuple[Any, Any, Any]:
    """Return the model, the country and its parameters once a contract is about to end."""
    model = sim.EntrenchModel("baseline", seed=1, point=True)
    (country,) = (each for each in model.countries if each.name == COUNTRY)
    while not (country.contract and country.remaining <= 1.0 and country.unpaid <= 0.0):
        model.step()  # after the last quarter this is an error: choose another country
    # No dated event of the baseline sets a parameter that is used here: the first period's do.
    return model, country, model.parameters[0][country.parameter_row]


def millions(value: float) -> str:
    """Return an amount."""
    return f"{value:,.0f} million US$" if value >= 10.0 else f"{value:.1f} million US$"


def percent(share: float) -> str:
    """Return a share."""
    return f"{100 * share:.0f}%" if share >= 0.095 else f"{100 * share:.1f}%"


def rows() -> Iterator[tuple[str, str]]:
    """Yield what happens in the quarter, and its number."""
    model, country, p = at_expiry()
    yield "country", f"{COUNTRY}, at the end of quarter {model.now.season + 1} of {model.now.year}"
    income, aid = country.gdp_pc, country.oda_gni
    yield "income per head; Western aid", f"{income:,.0f} US$; {aid:.1f}% of national income"
    asks = p.training.rate * country.course_access * logistic(country.training_utility(p))
    yield "chance of applying for a course, if none is applied for", percent(asks)
    yield "courses attended since 2000", f"{country.trainings:.0f}"
    stage = ("none", "small system", "safe city", "integrated platform")[int(country.stage)]
    yield "system", f"{stage}, {country.cities:.0f} of {country.large_cities:.0f} large cities"
    yield "price paid so far", millions(country.capital)
    yield "yearly budget for all security, police included", millions(country.budget)
    fee = country.fee_due()
    yield "maintenance fee per year", millions(QUARTERS * fee)
    pressure = country.strain(fee, country.service, p)
    yield "strain of fee and debt on the budget, from 0 to 1", f"{pressure:.2f}"
    yield (
        "chance of missing this quarter's payment",
        percent(missed_payment_probability(pressure, p)),
    )
    leave, worth = country.cost_of_exit(p), country.annual_value(p)
    yield "benefit of the system per year", millions(worth)
    of_price = f"{leave / country.capital:.1f} times the price paid"
    yield "exit cost", f"{millions(leave)}, {of_price}, {leave / worth:.0f} years of benefit"
    country.exit_cost, country.yearly_value = leave, worth
    rebuilt = country.replacement_price(model.public, p)
    yield "price of such a system, new", millions(rebuilt)
    draws = (np.arange(DRAWS) + 0.5) / DRAWS
    chosen = np.array([country.choice_at_expiry(rebuilt, draw, p) for draw in draws])
    for choice, words in CHOICES.items():
        yield f"chance to {words}", percent((chosen == choice).mean())


def page() -> str:
    """Return the page with the table of today's model."""
    lines = ["", "| in this quarter | number |", "|---|---|"]
    lines += [f"| {words} | {number} |" for words, number in rows()]
    text = PAGE.read_text(encoding="utf-8")
    return MARKS.sub(lambda mark: "\n".join([mark[1].rstrip(), *lines, "", mark[2]]), text)


def main(arguments: list[str]) -> int:
    """Write the page, or check it; return the exit code."""
    text = page()
    if arguments == ["--check"]:
        return int(text != PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
