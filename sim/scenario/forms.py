"""The form of a scenario file, but for the sections of mechanisms."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from sim.errors import KEY_NAME
from sim.model.parameters import Section
from sim.model.register import Rules
from sim.model.units import FIRST_YEAR, QUARTERS
from sim.scenario.scenario import Horizon, Kind
from sim.scenario.scope import Where
from sim.scenario.toml_file import FORM, FileModel, Name, Paragraph, Text, bounds

LAST_DATE = int(bounds(Horizon.model_fields["end"])[1] or 0) + 1


def _date(default: Any) -> Any:
    form = f"a year or a quarter of one (2030, 2030.25, …) from {FIRST_YEAR} to {LAST_DATE}"
    extra: Any = {FORM: form, "unit": "year"}
    step = 1 / QUARTERS
    return Field(default, ge=FIRST_YEAR, le=LAST_DATE, multiple_of=step, json_schema_extra=extra)


class WithValues(FileModel):
    """A table that also has sections with values, which :mod:`sim.scenario.file` reads."""

    model_config = ConfigDict(extra="allow")


class ValuesForm(WithValues):
    """Values for some countries from the first quarter on."""

    where: Where = Field(
        json_schema_extra={FORM: "say whom they are for, such as { bri = true }; all: [SECTION]"}
    )


class EventForm(WithValues):
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


class ScenarioForm(WithValues):
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
    values: list[ValuesForm] = Field([])
    events: list[EventForm] = Field([])
    """In order; where two set a key, the later."""


TOP_KEYS = (*ScenarioForm.model_fields, "horizon")
EVENT_KEYS = tuple(EventForm.model_fields)


def tables_of(rules: Rules) -> dict[str, type[Section]]:
    return {"horizon": Horizon, **rules.sections}
