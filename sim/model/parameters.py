"""Declarations of a mechanism: parameters, state and outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, field
from types import ModuleType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, validate_call
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo

# The mechanisms declare its fields, so no static type can list them.
type Record = Any
"""A record with attributes: an agent of the Mesa model, or a row of the engine's arrays."""

type Cell = float | int | bool | str
"""A factor's value at a point: a number, a switch, or a label (a level, a scenario)."""

Evidence = Literal[1, 2, 3]
"""3: several figures · 2: one figure or the sign only · 1: an assumption."""

Form = Literal["total", "mean", "ratio", "yearly", "share"]

STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)
type Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
UNBOUNDED = float("inf")
COVARIATE_YEARS = 61
"""Years of a covariate, from 2000: those of the longest run."""

WITHIN_ONE = ("0 or 1", "share")
"""Units with a maximum of 1."""
ANY_SIGN = ("log", "logit", "quarters from now")
"""Units of values that may be negative."""


class Section(BaseModel):
    """Parameters of one mechanism, as one section of a scenario file.

    Methods decorated with :func:`derived` also become fields of the record.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        validate_default=True,
        use_attribute_docstrings=True,
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        for name, declared in cls.model_fields.items():
            text, _, source = " ".join((declared.description or "").split()).partition(" Source: ")
            declared.description = text
            extra = declared.json_schema_extra
            if isinstance(extra, dict):
                extra["source"] = source.removesuffix(".") or extra["source"]
                if not extra["source"]:
                    raise ValueError(f"{name} needs a source")


@validate_call(config=STRICT)
def parameter(
    default: Any,
    doc: str = "",
    *,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    plausible: tuple[float, float] | None = None,
    varied: bool = True,
    source: str = "",
    evidence: Evidence,
    log: bool = False,
    yearly: bool = False,
    of_world: bool = False,
) -> Any:
    """Declare a number of a section.

    Args:
        default: The value where no scenario sets another.
        doc: Description, and the effect of a larger value; or write a docstring below the field.
        unit: E.g. ``"share"``, ``"years"``, ``"million US$"``.
        low: Least value a scenario may set (inclusive); the model is sound down to it. Shares and
            chances need none: 0.
        high: Largest value a scenario may set (inclusive). Of shares and chances: 1.
        plausible: The range that the evidence leaves open; None: none is known.
        varied: Whether calibration and studies vary it over this range, its prior. False where
            ``analyses/what_moves.py`` finds nothing that it moves.
        source: Source of default and range: author and year, or the article's paragraph; or end the
            docstring with ``Source: …``.
        evidence: Grade of that evidence.
        log: Whether the prior is uniform in the logarithm: for rates known to an order of
            magnitude.
        yearly: Whether rules apply it once per year, so that an event must begin and end with a
            year.
        of_world: Whether it is common to all countries, so that no scenario sets it for some.

    Raises:
        ValueError: Default or plausible range exceed the bounds, or there are none.
    """
    within_one = unit in ("share", "chance")
    low = 0.0 if low is None and within_one else low
    high = 1.0 if high is None and within_one else high
    if low is None or high is None:
        raise ValueError(f"a parameter in {unit} needs low and high")
    first, last = plausible or (low, high)
    if not (low <= default <= high and low <= first <= last <= high):
        raise ValueError(
            f"default = {default} and plausible = ({first}, {last}) must lie within low = {low} "
            f"and high = {high}"
        )
    extra: dict[str, Any] = {"unit": unit, "source": source, "evidence": evidence}
    extra |= _marks(plausible=list(plausible or ()), varied=bool(plausible) and varied)
    extra |= _marks(yearly=yearly, of_world=of_world, log=log)
    return Field(default=default, ge=low, le=high, description=doc or None, json_schema_extra=extra)


def switch(
    default: bool,
    doc: str = "",
    *,
    source: str = "design of the study",
    of_world: bool = False,
) -> Any:
    """Declare a switch of a section: on or off, never varied by calibration.

    Args:
        default: Its position where no scenario sets another.
        doc: Its effect, and after "off:" that of its other position; or write a docstring below.
        source: Reason for the switch.
        of_world: Whether it is common to all countries.
    """
    extra: dict[str, Any] = {"unit": "on or off", "source": source, "evidence": 1}
    extra |= _marks(of_world=of_world)
    return Field(default=default, description=doc or None, json_schema_extra=extra)


def _marks(**marks: Any) -> dict[str, Any]:
    return {name: value for name, value in marks.items() if value}


# A conversion that depends only on parameters, such as a half-life to a quarterly factor, is
# computed once per scenario, outside the rules.
def derived[F: Callable[[Any], float]](method: F) -> F:
    """Mark a section's method whose value becomes a field of the record under its own name."""
    method.__dict__["derived"] = True
    return method


