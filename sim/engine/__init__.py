"""The engine: one set of rules, run by a compiled loop or as a Mesa model."""

from sim.engine.ensemble import Ensemble, Keeping, prepare, with_sets
from sim.engine.identity import data_hash, own_world, source_hash
from sim.engine.run import CHUNK_RUNS, chunks_of, run_chunk, run_chunks

__all__ = [
    "CHUNK_RUNS",
    "Ensemble",
    "Keeping",
    "chunks_of",
    "data_hash",
    "own_world",
    "prepare",
    "run_chunk",
    "run_chunks",
    "source_hash",
    "with_sets",
]
