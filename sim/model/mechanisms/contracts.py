"""Contracts: the ties between a system and its buyer, the core of lock-in.

The choice at expiry is in `contract_exit`, installation and replacement in `system_lifecycle`,
outages, missed payments and restoration in `system_failures`, new equipment in `refresh`, debt in
`loans`.
"""

from sim.model.arithmetic import clamp, decay_factor
from sim.model.draws import ARREARS, EXPIRY, chance
from sim.model.mechanisms.contract_exit import (
    LAPSE, RETENDER, Leaving, annual_value, choice_at_expiry, cities_served, cost_of_exit, fee_due,
    fee_paid_by_country, price_renewal, reprice,
)
from sim.model.mechanisms.loans import ROUNDING, serve_debt
from sim.model.mechanisms.market_access import whole_cost
from sim.model.mechanisms.payments import donate, pay_exit
from sim.model.mechanisms.refresh import (
    Refreshing, pay_refresh, refresh, refresh_due, refresh_is_due,
)
from sim.model.mechanisms.system_failures import (
    Failing, is_lost_early, lapse, miss_payment, missed_payment_probability, stay_suspended,
    strain, suffer_outage,
)
from sim.model.mechanisms.system_lifecycle import (
    HALF_OUT, begin_term, build_anew, falls_through, install, keep_or_leave, leave_system,
    replacement_price, retender, switch_off, wear_out,
)
from sim.model.mechanisms.tender import NO_VENDOR, WESTERN
from sim.model.mechanisms.west import replaces
from sim.model.parameters import Mechanism, Outcome, Record, State, derived, parameter, switch
from sim.model.units import QUARTERS


class Contracts(Failing, Refreshing, Leaving):
    """Maintenance contracts: their costs, and how they bind buyers."""

    life: float = parameter(
        7.0, unit="years", low=0.5, high=40.0, plausible=(5.0, 10.0), varied=False, evidence=1
    )
    """Years that a system lasts without maintenance; half of it is out of use by then.
    Source: life of unmaintained camera networks, order of magnitude."""
    operators: float = parameter(
        40.0, unit="officers a year", low=0.0, high=5000.0, plausible=(10.0, 100.0), varied=False,
        evidence=2,
    )
    """Operators that the vendor trains a year for each stage of a system.
    Source: ECU-911: technician training with the grant."""
    active: bool = switch(True)
    """Purchases open contracts; off: systems are bought outright, wear out and are retendered."""
    retention: bool = switch(True)
    """Exit cost, missed payments and restoration bind buyers; off: none does."""
    propagation: bool = switch(True, of_world=True)
    """Installed systems act on peers, norms, revenue and dependence; off: they do not."""
    dependence_gain: float = parameter(
        0.06, unit="share a year", low=0.0, high=4.0, plausible=(0.02, 0.1), evidence=1
    )
    """Growth of dependence per year of contract, towards 1.
    Source: article P9, P17."""
    dependence_half_life: float = parameter(
        15.0, unit="years", low=0.25, high=100.0, plausible=(7.0, 35.0), varied=False, evidence=1
    )
    """Half-life of dependence once no contract is in force.
    Source: assumption."""
    interest: float = parameter(
        0.03, unit="share a year", low=0.0, high=0.5, plausible=(0.02, 0.05), varied=False,
        evidence=3,
    )
    """Interest on Chinese credit.
    Source: Exim 2%, Standard Chartered 5%."""
    loan_years: float = parameter(
        16.0, unit="years", low=0.25, high=50.0, plausible=(12.0, 20.0), varied=False, evidence=3
    )
    """Years to repay Chinese credit, after grace.
    Source: 12-20 years in five loans."""
    grace: float = parameter(
        6.0, unit="years", low=0.0, high=20.0, plausible=(5.0, 7.0), varied=False, evidence=3
    )
    """Years before repayment begins.
    Source: Mauritius 7, Ghana 5."""

    @derived
    def dependence_retention(self) -> float:
        return decay_factor(QUARTERS * self.dependence_half_life)


