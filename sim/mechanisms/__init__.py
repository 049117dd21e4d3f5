"""The model: eleven mechanisms, one file each. `sim/quarter.py` says in which order they act."""

from __future__ import annotations

from sim.mechanisms import (
    china,
    contracts,
    history,
    market,
    needs,
    observer,
    peers,
    procurement,
    society,
    training,
    west,
)
from sim.parameters import Mechanism

MECHANISMS: tuple[Mechanism, ...] = (
    history.MECHANISM,
    china.MECHANISM,
    west.MECHANISM,
    needs.MECHANISM,
    training.MECHANISM,
    procurement.MECHANISM,
    peers.MECHANISM,
    contracts.MECHANISM,
    society.MECHANISM,
    market.MECHANISM,
    observer.MECHANISM,
)
"""In the order in which they first act in a quarter: that of scenario files, and of columns."""
