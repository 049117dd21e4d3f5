"""A withdrawal that comes early, and a small design of two parameters to find its conditions in."""

EARLY = """
extends = "baseline"
[horizon]
end = 2020
[[events]]
name = "offer-withdrawn"
date = 2010
china.offering = false
"""
HYPERCUBE = """
title = "Small"
base = "BASE"
replicates = 2
[design]
kind = "latin-hypercube"
points = 40
[[factors]]
key = "procurement.base"
[[factors]]
key = "observer.secrecy"
[keep]
outcomes = ["working", "adopters"]
dates = [2009, 2020]
"""