COUNTRY = (
    State("vendor", "Vendor of the installed system; -1 if none.",
          "vendor", NO_VENDOR, True, panel=True),
    State("capital", "Capital sunk in the installed system.", "million US$"),
    State("installed", "1 while a system is installed, working or not.", "0 or 1"),
    State("contract", "1 while a maintenance contract is alive.", "0 or 1", panel=True),
    State("remaining", "Until the contract expires, or the system wears out.", "quarters from now"),
    State("age", "Years since it was installed, in the mean by capital.", "years"),
    State("fee", "Present yearly fee.", "million US$ a year"),
    State("fee_rate", "Its share of capital when signed, in the mean by capital.", "share a year"),
    State("debt", "Debt for systems to Chinese banks.", "million US$", panel=True),
    State("debt_in_grace", "Part of it whose repayment has not begun.", "million US$"),
    State("grace_left", "Before that begins, in the mean by amount.", "quarters from now"),
    State("repay_left", "Quarters that repaying the rest takes, in the mean.", "quarters"),
    State("arrears", "Unpaid fees.", "million US$"),
    State("out_of_service", "Share of the system that is out of service.", "share", panel=True),
    State("unpaid", "1 while part of it is suspended for missed payments.", "0 or 1"),
    State("in_service", "Quarters since this vendor's system first served.", "quarters"),
    State("premium", "Part added to the fee at the last renewal, for want of a rival.", "factor"),
    State("outages", "Outages while fees were paid.", "count", grows=True),
    State("unserved", "Chinese platforms signed for that never served.", "contracts", grows=True),
    State("expiry_kept", "Contracts at whose expiry the incumbent stayed.",
          "contracts", grows=True),
    State("expiry_ended", "Contracts that lapsed at expiry.", "contracts", grows=True),
    State("lapsed", "1 while its contract has lapsed and the system stays.", "0 or 1", panel=True),
    State("lapses_restored", "Lapses that ended with the same vendor.", "contracts", grows=True),
    State("lapses_replaced", "Those by another vendor's system.", "contracts", grows=True),
    State("lapses_gone", "Those by the system's end.", "contracts", grows=True),
    State("taste", "Lasting taste for its vendor's system, of deviation 1.", "logit"),
    State("refreshes", "Refreshes of equipment ordered so far.", "count", grows=True),
    State("refresh_left", "Quarters in which the present one is still paid.", "quarters"),
    State("refresh_bill", "Its price a quarter.", "million US$"),
    State("fell_through", "Stage signed for this quarter that will never serve.", "stage"),
    State("vendor_staff", "Operators that the vendor has trained.", "officers"),
    State("dependence", "Dependence on the vendor, 0 to 1.", "share", panel=True),
    State("exit_cost", "Exit cost now.", "million US$", panel=True),
    State("yearly_value", "Yearly worth of the system now.", "million US$ a year", panel=True),
    State("contract_chinese", "The contract, if it is with a Chinese vendor.", "0 or 1"),
    State("exit_cost_chinese", "Exit cost, if it is.", "million US$"),
    State("value_chinese", "Yearly worth of the system, if it is Chinese.", "million US$ a year"),
    State("working", "1 while a Chinese system works: less than half of it out of service.",
          "0 or 1", panel=True),
    State("working_western", "1 while a Western system works.", "0 or 1", panel=True),
    State("adopted_national", "1 once a contract with a Chinese vendor was signed.",
          "0 or 1", grows=True),
    State("adopted", "1 once it had a Chinese system, a city's cameras included.",
          "0 or 1", grows=True, panel=True),
    State("adopted_platform", "1 once one was for a safe city or more.",
          "0 or 1", grows=True, panel=True),
    State("stays", "1 while its documented exit from the Chinese system is ahead.", "0 or 1"),
    State("signed", "1 if one that covers a further city was signed this quarter.", "0 or 1"),
    State("agreements", "Chinese contracts that cover one so far.", "agreements", grows=True),
    State("cities_working", "Large cities whose Chinese safe city works.", "cities"),
    State("opened", "Contracts opened so far.", "contracts", grows=True, panel=True),
    State("renewed", "Renewals so far.", "contracts", grows=True, panel=True),
    State("suspensions", "Times that the system was suspended for missed payments.", "count",
          grows=True, panel=True),
    State("restored", "Times that the system was restored.", "count", grows=True, panel=True),
    State("restored_same", "Of these, by the vendor that built it.", "count", grows=True),
    State("switched", "Contracts ended by a change of vendor.",
          "contracts", grows=True, panel=True),
    State("outgrown", "Of these, by another vendor's larger system.",
          "contracts", grows=True, panel=True),
    State("switched_off", "Contracts ended by switching off.", "contracts", grows=True, panel=True),
    State("replaced", "Contracts ended by a ban.", "contracts", grows=True, panel=True),
    State("expired", "Contracts that ran out with the system kept.", "contracts", grows=True),
    State("same_supplier", "1 while no other vendor has replaced its Chinese platform.", "0 or 1"),
    State("ever_suspended", "1 once a Chinese system was suspended.", "0 or 1", grows=True),
    State("service", "Debt service of this quarter.", "million US$"),
    State("paid_sale", "Paid to the vendor for systems, this quarter.", "million US$"),
    State("paid_fee", "Paid to the vendor in fees, this quarter.", "million US$"),
    State("paid_refresh", "Paid to the same vendor for a refresh, this quarter.", "million US$"),
    State("sale_to", "Vendor that was last paid for a system.", "vendor", NO_VENDOR, True),
    State("fee_to", "Vendor that was last paid a fee.", "vendor", NO_VENDOR, True),
)


