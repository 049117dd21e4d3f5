"""The parameters that evidence leaves open, and points in the space of their plausible ranges."""

from __future__ import annotations

from sim.analysis.sensitivity_design import design_of, plausible_factors

__all__ = ["design_of", "plausible_factors"]
