"""Plain English: fail where docs, help, docstrings or messages make readers stumble.

The lists below are short on purpose: each entry was counted in these pages and in those of similar
projects, where it hardly occurs. Of `CONSTRUCTIONS` a text may have at most the number of hits in
`ALLOWED`, and none if it is not listed; these numbers may only fall. Of `HABITS` each kind of page
may have some per 1,000 words of prose. Prose may be as long as it has to be, and needs examples;
words in tables are limited.

    uv run python docs/scripts/prose.py            # exit code 1 if a text has more than it may
    uv run python docs/scripts/prose.py README.md  # all hits in texts whose name contains this
    uv run python docs/scripts/prose.py --counts   # hits and words of each, habits of pages
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import typer.main
import yaml

from sim.cli import app
from sim.page.contents import WORDS

PROJECT = Path(__file__).parents[2]
LONGEST = 45
"""Words of a sentence beyond which it should be two."""
GENERATED = ("commands", "fates", "outcomes", "parameters", "trainings")
"""Pages of `docs` that programs write; their words are not counted."""
MOST_TABLE_WORDS = 12_000
"""Words in tables of all other pages, with README and CONTRIBUTING; lower it when you cut."""
MESSAGES = ("InputError", "ValueError", "TypeError", "wrong", "warn", "warning")
"""Functions and errors whose arguments users read, however short."""
LEAST_WORDS = 5
"""Words from which any other text in the code counts as a message."""
UNITS = "row|line|file|column|cell|map|table|figure|page|panel|section|chunk|folder|course|curve"
CONSTRUCTIONS = {
    "give the clause its noun (surviving systems, not: what stays)": (
        r"\b(?:what|whatever|whoever) (?:of|is|are|was|were|has|had|have|may|can|must|could|would"
        r"|should|will|happened|came|it|(?!this\b|its\b|plus\b|minus\b)\w+s)\b"
    ),
    "use the verb that is meant (contains, applies, depends)": (
        r"\b(?:holds?|held(?![ -]out)|stands?|stood|lies|lay|hangs?|hung)\b(?!-)"
    ),
    "say is not, or do not": r"(?<!there )\b(?:is|are|was|were) no (?!longer|more\b)",
    "say reports, says or shows": r"\b(?:told|tells?)\b(?! (?:you|whether|apart)\b)",
    "use the usual word (again, next to, vertical, repair)": (
        r"\b(?:anew|beside|alike|upright|mend|mended|likeliest|of (?:its|their|one's) own)\b"
    ),
    "say per": rf"\b(?:a|an|one) (?:{UNITS}) (?:a|an) \w+",
    "use the term of the field (run, random draws, country, suspended, missed payment, course)": (
        r"\b(?:luck|twins?|histories|(?:go|goes|going|fall|falls|fell|went) dark|leanings?"
        r"|(?:a|each|every|one|that|which|whose|the|any|no) state\b(?! (?:variable|of\b|file))"
        r"|(?<!-)(?<!united )(?<!gulf )states)\b"
    ),
    "one name per thing (exit cost, switch off, survive, missed payment, held out, bloc, run)": (
        r"\b(?:costs? to leave|costs? of leaving|price of leaving|leaving (?:is |were )?free"
        r"|giv(?:e|es|ing) (?:it |them |a system |the system |systems )?up|gave up|given up"
        r"|abandon\w*|(?:share|systems|is|are|would be) left(?! out| behind| open)"
        r"|unpaid (?:fees?|bills?)|missed fees?|published estimates?|kept apart|hold-outs?"
        r"|camps?|replicates?)\b"
    ),
}
HABITS = {
    "name the thing (exit cost, not: that of leaving)": (
        r"\b(?:that|those) of|\bof (?:these|it|them|all)\b"
    ),
    "say only, also": r"(?<!let )\balone\b|, too\b",
    "name what is meant by same, other, all": (
        r"\bthe same(?= of|[,;:.])|\ball that\b|\bthose that\b|\bthat which\b|\bthe others?\b"
    ),
    "make it two sentences, or drop a noun": (
        r"\b(?:of|to|in|on|by|from|with|for|at|under|over|after|beyond) (?:which|whom)\b"
        r"|\bthat (?:is|are|was|were|has|do)\b|\bof \w+ of\b"
    ),
    "use the everyday word (expensive, rarely, instead of, partly, only)": (
        r"\b(?:dear(?:er)?|hardly|seldom|in the mean|in place of|in part|merely|nor|binds?"
        r"|ow(?:e|es|ed)|shuts?|keeps? in|one's)\b"
    ),
    "say next to, again, except; so much as needed": (
        r"\bbut for\b|\b(?:so|as) many\b|\bso long\b"
        r"|(?:^|[.!?]\s+)(?:Of|Beyond|Over) (?:the|these|those)\b"
    ),
}
"""Habits of these pages that similar projects do not have, and what to write."""
MENU = {"Tutorials": "how-to", "How to": "how-to", "Results": "explanation",
        "Explanation": "explanation"}  # fmt: skip
MOST_HABITS = {"how-to": 4.0, "explanation": 4.0}
"""Per 1,000 words of each kind of page; pages of similar projects have 3 to 6."""
LEAST_EXAMPLES = 3.0
"""Per 1,000 words of each kind of page."""
LONG_PAGE = 300
"""Words from which a page needs an example."""
MOST_CROWDED = 4.0
"""Sentences with two or more of `: ; (` in 100 of each kind of page."""
EXAMPLE = re.compile(r"\b(?:for example|for instance|e\.g\.|such as)(?!\w)|\bas an example\b", re.I)
ALLOWED: dict[str, int] = {
    "docs/fates.md": 13,
    "docs/findings.md": 1,
    "docs/outcomes.md": 8,
    "docs/parameters.md": 2,
    "scenarios and experiments": 6,
    "words of the page": 20,
}
"""Hits that a text may still have. Lower a number when you rewrite; never raise one."""
CODE = re.compile(r"^([ \t]*)```.*?^\1```[ \t]*$|<!--.*?-->|`[^`\n]+`|\$\$.*?\$\$", re.S | re.M)
EXAMPLES = re.compile(r"^ *>>>.*(?:\n.*\S.*)*|(?<=\n\n)(?: {4}.*\n?)+", re.M)
"""Of a docstring: code that is run, and paragraphs that are indented."""
INLINE = re.compile(r"`[^`]")
LINK = re.compile(r"\]\([^)\s]*\)")
END = re.compile(r"[.?!](?=[\s*)\"]|$)|\n\s*\n|\|")


def blank(match: re.Match[str]) -> str:
    """Return as many letters and lines as what is not prose has."""
    return re.sub(r"[^\n]", "_", match[0])


def hits(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, words and advice of each hit in a text of Markdown."""
    prose = re.sub(r"(?<!\n)\n(?!\n)", " ", LINK.sub(blank, CODE.sub(blank, text)))
    for advice, pattern in CONSTRUCTIONS.items():
        for match in re.finditer(pattern, prose, re.I):
            end = END.search(prose, match.end())
            asks = text[text.rfind("\n", 0, match.start()) + 1] == "#" or (end and end[0] == "?")
            if not (asks and match[0].lower().startswith("wh")):
                yield text.count("\n", 0, match.start()) + 1, match[0], advice
    start = 0
    for end in END.finditer(prose + "\n\n"):
        sentence = prose[start : end.start()]
        words = re.findall(r"[^\W\d_][\w'-]*", sentence.replace("_", " "))
        if len(words) > LONGEST and "|" not in end[0]:
            line = text.count("\n", 0, start + len(sentence) - len(sentence.lstrip())) + 1
            yield line, " ".join(words[:6]) + " …", f"{len(words)} words: make it two sentences"
        start = end.end()


