"""Units of time and of number that all of the model counts in: each named once, here."""

from __future__ import annotations

FIRST_YEAR = 2000
"""The year whose first quarter is quarter 0; observed history begins with it."""
QUARTERS = 4
"""Quarters in a year."""
LAST_SEASON = QUARTERS - 1
"""A year's last quarter, counted from 0."""
NEVER = -1
"""The date of what has not happened."""

PERCENT = 100.0
THOUSAND = 1e3
MILLION = 1e6
