"""The rules of a run: the shipped mechanisms, those of a user's files, and their outcomes."""

from __future__ import annotations

import linecache
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import PurePath
from types import FunctionType, ModuleType
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sim.errors import InputError, listed, nearest
from sim.model.parameters import Mechanism, Outcome, Section
from sim.model.schedule import MECHANISMS

# --- Outcomes -------------------------------------------------------------------------------------

KEYS = ("point", "run", "year", "quarter", "group_kind", "group")
"""Columns of `runs.parquet` that identify a row; no outcome may be called so."""
# Those of `country_runs.parquet`; no field may be called so.
PANEL_KEYS = ("point", "run", "iso3", "year")

SOURCES = ("country", "vendor", "actor")
"""Values of an outcome's `of`, in the order of columns in results."""


def choose(known: Mapping[str, Outcome], names: str | Iterable[str]) -> dict[str, Outcome]:
    wanted = listed(names)
    if unknown := [name for name in wanted if name not in known]:
        raise InputError([no_outcome(name, known) for name in unknown])
    return {name: outcome for name, outcome in known.items() if name in wanted}


def no_outcome(name: str, known: Mapping[str, Outcome]) -> str:
    meant = by_any_name(known).get(name.casefold(), name)
    # Those of which most words are asked for: who asks in words knows no names.
    shared = {n: len(_stems(name) & _stems(f"{n} {o.label}")) for n, o in known.items()}
    best = sorted(filter(shared.get, shared), key=lambda n: -shared[n])[:5]
    labelled = "; nearest: " + ", ".join(f"{n} ({known[n].label})" for n in best)
    return f"no outcome {name!r}{nearest(meant, known, labelled if best else None)}"


def _stems(text: str) -> set[str]:
    return {word[:4] for word in re.findall("[a-z]{3,}", text.casefold())}


def by_any_name(known: Mapping[str, Outcome]) -> dict[str, str]:
    """Return the names of outcomes by label and by name, all in lower case."""
    labels = {known[name].label.casefold(): name for name in reversed(list(known))}
    # Of outcomes that share a label, the first in the order of their mechanisms.
    return labels | {name.casefold(): name for name in known}


# --- A user's own files ---------------------------------------------------------------------------

MODULE = "plugins"


class MechanismError(InputError):
    """An error in a user's file, with file and line."""


@dataclass(frozen=True)
class PluginFile:
    """A file with a user's mechanism (`--mechanism FILE.py`): its path, as given, and its text."""

    shown: str
    source: str

    @property
    def mechanism(self) -> Mechanism:
        with _loading:
            return _load(self)

    @property
    def module(self) -> ModuleType:
        module = self.mechanism.module
        assert module is not None
        return module

    @property
    def functions(self) -> dict[str, FunctionType]:
        return {
            name: value
            for name, value in vars(self.module).items()
            if isinstance(value, FunctionType) and value.__module__ == self.module.__name__
        }

    def wrong(self, line: int, text: str) -> str:
        return f"{self.shown}:{line}: {text}" if line else f"{self.shown}: {text}"


@dataclass(frozen=True)
class Rules:
    """The rules of a run: the shipped ones, and a user's files in the given order."""

    plugins: tuple[PluginFile, ...] = ()

    # Files travel as text to threads, processes and machines, and everything made of one is cached
    # by its text, so that nothing of one run affects the next.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.plugins,)

    @cached_property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        return (*MECHANISMS, *(file.mechanism for file in self.plugins))

    @cached_property
    def sections(self) -> dict[str, type[Section]]:
        return {m.name: m.section for m in self.mechanisms if m.section.model_fields}

    @cached_property
    def parameters(self) -> dict[str, FieldInfo]:
        return {
            f"{name}.{key}": field
            for name, section in self.sections.items()
            for key, field in section.model_fields.items()
        }

    @cached_property
    def covariates(self) -> set[str]:
        """Columns of a user's own data that a rule reads."""
        return {s.name for m in self.mechanisms for s in m.country if s.covariate}

    @cached_property
    def register(self) -> dict[str, Outcome]:
        outcomes = {o.name: o for mechanism in self.mechanisms for o in mechanism.outcomes}
        return dict(sorted(outcomes.items(), key=lambda item: SOURCES.index(item[1].of)))

    @cached_property
    def replaced(self) -> dict[str, str]:
        """Full names of replaced rules, and of the user's rules for each."""
        return {
            f"sim.model.mechanisms.{name}": f"{function.__module__}.{function.__name__}"
            for file in self.plugins
            for name, function in file.mechanism.replaces.items()
        }


