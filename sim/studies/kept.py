"""What a study's figures are drawn of, kept beside its tables, so that they can be drawn again.

Figures take what a study found in full precision, which its tables round. It is kept as JSON: plain
data as it is; records, arrays and what JSON has no form for under a key that begins with ``$``. Of
runs and sweeps only the place of their folder is kept.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.errors import InputError
from sim.results.files import (
    digest_of,
    hash_of,
    is_regular,
    read_json,
    read_sealed,
    whole_file,
)
from sim.results.read import Results
from sim.results.sweep import open_either

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.figures import register

FILES = "files"
"""Key of a study's facts under which size and digest of its tables stand."""
OWN = "sim."
"""Where records are declared; nothing else is made from a file."""


class Drawing(NamedTuple):
    """A figure that can be drawn.

    Attributes:
        figure: Its entry in the register of figures.
        facts: What it is drawn of, and the `manifest` that identifies its runs.
    """

    figure: register.Drawing
    facts: Mapping[str, Any]

    def draw(self) -> Figure:
        """Draw it."""
        ((_, drawn),) = self.figure.draw(self.facts)
        return drawn


def kept_of(facts: str) -> str:
    """Return the name of the file that holds what a study's figures are drawn of.

    Args:
        facts: Name of the study's own file.
    """
    return facts.replace(".json", ".figures.json")


def keep(path: Path, drawings: Mapping[str, Drawing]) -> None:
    """Write what figures are drawn of, if there are any."""
    if not drawings:
        return
    facts = {id(one.facts): one.facts for one in drawings.values()}
    taken: dict[int, set[str]] = {key: {"manifest"} for key in facts}
    for one in drawings.values():
        taken[id(one.facts)] |= set(_takes(one))
    content = {
        "facts": [
            {name: _kept(value, path.parent) for name, value in facts[key].items() if name in names}
            for key, names in taken.items()
        ],
        "figures": {
            name: [one.figure.of, one.figure.name, list(facts).index(id(one.facts))]
            for name, one in drawings.items()
        },
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(text.encode())


def _takes(one: Drawing) -> Iterator[str]:
    for function in (one.figure.function, one.figure.obstacle, one.figure.asked):
        if function is not None:
            yield from inspect.signature(function).parameters


def drawings(study: Path) -> dict[str, Drawing]:
    """Return the figures of a study, by the names of their files.

    Args:
        study: The file of its facts, which has the digest of what its figures are drawn of.

    Raises:
        InputError: What they are drawn of is damaged, or in a folder that is gone.
    """
    from sim.figures import register

    path = study.with_name(kept_of(study.name))
    written = read_sealed(study).get(FILES, {}).get(path.name)
    if is_regular(path) and digest_of(path)._asdict() != written:
        raise InputError(f"{path} is damaged: it is not as {study.name} says that it was written")
    content = read_json(path)
    try:
        facts = [
            {name: _read(value, path.parent) for name, value in one.items()}
            for one in content["facts"]
        ]
        return {
            name: Drawing(register.figures_of(of)[figure], facts[at])
            for name, (of, figure, at) in content["figures"].items()
        }
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, ImportError) as error:
        raise InputError(f"{path} is damaged, or of another version: {error!r}") from error


def _kept(value: Any, home: Path) -> Any:
    """Return a value in the form in which it is kept."""
    keep_one = partial(_kept, home=home)
    if value is None or (isinstance(value, bool | str | int) and not isinstance(value, np.generic)):
        return value
    if isinstance(value, Results):
        place = Path(os.path.relpath(value.folder, home)).as_posix()
        return {"$folder": place, "question": hash_of(value.manifest)}
    if isinstance(value, np.generic | np.ndarray):
        flat = [_number(one) for one in np.asarray(value).ravel().tolist()]
        return {"$array": [str(value.dtype), list(value.shape), flat]}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(value)}
    if dataclasses.is_dataclass(value) or hasattr(value, "_fields"):
        names = getattr(value, "_fields", None) or [f.name for f in dataclasses.fields(value)]
        fields = {name: keep_one(getattr(value, name)) for name in names}
        return {"$of": f"{type(value).__module__}:{type(value).__qualname__}", "fields": fields}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: keep_one(one) for key, one in value.items()}
        return {"$pairs": [[keep_one(key), keep_one(one)] for key, one in value.items()]}
    if isinstance(value, list | tuple):
        items = list(map(keep_one, value))
        return items if isinstance(value, list) else {"$tuple": items}
    raise TypeError(f"a figure's {type(value).__name__} cannot be kept")


def _number(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _read(content: Any, home: Path) -> Any:
    """Return the value that is kept in this form."""
    read_one = partial(_read, home=home)
    if isinstance(content, list):
        return list(map(read_one, content))
    if not isinstance(content, dict):
        return content
    form = next(iter(content), "")
    inside = content.get(form)
    if form == "$folder":
        return _folder(home / str(inside), content["question"])
    if form == "$array":
        kind, shape, flat = content[form]
        values = np.array([float(x) if isinstance(x, str) else x for x in flat], kind)
        return values.reshape(shape) if shape else values[0]
    if form == "$float":
        return float(content[form])
    if form == "$pairs":
        return {read_one(key): read_one(value) for key, value in content[form]}
    if form == "$tuple":
        return tuple(map(read_one, content[form]))
    if form == "$of":
        return _record(content[form], {k: read_one(v) for k, v in content["fields"].items()})
    return {key: read_one(value) for key, value in content.items()}


def _folder(place: Path, question: str) -> Any:
    if not place.is_dir():
        raise InputError(f"the figure shows the design of a sweep in {place}, which is not there")
    opened = open_either(place)
    if hash_of(opened.manifest) != question:
        raise InputError(f"{place} holds other runs than when the study was made of it")
    return opened


def _record(name: str, fields: Mapping[str, Any]) -> Any:
    """Return a record of the program's own; its fields were checked when it was made."""
    module, _, kind = name.partition(":")
    if not module.startswith(OWN):
        raise ValueError(f"{name} is no record of this program")
    own: Any = getattr(import_module(module), kind)
    if issubclass(own, tuple):
        return own(**fields)
    made = object.__new__(own)
    for field in dataclasses.fields(own):
        object.__setattr__(made, field.name, fields[field.name])
    return made


def chosen(known: Mapping[str, Drawing], names: Iterable[str] | None) -> dict[str, Drawing]:
    """Return the named figures; without names all.

    Raises:
        InputError: A name is unknown. All faults are listed.
    """
    from sim.register import nearest

    asked = list(known) if names is None else list(dict.fromkeys(names))
    if wrong := [f"no figure {n!r}{nearest(n, known)}" for n in asked if n not in known]:
        raise InputError(wrong)
    return {name: known[name] for name in asked}
