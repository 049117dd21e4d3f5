"""The page: results to look at, and the model itself, in one HTML file without a network."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.page.build import make_page

page = make_page

__all__ = ["make_page", "page"]


class _Room(ModuleType):
    """This package, which can be called: `sim.page(...)` is both a room and what it makes."""

    def __call__(self, *arguments: Any, **named: Any) -> Path:
        """Make a page; see :func:`make_page`."""
        return make_page(*arguments, **named)


sys.modules[__name__].__class__ = _Room
