"""What if leaving were dearer than any contract says? One rule, overridden in the Mesa model.

A subclass of CountryAgent overrides a rule by its name; everything else stays, the draws included.
Run it with

    uv run python examples/stubborn_states.py
"""

from __future__ import annotations

from sim.engine.mesa_model import CountryAgent, EntrenchModel
from sim.model.parameters import Record

RUNS = 3


class StubbornState(CountryAgent):
    """A country that never forgets what it sank into its system: leaving costs three times more."""

    def cost_of_exit(self, p: Record) -> float:
        """Three times what the model says."""
        return 3.0 * super().cost_of_exit(p)


def working_at_the_end(country_class: type[CountryAgent], run_number: int) -> float:
    """Working Chinese systems at the horizon's end, in one run."""
    model = EntrenchModel("baseline", seed=1, run_number=run_number, country_class=country_class)
    model.run()
    return float(model.outcome("working")[-1])


def main() -> None:
    """Print both, run by run."""
    print("Working systems in 2040   usual   stubborn")
    for run in range(RUNS):
        usual = working_at_the_end(CountryAgent, run)
        stubborn = working_at_the_end(StubbornState, run)
        print(f"Run {run + 1:<21} {usual:5.0f} {stubborn:10.0f}")


if __name__ == "__main__":
    main()
