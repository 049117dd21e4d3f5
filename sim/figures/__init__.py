"""Figures of results: drawn with matplotlib, without a screen and without pyplot."""

from __future__ import annotations

from collections.abc import Sequence

from sim.errors import InputError, listed

ALLOWED_FORMATS = ("png", "pdf", "svg")
# Millimetres.
LEAST_WIDTH, MOST_WIDTH = 80, 300


def check_form(formats: str | Sequence[str], width: float | None) -> list[str]:
    """Return formats as a list; refuse a format or a width that figures cannot have."""
    for wrong in (name for name in listed(formats) if name not in ALLOWED_FORMATS):
        raise InputError(f"--format {wrong}: allowed: {', '.join(ALLOWED_FORMATS)}")
    if width is not None and not LEAST_WIDTH <= width <= MOST_WIDTH:
        raise InputError(f"--width {width}: allowed: {LEAST_WIDTH} to {MOST_WIDTH}")
    return listed(formats)
