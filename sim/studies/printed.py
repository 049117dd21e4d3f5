"""Printed tables as papers take them: LaTeX and CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pandas as pd

from sim.errors import InputError, nearest

# A cell that begins so is set on the right.
NUMBER = re.compile(r"[+−-]?[\d.,]+(?![a-z])|–")
_TEX = str.maketrans(
    {
        **{letter: rf"\{letter}" for letter in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{"−": "$-$", "±": r"$\pm$", "×": r"$\times$", "–": "--", "<": "$<$", ">": "$>$"},
    }
)


def as_tex(cells: pd.DataFrame, title: str) -> bytes:
    """Return a table for the package `booktabs`, its title as the caption."""
    aligned = "".join("r" if cells[name].str.match(NUMBER).all() else "l" for name in cells)
    head, *rows = [
        " & ".join(str(cell).translate(_TEX) for cell in row) + r" \\"
        for row in ([*cells], *cells.astype(str).to_numpy().tolist())
    ]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{title.translate(_TEX)}}}",
        rf"\begin{{tabular}}{{{aligned}}}",
        r"\toprule",
        head,
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
        "",
    ]
    return "\n".join(lines).encode()


def as_csv(cells: pd.DataFrame, title: str) -> bytes:
    return str(cells.to_csv(index=False, lineterminator="\n")).encode()


FORMATS: Mapping[str, Callable[[pd.DataFrame, str], bytes]] = {"tex": as_tex, "csv": as_csv}


def table_as(ending: str, cells: pd.DataFrame, title: str) -> bytes:
    if ending not in FORMATS:
        text = f"no format {ending!r} of tables; allowed: {', '.join(FORMATS)}"
        raise InputError(text + nearest(ending, FORMATS, ""))
    return FORMATS[ending](cells, title)
