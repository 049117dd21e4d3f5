"""Arguments of public functions, checked before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, isfunction, signature
from typing import Any, ForwardRef

from sim.errors import SHOWN_VALUE, InputError, nearest, shorten

WORDS = {
    "bool": "True or False",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "Path": "a path",
    "None": "None",
    "Results": "results",
    "Experiment": "an experiment",
    "Seeds": "input tables",
}
"""Types that are checked here; a function that accepts others checks them itself."""
KIN = {
    "int": ("int", "integer"),
    "float": ("float", "floating", "int", "integer"),
    "Path": ("PurePath",),
    "None": ("NoneType",),
}
"""Classes that count as a type, also those of NumPy."""


def without[F: Callable[..., Any]](*options: str) -> Callable[[F], F]:
    """Mark a function that does not read some of its `**options`: `checked` refuses them."""

    def mark(function: F) -> F:
        vars(function)["without"] = options
        return function

    return mark


# Python lets a function with `**options` ignore a misspelt one, which would give a wrong number and
# no error.
def checked(name: str, value: Any, options: Callable[[], Mapping[str, Any]]) -> Any:
    """Return a public function that refuses unknown keywords; a class stays as it is.

    `options` returns the names and annotations of its `**options`. An unknown keyword raises
    TypeError, a value of another type InputError.
    """
    if not isfunction(value):
        return value
    function: Callable[..., Any] = value
    plain = signature(function)
    parameters = [p for p in plain.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
    if len(parameters) < len(plain.parameters):
        # Options are spelled out in the signature, so that notebooks complete them.
        parameters += [
            Parameter(key, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for key, annotation in options().items()
            if key not in vars(value).get("without", ())
        ]
    full = plain.replace(parameters=parameters)
    known = {p.name: p for p in parameters if p.kind is not Parameter.VAR_POSITIONAL}

    @wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        # Another name of `seed`, as in SciPy, NumPy and Mesa (SPEC 7).
        if "rng" in named and "seed" in known:
            if "seed" in named:
                raise TypeError("seed and rng are two names of one argument: give one")
            named["seed"] = named.pop("rng")
        if unknown := sorted(named.keys() - known.keys()):
            hints = [f"no argument {key!r}{nearest(key, known)}" for key in unknown]
            raise TypeError(f"sim.{name}: {'; '.join(hints)}")
        bound = full.bind(*given, **named).arguments
        wrong = [(key, _fault(known[key], bound[key])) for key in known if key in bound]
        if faults := [f"sim.{name}: {key} is {text}" for key, text in wrong if text]:
            raise InputError(faults)
        return function(*given, **named)

    # Pickled by the name under which it is found.
    call.__module__, call.__qualname__ = "sim", name
    vars(call)["__signature__"] = full
    return call


def _fault(parameter: Parameter, value: Any) -> str:
    annotation: Any = parameter.annotation
    written = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else annotation
    kinds = written.split(" | ") if isinstance(written, str) else [""]
    if value is parameter.default or not WORDS.keys() >= {*kinds}:
        return ""
    classes = {kind.__name__ for kind in type(value).__mro__}
    # In Python a bool is also an int; `runs=True` is a mistake.
    if isinstance(value, bool):
        classes = {"bool"}
    if any(classes & {*KIN.get(kind, (kind,))} for kind in kinds):
        return ""
    allowed = ", ".join(WORDS[kind] for kind in kinds)
    return f"{shorten(repr(value), SHOWN_VALUE)}; allowed: {allowed}"