def serve(country: Record, public: Record, now: Record, p: Record) -> None:
    due = fee_due(country)
    fee = fee_paid_by_country(country, due, p)
    country.fee_to = country.vendor
    country.fee *= p.contracts.escalation_factor
    staff = p.contracts.operators * country.stage * cities_served(country) / QUARTERS
    if country.unpaid > 0.0:
        country.arrears += fee
        # Donors who pay every fee settle what is owed: nothing stays suspended for it.
        soon = p.contracts.restoration_chance if fee > 0.0 else 1.0
        stay_suspended(country, public, now, soon, p)
        return
    suffer_outage(country, now, p)
    draw = chance(now, country, ARREARS)
    # Most draws lie above the most that any strain gives: they ask for none to be worked out.
    # Where no fee is owed, debt service strains the budget, but there is no fee to miss.
    if (
        fee > 0.0
        and draw < p.contracts.max_missed_payment_rate
        and draw < missed_payment_probability(
            strain(country, fee + refresh_due(country, p), country.service, p), p
        )
    ):
        miss_payment(country, fee, now, p)
        return
    country.paid_fee += due
    country.paid_own += fee
    if fee < due:
        donate(country, due - fee)
    country.vendor_staff += staff
    pay_refresh(country, p)
    if country.remaining <= ROUNDING and country.pending_anew <= 0.0:
        expire(country, public, now, p)
    elif refresh_is_due(country, p):
        refresh(country, public, p)


def expire(country: Record, public: Record, now: Record, p: Record) -> None:
    country.exit_cost = cost_of_exit(country, p)
    country.yearly_value = annual_value(country, p)
    rebuilt = replacement_price(country, public, p)
    # The incumbent's offer. Who waits for credit for another system is served at this price.
    country.premium = price_renewal(country, public, p)
    reprice(country, p)
    choice = choice_at_expiry(country, rebuilt, chance(now, country, EXPIRY), p)
    if choice == LAPSE:
        lapse(country, now, p)
    elif choice == RETENDER:
        retender_at_expiry(country, public, now, p)
    elif p.contracts.active:
        country.expiry_kept += 1.0
        country.renewed += 1.0
        country.remaining = p.contracts.term_quarters
    else:
        begin_term(country, p)


def retender_at_expiry(country: Record, public: Record, now: Record, p: Record) -> None:
    # The winner may still wait for credit: then it is the pending vendor.
    incumbent = country.vendor
    if not retender(country, public, now, p):
        lapse(country, now, p)
        return
    winner = country.pending_vendor if country.pending_anew > 0.0 else country.vendor
    if winner == incumbent:
        country.expiry_kept += 1.0


def account(country: Record, now: Record, p: Record) -> None:
    if country.contract > 0.0 and country.vendor != WESTERN and p.contracts.propagation:
        gain = p.contracts.dependence_gain / QUARTERS
        country.dependence += (1.0 - country.dependence) * clamp(gain, 0.0, 1.0)
    else:
        country.dependence *= p.contracts.dependence_retention
    country.exit_cost = cost_of_exit(country, p) if country.contract > 0.0 else 0.0
    country.yearly_value = annual_value(country, p) if country.installed > 0.0 else 0.0
    chinese = country.vendor != WESTERN
    country.contract_chinese = country.contract if chinese else 0.0
    country.exit_cost_chinese = country.exit_cost if chinese else 0.0
    country.value_chinese = country.yearly_value if chinese else 0.0
    works = country.installed > 0.0 and country.out_of_service < HALF_OUT
    country.working = 1.0 if works and chinese else 0.0
    country.working_western = 1.0 if works and not chinese else 0.0
    country.cities_working = country.cities if country.working > 0.0 else 0.0


