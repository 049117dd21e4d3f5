"""Finish a folder of very many runs and tell how long it took and how much memory.

Run as a program: points, replicates, folder. Parts are written straight, with random values, for
the default outcomes of the world by year.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from sim.engine.chunk import Chunk
from sim.engine.layout import make_layout
from sim.register import register
from sim.results.points import Points
from sim.results.writing.encode import encode, stamp
from sim.results.writing.store import Store
from sim.world.seeds import shipped_seeds

CHUNK_RUNS = 10


def finish(points: int, replicates: int, folder: Path) -> dict[str, float]:
    """Fill a folder and finish it; return seconds and the most memory in MiB."""
    layout = make_layout(shipped_seeds(), range(164)).narrowed((), yearly=True, countries=False)
    design = Points(("factor",), tuple((float(at),) for at in range(points)), replicates)
    store = Store.open(
        folder,
        {"experiment": {"factors": [{"name": "factor", "kind": "number"}]}},
        layout,
        register(),
        runs=design.runs,
        chunk_runs=CHUNK_RUNS,
        points=design,
    )
    parts = store.parts
    quarters, vendors = len(layout.quarters), len(layout.vendors)
    random = np.random.default_rng(1)
    nothing = Chunk(
        0,
        CHUNK_RUNS,
        np.zeros((CHUNK_RUNS, quarters, 1, len(layout.fields))),
        np.zeros((CHUNK_RUNS, quarters, vendors, len(layout.vendor_fields))),
        np.zeros((CHUNK_RUNS, quarters, len(layout.actor_fields))),
        np.zeros((CHUNK_RUNS, len(layout.countries), 0)),
    )
    content = bytearray(encode(parts, nothing))
    arrays = parts.arrays(content, CHUNK_RUNS)
    for runs in parts.chunks:
        for array in arrays.values():
            array[:] = random.random(array.shape, dtype=np.float32)
        stamp(parts, runs, content)
        parts.path(runs).write_bytes(content)
    started = time.perf_counter()
    store.finish()
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "mebibytes": peak_memory()}


def peak_memory() -> float:
    """Return the most memory that this process had at a time, in MiB.

    What a process reports of itself with `getrusage` counts the one that started it as well.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (2**20 if sys.platform == "darwin" else 2**10)
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**10


if __name__ == "__main__":
    print(json.dumps(finish(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
