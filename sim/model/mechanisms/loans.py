"""Debt for systems, in two sums: in grace and in repayment, each with its mean time left."""

from sim.model.parameters import Record
from sim.model.units import QUARTERS

ROUNDING = 1e-9
"""Quarters by which a mean of whole quarters may miss a whole one."""


def borrow(country: Record, credit: float, p: Record) -> None:
    younger = country.debt_in_grace
    grace = p.contracts.grace * QUARTERS
    # Earlier loans are repaid as agreed.
    country.grace_left = (country.grace_left * younger + grace * credit) / (younger + credit)
    country.debt_in_grace += credit
    country.debt += credit


def repayment_due(country: Record) -> float:
    """Repayment of debt past its grace, in million US$."""
    due = country.debt - country.debt_in_grace
    return due / country.repay_left if country.repay_left > 1.0 else due


def serve_debt(country: Record, p: Record) -> None:
    country.service = 0.0
    if country.debt <= 0.0:
        return
    repaid = repayment_due(country)
    country.service = country.debt * p.contracts.interest / QUARTERS + repaid
    country.paid_own += country.service
    due = country.debt - country.debt_in_grace - repaid
    country.repay_left -= 1.0
    if country.repay_left <= 0.0:
        due = 0.0
        country.repay_left = 0.0
    country.grace_left -= 1.0
    if country.debt_in_grace > 0.0 and country.grace_left <= ROUNDING:
        # What joins the rest takes its full time; together they take their mean, by amount.
        joins = country.debt_in_grace
        quarters = p.contracts.loan_years * QUARTERS
        country.repay_left = (due * country.repay_left + joins * quarters) / (due + joins)
        due += joins
        country.debt_in_grace = 0.0
    country.debt = due + country.debt_in_grace