def step(country: Record, public: Record, now: Record, p: Record) -> None:
    """Serve the debt, install purchases, and serve the contract or let the system wear."""
    country.paid_sale = 0.0
    country.paid_fee = 0.0
    country.paid_refresh = 0.0
    country.signed = 0.0
    country.fell_through = 0.0
    country.promised = 0.0
    serve_debt(country, p)
    if country.sale_vendor != NO_VENDOR and not falls_through(country, now, p):
        vendor, price, credit = country.sale_vendor, country.sale_price, country.sale_credit
        if country.sale_anew > 0.0:
            build_anew(country, vendor, price, credit, now, p)
        else:
            install(country, vendor, price, credit, now, p)
    keep_or_leave(country, now, p)
    if country.installed > 0.0:
        country.age += 1.0 / QUARTERS
        country.in_service += 1.0
        country.remaining -= 1.0
        if country.vendor != WESTERN and replaces(country, now, p):
            whole = whole_cost(country, country.stage, country.cities, p)
            pay_exit(country, whole, whole, p.contracts.switch_off_cost, p)
            country.replaced += country.contract + country.lapsed
            leave_system(country)
        elif is_lost_early(country, now, p):
            switch_off(country)
        elif country.contract > 0.0:
            serve(country, public, now, p)
        elif country.lapsed > 0.0:
            # While a new system waits for credit, nobody restores the old one.
            soon = p.contracts.restoration_chance if country.pending_anew <= 0.0 else 0.0
            stay_suspended(country, public, now, soon, p)
        else:
            wear_out(country, public, now, p)
    account(country, now, p)


