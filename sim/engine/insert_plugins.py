"""The quarter with the rules of a user's own files in their places.

`sim.schedule` calls each mechanism's rules: ``mechanisms.peers.step(country, public, now, p)``. A
user's file brings rules of the same kinds; each is called right after the rule of that kind of the
mechanism that the file names, with those of the quarter's values that its own parameters name.
"""

from __future__ import annotations

import inspect
import re
from functools import cache
from types import ModuleType

from sim import schedule
from sim.register import nearest
from sim.rules import MODULE, MechanismError, PluginFile, Rules

KINDS = ("plan", "ration", "update", "step", "publish")
"""Rules that a quarter calls: China plans, the West rations, each country learns what is known of
it and takes its step, and what all may know is made public."""

_SOURCE = inspect.getsource(schedule).partition("\nMECHANISMS")[0]


@cache
def schedule_with_plugins(rules: Rules) -> ModuleType:
    """Return the functions of the quarter, with calls of the user's own rules, as a module.

    Raises:
        MechanismError: A file acts after what does not exist, or a rule asks for what is not there.
    """
    module = ModuleType(MODULE)
    lines = _SOURCE.splitlines()
    last: dict[str, str] = {}
    for file in rules.plugins:
        for kind in KINDS:
            if kind in file.functions:
                vars(module)[f"{file.mechanism.name}_{kind}"] = file.functions[kind]
                _insert(lines, file, kind, last)
    exec(compile("\n".join(lines), schedule.__file__ or "", "exec"), vars(module))
    return module


def _insert(lines: list[str], file: PluginFile, kind: str, last: dict[str, str]) -> None:
    """Write the call of a rule into the quarter, after those of its kind that come before it."""
    pattern = re.compile(rf" +(?:mechanisms\.)?(\w+)[._]{kind}\(.*\)$")
    calls = {call[1]: at for at, line in enumerate(lines) if (call := pattern.match(line))}
    name, function = file.mechanism.name, file.functions[kind]
    after = file.mechanism.after
    line = function.__code__.co_firstlineno
    if after and after not in calls and kind == "step":
        text = f"after = {after!r}: no mechanism of that name takes steps{nearest(after, calls)}"
        raise MechanismError(file.wrong(line, text))
    anchor = after if after in calls else [*calls][-1]
    while f"{anchor}.{kind}" in last:
        anchor = last[f"{anchor}.{kind}"]
    last[f"{anchor}.{kind}"] = name
    at = calls[anchor]
    before = "\n".join(lines[:at])
    around = before[before.rindex("\ndef ") :]
    given = [*re.findall(r"(\w+): Record", around), *re.findall(r"(?m)^    (\w+) = ", around)]
    wanted = list(inspect.signature(function).parameters)
    for missing in (value for value in wanted if value not in given):
        text = f"{kind}: there is no {missing!r} in this place; allowed: {', '.join(given)}"
        raise MechanismError(file.wrong(line, text))
    indent = " " * (len(lines[at]) - len(lines[at].lstrip()))
    lines.insert(at + 1, f"{indent}{name}_{kind}({', '.join(wanted)})")
