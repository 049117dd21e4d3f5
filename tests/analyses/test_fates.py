"""Agreement of two coders, as the page on the record of fates reports it."""

from __future__ import annotations

import fates as page
import pandas as pd
import pytest


def test_agreement_is_beyond_chance_and_counts_what_was_seen() -> None:
    # Cohen (1960): 20 + 15 of 50 agree; by chance half do.
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert page.kappa(first, second) == pytest.approx(0.4)
    rows = [
        ("1", "2014", "2015-01", "working", "operational", "", ""),
        ("1", "2014", "2016-01", "partial_out", "suspended_unpaid", "0.5", "0.55"),
        ("0.5", "2014", "2014", "abandoned", "abandoned", "0.5", "0.9"),
        ("0", "2014", "", "abandoned", "", "", ""),
    ]
    names = [f"{of}_{by}" for of in ("date", "event", "share") for by in ("first", "second")]
    found = page.agreement(pd.DataFrame(rows, columns=["seen", *names]))
    assert [(rows, text.split(" ")[0]) for _, rows, text in found] == [
        ("3", "1"), ("3", "3"), ("3", "2"), ("2", "1"),
    ]  # fmt: skip
