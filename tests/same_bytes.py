"""Do two states of the code write the same numbers? For moves that may not change any.

    python tests/same_bytes.py make . /tmp/after        runs a list of commands in a working tree
    python tests/same_bytes.py compare /tmp/before /tmp/after

Tables are compared byte for byte; Parquet and JSON files without the hashes of the rules.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pyarrow
import pyarrow.parquet

RUNS = ["--runs", "20", "--seed", "3", "--no-figures", "--quiet"]
EXPERIMENT = """
title = "Short terms or long"
question = "What holds?"
base = "offer-withdrawn-2030"
replicates = 4
[design]
kind = "latin-hypercube"
points = 30
[[factors]]
key = "contracts.term"
low = 1.0
high = 9.0
[[factors]]
key = "contracts.exit_cost"
low = 0.0
high = 3.0
"""
CALIBRATION = """
title = "Small"
question = "Which sets?"
[calibration]
parameters = ["contracts.term", "contracts.exit_cost", "peers.region_weight"]
waves = 1
points = 200
replicates = 2
final_points = 200
final_replicates = 2
sets = 40
cut = 10.0
"""
LIST = "iso3,value\nSRB,1\nKEN,1\nECU,1\nZWE,1\nUSA,0\nFRA,0\nNOR,0\nDEU,0\nBOL,1\nUGA,0\nPAK,1\n"
COMMANDS: dict[str, list[str]] = {
    "run": ["run", "baseline", "--out", "run", *RUNS],
    "run-point": ["run", "no-exit-cost", "--point", "--set", "horizon.end=2030", "--out", "point",
                  *RUNS],
    "sweep": ["sweep", "experiment.toml", "--out", "sweep", "--no-figures", "--quiet"],
    "compare": ["compare", "baseline", "no-exit-cost", "regime-blind", "--runs", "20", "--quiet",
                "--out", "compare"],
    "compare-folder": ["compare", "run", "no-exit-cost", "--quiet", "--out", "compare-folder"],
    "compare-point": ["compare", "baseline", "data-leak", "--point", "--runs", "9", "--quiet",
                      "--outcome", "adopters", "--set", "contracts.term=5", "--out", "comp-point"],
    "persistence": ["persistence", "--out", "persistence", *RUNS],
    "persistence-folder": ["persistence", "run", "--since", "2025", "--against", "none",
                           "--no-figures", "--quiet", "--out", "persistence-folder"],
    "persistence-sweep": ["persistence", "sweep", "--no-figures", "--quiet", "--out",
                          "persistence-sweep"],
    "validate": ["validate", "--out", "validate", *RUNS],
    "validate-folder": ["validate", "run", "--no-nulls", "--no-figures", "--quiet", "--out",
                        "validate-folder"],
    "against": ["validate", "--against", "list.csv", "--out", "against", *RUNS],
    "naive": ["validate", "--naive", "--out", "naive", *RUNS],
    "discover": ["discover", "sweep", "--quantile", "0.6", "--year", "2040", "--no-figures",
                 "--quiet", "--out", "discover"],
    "sensitivity": ["sensitivity", "--trajectories", "2", "--samples", "4", "--top", "3",
                    "--no-figures", "--quiet", "--out", "sensitivity"],
    "calibrate": ["calibrate", "calibration.toml", "--recover", "2", "--no-figures", "--quiet",
                  "--out", "calibrate"],
    "country": ["country", "SRB", "--runs", "20", "--json"],
    "country-folder": ["country", "KEN", "--results", "run", "--json"],
}  # fmt: skip
FORGOTTEN = ("rules", "data", "data_sha256", "version", "files", "sha256")


def make(tree: Path, folder: Path) -> None:
    """Run the commands of a working tree in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("experiment.toml", EXPERIMENT), ("calibration.toml", CALIBRATION), ("list.csv", LIST)
    ):  # fmt: skip
        (folder / name).write_text(text)
    entrench = (tree / ".venv/bin/entrench").resolve()
    only = sys.argv[4:]
    for name, command in COMMANDS.items():
        if only and name not in only:
            continue
        done = subprocess.run([entrench, *command], cwd=folder, capture_output=True, text=True)
        print(f"{name}: {done.returncode} {done.stderr.strip()[-300:]}", flush=True)
        if command[-1] == "--json":
            (folder / f"{name}.json").write_text(done.stdout)


def compare(before: Path, after: Path) -> int:
    """Print what differs; return 1 if anything does."""
    found = [{p.relative_to(f): p for p in f.rglob("*") if _of_data(p)} for f in (before, after)]
    missing, new = sorted(found[0].keys() - found[1]), sorted(found[1].keys() - found[0])
    both = sorted(found[0].keys() & found[1].keys())
    changed = [path for path in both if _digest(found[0][path]) != _digest(found[1][path])]
    for title, paths in (("gone", missing), ("new", new), ("changed", changed)):
        for path in paths:
            print(f"{title}: {path}")
    print(f"{len(both) - len(changed)} of {len(found[0])} files have the same bytes")
    return int(bool(missing or changed))


def _of_data(path: Path) -> bool:
    return path.suffix in (".csv", ".parquet", ".json", ".txt") and path.name != "runtime.json"


def _digest(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".parquet":
        # Without what else the file holds: a digest of the question, in which the rules' hash is.
        table = pyarrow.parquet.read_table(path).replace_schema_metadata(None)
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        content = sink.getvalue().to_pybytes()
    elif path.suffix == ".json":
        content = json.dumps(_plain(json.loads(content)), sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def _plain(content: object) -> object:
    if isinstance(content, dict):
        return {k: _plain(v) for k, v in content.items() if k not in FORGOTTEN}
    return [_plain(v) for v in content] if isinstance(content, list) else content


if __name__ == "__main__":
    first, second = Path(sys.argv[2]), Path(sys.argv[3])
    sys.exit(make(first, second) if sys.argv[1] == "make" else compare(first, second))
