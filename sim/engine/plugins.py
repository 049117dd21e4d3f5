"""Users' own mechanisms: read, checked line by line before anything is run, and added to the rules.

What a file declares is checked by the declarations themselves (:mod:`sim.parameters`), and here
beside the model and each other; where its rules act in :mod:`sim.engine.insert_plugins`.

A rule runs compiled, as a Mesa agent and in a browser, and must give the same bits in all three. So
it works on numbers and records alone, with those parts of Python that mean the same everywhere.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from sim import draws
from sim.engine import binding, records
from sim.engine.insert_plugins import KINDS, schedule_with_plugins
from sim.engine.records import ACTORS, OWNERS, VENDOR_FIELDS
from sim.parameters import attribute, derived_names
from sim.register import KEYS, nearest
from sim.rules import SHIPPED, MechanismError, PluginFile, Rules
from sim.scenario.file import EVENT_KEYS, TOP_KEYS
from sim.text import listed, read_text, shorten

type Mechanisms = str | Path | Sequence[str | Path] | Rules | None
"""Files of users' own mechanisms, or the rules that were made of them."""

AGENTS = ("code", "name", "model", "pos", "unique_id", "rng", "random", "scenario", "remove")
"""What a Mesa agent calls its own, which no field may be called."""


def load_rules(files: Mechanisms) -> Rules:
    """Read users' own mechanisms, and check all of them.

    Args:
        files: Their paths, in the order in which they act in one place.

    Raises:
        MechanismError: With all that is wrong, by file and line.

    Example:
        >>> import sim
        >>> sim.load_rules([]).plugins
        ()
    """
    if isinstance(files, Rules):
        return files
    if not files:
        return SHIPPED
    rules = Rules(tuple(_read(Path(file), str(file)) for file in listed(files)))
    problems = []
    for file in rules.plugins:
        try:
            assert file.mechanism
        except MechanismError as error:
            problems += error.messages
    for check in (_wrong_names, _wrong_fields, _wrong_rules):
        problems = problems or list(check(rules))
    if problems:
        raise MechanismError(problems)
    schedule_with_plugins(rules)
    return rules


def _read(path: Path, shown: str) -> PluginFile:
    try:
        return PluginFile(shown, read_text(path, "a mechanism", "Python"))
    except ValueError as error:
        raise MechanismError(f"{shown}: {error}") from None


def _wrong_at(file: PluginFile, name: object, text: str) -> str:
    """Return what is wrong with a constant, a key of the section or a function, with its line."""
    for node in ast.walk(tree_of(file)):
        match node:
            case (
                ast.Constant(value=there)
                | ast.AsyncFunctionDef(name=there)
                | ast.Name(id=there, ctx=ast.Store())
            ) if there == name:
                return file.wrong(node.lineno, text)
    return file.wrong(0, text)


def _wrong_names(rules: Rules) -> Iterator[str]:
    """Yield what files declare that is declared already, by the model or by each other."""
    sections = {*(m.name for m in SHIPPED.mechanisms), *TOP_KEYS, *EVENT_KEYS, "scenario"}
    fields = {actor: {state.name for state in records.states_of()[actor]} for actor in OWNERS}
    fields["country"] |= {*AGENTS, *(name.rpartition(".")[2] for name in binding.functions())}
    outcomes = {*SHIPPED.register, *KEYS}
    replaced: set[str] = set()
    modules: set[str] = set()
    for file in rules.plugins:
        mechanism = file.mechanism
        names = [
            (sections, "a mechanism or a key", [mechanism.name]),
            (modules, "a file", [file.module.__name__.rpartition(".")[2]]),
            *(
                (fields[a], f"a field of {a}", [s.name for s in getattr(mechanism, a)])
                for a in OWNERS
            ),
            (outcomes, "an outcome", [outcome.name for outcome in mechanism.outcomes]),
            (replaced, "a rule in place of", list(mechanism.replaces)),
        ]
        for taken, kind, given in names:
            for name in given:
                if name in taken:
                    text = f"there is {kind} {name!r} already; choose another name"
                    yield _wrong_at(file, name, text)
                taken.add(name)