def prose_of(text: str) -> str:
    """Return the sentences of a page: no code, table, heading, quotation, comment or picture."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    text = re.sub(
        r"`[^`\n]+`", "CODE", CODE.sub(lambda m: m[0] if INLINE.match(m[0]) else "", text)
    )
    kept = (
        "" if re.match(r"\s*(?:\||#|>|:::)| {4,}(?![-*\d])", line) else
        re.sub(r"^\s*(?:[-*>]|\d+\.)\s+", "\n", line)
        for line in text.splitlines()
    )  # fmt: skip
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|<[^>]+>", " ", "\n".join(kept))
    return re.sub(r"(?<!\n)\n(?!\n)", " ", LINK.sub("]", text))


def words_in(text: str) -> int:
    """Return the number of words."""
    return len(re.findall(r"[^\W\d_][\w'’-]*", text))


def crowded(prose: str) -> tuple[list[str], int]:
    """Return the sentences with two or more of `: ; (`, and how many sentences there are."""
    sentences = re.split(r"(?<=[.?!])[\s*)\"”]+|\n\s*\n", prose)
    sentences = [each for each in sentences if len(re.findall(r"\w+", each)) > 2]
    return [each for each in sentences if len(re.findall(r"[:;(]", each)) > 1], len(sentences)


def habits(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, words and advice of each habit in a page."""
    prose = prose_of(text)
    hit = [(match[0].strip(" .!?"), advice, match) for advice, pattern in HABITS.items()
           for match in re.finditer(pattern, prose, re.I | re.M)]  # fmt: skip
    for words, advice, match in hit:
        around = prose[max(0, match.start() - 25) : match.end() + 15]
        yield 0, f"{words}: …{around.strip()}…", advice
    for sentence in crowded(prose)[0]:
        yield 0, sentence.strip()[:70], "two or more of : ; ( in a sentence: make it two"


