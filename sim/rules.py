"""The rules of a run: the shipped mechanisms, those of a user's own files, and their outcomes.

A file of a user's own (`--mechanism FILE.py`) has the shape of a file of `sim.mechanisms`: it ends
in ``MECHANISM = Mechanism(…)``. It is Python, run because the user names it. It travels as its
text, to threads, processes and machines alike, and everything made of it is kept by its text:
nothing of one run is left for the next.
"""

from __future__ import annotations

import linecache
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import PurePath
from types import FunctionType, ModuleType
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sim.errors import RENAMED, InputError, by_meaning, listed, nearest
from sim.parameters import Mechanism, Outcome, Section
from sim.schedule import MECHANISMS

# --- Outcomes -------------------------------------------------------------------------------------

KEYS = ("point", "run", "year", "quarter", "group_kind", "group")
"""Columns of `runs.parquet` that say what a row is about; no outcome may be named so."""

SOURCES = ("country", "vendor", "actor")
"""What an outcome may be `of`, in the order of columns in results."""


def choose(known: Mapping[str, Outcome], names: str | Iterable[str]) -> dict[str, Outcome]:
    """Return the named outcomes of a register in its order.

    Raises:
        InputError: For names that it does not hold, with the nearest that it does.
    """
    wanted = [name if name in known else RENAMED.get(name, name) for name in listed(names)]
    if unknown := [name for name in wanted if name not in known]:
        raise InputError([no_outcome(name, known) for name in unknown])
    return {name: outcome for name, outcome in known.items() if name in wanted}


def no_outcome(name: str, known: Mapping[str, Outcome]) -> str:
    """Return what to say of a name that no outcome has: the nearest in spelling, or in meaning."""
    texts = {n: f"{n} {(o.label + ' ') * 2} {o.doc}" for n, o in known.items()}
    close = [f"{n} ({known[n].label})" for n in by_meaning(name, texts)]
    otherwise = f"; in meaning nearest: {', '.join(close)}" if close else None
    meant = by_any_name(known).get(name.casefold(), name)
    return f"no outcome {name!r}{nearest(meant, known, otherwise)}"


def by_any_name(known: Mapping[str, Outcome]) -> dict[str, str]:
    """Return the names of outcomes by label and by name, all in small letters.

    Some outcomes share a label: it means the first, in the order of their mechanisms.
    """
    labels = {known[name].label.casefold(): name for name in reversed(list(known))}
    return labels | {name.casefold(): name for name in known}


# --- A user's own files ---------------------------------------------------------------------------

MODULE = "plugins"
"""The package in which files of users' own seem to lie, for names of their functions."""


class MechanismError(InputError):
    """Something is wrong in a user's own file: file, line, and what."""


@dataclass(frozen=True)
class PluginFile:
    """A file of a user's own mechanism.

    Attributes:
        shown: Its path, as the user gave it.
        source: What it holds.
    """

    shown: str
    source: str

    @property
    def mechanism(self) -> Mechanism:
        """Its declaration, with the module that it makes.

        Raises:
            MechanismError: It is no Python, or declares nothing.
        """
        with _loading:
            return _load(self)

    @property
    def module(self) -> ModuleType:
        """The module that it makes."""
        module = self.mechanism.module
        assert module is not None
        return module

    @property
    def functions(self) -> dict[str, FunctionType]:
        """Its rules: the functions that it defines, by name."""
        return {
            name: value
            for name, value in vars(self.module).items()
            if isinstance(value, FunctionType) and value.__module__ == self.module.__name__
        }

    def wrong(self, line: int, text: str) -> str:
        """Return what is wrong with a line of it."""
        return f"{self.shown}:{line}: {text}" if line else f"{self.shown}: {text}"


@dataclass(frozen=True)
class Rules:
    """The rules that a run goes by.

    Attributes:
        plugins: Files of the user's own, in the order in which they were given.
    """

    plugins: tuple[PluginFile, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as texts."""
        return type(self), (self.plugins,)

    @cached_property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        """All mechanisms: the shipped ones, then the user's own."""
        return (*MECHANISMS, *(file.mechanism for file in self.plugins))

    @cached_property
    def sections(self) -> dict[str, type[Section]]:
        """Sections of a scenario file by name."""
        return {m.name: m.section for m in self.mechanisms if m.section.model_fields}

    @cached_property
    def parameters(self) -> dict[str, FieldInfo]:
        """What declares each parameter, by dotted key."""
        return {
            f"{name}.{key}": field
            for name, section in self.sections.items()
            for key, field in section.model_fields.items()
        }

    @cached_property
    def register(self) -> dict[str, Outcome]:
        """Outcomes by name, in the order of columns in results."""
        outcomes = {o.name: o for mechanism in self.mechanisms for o in mechanism.outcomes}
        return dict(sorted(outcomes.items(), key=lambda item: SOURCES.index(item[1].of)))

    @cached_property
    def replaced(self) -> dict[str, str]:
        """Rules that the user's own replace: full name of each, and of what stands for it."""
        return {
            f"sim.mechanisms.{name}": f"{function.__module__}.{function.__name__}"
            for file in self.plugins
            for name, function in file.mechanism.replaces.items()
        }


SHIPPED = Rules()
"""The model as it is."""


_loading = threading.Lock()
"""One module a text, whichever thread asks first."""


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
        raise MechanismError(file.wrong(line, f"is no Python: {error.msg}")) from error
    except ValidationError as error:
        line = line_of(file, error)
        raise MechanismError([file.wrong(line, text) for text in _wrong_arguments(error)]) from None
    except (Exception, SystemExit) as error:
        raise MechanismError(file.wrong(line_of(file, error), in_a_line(error))) from error
    finally:
        del sys.modules[module.__name__]
    declared = getattr(module, "MECHANISM", None)
    if isinstance(declared, Mechanism):
        return replace(declared, module=module)
    text = "must end in MECHANISM = Mechanism(...); docs/your-own-mechanism.md shows how"
    raise MechanismError(file.wrong(0, text))


def _wrong_arguments(error: ValidationError) -> list[str]:
    """Return which arguments of a declaration are wrong, a line each."""
    texts = []
    for fault in error.errors():
        place = [f"argument {key + 1}" if isinstance(key, int) else key for key in fault["loc"]]
        given = [repr(fault["input"])] if isinstance(fault["input"], int | float | str) else []
        said = fault["msg"].removeprefix("Value error, ")
        texts.append(f"{' '.join([error.title, *place, *given])}: {said[:1].lower()}{said[1:]}")
    return texts


def error_in_plugin(rules: Rules, error: BaseException, when: str) -> MechanismError | None:
    """Return an error that came out of a user's own file, with its line; None: of elsewhere.

    Args:
        rules: Those of the run.
        error: What a rule raised.
        when: The date; the state is added, if it is known.
    """
    for file in rules.plugins:
        line = line_of(file, error)
        if line:
            frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
            states = [getattr(frame.f_locals.get("country"), "code", "") for frame in frames]
            place = ", ".join([*[state for state in states if state][-1:], when])
            return MechanismError(file.wrong(line, f"{in_a_line(error)} ({place})"))
    return None


def line_of(file: PluginFile, error: BaseException) -> int:
    """Return the line of a file at which an error came out of it; 0: elsewhere."""
    lines = [
        frame.lineno or 0
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file.shown
    ]
    return lines[-1] if lines else 0


def in_a_line(error: BaseException) -> str:
    """Return an error in a line, its kind first."""
    text = " ".join(str(error).split()).partition(" For further information")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
