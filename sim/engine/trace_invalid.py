"""Finding the line of a user's own file at which numbers go wrong.

A division by zero is infinite in compiled rules, and what follows is not a number; an index outside
a list stops them without a line. So a run that failed is run once more as plain Python, and the
file's lines are watched.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from sim.engine.ensemble import Ensemble
from sim.engine.model import EntrenchModel, date_of
from sim.rules import MechanismError


def locate_invalid_value(ensemble: Ensemble, replicate: int, row: int = 0) -> str:
    """Return the file, the line and what goes wrong there; empty: no line of a user's own.

    Args:
        ensemble: What the failed history was run with.
        replicate: Number of the history that failed.
        row: Number of its parameter set.
    """
    model = EntrenchModel(ensemble=ensemble.with_set(row), replicate=replicate)
    files = {file.shown: file for file in ensemble.rules.own}

    def watch(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        if frame.f_code.co_filename not in files:
            return None
        known, line = _invalid_names(frame), frame.f_lineno

        def after_line(frame: FrameType, event: str, result: Any) -> Callable[..., Any]:
            nonlocal line
            wrong = _invalid_names(frame) - known
            if event == "return" and _is_invalid(result) and not known:
                wrong.add("what it returns")
            if wrong:
                code = getattr(frame.f_locals.get("country"), "code", "")
                when = ", ".join(filter(None, (code, date_of(model.now))))
                text = f"{frame.f_code.co_name}: {min(wrong)} is not a finite number ({when})"
                raise MechanismError(files[frame.f_code.co_filename].wrong(line, text))
            line = frame.f_lineno
            return after_line

        return after_line

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        model.run()
    except MechanismError as error:
        return error.messages[0]
    except (ArithmeticError, ValueError, TypeError, LookupError):
        pass  # raised by a rule of the model, on what was there
    finally:
        sys.settrace(before)
    return ""


def _invalid_names(frame: FrameType) -> set[str]:
    """Return the names of values, and of fields that the function names, that are no number."""
    values = dict(frame.f_locals)
    for name, value in frame.f_locals.items():
        values |= {f"{name}.{key}": getattr(value, key, None) for key in frame.f_code.co_names}
    return {name for name, value in values.items() if _is_invalid(value)}


def _is_invalid(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
