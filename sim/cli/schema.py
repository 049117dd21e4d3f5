"""``entrench schema``: the schema of scenario files, for editors."""

from pathlib import Path
from typing import Annotated

import typer


def schema(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write to this file.")
    ] = None,
) -> None:
    """Print the JSON schema of scenario files, with which editors complete and check them.

    In VS Code (Even Better TOML) or taplo, begin a scenario with: #:schema ./entrench.schema.json
    """
    import json

    from sim.scenario import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"wrote {out}", err=True)