def derived_names(section: type[Section]) -> tuple[str, ...]:
    return tuple(
        name
        for kind in reversed(section.__mro__)
        for name, value in vars(kind).items()
        if callable(value) and getattr(value, "derived", False)
    )


def cell_text(cell: Cell) -> str:
    """Return a cell as text: numbers in the shortest form that is read back the same."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return repr(float(cell)) if isinstance(cell, float) else str(cell)


def attribute(field: FieldInfo, name: str) -> Any:
    """One attribute (``unit``, ``source``, ``plausible``, ``varied``) of a parameter."""
    extra = field.json_schema_extra
    return extra.get(name) if isinstance(extra, dict) else None


@dataclass(frozen=True, config=STRICT)
class State:
    """One field of an actor's record.

    Attributes:
        name: Attribute name that rules read and write.
        doc: Description, with its range.
        unit: Unit of its value; it may imply bounds (:attr:`least`, :attr:`most`).
        start: Value at the start of a run.
        whole: True for a whole number (an index or a counter used as one).
        length: 0 for a number; n for a list of n numbers.
        low: Least value; None: by the unit, else 0, or `start` if less.
        high: Largest value; None: by the unit, else any.
        grows: Whether it never falls.
        panel: Whether results include it for each country at the end of each year.
        covariate: Whether it is a user's data by year; see :func:`covariate`.
    """

    name: Name
    doc: str
    unit: str = "share"
    start: float = 0.0
    whole: bool = False
    length: int = 0
    low: float | None = None
    high: float | None = None
    grows: bool = False
    panel: bool = False
    covariate: bool = False

    @property
    def least(self) -> float:
        """The least value; -inf: any."""
        if self.low is None:
            return -UNBOUNDED if self.unit in ANY_SIGN else min(0.0, self.start)
        return self.low

    @property
    def most(self) -> float:
        """The largest value; inf: any."""
        if self.high is None:
            return 1.0 if self.unit in WITHIN_ONE else UNBOUNDED
        return self.high


def covariate(name: Name, doc: str, unit: str = "share", *, start: float = 0.0) -> State:
    """Return a country's field for a column of a user's `covariates.csv`, a number per year.

    Rules read it as `country.NAME[now.year - 2000]`; countries missing from the table have `start`.
    """
    return State(name, doc, unit, start, length=COVARIATE_YEARS, covariate=True)


@dataclass(frozen=True, config=STRICT)
class Outcome:
    """A quantity reported for a group of countries in each quarter.

    ``form`` says how it follows from sums over the group's countries:

    * ``total``: sum of ``field``.
    * ``mean``: sum of ``field`` / number of countries.
    * ``share``: ``mean`` of a field that is 0 or 1.
    * ``ratio``: sum of ``field`` / sum of ``over`` (0 where that is 0).
    * ``yearly``: sum of ``field`` minus its sum four quarters ago, for a running total.

    Attributes:
        name: Column name in results.
        unit: Unit, as on a figure's axis.
        doc: Description in a sentence.
        field: Country field summed.
        form: See above.
        label: Short title, in figures and tables.
        over: Denominator's field, for ``ratio``.
        of: Owner of the field: each country, each vendor's customers, or one actor.
    """

    name: Name
    unit: str
    doc: str
    field: str
    form: Form
    label: str
    over: str = ""
    of: Literal["country", "vendor", "actor"] = "country"

    def __post_init__(self) -> None:
        if (self.form == "ratio") != bool(self.over):
            raise ValueError("`over` belongs to ratios, and to them alone")

    @property
    def named(self) -> str:
        return f"{self.label}, {self.unit}"

    def described(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, config=STRICT)
class Mechanism:
    """One mechanism's declaration, with which its file ends.

    Attributes:
        name: Name of its section in scenario files.
        title: Heading in the documentation.
        section: Its parameters; :class:`Section` itself: none.
        module: The Python module of its rules; filled in by the program.
        article: Paragraphs of the seed article that it represents.
        country: State it adds to each country.
        china: State it adds to China.
        west: State it adds to the West.
        public: State that all may read, as of the end of last quarter.
        outcomes: Outcomes that it makes observable.
        after: For a user's own: the mechanism after whose step it acts; empty: after all.
        replaces: For a user's own: rules by the name of the replaced rule, such as
            ``{"contracts.cost_of_exit": cost_of_exit}``.
    """

    name: Name
    title: str
    section: type[Section] = Section
    module: ModuleType | None = None
    article: str = ""
    country: tuple[State, ...] = ()
    china: tuple[State, ...] = ()
    west: tuple[State, ...] = ()
    public: tuple[State, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    after: str = ""
    replaces: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
