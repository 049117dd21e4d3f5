"""Arguments of public functions: unknown names and words are refused before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, isfunction, signature
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from sim.errors import InputError, nearest


def without[F: Callable[..., Any]](*options: str) -> Callable[[F], F]:
    """Mark a function that does not read some of its `**options`: `checked` refuses them."""

    def mark(function: F) -> F:
        vars(function)["without"] = options
        return function

    return mark


def words_of(kind: Any) -> tuple[str, ...]:
    """Return the words that an annotation allows; empty: any."""
    kind = getattr(kind, "__value__", kind)
    if get_origin(kind) in (Union, UnionType):
        return tuple(word for part in get_args(kind) for word in words_of(part))
    return get_args(kind) if get_origin(kind) is Literal else ()


# Python lets a function with `**options` ignore a misspelt one, and take any word for one of a few:
# a wrong number and no error. Other types are left to type checkers.
def checked(name: str, value: Any, options: Callable[[], Mapping[str, Any]]) -> Any:
    """Return a public function that refuses unknown keywords and words; a class stays as it is.

    `options` returns the names and annotations of its `**options`. An unknown keyword raises
    TypeError, an unknown word where a `Literal` is expected InputError.
    """
    if not isfunction(value):
        return value
    plain = signature(value, eval_str=True)
    known = {key: p for key, p in plain.parameters.items() if p.kind is not Parameter.VAR_KEYWORD}
    if len(known) < len(plain.parameters):
        # Options are spelled out in the signature, so that notebooks complete them.
        known |= {
            key: Parameter(key, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for key, annotation in options().items()
            if key not in vars(value).get("without", ())
        }
    whole = plain.replace(parameters=list(known.values()))
    words = {key: allowed for key, p in known.items() if (allowed := words_of(p.annotation))}

    @wraps(value)
    def call(*given: Any, **named: Any) -> Any:
        # Another name of `seed`, as in SciPy, NumPy and Mesa (SPEC 7).
        rng = named.pop("rng", None) if "seed" in known else None
        if rng is not None and named.setdefault("seed", rng) is not rng:
            raise TypeError("seed and rng are two names of one argument: give one")
        if unknown := sorted(named.keys() - known.keys()):
            hints = [f"no argument {key!r}{nearest(key, known)}" for key in unknown]
            raise TypeError(f"sim.{name}: {'; '.join(hints)}")
        for key, allowed in words.items():
            word = named.get(key)
            if word is not None and word not in allowed:
                hint = nearest(str(word), allowed, "")
                raise InputError(f"{key} {word!r}: allowed: {', '.join(allowed)}{hint}")
        return value(*given, **named)

    vars(call)["__signature__"] = whole
    # Pickled by the name under which it is found.
    call.__module__, call.__qualname__ = "sim", name
    return call