def _wrong_fields(rules: Rules) -> Iterator[str]:
    """Yield what is wrong with parameters, fields of outcomes, and rules that are replaced."""
    states = {actor: [state.name for state in records.states_of()[actor]] for actor in OWNERS}
    for file, actor in product(rules.plugins, OWNERS):
        states[actor] += [state.name for state in getattr(file.mechanism, actor)]
    of_actors = [f"{actor}.{name}" for actor in ACTORS for name in states[actor]]
    lists = {
        state.name for file in rules.plugins for state in file.mechanism.country if state.length
    }
    numbers = [name for name in states["country"] if name not in lists]
    summed = {"country": numbers, "vendor": VENDOR_FIELDS, "actor": of_actors}
    prefix = "sim.mechanisms."
    known = {n.removeprefix(prefix): f for n, f in binding.functions().items() if prefix in n}
    for file in rules.plugins:
        mechanism = file.mechanism
        for key, field in mechanism.section.model_fields.items():
            if field.annotation not in (bool, int, float) or not attribute(field, "unit"):
                kinds = "parameter(...), or with switch(...) if it is on or off"
                text = f"{key}: must be a float, int or bool, made with {kinds}"
                yield _wrong_at(file, key, text)
        for outcome in mechanism.outcomes:
            for name in filter(None, (outcome.field, outcome.over)):
                if name not in summed[outcome.of]:
                    hint = nearest(name, summed[outcome.of], "; declare a State")
                    text = f"outcome {outcome.name!r}: {outcome.of} has no field {name!r}{hint}"
                    yield _wrong_at(file, name, text)
        for name, function in mechanism.replaces.items():
            if name not in known:
                hint = nearest(name, known, "; rules are named FILE.FUNCTION of sim/mechanisms")
                yield _wrong_at(file, name, f"replaces: there is no rule {name!r}{hint}")
                continue
            takes = list(inspect.signature(known[name]).parameters)
            defined = function in file.functions.values()
            if not defined or list(inspect.signature(function).parameters) != takes:
                text = f"must be a function of this file that takes {', '.join(takes)}"
                yield _wrong_at(file, name, f"replaces {name!r}: {text}")


def _wrong_rules(rules: Rules) -> Iterator[str]:
    """Yield what is wrong with the rules of files, in the order of lines."""
    fields = fields_of(rules)
    purposes: dict[int, str] = {}
    for file in rules.plugins:
        mechanism = file.mechanism
        defined = {n.name: n for n in tree_of(file).body if isinstance(n, ast.FunctionDef)}
        for rule in file.functions.keys() - defined:
            yield _wrong_at(file, rule, f"{rule}: write it as def {rule}(...), at the top level")
        if not (mechanism.replaces or mechanism.outcomes or file.functions.keys() & {*KINDS}):
            yield file.wrong(0, f"nothing in it acts: define one of {', '.join(KINDS)}")
        readers = [RuleReader(file, fields, rule) for rule in defined.values()]
        faults = {fault for reader in readers for fault in reader.faults()}
        yield from (file.wrong(*fault) for fault in sorted(faults))
        for purpose, line in (item for reader in readers for item in reader.purposes.items()):
            if (other := purposes.setdefault(purpose, file.shown)) != file.shown:
                yield file.wrong(line, f"purpose {purpose} is that of draws in {other}, too")


ALLOWED = (
    ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.If, ast.For, ast.While, ast.Break,
    ast.Continue, ast.Pass, ast.Return, ast.Name, ast.Attribute, ast.Subscript, ast.Tuple,
    ast.Constant, ast.Call, ast.keyword, ast.IfExp, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.USub, ast.UAdd, ast.Not,
    ast.boolop, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.expr_context,
)  # fmt: skip
"""The parts of Python that rules may consist of."""
CALLS = ("range", "len", "int", "float", "bool")
"""Python's own functions that mean the same everywhere."""
INSTEAD = (
    "does not run everywhere alike; allowed: numbers, if, for, while, + - * / // %, comparisons, "
    "clamp, exp, log, power and logistic of sim.arithmetic, chance(now, country, PURPOSE) of "
    "sim.draws, and rules"
)

RECORDS = ("country", "china", "west", "public", "now", "past", "regime_past", "p")
"""Names of arguments that are records."""
ROWS = {"countries": "country", "pasts": "past"}
"""Names of lists of records."""
READ_ONLY = {"p", "ps", "now", "past", "regime_past", "pasts"}
MAX_PURPOSE = (1 << (draws.QUARTER_SHIFT - draws.PURPOSE_SHIFT)) - 1
"""The largest purpose that a draw's counter has room for."""


def fields_of(rules: Rules) -> dict[str, Collection[str]]:
    """Return fields by the name of the record; `p`: the sections; `p.NAME`: the keys of one."""
    states = records.states_of(rules)
    fields: dict[str, Collection[str]] = {
        kind: [state.name for state in record] for kind, record in states.items()
    }
    fields["past"] = fields["regime_past"] = [*records.PAST]
    fields["p"] = [*rules.sections]
    for name, section in rules.sections.items():
        fields[f"p.{name}"] = [*section.model_fields, *derived_names(section)]
    return fields


@cache
def tree_of(file: PluginFile) -> ast.Module:
    """Return a file as it is parsed."""
    return ast.parse(file.source, file.shown)


