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
    needs.MECHANISM,
    west.MECHANISM,
    china.MECHANISM,
    training.MECHANISM,
    procurement.MECHANISM,
    contracts.MECHANISM,
    peers.MECHANISM,
    society.MECHANISM,
    market.MECHANISM,
    observer.MECHANISM,
)
"""In the order of scenario files, and of columns in results, which does not change."""
