"""Entrench: how Chinese police training, surveillance technology and maintenance contracts spread.

The package is read from the ground up: ``parameters`` and ``draws`` hold no model; ``mechanisms``
is the model, one file a mechanism; ``quarter`` is the order in which the mechanisms act; ``engine``
runs that one loop, compiled or as a Mesa model.
"""

__version__ = "0.1.0"
