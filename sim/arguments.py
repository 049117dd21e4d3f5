"""Arguments of public functions and methods, checked before anything runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from functools import wraps
from inspect import Parameter, Signature, isfunction, signature
from numbers import Integral, Real
from pathlib import Path, PurePath
from typing import Any, Literal, get_args, get_origin

from sim.errors import SHOWN_VALUE, InputError, nearest, shorten

WORDS = {
    "bool": "True or False", "int": "a whole number", "float": "a number", "str": "a text",
    "Path": "a path", "NoneType": "None", "Callable": "a function", "Mapping": "values by name",
}  # fmt: skip
"""Types in messages; another has its name."""
RENAMED = {"seeds": "data"}
SEVERAL = ("Collection", "Iterable", "Mapping", "Sequence")
MANY = Parameter.VAR_POSITIONAL
ABSTRACT: dict[Any, Any] = {
    int: Integral, float: Real, Path: PurePath, Iterable: Collection, Sequence: Collection,
}  # fmt: skip
"""Classes that count as a type: those of NumPy are among them."""


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
    plain = signature(value)
    parameters = [p for p in plain.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
    if len(parameters) < len(plain.parameters):
        # Options are spelled out in the signature, so that notebooks complete them.
        parameters += [
            Parameter(key, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for key, annotation in options().items()
            if key not in vars(value).get("without", ())
        ]
    call = typed(value, f"sim.{name}", plain.replace(parameters=parameters))
    # Pickled by the name under which it is found.
    call.__module__, call.__qualname__ = "sim", name
    return call


def with_typed_methods[C: type](public: C) -> C:
    """Let the public methods of a class, also inherited ones, refuse values of another type."""
    ours = [of for of in reversed(public.__mro__) if of.__module__.startswith("sim.")]
    for name, method in [item for of in ours for item in vars(of).items()]:
        made = name == "__init__" and not is_dataclass(public)
        if isfunction(method) and (made or not name.startswith("_")):
            setattr(public, name, typed(method, public.__name__ if made else name))
    return public


def typed(function: Callable[..., Any], name: str, full: Signature | None = None) -> Any:
    """Return a function that refuses values of another type, and unknown keywords if `full`."""
    whole = full or signature(function)
    known = {p.name: p for p in whole.parameters.values() if p.annotation is not Parameter.empty}
    space = vars(sys.modules[function.__module__])
    texts = {key: p.annotation for key, p in known.items()}
    kinds = {key: eval(of, space) if isinstance(of, str) else of for key, of in texts.items()}

    @wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        # Another name of `seed`, as in SciPy, NumPy and Mesa (SPEC 7).
        rng = named.pop("rng", None) if full and "seed" in known else None
        if rng is not None and named.setdefault("seed", rng) is not rng:
            raise TypeError("seed and rng are two names of one argument: give one")
        if full and (unknown := sorted(named.keys() - known.keys())):
            hints = [
                f"no argument {key!r}"
                + (f"; it is now {RENAMED[key]!r}" if key in RENAMED else nearest(key, known))
                for key in unknown
            ]
            raise TypeError(f"{name}: {'; '.join(hints)}")
        try:
            bound = whole.bind(*given, **named).arguments
        except TypeError as error:
            raise TypeError(f"{name}: {error}") from None
        faults = [
            f"{name}: {key} is {shorten(repr(value), SHOWN_VALUE)}; allowed: {said(kind)}"
            for key, kind in kinds.items()
            for value in (bound.get(key, ()) if known[key].kind is MANY else [bound.get(key)])
            if key in bound and value is not known[key].default and not fits(value, kind)
        ]
        if faults:
            raise InputError(faults)
        return function(*given, **named)

    vars(call)["__signature__"] = whole
    return call


def alternatives(kind: Any) -> Iterator[tuple[Any, str, tuple[Any, ...]]]:
    """Give the types of a union or an alias: each with its name and the types inside."""
    kind = getattr(kind, "__value__", kind)
    origin, inside = get_origin(kind), get_args(kind)
    # NumPy's arrays are an alias of an alias.
    origin = get_origin(getattr(origin, "__value__", None)) or origin
    name = getattr(origin or kind, "__name__", "Literal")
    if name in ("Union", "UnionType"):
        for each in inside:
            yield from alternatives(each)
    else:
        yield origin or kind, name, inside


def fits(value: Any, kind: Any) -> bool:
    """Return whether a value is of the type that an annotation names."""
    return any(_is(value, *each) for each in alternatives(kind))


def _is(value: Any, of: Any, name: str, inside: tuple[Any, ...]) -> bool:
    if of is Literal:
        return isinstance(value, str) and value in inside
    # In Python a bool is also an int; `runs=True` is a mistake.
    if of is Any or type(value).__name__ == "bool":
        return of in (bool, Any)
    if not isinstance(value, ABSTRACT.get(of, of)) or name not in SEVERAL:
        return isinstance(value, ABSTRACT.get(of, of))
    alone = isinstance(value, str | bytes) or getattr(value, "ndim", 1) != 1
    return not alone and all(fits(each, inside[0]) for each in value)


def said(kind: Any) -> str:
    """Return the values that an annotation allows, in words."""
    texts = dict.fromkeys(
        ", ".join(inside) if of is Literal
        else f"a list, each {said(inside[0])}" if name in SEVERAL and of is not Mapping
        else WORDS.get(name, name)
        for of, name, inside in alternatives(kind)
    )  # fmt: skip
    return ", ".join(texts)
