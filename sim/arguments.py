"""What is given to public functions: held to their annotations, which Python itself does not do.

Not by pydantic's `validate_call`: that copies lists and turns texts into numbers, or else refuses
the numbers of NumPy; and its messages do not say what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, wraps
from inspect import Parameter, signature
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeAliasType, Union, Unpack, get_args, get_origin, get_type_hints

from sim.errors import InputError
from sim.register import nearest
from sim.text import shorten

SHOWN = 60
"""Letters shown of what is wrong."""
WORDS: Mapping[Any, str] = {
    bool: "True or False", int: "a whole number", float: "a finite number", str: "a text",
    Path: "a path", NoneType: "None",
}  # fmt: skip


def held_to_annotations[**Given, Found](function: Callable[Given, Found]) -> Callable[Given, Found]:
    """Let a function refuse what its annotations do not allow, before anything else is done.

    Options behind `**options: Unpack[...]` are each held to their own; None is one not given.
    """
    taken = signature(function)

    @wraps(function)
    def wrapped(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        try:
            bound = taken.bind(*args, **kwargs).arguments
        except TypeError:
            return function(*args, **kwargs)  # which says itself what is missing or too much
        if faults := list(_faults(function, bound)):
            raise InputError(faults)
        return function(*args, **kwargs)

    return wrapped


@cache
def _allowed(function: Callable[..., Any]) -> dict[str, tuple[Parameter, Any]]:
    """Return a function's parameters with what they may be; what it returns is left unread."""
    return {
        name: (one, eval(one.annotation, function.__globals__))
        for name, one in signature(function).parameters.items()
        if isinstance(one.annotation, str)
    }


def _faults(function: Callable[..., Any], bound: Mapping[str, Any]) -> Iterator[str]:
    for name, (parameter, allowed) in _allowed(function).items():
        if name not in bound:
            continue
        given = bound[name]
        if get_origin(allowed) is Unpack:
            options = get_type_hints(get_args(allowed)[0])
            for option, value in given.items():
                if option not in options:
                    hint = nearest(option, [*signature(function).parameters, *options])
                    raise TypeError(f"no argument {option!r}{hint}")
                yield from fault(option, value, options[option] | None)
        elif parameter.kind is Parameter.VAR_POSITIONAL:
            for value in given:
                yield from fault(name, value, allowed)
        elif parameter.kind is not Parameter.VAR_KEYWORD:
            yield from fault(name, given, allowed)


def fault(name: str, value: Any, allowed: Any) -> Iterator[str]:
    """Yield what is wrong with a value: what was given, and what is allowed."""
    if not fits(value, allowed):
        words = [word for one in _kinds(allowed) for word in get_args(one) if isinstance(word, str)]
        hint = nearest(value, words, " ").rstrip() if isinstance(value, str) and words else ""
        kinds = dict.fromkeys(map(in_words, _kinds(allowed)))
        *others, last = [kind for kind in kinds if kind != WORDS[NoneType]] or kinds
        text = f"{', '.join(others)} or {last}" if others else last
        yield f"{name} {shorten(repr(value), SHOWN)}: allowed: {text}{hint}"


def _kinds(allowed: Any) -> Iterator[Any]:
    """Yield the kinds that an annotation joins: of `A | B` both."""
    if isinstance(allowed, TypeAliasType):
        yield from _kinds(allowed.__value__)
    elif get_origin(allowed) in (Union, UnionType):
        for one in get_args(allowed):
            yield from _kinds(one)
    else:
        yield NoneType if allowed is None else allowed


def fits(value: Any, allowed: Any) -> bool:
    """Tell whether a value is what an annotation allows."""
    return any(_is(value, kind) for kind in _kinds(allowed))


def _is(value: Any, kind: Any) -> bool:
    """Tell whether a value is of one kind; numbers of NumPy are numbers."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if kind is bool:
        return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")
    if kind is int:
        return isinstance(value, Integral) and not isinstance(value, bool)
    if kind is float:
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if kind is Path:
        return isinstance(value, PathLike)
    if origin is None:
        return isinstance(value, kind)
    if origin is Literal:
        return value in inner
    if origin is type:
        return isinstance(value, type) and issubclass(value, inner[0])
    if origin is Callable:
        return callable(value)
    if issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(fits(key, inner[0]) for key in value)
    # Whatever one can go through is a list: an array, a set. What can be gone through once is left.
    listed = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
    return listed and all(fits(one, inner[0]) for one in value if isinstance(value, Collection))


def in_words(kind: Any) -> str:
    """Return what one kind allows."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in WORDS:
        return WORDS[kind]
    if origin is None:
        return f"a {kind.__name__}"
    if origin is Literal:
        return ", ".join(map(str, inner))
    if origin is type:
        return f"a subclass of {inner[0].__name__}"
    if not isinstance(origin, type) or not issubclass(origin, Iterable):
        return "a function"
    if issubclass(origin, Mapping):
        return "a dictionary with texts as keys"
    return f"a list (each {' or '.join(map(in_words, _kinds(inner[0])))})"
