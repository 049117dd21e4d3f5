"""From rules to LLVM's intermediate code, by Numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
from numba import njit, types
from numba.core.errors import NumbaError
from numba.extending import register_jitable

from sim.errors import log
from sim.model.register import MODULE

type Code = tuple[str, str]
"""A function in LLVM's intermediate code, and its name there."""

# A user's rule stops where Python would: at a division by zero, or an index outside a list. The
# model's rules need no checks, and are faster without.
UNCHECKED: dict[str, Any] = {"error_model": "numpy", "nogil": True}
CHECKED: dict[str, Any] = {"error_model": "python", "boundscheck": True}


class FrontEnd(NamedTuple):
    """A way through Numba: its function that makes an array of a pointer, and options."""

    carray: Any
    options: dict[str, Any]

    def jitable(self, function: Any) -> Any:
        checks = CHECKED if function.__module__.startswith(f"{MODULE}.") else {}
        return register_jitable(**{**self.options, **checks})(function)


PUBLIC = FrontEnd(numba.carray, UNCHECKED)  # type: ignore[attr-defined]


def code_of(make: Callable[[FrontEnd], Any], *arguments: Any) -> Code:
    """Return the code of a function of Python; `arguments` are Numba's types.

    Args:
        make: Returns the function, with all that it calls made jitable by the given front end.
        *arguments: The types.
    """

    def by(front: FrontEnd) -> Code:
        compiled = njit(types.void(*arguments), **front.options)(make(front))
        (signature,) = compiled.signatures
        name = compiled.overloads[signature].fndesc.llvm_func_name
        return compiled.inspect_llvm(signature), name

    try:
        from sim.engine import fast_frontend as fast

        return by(FrontEnd(fast.carray, UNCHECKED | fast.OPTIONS))
    except NumbaError:
        raise  # What the compiler refuses is a rule's fault, in either way.
    # In another Numba its private parts may fail in any way; the public ones need twice the time.
    except Exception as error:
        log.debug("Numba %s has other private parts: %r", numba.__version__, error)
    return by(PUBLIC)
