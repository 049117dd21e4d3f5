"""The model: the rules are here. Read `schedule.py` first, which calls them in order.

A quarter is `schedule.py`; a rule is in the file of its mechanism in `mechanisms`; a run is
`simulate.py`. Rules use `arithmetic.py` and `draws.py` and no library. `register.py` lists the
outcomes of all mechanisms, those of a user's files too.
"""
