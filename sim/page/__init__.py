"""The page: results to look at, and the model itself, in one HTML file without a network."""

from sim.page.build import make_page

__all__ = ["make_page"]