OUTCOMES = (
    Outcome("adopters", "countries",
            "Countries that ever had a Chinese system, a city's cameras included.", "adopted",
            "total", "Ever bought any Chinese system"),
    Outcome("same_supplier", "share of countries",
            "Share of countries that ever had a Chinese platform where no other vendor replaced"
            " it.", "same_supplier", "ratio", "Kept its supplier", over="adopted_platform"),
    Outcome("platforms", "countries",
            "Countries that ever signed with a Chinese vendor for a safe city or more.",
            "adopted_platform", "total", "Ever bought a Chinese platform (safe city or more)"),
    Outcome("agreements", "agreements",
            "Agreements with Chinese vendors that cover a first or further large city, so far.",
            "agreements", "total", "Safe-city agreements"),
    Outcome("cities_working", "cities", "Large cities whose Chinese safe city works.",
            "cities_working", "total", "Cities with a working system"),
    Outcome("adopters_share", "share of countries",
            "Share of countries that ever had a Chinese system.", "adopted", "share",
            "Ever bought any Chinese system"),
    Outcome("working", "countries",
            "Countries whose Chinese system works (less than half of it out of service).",
            "working", "total", "Working Chinese systems"),
    Outcome("working_share", "share of countries", "Share of countries whose Chinese system works.",
            "working", "share", "Working Chinese systems"),
    Outcome("working_western", "countries", "Countries whose Western system works.",
            "working_western", "total", "Western systems"),
    Outcome("out_of_service_share", "share of installed systems",
            "Mean share of installed systems that is suspended, worn out or failed.",
            "out_of_service", "ratio", "Share out of service", over="installed"),
    Outcome("contracts_chinese", "contracts",
            "Maintenance contracts in force with Chinese vendors.", "contract_chinese", "total",
            "Chinese contracts in force"),
    Outcome("contracts_active", "contracts", "Maintenance contracts in force, any vendor's.",
            "contract", "total", "Contracts in force, all vendors"),
    Outcome("contracts_renewed", "contracts", "Renewals so far.", "renewed", "total",
            "Renewals, all vendors"),
    Outcome("expiry_kept", "contracts",
            "Contracts at whose expiry the incumbent stayed, any vendor's.", "expiry_kept", "total",
            "At expiry: incumbent stayed"),
    Outcome("expiry_ended", "contracts", "Contracts that lapsed at expiry, any vendor's.",
            "expiry_ended", "total", "At expiry: lapsed"),
    Outcome("lapsed", "systems", "Systems in place whose contract has lapsed.", "lapsed", "total",
            "Lapsed"),
    Outcome("lapses_restored", "contracts", "Lapses that ended with the vendor of the system.",
            "lapses_restored", "total", "Lapses: restored"),
    Outcome("lapses_replaced", "contracts", "Lapses that ended with another vendor's system.",
            "lapses_replaced", "total", "Lapses: replaced"),
    Outcome("lapses_gone", "contracts",
            "Lapses that ended when the system was switched off or banned.", "lapses_gone", "total",
            "Lapses: system gone"),
    Outcome("unserved", "contracts", "Chinese platforms that were signed for and never served.",
            "unserved", "total", "Signed and never served"),
    Outcome("refreshes", "count", "Refreshes of equipment ordered so far, any vendor's.",
            "refreshes", "total", "Refreshes of equipment"),
    Outcome("outages", "count", "Outages of systems whose fees were paid, any vendor's.",
            "outages", "total", "Outages under paid contracts"),
    Outcome("contracts_renewed_yearly", "contracts a year", "Renewals in the last four quarters.",
            "renewed", "yearly", "Renewed"),
    Outcome("contracts_suspended_yearly", "systems a year",
            "Systems suspended for missed payments in the last four quarters.", "suspensions",
            "yearly", "Suspended"),
    Outcome("contracts_switched_yearly", "contracts a year",
            "Changes of vendor in the last four quarters.", "switched", "yearly", "Switched"),
    Outcome("contracts_switched_off_yearly", "contracts a year",
            "Systems switched off in the last four quarters.", "switched_off", "yearly",
            "Switched off"),
    Outcome("contracts_replaced_yearly", "contracts a year",
            "Contracts ended by a ban in the last four quarters.", "replaced", "yearly",
            "Replaced"),
    Outcome("suspended_ever", "countries",
            "Countries whose Chinese system was ever suspended for missed payments.",
            "ever_suspended", "total", "Ever suspended"),
    Outcome("restored", "systems", "Suspended systems restored.", "restored", "total", "Restored"),
    Outcome("restored_same_vendor", "systems",
            "Suspended systems restored by the vendor that built them.", "restored_same", "total",
            "Restored by the same vendor"),
    Outcome("lock_in_chinese", "years of benefit",
            "Exit cost of Chinese systems under contract (weighed, paid only at exit), over what"
            " all Chinese systems are worth to their owners in a year.",
            "exit_cost_chinese", "ratio", "Exit cost, Chinese systems", over="value_chinese"),
    Outcome("lock_in", "years of benefit",
            "Exit cost of systems under contract (weighed, paid only at exit), over what all"
            " systems, any vendor's, are worth to their owners in a year.",
            "exit_cost", "ratio", "Exit cost, all vendors", over="yearly_value"),
    Outcome("dependence", "index 0-1", "Mean dependence of countries with an installed system.",
            "dependence_installed", "ratio", "Dependence", over="installed"),
    Outcome("operators", "operators", "Operators that vendors have trained under contracts so far.",
            "vendor_staff", "total", "Operators trained"),
    Outcome("debt", "million US$", "Debt for systems to Chinese banks.", "debt", "total", "Debt"),
    Outcome("revenue_sales_yearly", "million US$ a year",
            "Systems and refreshes sold in the last four quarters: by one vendor, or by all,"
            " Western ones included.", "sales", "yearly", "Sales, all vendors", of="vendor"),
    Outcome("sales_chinese_yearly", "million US$ a year",
            "Systems and refreshes that Chinese vendors sold in the last four quarters.",
            "china.sales", "yearly",
            "Sales, Chinese vendors", of="actor"),
    Outcome("revenue_maintenance_yearly", "million US$ a year",
            "Fees in the last four quarters: to one vendor, or to all, Western ones included.",
            "fees", "yearly", "Maintenance, all vendors", of="vendor"),
    Outcome("revenue_sales", "million US$",
            "Systems and refreshes sold so far: by one vendor, or by all.", "sales", "total",
            "Sales so far, all vendors", of="vendor"),
    Outcome("revenue_maintenance", "million US$",
            "Fees received so far: by one vendor, or by all.", "fees", "total",
            "Maintenance so far, all vendors", of="vendor"),
    Outcome("sales_chinese", "million US$",
            "Systems and refreshes that Chinese vendors sold so far.", "china.sales", "total",
            "Chinese sales so far", of="actor"),
    Outcome("maintenance_chinese", "million US$", "Fees that Chinese vendors received so far.",
            "china.fees", "total", "Chinese maintenance so far", of="actor"),
    Outcome("maintenance_chinese_yearly", "million US$ a year",
            "Fees that Chinese vendors received in the last four quarters.", "china.fees", "yearly",
            "Maintenance, Chinese vendors", of="actor"),
)

MECHANISM = Mechanism(
    name="contracts",
    title="Contracts and lock-in",
    section=Contracts,
    article="P9, P17",
    country=COUNTRY,
    outcomes=OUTCOMES,
)
