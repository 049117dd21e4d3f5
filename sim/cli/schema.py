"""``entrench schema``: the schemas of scenario and experiment files, for editors."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Asked, takes


@takes("mechanisms")
def schema(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write to this file.")
    ] = None,
    experiments: Annotated[
        bool, typer.Option("--experiments", help="Of experiment files, instead of scenarios.")
    ] = False,
    *,
    asked: Asked,
) -> None:
    """Print the JSON schema of scenario or experiment files, for editors to complete and check.

    In VS Code (Even Better TOML) or taplo, begin a file with: #:schema ./entrench.schema.json
    """
    import json

    from sim.engine.own_files import load_rules
    from sim.experiment.file import experiment_schema
    from sim.scenario import json_schema

    rules = load_rules(asked.mechanisms)
    chosen = experiment_schema() if experiments else json_schema(rules=rules)
    text = json.dumps(chosen, indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"wrote {out}", err=True)
