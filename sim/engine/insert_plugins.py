"""The quarter with the rules of a user's own files in their places.

`sim.schedule` calls each mechanism's rules: ``mechanisms.peers.step(country, public, now, p)``. A
user's file brings rules of the same kinds; each is called right after the rule of that kind of the
mechanism that the file names, with those of the quarter's values that its own parameters name.
"""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from sim import schedule
from sim.register import nearest
from sim.rules import MODULE, MechanismError, OwnFile, Rules

KINDS = ("plan", "ration", "update", "step", "publish")
"""Rules that a quarter calls: China plans, the West rations, each country learns what is known of
it and takes its step, and what all may know is made public."""
OF_WORLD = ("plan", "ration", "publish")
"""Those whose parameters are the world's; the others have those of their country."""

_SOURCE = Path(inspect.getfile(schedule)).read_text(encoding="utf-8")


@cache
def schedule_with_plugins(rules: Rules) -> ModuleType:
    """Return the functions of the quarter, with calls of the user's own rules, as a module.

    Raises:
        MechanismError: A file acts after what does not exist, or a rule asks for what is not there.
    """
    tree = ast.parse(_SOURCE)
    defined = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    module = ModuleType(MODULE)
    space = vars(module)
    space |= {k: v for k, v in vars(schedule).items() if not k.startswith("__")}
    last: dict[str, str] = {}
    for file in rules.own:
        for kind in KINDS:
            if kind in file.functions:
                own = f"{file.mechanism.name}_{kind}"
                space[own] = file.functions[kind]
                _insert(defined, file, kind, own, last)
    whole = compile(
        ast.Module(list(defined), []), schedule.__file__ or "", "exec", dont_inherit=True
    )
    for code in (c for c in whole.co_consts if isinstance(c, CodeType)):
        space[code.co_name] = FunctionType(code, space)
    return module


def _insert(
    defined: list[ast.FunctionDef], file: OwnFile, kind: str, own: str, last: dict[str, str]
) -> None:
    """Write the call of a rule into the quarter, after those of its kind that come before it."""
    calls = {
        name: (function, block, at)
        for function in defined
        for block in _blocks(function)
        for at, statement in enumerate(block)
        if isinstance(statement, ast.Expr)
        and isinstance(call := statement.value, ast.Call)
        and (name := _name(call.func))
    }
    known = [name.removesuffix(f"_{kind}") for name in calls if name.endswith(f"_{kind}")]
    after = file.mechanism.after
    if after and after not in known and kind == "step":
        text = f"after = {after!r}: no mechanism of that name takes steps{nearest(after, known)}"
        raise MechanismError(file.wrong(_line(file, "step"), text))
    anchor = f"{after if after in known else known[-1]}_{kind}"
    while anchor in last:
        anchor = last[anchor]
    last[anchor] = own
    function, block, at = calls[anchor]
    given = [argument.arg for argument in function.args.args]
    given += [
        target.id
        for statement in function.body[: at if block is function.body else None]
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    wanted = list(inspect.signature(file.functions[kind]).parameters)
    for name in (name for name in wanted if name not in given):
        text = f"{kind}: there is no {name!r} in this place; allowed: {', '.join(given)}"
        raise MechanismError(file.wrong(_line(file, kind), text))
    values: list[ast.expr] = [ast.Name(name, ast.Load()) for name in wanted]
    statement = ast.Expr(ast.Call(ast.Name(own, ast.Load()), values, []))
    block.insert(at + 1, ast.fix_missing_locations(ast.copy_location(statement, block[at])))


def _name(called: ast.expr) -> str:
    """Return `peers_step` of `mechanisms.peers.step` and of a user's own `peers_step`."""
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Attribute):
        return f"{called.value.attr}_{called.attr}"
    return called.id if isinstance(called, ast.Name) else ""


def _blocks(function: ast.FunctionDef) -> list[list[ast.stmt]]:
    return [function.body, *(n.body for n in ast.walk(function) if isinstance(n, ast.For))]


def _line(file: OwnFile, name: str) -> int:
    return file.functions[name].__code__.co_firstlineno
