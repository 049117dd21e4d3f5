"""An experiment file while it is read: values with their places, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.experiment.file import FAULTS, FORM, OWN
from sim.parameters import attribute
from sim.scenario.reading import page as scenario_page
from sim.scenario.reading.problems import ScenarioError, show_value, suggest
from sim.scenario.reading.toml_source import KeyPath
from sim.scenario.schema import bounds


class ExperimentError(ScenarioError):
    """Everything that is wrong with an experiment."""

    noun = "experiment"


def _in_words(entry: Any, field: FieldInfo) -> str:
    """Return what is wrong with a field's value."""
    kind, value = entry["type"], entry["input"]
    shown = "an empty text" if value == "" else show_value(value)
    if kind == OWN:
        return str(entry["msg"])
    if kind == "literal_error" and isinstance(value, str):
        names = get_args(getattr(field.annotation, "__value__", field.annotation))
        listed = ", ".join(f'"{name}"' for name in names)
        return f"must be one of {listed}, not {shown}; {suggest(value, names)}"
    if kind.startswith("bool"):
        return f"must be true or false, not {shown}"
    if kind in ("list_type", "dict_type"):
        return f"must be {attribute(field, FORM)}, not {shown}"
    low, high = bounds(field)
    if low is not None and high is not None:
        number = "a number" if field.annotation is float else "a whole number"
        unit = f" ({named})" if (named := attribute(field, "unit")) else ""
        return f"must be {number} from {low} to {high}{unit}, not {shown}"
    return f"must be a text in quotes, not {shown}"


class Page(scenario_page.Page):
    """One experiment file's values and problems."""

    def read[T: BaseModel](
        self, model: type[T], path: KeyPath, table: Mapping[str, Any]
    ) -> T | None:
        """Return a table as its model, without the keys that are noted as wrong.

        Returns:
            The model; None if nothing can be made of the table.
        """
        try:
            return model.model_validate(table)
        except ValidationError as error:
            wrong = {self._note(model, path, entry) for entry in error.errors()}
        try:
            return model.model_validate({k: v for k, v in table.items() if k not in wrong})
        except ValidationError:
            return None

    def _note(self, model: type[BaseModel], path: KeyPath, entry: Any) -> str:
        """Note what pydantic says of a table in our words; return the key that is wrong."""
        if entry["type"] == FAULTS:
            for below, text, at in entry["ctx"][FAULTS]:
                if at == "missing":
                    self.missing((*path, *below), text)
                else:
                    self.wrong((*path, *below), text, at_key=at == "key")
                key = str(below[0]) if below else ""
            return key
        key = str(entry["loc"][0])
        known = tuple(model.model_fields)
        if entry["type"] == "extra_forbidden":
            self.wrong(
                (*path, key), f"unknown key; {suggest(key, known, 'keys here')}", at_key=True
            )
        else:
            self.wrong((*path, key), _in_words(entry, model.model_fields[key]))
        return key