class RuleReader:
    """Reads one rule.

    Attributes:
        purposes: The purposes of its draws that are numbers of its own, each with its line.
    """

    def __init__(
        self, file: PluginFile, fields: Mapping[str, Collection[str]], rule: ast.FunctionDef
    ) -> None:
        """Note what is local to the rule, and which of its names are records."""
        self.file, self.fields, self.rule = file, fields, rule
        self.purposes: dict[int, int] = {}
        self.space: dict[str, Any] = vars(file.module)
        arguments = {arg.arg for arg in ast.walk(rule.args) if isinstance(arg, ast.arg)}
        self.of_country = "country" in arguments
        nodes = list(ast.walk(rule))
        stores = (n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        self.local = arguments | set(stores)
        self.kinds = {name: name for name in arguments.intersection(RECORDS)}
        for node in nodes:
            if isinstance(node, ast.Assign) and (kind := self._kind(node.value)):
                self.kinds |= {t.id: kind for t in node.targets if isinstance(t, ast.Name)}

    def faults(self) -> Iterator[tuple[int, str]]:
        """Yield lines of the rule and what is wrong with each."""
        described = ast.get_docstring(self.rule) is not None
        for statement in self.rule.body[described:]:
            yield from self._faults(statement, statement)

    def _faults(self, node: ast.AST, parent: ast.stmt | ast.expr) -> Iterator[tuple[int, str]]:
        place = node if isinstance(node, ast.stmt | ast.expr) else parent
        if isinstance(node, ALLOWED):
            fault = self._fault(node)
        else:
            fault = f"{shorten(ast.unparse(place), 40)} {INSTEAD}"
        if fault:
            yield place.lineno, f"{self.rule.name}: {fault}"
        if isinstance(node, ALLOWED):
            for child in ast.iter_child_nodes(node):
                yield from self._faults(child, place)

    def _fault(self, node: ast.AST) -> str:
        match node:
            case ast.Constant(value=value) if not isinstance(value, bool | int | float):
                return f"{value!r} {INSTEAD}"
            case ast.Call():
                return self._draw(node)
            case ast.Name(id=name, ctx=ast.Load()):
                return self._name(name)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Assign(targets=targets):
                return next(filter(None, map(self._write, targets)), "")
            case ast.AugAssign(target=target):
                return self._write(target)
        return ""

    def _name(self, name: str) -> str:
        """Return what is wrong with a name that is read."""
        if name in self.local or name in CALLS:
            return ""
        if name in self.space:
            value = self.space[name]
            functions = (*binding.functions().values(), *self.file.functions.values())
            return "" if _is_number(value) or value in functions else f"{name} {INSTEAD}"
        if hasattr(builtins, name):
            return f"{name} {INSTEAD}"
        public = (known for known in self.space if not known.startswith("_"))
        return f"unknown name {name!r}{nearest(name, [*self.local, *CALLS, *public])}"

    def _kind(self, node: ast.expr) -> str:
        """Return the name of the record that an expression is; empty: not known."""
        match node:
            case ast.Name(id=name):
                return self.kinds.get(name, "")
            case ast.Subscript(value=ast.Name(id=name)) if name in ROWS and name in self.local:
                return ROWS[name]
            case ast.Subscript(value=ast.Name(id="ps"), slice=ast.Constant()):
                return "p"
            case ast.Attribute(value=value, attr=attr) if self._kind(value) == "p":
                return f"p.{attr}"
        return ""

    def _attribute(self, node: ast.Attribute) -> str:
        kind, name = self._kind(node.value), node.attr
        known = self.fields.get(kind)
        if known is None:
            return ""
        if name in known:
            return ""
        # All fields of a country would fill the screen.
        declare = "; a field of your own is a State of MECHANISM"
        hint = nearest(name, known, "" if kind.startswith("p") else declare)
        return f"{ast.unparse(node.value)} has no field {name!r}{hint}"

    def _write(self, target: ast.expr) -> str:
        """Return what is wrong with where a value is written to."""
        root = target
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if root is target:
            return ""
        allowed = {"country"} if self.of_country else self.local - READ_ONLY
        if isinstance(root, ast.Name) and root.id in allowed:
            return ""
        return (
            f"writes {ast.unparse(target)}: a rule of one country writes that country alone, so"
            " that their order cannot matter; parameters and the moment are only read, and a file"
            " holds no state"
        )

    def _draw(self, call: ast.Call) -> str:
        """Return what is wrong with the purpose of a draw."""
        if not isinstance(call.func, ast.Name) or self.space.get(call.func.id) is not draws.chance:
            return ""
        named = [keyword.value for keyword in call.keywords if keyword.arg == "purpose"]
        purpose = (named or call.args[2:] or [call.func])[0]
        value = self._whole(purpose) or 0
        if isinstance(purpose, ast.Name) and vars(draws).get(purpose.id, self) == value:
            return ""
        self.purposes.setdefault(value, call.lineno)
        if draws.FIRST_PLUGIN_PURPOSE <= value <= MAX_PURPOSE:
            return ""
        return (
            f"the purpose {ast.unparse(purpose)} is not your own; allowed: whole numbers from"
            f" {draws.FIRST_PLUGIN_PURPOSE} to {MAX_PURPOSE}"
        )

    def _whole(self, node: ast.expr) -> int | None:
        """Return a whole number that is written out, or a constant of the file."""
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.Name) and node.id not in self.local:
            value = self.space.get(node.id)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_number(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_number, value))
    return isinstance(value, bool | int | float)
