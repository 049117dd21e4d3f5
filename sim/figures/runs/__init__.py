"""Figures of a scenario's runs: a module each; the register finds them."""
