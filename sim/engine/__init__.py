"""The engine: one set of rules, run by a compiled loop or as a Mesa model."""

from sim.engine.ensemble import Ensemble, prepare
from sim.engine.identity import data_hash, source_hash, user_world
from sim.engine.run import run_chunk

__all__ = ["Ensemble", "data_hash", "prepare", "run_chunk", "source_hash", "user_world"]
