"""The form of a scenario file: a pydantic model made of the mechanisms' sections."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import Field, Strict, create_model, model_validator

from sim.errors import KEY_NAME
from sim.model.parameters import Section
from sim.model.register import Rules
from sim.model.units import FIRST_YEAR, QUARTERS
from sim.scenario.resolve import EVENTS
from sim.scenario.scenario import Horizon, Kind
from sim.scenario.scope import Where
from sim.scenario.toml_file import (
    FORM,
    FileModel,
    Name,
    Paragraph,
    Text,
    allowed,
    bounds,
)

LAST_DATE = int(bounds(Horizon.model_fields["end"])[1] or 0) + 1


def _date(default: Any) -> Any:
    form = f"a year or a quarter of one (2030, 2030.25, …) from {FIRST_YEAR} to {LAST_DATE}"
    return Field(
        default,
        ge=FIRST_YEAR,
        le=LAST_DATE,
        multiple_of=1 / QUARTERS,
        json_schema_extra={FORM: form, "unit": "year"},
    )


class Relative(FileModel):
    """A relative value: changes of the value that each run has."""

    times: float | None = Field(None, json_schema_extra={FORM: "a number"})
    """A factor."""
    plus: float | None = Field(None, json_schema_extra={FORM: "a number"})
    """A summand, added after the factor."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("is empty: write { times = … } or { plus = … }")
        return self


class ValuesForm(FileModel):
    """Values for some countries from the first quarter on."""

    where: Where | None = None
    """The countries concerned."""


class EventForm(FileModel):
    """Changes at a date."""

    name: str = Field(
        pattern=f"^{KEY_NAME.pattern}$",
        json_schema_extra={FORM: 'a text of letters, digits, - and _, such as "ai-leap"'},
    )
    """Unique in this file; replaces the extended files' event of that name."""
    date: float = _date(...)
    """First quarter in force."""
    until: float | None = _date(None)
    """First quarter no longer in force; else to the end."""
    where: Where | None = None
    """The countries concerned; else all."""


class ScenarioForm(FileModel):
    """A what-if: parameters by mechanism, and dated events."""

    extends: Text | list[Text] = Field(
        "", json_schema_extra={FORM: "a name or path in quotes, or a list of them"}
    )
    """A shipped scenario's name, or a path from here; or several, which add up."""
    title: Name = ""
    """Title for figures and tables."""
    question: Paragraph = ""
    """The question of the scenario, in a sentence or two."""
    kind: Kind = "policy"
    """Its place in lists: a policy, a shock to the world, an ablation (a mechanism off, or exit
    free), or a rival explanation.
    """
    drop_events: list[str] = Field([])
    """Events of the extended files that this one omits."""


TOP_KEYS = (*ScenarioForm.model_fields, "horizon", "values", EVENTS)
EVENT_KEYS = tuple(EventForm.model_fields)


def tables_of(rules: Rules) -> dict[str, type[Section]]:
    return {"horizon": Horizon, **rules.sections}


@lru_cache(maxsize=8)
def form_of(rules: Rules) -> type[ScenarioForm]:
    tables: dict[str, Any] = {}
    for name, section in tables_of(rules).items():
        fields: dict[str, Any] = {}
        for key, parameter in section.model_fields.items():
            extra: Any = parameter.json_schema_extra
            kind: Any = Annotated[parameter.annotation, Strict(), *parameter.metadata]
            kind = kind | Relative if parameter.annotation is float else kind
            extra = {**extra, FORM: allowed(parameter)}
            fields[key] = kind, Field(parameter.default, json_schema_extra=extra)
        form = create_model(name, __base__=FileModel, **fields)
        tables[name] = form, None
    of_some = {name: table for name, table in tables.items() if name != "horizon"}
    values: Any = create_model("Values", __base__=ValuesForm, **of_some)
    event: Any = create_model("Event", __base__=EventForm, **of_some)
    tables |= {"values": (list[values], Field([])), EVENTS: (list[event], Field([]))}
    return create_model("Scenario", __base__=ScenarioForm, **tables)
