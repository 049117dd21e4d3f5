"""``entrench schema``: the schemas of scenario and experiment files, for editors."""

from pathlib import Path

import typer

from sim.cli.options import KNOW, Option, Options, flag, takes

MARK = b'"$schema": "http://json-schema.org/'
"""Stands near the beginning of every schema."""


@takes(
    "mechanisms",
    file=Option(Path, "Write to this file.", "FILE", name="--out"),
    experiments=flag("--experiments", "Of experiment files, instead of scenarios."),
    mechanisms=KNOW,
)
def schema(*, options: Options) -> None:
    """Print the JSON schema of scenario or experiment files, for editors to complete and check.

    In VS Code (Even Better TOML) or taplo, begin a file with: #:schema ./entrench.schema.json
    """
    import json

    from sim.engine.own.files import load_rules
    from sim.experiment.file import experiment_schema
    from sim.results.files import refuse_foreign
    from sim.scenario import json_schema

    rules = load_rules(options.mechanisms)
    chosen = experiment_schema() if options.own["experiments"] else json_schema(rules=rules)
    text = json.dumps(chosen, indent=2, ensure_ascii=False)
    out = options.own.get("file")
    if out is None:
        typer.echo(text)
    else:
        refuse_foreign(out, MARK, "schema")
        out.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"wrote {out}", err=True)