def kinds() -> dict[str, str]:
    """Return the kind of each page of the menu that has one, by its file."""
    menu = yaml.safe_load((PROJECT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    return {
        f"docs/{file}": MENU[group]
        for entry in menu
        for group, pages in entry.items()
        if group in MENU
        for page in pages
        for file in page.values()
        if (PROJECT / "docs" / file).is_file() and Path(file).stem not in GENERATED
    }


def kinds_of_page(pages: dict[str, str], shown: bool) -> list[str]:
    """Return what is wrong with the prose of each kind of page.

    Args:
        pages: All texts by name.
        shown: Whether the numbers of each page are printed.
    """
    wrong, sums = [], {kind: np.zeros(5) for kind in MOST_HABITS}
    for name, kind in kinds().items():
        prose = prose_of(pages[name])
        crowd, sentences = crowded(prose)
        found = len([hit for hit in habits(pages[name])]) - len(crowd) + len([*hits(prose)])
        examples = len(EXAMPLE.findall(prose))
        sums[kind] += (words_in(prose), found, examples, len(crowd), sentences)
        if words_in(prose) >= LONG_PAGE and not examples:
            wrong.append(f"{name}: no example; write for example, for instance or such as")
        if shown:
            print(f"{name:36} {kind:12} {words_in(prose):6,} words {found:3} habits"
                  f" {examples:3} examples {len(crowd):3} of {sentences} crowded")  # fmt: skip
    for kind, (words, found, examples, crowd, sentences) in sums.items():
        for what, value, limit, ok in (
            ("habits per 1,000 words", 1000 * found / words, MOST_HABITS[kind], 1),
            ("examples per 1,000 words", 1000 * examples / words, LEAST_EXAMPLES, -1),
            ("crowded sentences in 100", 100 * crowd / sentences, MOST_CROWDED, 1),
        ):
            text = f"{kind} pages: {value:.1f} {what}; {'most' if ok > 0 else 'least'}: {limit:g}"
            if shown:
                print(text)
            if ok * value > ok * limit:
                wrong.append(text)
    return wrong


def texts() -> dict[str, str]:
    """Return every text that is checked, by file or by the place where users read it."""
    pages = [*sorted(PROJECT.glob("*.md")), *sorted(PROJECT.glob("docs/*.md"))]
    found = {
        page.relative_to(PROJECT).as_posix(): page.read_text(encoding="utf-8")
        for page in [*pages, PROJECT / "paper" / "paper.md", PROJECT / "seeds" / "SOURCES.md"]
        if page.name != "CHANGELOG.md"
    }
    found["scenarios and experiments"] = listed(scenario_texts())
    found["help"] = listed(help_texts())
    found["words of the page"] = listed(strings(WORDS))
    for package in sorted({file.parent for file in PROJECT.glob("sim/**/*.py")}):
        trees = {file: ast.parse(file.read_bytes()) for file in sorted(package.glob("*.py"))}
        name = package.relative_to(PROJECT).as_posix()
        for kind, of_file in (("docstrings", docstrings), ("messages", messages)):
            found[f"{kind} of {name}"] = listed(
                f"`{file.name}:{line}` {text}"
                for file, tree in trees.items() for line, text in of_file(tree, file)
            )  # fmt: skip
    return found


def listed(lines: Iterable[str]) -> str:
    """Return lines as paragraphs of a text."""
    return "\n\n".join(lines)


def scenario_texts() -> Iterator[str]:
    """Yield title, question and comments of each shipped scenario and experiment."""
    for folder in ("scenarios", "experiments"):
        for file in sorted((PROJECT / folder).glob("*.toml")):
            text = file.read_text(encoding="utf-8")
            parts = re.findall(r'^(?:title|question) = "(.*)"|^# (.*)', text, re.M)
            yield f"`{file.name}` {' '.join(''.join(part) for part in parts)}"


def help_texts() -> Iterator[str]:
    """Yield the help of each verb and option."""
    group: Any = typer.main.get_command(app)
    for name, verb in group.commands.items():
        yield f"`{name}` {verb.help}"
        for parameter in verb.params:
            if text := getattr(parameter, "help", None):
                yield f"`{name} {parameter.name}` {text}"


def strings(value: Any) -> Iterator[str]:
    """Yield all texts in nested lists and dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def docstrings(tree: ast.Module, _: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of docstrings of a module, its classes, functions and attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(ast.Constant(str(text))):
                prose = EXAMPLES.sub("", inspect.cleandoc(text))
                yield node.lineno, re.sub(r"^( {4}\W{0,2})(\w+)(?=:)", r"\1`\2`", prose, flags=re.M)


def messages(tree: ast.Module, file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and words of messages to users, with code in place of inserted values."""
    read: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name(name) | ast.Attribute(attr=name)) if name in MESSAGES:
                parts = node.args
                for text in node.args:
                    yield node.lineno, words_of(text)
            case ast.Expr(ast.Constant() as docstring):
                parts = [docstring]
            case ast.Constant(str()) | ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                words = words_of(node)
                if id(node) not in read and words_in(words) >= LEAST_WORDS:
                    yield node.lineno, words
                # The walk comes to a text before its parts.
                parts = [*ast.iter_child_nodes(node)]
            case _:
                continue
        read |= {id(part) for part in parts}


def words_of(text: ast.expr) -> str:
    """Return the constant words of an expression."""
    match text:
        case ast.Constant(str(words)):
            return words
        case ast.JoinedStr(parts):
            return "".join(words_of(part) or "`value`" for part in parts)
        case ast.BinOp(left, _, right):
            return words_of(left) + words_of(right)
        case ast.IfExp(_, body, orelse):
            return f"{words_of(body)}\n\n{words_of(orelse)}"
    return ""


def show(name: str, text: str, found: Iterable[tuple[int, str, str]]) -> None:
    """Print hits with the place of each."""
    lines = text.splitlines()
    for line, words, advice in found:
        place = f"{name}:{line or ''}" if name.endswith(".md") else lines[line - 1].strip()[:60]
        print(f"{place}: {words!r}: {advice}")


def main(arguments: list[str]) -> int:
    """Check all texts, or show hits or counts; return the exit code."""
    failed = False
    total = 0
    pages = texts()
    for name, text in pages.items():
        found = sorted(hits(text))
        allowed = ALLOWED.get(name, 0)
        words = words_in(text)
        if name.startswith(("docs/", "README", "CONTRIBUTING")):
            own = text.partition("<!-- glossary -->")[0]
            rows = "\n".join(line for line in own.splitlines() if line.startswith("|"))
            total += words_in(rows) if Path(name).stem not in GENERATED else 0
        if arguments == ["--counts"]:
            print(f"{name:32} {len(found):4} hits {words:7,} words")
        elif arguments:
            also = habits(text) if name in kinds() else ()
            show(name, text, [*found, *also] if arguments[0] in name else ())
        elif len(found) > allowed:
            show(name, text, found)
            print(f"{name}: {len(found)} hits, {allowed} allowed")
            failed = True
    if arguments == ["--counts"] or total > MOST_TABLE_WORDS:
        print(f"tables of all pages: {total:,} words; {MOST_TABLE_WORDS:,} allowed")
    if arguments in ([], ["--counts"]):
        wrong = kinds_of_page(pages, shown=bool(arguments))
        print("\n".join(wrong) if not arguments and wrong else "", end="\n" if wrong else "")
        failed |= bool(wrong)
    return int(failed or (not arguments and total > MOST_TABLE_WORDS))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
