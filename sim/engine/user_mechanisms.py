"""Users' mechanisms: run once as Python, checked line by line, and added to the rules."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.engine import binding, records
from sim.engine.binding import RULE_KINDS, schedule_with_plugins
from sim.engine.records import ACTORS, OWNERS, VENDOR_FIELDS
from sim.errors import listed, nearest, shorten
from sim.model import draws
from sim.model.parameters import derived_names
from sim.model.register import KEYS, PANEL_KEYS, SHIPPED, MechanismError, PluginFile, Rules
from sim.model.schedule import MECHANISMS
from sim.scenario.forms import EVENT_KEYS, TOP_KEYS
from sim.scenario.keys import SCENARIO
from sim.world import read_text

type Mechanisms = str | Path | Sequence[str | Path] | Rules | None

TAKEN = ("code", "name", "model", "pos", "unique_id", "rng", "random", "scenario", "remove",
         *PANEL_KEYS)  # fmt: skip
"""Attributes of a Mesa agent, and keys, which no field may be called."""


def load_rules(files: Mechanisms) -> Rules:
    """Read and check your mechanisms.

    Args:
        files: Their paths; of those in one place, the earlier acts first.

    Raises:
        MechanismError: Lists all errors with file and line.

    Examples:
        >>> import sim
        >>> sim.load_rules([]).plugins
        ()
    """
    if isinstance(files, Rules):
        return files
    if not files:
        return SHIPPED
    rules = Rules(tuple(_read(Path(file), str(file)) for file in listed(files)))
    # Rules are checked only against correct declarations: else one wrong name would be reported
    # many times.
    problems = [*_wrong_names(rules), *_wrong_fields(rules)] or [*_wrong_rules(rules)]
    if problems:
        raise MechanismError(problems)
    schedule_with_plugins(rules)
    return rules


def idle_parts(file: PluginFile) -> list[str]:
    tree = ast.walk(ast.parse(file.source))
    read = {node.attr for node in tree if isinstance(node, ast.Attribute)}
    mechanism = file.mechanism
    parts = {name: f"{mechanism.name}.{name}" for name in mechanism.section.model_fields}
    parts |= {
        state.name: f"the column {state.name}" for state in mechanism.country if state.covariate
    }
    text = "no rule of this file reads it: it has no effect"
    return [_wrong_at(file, n, f"{what}: {text}") for n, what in parts.items() if n not in read]


def _read(path: Path, shown: str) -> PluginFile:
    try:
        return PluginFile(shown, read_text(path, "a mechanism"))
    except ValueError as error:
        raise MechanismError(f"{shown}: {error}") from None


def _wrong_at(file: PluginFile, name: str, text: str) -> str:
    declares = re.compile(rf"""["']{name}["']|^\s*{name}\b|\bdef {name}\b""")
    lines = enumerate(file.source.splitlines(), 1)
    return file.wrong(next((at for at, line in lines if declares.search(line)), 0), text)


def _wrong_names(rules: Rules) -> Iterator[str]:
    taken = {
        "a mechanism or a key": [*TOP_KEYS, *EVENT_KEYS, SCENARIO, *(m.name for m in MECHANISMS)],
        "an outcome": [*KEYS, *SHIPPED.register],
        **{f"a field of {actor}": [s.name for s in records.states_of()[actor]] for actor in OWNERS},
    }
    taken["a field of country"] += [*TAKEN, *binding.rules_of_countries()]
    for file in rules.plugins:
        mechanism = file.mechanism
        given = {
            "a mechanism or a key": [mechanism.name],
            "an outcome": [outcome.name for outcome in mechanism.outcomes],
            "a file": [file.module.__name__.rpartition(".")[2]],
            "a rule in place of": [*mechanism.replaces],
            **{f"a field of {a}": [s.name for s in getattr(mechanism, a)] for a in OWNERS},
        }
        for kind, names in given.items():
            for name in names:
                if name in taken.setdefault(kind, []):
                    text = f"there is {kind} {name!r} already; choose another name"
                    yield _wrong_at(file, name, text)
                taken[kind].append(name)


def _wrong_fields(rules: Rules) -> Iterator[str]:
    own = [file.mechanism for file in rules.plugins]
    states = {
        actor: [*records.states_of()[actor], *(s for m in own for s in getattr(m, actor))]
        for actor in OWNERS
    }
    summed = {
        "country": [state.name for state in states["country"] if not state.length],
        "vendor": VENDOR_FIELDS,
        "actor": [f"{actor}.{state.name}" for actor in ACTORS for state in states[actor]],
    }
    prefix = "sim.model.mechanisms."
    known = {n.removeprefix(prefix): f for n, f in binding.functions().items() if prefix in n}
    for file, mechanism in zip(rules.plugins, own, strict=True):
        for outcome in mechanism.outcomes:
            for name in filter(None, (outcome.field, outcome.over)):
                if name not in summed[outcome.of]:
                    hint = nearest(name, summed[outcome.of], "; declare a State")
                    text = f"outcome {outcome.name!r}: {outcome.of} has no field {name!r}{hint}"
                    yield _wrong_at(file, name, text)
        for name, function in mechanism.replaces.items():
            if name not in known:
                hint = nearest(
                    name, known, "; rules are named FILE.FUNCTION of sim/model/mechanisms"
                )
                yield _wrong_at(file, name, f"replaces: there is no rule {name!r}{hint}")
                continue
            takes = list(inspect.signature(known[name]).parameters)
            defined = function in file.functions.values()
            if not defined or list(inspect.signature(function).parameters) != takes:
                text = f"must be a function of this file that takes {', '.join(takes)}"
                yield _wrong_at(file, name, f"replaces {name!r}: {text}")


def _wrong_rules(rules: Rules) -> Iterator[str]:
    fields = fields_of(rules)
    purposes: dict[int, str] = {}
    for file in rules.plugins:
        mechanism, tree = file.mechanism, ast.parse(file.source)
        defined = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for rule in file.functions.keys() - defined:
            yield _wrong_at(file, rule, f"{rule}: write it as def {rule}(...), at the top level")
        if not (mechanism.replaces or mechanism.outcomes or file.functions.keys() & {*RULE_KINDS}):
            yield file.wrong(0, f"nothing in it acts: define one of {', '.join(RULE_KINDS)}")
        readers = [RuleReader(file, fields, rule) for rule in defined.values()]
        faults = {fault for reader in readers for fault in reader.faults()}
        yield from (file.wrong(*fault) for fault in sorted(faults))
        for purpose, line in (item for reader in readers for item in reader.purposes.items()):
            if (other := purposes.setdefault(purpose, file.shown)) != file.shown:
                yield file.wrong(line, f"purpose {purpose} is that of draws in {other}, too")


# A rule runs compiled, as a Mesa agent and in a browser, and must give the same bits in all three.
ALLOWED = (
    ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.If, ast.For, ast.While, ast.Break,
    ast.Continue, ast.Pass, ast.Return, ast.Name, ast.Attribute, ast.Subscript, ast.Tuple,
    ast.Constant, ast.Call, ast.keyword, ast.IfExp, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.USub, ast.UAdd, ast.Not,
    ast.boolop, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.expr_context,
)  # fmt: skip
"""The parts of Python that rules may consist of."""
CALLS = ("range", "len", "int", "float", "bool")
"""Functions of Python that mean the same everywhere."""
INSTEAD = (
    "does not run the same everywhere; allowed: numbers, if, for, while, + - * / // %, "
    "comparisons, clamp, exp, log, power and logistic of sim.model.arithmetic, chance(now, "
    "country, PURPOSE) of sim.model.draws, and rules"
)

READ_ONLY = {"p", "ps", "now", "past", "regime_past", "pasts"}
# A larger purpose would not fit into a draw's counter.
MAX_PURPOSE = (1 << (draws.QUARTER_SHIFT - draws.PURPOSE_SHIFT)) - 1


def fields_of(rules: Rules) -> dict[str, Collection[str]]:
    """Return fields by the name of the record; `p`: the sections; `p.NAME`: the keys of one."""
    states = records.states_of(rules)
    fields: dict[str, Collection[str]] = {
        kind: [state.name for state in record] for kind, record in states.items()
    }
    fields["past"] = fields["regime_past"] = [*(records.past_type(1).names or ())]
    fields["p"] = [*rules.sections]
    for name, section in rules.sections.items():
        fields[f"p.{name}"] = [*section.model_fields, *derived_names(section)]
    return fields


class RuleReader:
    """Reads one rule; `purposes` has the lines of its draws' own purposes."""

    def __init__(
        self, file: PluginFile, fields: Mapping[str, Collection[str]], rule: ast.FunctionDef
    ) -> None:
        self.fields, self.rule = fields, rule
        self.purposes: dict[int, int] = {}
        self.space: dict[str, Any] = vars(file.module)
        self.functions = [*binding.functions().values(), *file.functions.values()]
        self.arguments = {argument.arg for argument in rule.args.args}
        names = (node for node in ast.walk(rule) if isinstance(node, ast.Name))
        self.local = self.arguments | {n.id for n in names if isinstance(n.ctx, ast.Store)}

    def faults(self) -> Iterator[tuple[int, str]]:
        described = ast.get_docstring(self.rule) is not None
        wrong: dict[int, str] = {}
        for node in (each for part in self.rule.body[described:] for each in ast.walk(part)):
            if isinstance(node, ast.stmt | ast.expr) and (fault := self._fault(node)):
                wrong.setdefault(node.lineno, f"{self.rule.name}: {fault}")  # the outermost
        yield from wrong.items()

    def _fault(self, node: ast.stmt | ast.expr) -> str:
        signs = [part for part in ast.iter_child_nodes(node) if not hasattr(part, "lineno")]
        if not all(isinstance(part, ALLOWED) for part in (node, *signs)):
            return f"{shorten(ast.unparse(node), 40)} {INSTEAD}"
        match node:
            case ast.Constant(value=value) if not isinstance(value, bool | int | float):
                return f"{value!r} {INSTEAD}"
            case ast.Call(func=ast.Name(id=name)) if self.space.get(name) is draws.chance:
                return self._draw(node)
            case ast.Name(id=name, ctx=ast.Load()) if name not in {*self.local, *CALLS}:
                return self._name(name)
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                return self._write(node) or self._field(node)
            case ast.Attribute():
                return self._field(node)
        return ""

    def _name(self, name: str) -> str:
        value = self.space.get(name)
        if isinstance(value, bool | int | float | tuple) or value in self.functions:
            return ""
        if name in self.space or name in self.space["__builtins__"]:
            return f"{name} {INSTEAD}"
        public = (known for known in self.space if not known.startswith("_"))
        return f"unknown name {name!r}{nearest(name, [*self.local, *CALLS, *public])}"

    def _field(self, node: ast.AST) -> str:
        if not isinstance(node, ast.Attribute):
            return ""
        record, name = ast.unparse(node.value), node.attr
        known = self.fields.get(record, (name,))
        if name in known:
            return ""
        # All fields of a country would fill the screen.
        declare = "; a field of your own is a State of MECHANISM"
        hint = nearest(name, known, None if record.startswith("p") else declare)
        return f"{record} has no field {name!r}{hint}"

    def _write(self, written: ast.AST) -> str:
        root = written
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        allowed = {"country"} if "country" in self.arguments else self.local - READ_ONLY
        if isinstance(root, ast.Name) and root.id in allowed:
            return ""
        return (
            f"writes {ast.unparse(written)}: a rule of one country writes that country alone, so"
            " that their order cannot matter; parameters and the moment are only read, and a file"
            " keeps no values"
        )

    def _draw(self, call: ast.Call) -> str:
        named = [keyword.value for keyword in call.keywords if keyword.arg == "purpose"]
        purpose = (call.args[2:] or named or [call.func])[0]
        text = ast.unparse(purpose)
        value = purpose.value if isinstance(purpose, ast.Constant) else self.space.get(text)
        if isinstance(value, int):
            if vars(draws).get(text) == value:
                return ""
            self.purposes.setdefault(value, call.lineno)
            if draws.FIRST_PLUGIN_PURPOSE <= value <= MAX_PURPOSE:
                return ""
        return (
            f"the purpose {text} is not your own; allowed: whole numbers from"
            f" {draws.FIRST_PLUGIN_PURPOSE} to {MAX_PURPOSE}"
        )
