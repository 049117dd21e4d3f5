"""Two outcomes alone: what countries owe in unpaid fees, and how many are behind."""

from sim.model.parameters import Mechanism, Outcome

MECHANISM = Mechanism(
    "unpaid_fees",
    "Unpaid fees",
    outcomes=(
        Outcome(
            "unpaid_fees", "million US$", "Unpaid fees for maintenance.", "arrears", "total",
            "Unpaid fees",
        ),
        Outcome(
            "out_per_system", "share", "Share of installed systems that is out of service.",
            "out_of_service", "ratio", "Dark systems", over="installed",
        ),
    ),
)  # fmt: skip
