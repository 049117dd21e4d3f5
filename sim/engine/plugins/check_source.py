"""The rules of a user's own file, read line by line: what could not run everywhere is found here.

A rule runs compiled, as a Mesa agent and in a browser, and must give the same bits in all three. So
it works on numbers and records alone: nothing that allocates memory, raises, or asks the C library.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import FunctionType, ModuleType, UnionType
from typing import Any

from sim import draws
from sim.register import nearest
from sim.rules import OwnFile

BANNED: Mapping[type[ast.AST] | UnionType, str] = {
    ast.List | ast.Dict | ast.Set | ast.Slice: "this asks for memory; use fields and for loops",
    ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp: (
        "a comprehension asks for memory; write a for loop"
    ),
    ast.JoinedStr: "rules contain no text; use numbers",
    ast.Lambda | ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom: (
        "write this at the top of the file"
    ),
    ast.Try | ast.Raise | ast.Assert: "rules neither raise nor catch errors; guard with an if",
    ast.Global | ast.Nonlocal: "rules store nothing in the file; declare a State",
    ast.Yield | ast.YieldFrom | ast.Await: "a rule returns a number, or nothing",
}
"""What no rule may contain, and what to do instead."""

CALLS = ("range", "len", "int", "float", "bool")
"""Python's own functions that mean the same everywhere."""
INSTEAD = {
    "min": "clamp(value, low, high) of sim.arithmetic, or an if",
    "max": "clamp(value, low, high) of sim.arithmetic, or an if",
    "abs": "an if",
    "pow": "power(base, exponent) of sim.arithmetic",
    "math": "sim.arithmetic, which has exp, log, power and logistic",
    "np": "sim.arithmetic, and x[i]",
    "numpy": "sim.arithmetic, and x[i]",
    "random": "chance(now, country, PURPOSE) of sim.draws",
}
"""What to use for what rules cannot."""

RECORDS = {
    "country": "country", "china": "china", "west": "west", "public": "public", "now": "now",
    "past": "past", "regime_past": "past", "p": "p",
}  # fmt: skip
"""Names of arguments, and whose fields they have."""
ROWS = {"countries": "country", "pasts": "past", "ps": "p"}
"""Names of lists of records."""
READ_ONLY = ("p", "ps", "now", "past", "regime_past", "pasts")

type Fields = Mapping[str, Collection[str]]
"""Names of fields by whose they are; `p`: the sections; `p.NAME`: the keys of one."""


@cache
def tree_of(file: OwnFile) -> ast.Module:
    """Return a file as it is parsed."""
    return ast.parse(file.source, file.shown)


def wrong_at(file: OwnFile, name: object, text: str) -> str:
    """Return what is wrong with a constant, a key of the section or a function, with its line."""
    for node in ast.walk(tree_of(file)):
        match node:
            case (
                ast.Constant(value=there)
                | ast.FunctionDef(name=there)
                | ast.AsyncFunctionDef(name=there)
            ) if there == name:
                return file.wrong(node.lineno, text)
            case ast.Name(id=there, ctx=ast.Store()) if there == name:
                return file.wrong(node.lineno, text)
    return file.wrong(0, text)


@dataclass(frozen=True)
class Code:
    """The rules of a file.

    Attributes:
        file: The file, which could be loaded.
        fields: Names of the fields of each kind of record.
        known: The functions of the model that rules may call.
    """

    file: OwnFile
    fields: Fields
    known: Collection[FunctionType]

    @property
    def rules(self) -> list[ast.FunctionDef]:
        """Its functions."""
        return [node for node in tree_of(self.file).body if isinstance(node, ast.FunctionDef)]

    def faults(self) -> list[str]:
        """Return what is wrong with the rules, in the order of lines."""
        faults = {fault for rule in self.rules for fault in _Reader(self, rule).faults()}
        return [self.file.wrong(line, text) for line, text in sorted(faults)]

    def purposes(self) -> dict[int, int]:
        """Return the purposes of draws that are its own, each with its first line."""
        first_lines: dict[int, int] = {}
        for rule in self.rules:
            for line, value in _Reader(self, rule).draws():
                if value >= draws.FIRST_PLUGIN_PURPOSE:
                    first_lines.setdefault(value, line)
        return first_lines