SHIPPED = Rules()


# One module per text, whichever thread asks first.
_loading = threading.Lock()


@cache
def _load(file: PluginFile) -> Mechanism:
    stem = re.sub(r"\W", "_", PurePath(file.shown).stem)
    module = ModuleType(f"{MODULE}.{stem}")
    module.__file__ = file.shown
    sys.modules[module.__name__] = module  # found by its name, as one that is imported is
    # Docstrings of its parameters are read from there.
    linecache.cache[file.shown] = (0, None, file.source.splitlines(keepends=True), file.shown)
    try:
        exec(compile(file.source, file.shown, "exec", dont_inherit=True), vars(module))
    except SyntaxError as error:
        line = (error.lineno or 0) if error.filename == file.shown else 0
        raise MechanismError(file.wrong(line, f"is not valid Python: {error.msg}")) from error
    except ValidationError as error:
        line = line_of(file, error)
        raise MechanismError([file.wrong(line, text) for text in _wrong_arguments(error)]) from None
    except (Exception, SystemExit) as error:
        text = in_a_line(error) + _new_place(error)
        raise MechanismError(file.wrong(line_of(file, error), text)) from error
    finally:
        del sys.modules[module.__name__]
    declared = getattr(module, "MECHANISM", None)
    if isinstance(declared, Mechanism):
        return replace(declared, module=module)
    text = "must end in MECHANISM = Mechanism(...); docs/your-own-mechanism.md shows how"
    raise MechanismError(file.wrong(0, text))


def _new_place(error: BaseException) -> str:
    """Say where a module is that was in `sim` itself before version 1.1."""
    old = [*f"{getattr(error, 'name', '')}.{getattr(error, 'name_from', '')}".split("."), ""]
    new = f"sim.model.{old[1]}"
    if not isinstance(error, ImportError) or old[0] != "sim" or not find_spec(new):
        return ""
    return f"; since version 1.1 it is {new}"


def _wrong_arguments(error: ValidationError) -> list[str]:
    texts = []
    for fault in error.errors():
        place = [f"argument {key + 1}" if isinstance(key, int) else key for key in fault["loc"]]
        given = [repr(fault["input"])] if isinstance(fault["input"], int | float | str) else []
        said = fault["msg"].removeprefix("Value error, ")
        texts.append(f"{' '.join([error.title, *place, *given])}: {said[:1].lower()}{said[1:]}")
    return texts


def error_in_plugin(rules: Rules, error: BaseException, when: str) -> MechanismError | None:
    """Return an error of a user's file, with its line, country and date `when`; None: elsewhere."""
    for file in rules.plugins:
        line = line_of(file, error)
        if line:
            frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
            states = [getattr(frame.f_locals.get("country"), "code", "") for frame in frames]
            place = ", ".join([*[state for state in states if state][-1:], when])
            return MechanismError(file.wrong(line, f"{in_a_line(error)} ({place})"))
    return None


def line_of(file: PluginFile, error: BaseException) -> int:
    """Return the line of a file that raised an error; 0: elsewhere."""
    lines = [
        frame.lineno or 0
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file.shown
    ]
    return lines[-1] if lines else 0


def in_a_line(error: BaseException) -> str:
    text = " ".join(str(error).split()).partition(" For further information")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
