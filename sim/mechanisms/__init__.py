"""The model: eleven mechanisms, one file each, in the order in which they act in a quarter."""

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
