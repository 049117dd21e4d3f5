"""In which world runs are: whether a folder was made with the seeds that are asked for."""

from __future__ import annotations

from sim.engine import own_world
from sim.results.read import Results
from sim.world.seeds import Seeds


def other_world(results: Results, seeds: Seeds | None) -> str:
    """Return what to say if a folder was made with other seeds than are given; else nothing."""
    before, given = results.manifest.get("seeds"), own_world(seeds)
    if before is None and not given:
        return ""
    if before is None:
        return f"{results.folder} was made with the shipped seeds: leave out --seeds and --known"
    if given.get("data") == results.manifest["data"]:
        return ""
    own = f"the seeds {before['name']!r}" if before.get("name") else ""
    known = f"{len(before['known'])} known facts" if before.get("known") else ""
    made = " and ".join(filter(None, (own, known)))
    options = " and ".join(
        option for option, part in (("--seeds DIR", own), ("--known FILE.csv", known)) if part
    )
    instead = "; what was given is something else" if given else ""
    return f"{results.folder} was made with {made}: give {options}{instead}"