class _Reader:
    """Reads one rule."""

    def __init__(self, code: Code, rule: ast.FunctionDef) -> None:
        self.code = code
        self.rule = rule
        self.space: dict[str, Any] = vars(code.file.module)
        body = rule.body[1:] if ast.get_docstring(rule) is not None else rule.body
        self.nodes = [node for statement in body for node in ast.walk(statement)]
        arguments = [
            a.arg for a in (*rule.args.posonlyargs, *rule.args.args, *rule.args.kwonlyargs)
        ]
        self.first = arguments[0] if arguments else ""
        stored = {n.id for n in self.nodes if isinstance(n, ast.Name) and not _loads(n)}
        self.local = {*arguments, *stored}
        self.kinds = {name: RECORDS[name] for name in arguments if name in RECORDS}
        for node in self.nodes:
            if isinstance(node, ast.Assign) and (kind := self.kind(node.value)):
                self.kinds |= {t.id: kind for t in node.targets if isinstance(t, ast.Name)}

    def faults(self) -> Iterator[tuple[int, str]]:
        for node in self.nodes:
            text = self._fault(node)
            if text:
                yield getattr(node, "lineno", self.rule.lineno), f"{self.rule.name}: {text}"

    def _fault(self, node: ast.AST) -> str:
        for banned, instead in BANNED.items():
            if isinstance(node, banned):
                return instead
        match node:
            case ast.BinOp(op=op, right=by) | ast.AugAssign(op=op, value=by) if (
                text := self._operator(op, by)
            ):
                return text
            case ast.Constant(value=str() | bytes()):
                return "rules contain no text; use numbers"
            case ast.Call() if len(node.args) > 0 and (text := self._purpose(node)):
                return text
            case ast.Name() if _loads(node):
                return self._name(node.id)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Assign(targets=targets):
                return next(filter(None, map(self._write, targets)), "")
            case ast.AugAssign(target=target):
                return self._write(target)
        return ""

    def _operator(self, op: ast.operator, by: ast.expr) -> str:
        """Return what is wrong with an operator."""
        if isinstance(op, ast.Pow):
            return "** differs between machines; use power(base, exponent) of sim.arithmetic"
        if isinstance(op, ast.LShift | ast.RShift):
            return "<< and >> differ between the ways of running; multiply or divide"
        if isinstance(op, ast.FloorDiv | ast.Mod) and (self._constant(by) or 0) <= 0:
            return (
                "// and % by zero differ between the ways of running; divide by a whole number"
                " above 0, as in now.year % 5"
            )
        return ""

    def _name(self, name: str) -> str:
        """Return what is wrong with a name that is read."""
        if name in self.local or name in CALLS:
            return ""
        value = self.space.get(name, self)
        instead = f"; use {INSTEAD[name]}" if name in INSTEAD else ""
        if isinstance(value, FunctionType):
            own = self.code.file.functions.get(value.__name__) is value
            if own or value in self.code.known:
                return ""
            return f"{name} is no function of the model's rules{instead}"
        if _is_number(value):
            return ""
        if isinstance(value, ModuleType):
            return f"{name} is a module, which rules cannot use{instead}"
        if value is not self:
            return f"{name} is no number; a rule reads constants, functions and records alone"
        if instead:
            return f"{name} differs between the ways of running{instead}"
        known = [*self.local, *CALLS, *(n for n in self.space if not n.startswith("_"))]
        return f"unknown name {name!r}{nearest(name, known)}"

    def kind(self, node: ast.expr) -> str:
        """Return whose fields an expression has; empty: not known."""
        match node:
            case ast.Name(id=name):
                return self.kinds.get(name, "")
            case ast.Subscript(value=ast.Name(id=name)) if name in ROWS and name in self.local:
                return ROWS[name]
            case ast.Attribute(value=value, attr=attr) if self.kind(value) == "p":
                return f"p.{attr}"
        return ""

    def _attribute(self, node: ast.Attribute) -> str:
        kind = self.kind(node.value)
        known = self.code.fields.get(kind)
        if known is None or node.attr in known:
            return ""
        if kind == "p":
            return f"there is no section {node.attr!r}{nearest(node.attr, known)}"
        if kind.startswith("p."):
            return f"{kind[2:]} has no parameter {node.attr!r}{nearest(node.attr, known)}"
        # All fields of a country would fill the screen.
        hint = nearest(node.attr, known)
        hint = hint if "mean" in hint else "; a field of your own is a State of MECHANISM"
        return f"{ast.unparse(node.value)} has no field {node.attr!r}{hint}"

    def _write(self, target: ast.expr) -> str:
        """Return what is wrong with where a value is written to."""
        if not isinstance(target, ast.Attribute | ast.Subscript):
            return ""
        root: ast.expr = target
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        name = root.id if isinstance(root, ast.Name) else ""
        if name in READ_ONLY:
            return f"writes {ast.unparse(target)}: parameters and the moment are only read"
        if self.first == "country" and name != "country":
            return (
                f"writes {ast.unparse(target)}: a rule of one country writes that country alone, so"
                " that their order cannot matter"
            )
        if name not in self.local:
            return f"writes {ast.unparse(target)}: rules keep nothing in the file; declare a State"
        return ""

    def draws(self) -> Iterator[tuple[int, int]]:
        """Yield line and purpose of the draws."""
        for node in self.nodes:
            if isinstance(node, ast.Call) and (purpose := self._asked(node)) is not None:
                value = self._constant(purpose)
                if value is not None:
                    yield node.lineno, value

    def _asked(self, call: ast.Call) -> ast.expr | None:
        """Return the purpose that a call of `chance` gives."""
        if not isinstance(call.func, ast.Name) or self.space.get(call.func.id) is not draws.chance:
            return None
        named = [keyword.value for keyword in call.keywords if keyword.arg == "purpose"]
        return named[0] if named else call.args[2] if len(call.args) > 2 else None

    def _constant(self, node: ast.expr) -> int | None:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.Name) and node.id not in self.local:
            value = self.space.get(node.id)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def _purpose(self, call: ast.Call) -> str:
        node = self._asked(call)
        if node is None:
            return ""
        first, last = draws.FIRST_PLUGIN_PURPOSE, MOST_PURPOSE
        value = self._constant(node)
        if value is None:
            return f"a draw's purpose is a whole number of its own, from {first} to {last}"
        imported = isinstance(node, ast.Name) and vars(draws).get(node.id) == value
        if not (first <= value <= last or imported):
            return (
                f"purpose {value} is the model's; your own draws have purposes from {first} to"
                f" {last}"
            )
        return ""


MOST_PURPOSE = (1 << (draws.QUARTER_SHIFT - draws.PURPOSE_SHIFT)) - 1
"""The largest purpose that a draw's counter has room for."""


def _loads(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def _is_number(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_number, value))
    return isinstance(value, bool | int | float)
