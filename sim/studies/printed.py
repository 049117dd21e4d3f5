"""Printed tables as papers take them: LaTeX, Word, CSV and Markdown."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas as pd

from sim.errors import InputError, nearest, require_extra

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
    rows = [" & ".join(str(cell).translate(_TEX) for cell in row) + r" \\" for row in _rows(cells)]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{title.translate(_TEX)}}}",
        rf"\begin{{tabular}}{{{aligned}}}",
        r"\toprule",
        rows[0],
        r"\midrule",
        *rows[1:],
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return _text(lines)


def as_markdown(cells: pd.DataFrame, title: str) -> bytes:
    rows = ["| " + " | ".join(c.replace("|", r"\|") for c in row) + " |" for row in _rows(cells)]
    return _text([title, "", rows[0], "|---" * len(cells.columns) + "|", *rows[1:]])


def as_csv(cells: pd.DataFrame, title: str) -> bytes:
    return str(cells.to_csv(index=False, lineterminator="\n")).encode()


def as_docx(cells: pd.DataFrame, title: str) -> bytes:
    """Return a document of Word; equal tables give equal bytes."""
    require_extra("docx", "word")
    import docx

    document, rows = docx.Document(), _rows(cells)
    document.add_paragraph(title, style="Caption")
    table = document.add_table(len(rows), len(cells.columns), style="Light Shading")
    for at, row in enumerate(rows):
        for cell, words in zip(table.rows[at].cells, row, strict=True):
            cell.text = words
    dated, same = io.BytesIO(), io.BytesIO()
    document.save(dated)
    with ZipFile(dated) as parts, ZipFile(same, "w", ZIP_DEFLATED) as undated:
        for name in parts.namelist():
            undated.writestr(ZipInfo(name), parts.read(name), ZIP_DEFLATED)
    return same.getvalue()


FORMATS: Mapping[str, Callable[[pd.DataFrame, str], bytes]] = {
    "tex": as_tex,
    "docx": as_docx,
    "csv": as_csv,
    "md": as_markdown,
}


def table_as(ending: str, cells: pd.DataFrame, title: str) -> bytes:
    if ending not in FORMATS:
        text = f"no format {ending!r} of tables; allowed: {', '.join(FORMATS)}"
        raise InputError(text + nearest(ending, FORMATS, ""))
    return FORMATS[ending](cells, title)


def _rows(cells: pd.DataFrame) -> list[list[str]]:
    return [[*map(str, cells)], *cells.astype(str).to_numpy().tolist()]


def _text(lines: list[str]) -> bytes:
    return "\n".join([*lines, ""]).encode()
