"""Finding the line of a user's own file at which numbers go wrong.

A division by zero is infinite in compiled rules, and what follows is not a number; an index outside
a list stops them without a line. So a run that failed is run once more as plain Python, and the
file's lines are watched.
"""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from sim.engine.chunk import quarter_of_year, year_of
from sim.engine.ensemble import Ensemble
from sim.engine.model import EntrenchModel
from sim.rules import MechanismError, OwnFile


class _FaultError(Exception):
    """A line of a user's own file is to blame."""


def locate_invalid_value(ensemble: Ensemble, replicate: int, row: int = 0) -> str:
    """Return the file, the line and what goes wrong there; empty: no line of a user's own.

    Args:
        ensemble: What the failed history was run with.
        replicate: Number of the history that failed.
        row: Number of its parameter set.
    """
    model = EntrenchModel(ensemble=ensemble.with_set(row), replicate=replicate)
    watch = _Watch(ensemble.rules.own, model)
    before = sys.gettrace()
    sys.settrace(watch.call)
    try:
        model.run()
    except _FaultError as fault:
        return str(fault)
    except MechanismError as error:
        return error.messages[0]
    except (ArithmeticError, ValueError, TypeError, LookupError):
        return ""  # raised by a rule of the model, on what was there
    finally:
        sys.settrace(before)
    return ""


class _Watch:
    """Watches the lines of files: which is the first after which something is no number."""

    def __init__(self, files: tuple[OwnFile, ...], model: EntrenchModel) -> None:
        self.files = {file.shown: file for file in files}
        self.model = model
        self.written = {
            (node.value.id, node.attr)
            for file in files
            for node in ast.walk(ast.parse(file.source))
            if isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
        }

    def call(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        """Watch a call of the files' functions, and no other."""
        if frame.f_code.co_filename not in self.files:
            return None
        known = set(self._wrong(frame))
        line = frame.f_lineno

        def each(frame: FrameType, event: str, result: Any) -> Callable[..., Any]:
            nonlocal line
            for name in self._wrong(frame):
                if name not in known:
                    self._tell(frame, line, name)
            if event == "return" and _is_wrong(result) and not known:
                self._tell(frame, line, "what it returns")
            line = frame.f_lineno
            return each

        return each

    def _wrong(self, frame: FrameType) -> Iterator[str]:
        """Yield the names of what is no number."""
        values = frame.f_locals
        yield from (name for name, value in values.items() if _is_wrong(value))
        for name, attribute in self.written:
            if name in values and _is_wrong(getattr(values[name], attribute, 0.0)):
                yield f"{name}.{attribute}"

    def _tell(self, frame: FrameType, line: int, name: str) -> None:
        file, model = self.files[frame.f_code.co_filename], self.model
        at = model.now.quarter
        country = getattr(frame.f_locals.get("country"), "code", "")
        when = ", ".join(filter(None, (country, f"{year_of(at)} Q{quarter_of_year(at)}")))
        text = f"{frame.f_code.co_name}: {name} is not a finite number ({when})"
        raise _FaultError(file.wrong(line, text))


def _is_wrong(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
