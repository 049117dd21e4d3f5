"""What keeps a rule one rule: the same source, as plain Python and compiled, gives the same bits.

And what keeps the model documented: every parameter and state says what it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from sim.engine import binding
from sim.engine.records import STATIC, states_of
from sim.engine.user_mechanisms import RuleReader, fields_of
from sim.model.mechanisms import MODULES
from sim.model.parameters import Mechanism
from sim.model.register import SHIPPED, PluginFile, Rules
from sim.model.schedule import MECHANISMS
from sim.world.seeds import shipped_seeds

SIM = Path(__file__).parents[1] / "sim"
MECHANISM_FILES = sorted((SIM / "model" / "mechanisms").glob("[!_]*.py"))
RULE_FILES = [
    *MECHANISM_FILES,
    *(
        SIM / "model" / name
        for name in ("schedule.py", "arithmetic.py", "draws.py", "aggregate.py", "simulate.py")
    ),
]

GUARDED = {
    "arithmetic.py": {"logistic", "power", "bounded_exp", "logistic_deviate",
                      "exponential_deviate"},
    "market.py": {"learning_exponent"},
    # Population, income and their references are positive: seeds are checked, `low` is above 0.
    "history.py": {"grade"},
    # Shares above 0, by `low`.
    "training.py": {"ally_log", "closed_log", "asking_log"},
    "market_access.py": {"ally_log", "closed_log"},
}  # fmt: skip
"""Where `exp` and `log` may stand: in the guarded helpers, and on positive values."""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def rules(path: Path) -> Iterator[ast.FunctionDef]:
    """Functions of a module: not the methods of its section, which run once a scenario."""
    yield from (node for node in tree(path).body if isinstance(node, ast.FunctionDef))


def body_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Nodes of a function's body, without its docstring and annotations."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    for statement in body:
        yield from ast.walk(statement)


def found(path: Path, node: ast.AST, text: str) -> str:
    return f"{path.relative_to(SIM.parent)}:{getattr(node, 'lineno', 0)}: {text}"


def called(node: ast.AST) -> str:
    """The dotted name that a call calls; an empty string for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    return ast.unparse(node.func)


def test_nothing_asks_the_c_library() -> None:
    """Its exponentials, logarithms and powers differ between machines; so in sections, too."""
    wrong = [
        found(path, node, f"asks the C library: {ast.unparse(node)}")
        for path in RULE_FILES
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow))
        or called(node).partition(".")[0] in ("math", "cmath", "np", "numpy", "pow")
    ]
    assert wrong == []


class Shipped(PluginFile):
    """A module of the model, looked at as a user's own file is."""

    @property
    def module(self) -> ModuleType:
        return import_module(self.shown)


@pytest.mark.parametrize("module", binding.LOOP, ids=lambda m: m.__name__)
def test_the_models_rules_are_held_to_what_users_are(module: ModuleType) -> None:
    """No memory, no errors, no text, no unknown names and fields, no writing to other countries."""
    file = Shipped(module.__name__, Path(module.__file__ or "").read_text(encoding="utf-8"))
    fields = fields_of(SHIPPED)
    readers = [RuleReader(file, fields, rule) for rule in rules(Path(module.__file__ or ""))]
    found = [f"{line}: {text}" for reader in readers for line, text in reader.faults()]
    if module.__name__ == "sim.model.simulate":  # sets the moment, and copies rows of arrays
        found = [f for f in found if "writes now." not in f]
    if module.__name__ == "sim.model.schedule":  # calls each mechanism by its module
        found = [f for f in found if "mechanisms does not run" not in f]
    if module.__name__ == "sim.model.draws":
        found = [f for f in found if "code_number" not in f]  # reads an ISO code, before a run
    # Bits of counters, in few known places.
    if not module.__name__.startswith("sim.model.mechanisms."):
        found = [f for f in found if not re.search(r" (<<|>>|&|\^) .* does not run", f)]
    assert found == []


def test_no_rule_names_a_state() -> None:
    """A rule holds for all states: no ISO code stands in a mechanism's file, nor in the loop."""
    codes = {state.iso3 for state in shipped_seeds().countries} | {"CHN", "HKG", "MAC"}
    wrong = []
    for path in RULE_FILES:
        for node in ast.walk(tree(path)):
            texts = [node.value] if isinstance(node, ast.Constant) else []
            texts += [node.id] if isinstance(node, ast.Name) else []
            texts += [node.attr] if isinstance(node, ast.Attribute) else []
            wrong += [found(path, node, text) for text in texts if text in codes]
    assert wrong == []


def test_exponentials_and_logarithms_are_guarded() -> None:
    wrong = [
        found(path, node, f"{function.name} calls {called(node)}")
        for path in RULE_FILES
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef)
        and function.name not in GUARDED.get(path.name, set())
        for node in body_nodes(function)
        if called(node) in ("exp", "log")
    ]
    assert wrong == []


@pytest.mark.parametrize("actor", ["country", "china", "west"])
def test_no_rule_has_the_name_of_its_actors_field(actor: str) -> None:
    """An agent holds rules and fields alike: a name must not mean both."""
    fields = {state.name for mechanism in MECHANISMS for state in getattr(mechanism, actor)}
    fields |= {state.name for state in STATIC} if actor == "country" else set()
    wrong = [
        found(path, function, f"{function.name} is a field of {actor} too")
        for path in MECHANISM_FILES
        for function in rules(path)
        if function.name in fields and function.args.args and function.args.args[0].arg == actor
    ]
    assert wrong == []


def test_every_file_of_rules_is_in_the_loop_and_every_mechanism_in_the_quarter() -> None:
    """A file that `sim/model/schedule.py` never calls has no parameters, state or outcomes."""
    stems = {module.__name__.rpartition(".")[2] for module in binding.LOOP}
    assert len(stems) > 20 and {path.stem for path in RULE_FILES} <= stems
    declared = {name for name, module in MODULES.items() if hasattr(module, "MECHANISM")}
    assert declared == {mechanism.name for mechanism in MECHANISMS}
    for mechanism in MECHANISMS:
        assert mechanism.title and mechanism.article and mechanism.module.__doc__
        assert mechanism.section.model_fields["active"].annotation is bool


@pytest.mark.parametrize("owner", ["country", "china", "west", "public"])
def test_two_fields_of_one_name_are_refused(owner: str) -> None:
    """Records would merge them in silence, and each would overwrite the other's numbers."""
    twice = Rules()
    state = getattr(next(m for m in MECHANISMS if getattr(m, owner)), owner)[0]
    added = Mechanism("more", "More", **{owner: (state,)})
    vars(twice)["mechanisms"] = (*MECHANISMS, added)
    with pytest.raises(ValueError, match=f"two fields of {owner} are called '{state.name}'"):
        states_of.__wrapped__(twice)
