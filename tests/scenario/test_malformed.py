"""Every way in which a file can be wrong: its message names place, key and what is allowed."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.rules import Rules
from sim.scenario import Scenario, ScenarioError, load_scenario

type Messages = Callable[..., list[str]]

EVENT = '[[events]]\nname = "x"\ndate = 2030\nchina.seats_open = 0.5\n'
TERM = "must be a number from 1 to 20 (years)"
QUARTER = "must be a year or a quarter of one"
SYNTAX = "not valid TOML"

# Text, place (line:column) and key, phrases.
ONE_MISTAKE: list[tuple[str, str, tuple[str, ...]]] = [
    # values of a section
    ('[contracts]\nterm = "ten"\n', "2:8: contracts.term", (TERM, "not the text 'ten'")),
    ("[contracts]\nactive = 1\n", "2:10: contracts.active", ("must be true or false, not 1",)),
    ("[china]\nepoch = 1.5\n", "2:9: china.epoch", ("a whole number from 0 to 3", "not 1.5")),
    ("[contracts]\ngrace = 8\nterm = 5\n", "3:8: contracts", ("grace must not be longer",)),
    # names
    ("[contracts]\ntrem = 5\n", "2:1: contracts.trem", ("unknown key", "did you mean 'term'?")),
    ("[contracts]\nzzz = 5\n", "2:1: contracts.zzz", ("keys here: active, term, fee, grace",)),
    ("[contract]\nterm = 5\n", "1:1: contract", ("unknown key", "did you mean 'contracts'?")),
    ("[China]\nepoch = 1\n", "1:1: China", ("did you mean 'china'?",)),
    ("term = 5\n", "1:1: term", ("it is a key of contracts",)),
    ('titel = "x"\n', "1:1: titel", ("did you mean 'title'?",)),
    ("title = 5\n", "1:9: title", ("must be a text in quotes, not 5",)),
    ('question = ""\n', "1:12: question", ("not an empty text",)),
    # horizon
    ("[horizon]\nstart = 1999\n", "2:9: horizon.start", ("from 2000 to 2024", "not 1999")),
    ("[horizon]\nend = 2061\n", "2:7: horizon.end", ("from 2001 to 2060", "not 2061")),
    ("[horizon]\nstop = 2030\n", "2:1: horizon.stop", ("keys here: start, end",)),
    # extends
    ('extends = "basline"\ntitle = "x"\n', "1:11: extends", ("did you mean 'baseline'?",)),
    ('drop_events = "pandemic"\n', "1:15: drop_events", ("a list of event names",)),
    ("a" + ".a" * 5000 + " = 1\n", "1:1", ("more than 10 parts",)),
    # events
    (EVENT.replace("2030", "1999"), "3:8: events.x.date", ("from 2000 to 2040.75, not 1999",)),
    (EVENT + "until = 2030\n", "5:9: events.x.until", ("later than the event's date, 2030",)),
    (EVENT.replace("0.5", "1.5"), "4:20: events.x.china.seats_open", ("from 0 to 1 (share)",)),
    (EVENT.replace("seats", "seat"), "4:7: events.x.china.seat_open", ("'seats_open'?",)),
    (EVENT.replace("china.", "chnia."), "4:1: events.x.chnia", ("did you mean 'china'?",)),
    (EVENT.replace("china.", ""), "4:1: events.x.seats_open", ("it is a key of china",)),
    (EVENT + "china = 5\n", "5:1: events.china", ("given twice",)),
    (EVENT + "contracts = 5\n", "5:1: events.x.contracts", ("contracts.key = value",)),
    (EVENT + "horizon.end = 2050\n", "5:1: events.x.horizon", ("cannot change the horizon",)),
    (EVENT + "untill = 2031\n", "5:1: events.x.untill", ("did you mean 'until'?",)),
    (EVENT + EVENT, "6:8: events.x.name", ("another event", "line 2")),
    ("[[events]]\ndate = 2030\nchina.epoch = 1\n", "1:1: events[1].name", ("needs a name",)),
    ('[[events]]\nname = "x"\ndate = 2030\n', "1:1: events.x", ("must set something",)),
    (EVENT.replace("[[", "[").replace("]]", "]"), "1:1: events", ("write [[events]]",)),
    # TOML syntax
    ("[contracts]\nfee = 6 %\n", "2:9: contracts.fee", (SYNTAX, "15 % is 0.15")),
]


@pytest.mark.parametrize(("text", "where", "phrases"), ONE_MISTAKE)
def test_one_mistake_gives_one_message_with_place_and_key(
    wrong: Messages, text: str, where: str, phrases: tuple[str, ...]
) -> None:
    """Each mistake is named once, at its line and column, under its key."""
    messages = wrong(text)
    assert len(messages) == 1, messages
    assert messages[0].startswith(f"study.toml:{where}: "), messages
    for phrase in phrases:
        assert phrase in messages[0]


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "the file is empty"),
        (b'title = "x"\0', "binary"),
        (b"\x7fELF\x02\x01\x01\0\0", "binary"),
        ('title = "x"'.encode("utf-16"), "UTF-16"),
        (b'title = "x"\nquestion = "fr\xfch"\n', "not UTF-8 text (line 2)"),
        (b"# " + b"x" * 2_000_000, "larger than 1,000,000 bytes"),
    ],
)
def test_what_is_no_text(wrong: Messages, folder: Path, content: bytes, phrase: str) -> None:
    """A file that holds no text says what it holds."""
    (folder / "odd.toml").write_bytes(content)
    messages = wrong("odd.toml")
    assert len(messages) == 1
    assert messages[0].startswith("odd.toml: ")
    assert phrase in messages[0]


def test_comments_alone_are_an_empty_scenario(wrong: Messages) -> None:
    """A file of comments has no keys: as empty as an empty one."""
    assert "the file is empty" in wrong("# nothing = here\n")[0]


def test_missing_files_and_names(wrong: Messages, folder: Path) -> None:
    """A path, a folder and a name that are not there each say so."""
    (folder / "sub").mkdir()
    assert wrong("gone.toml") == ["gone.toml: there is no such file"]
    assert wrong("./sub") == ["./sub: this is a folder; name a scenario file in it"]
    (folder / "sub" / "manifest.json").write_text("{}")
    assert wrong("./sub") == ["./sub: this is a folder; name the manifest.json in it"]
    assert "no scenario is called 'basline'; did you mean 'baseline'?" in wrong("basline")[0]


def test_byte_order_mark_and_windows_line_ends_are_fine(
    load: Callable[..., Scenario], folder: Path
) -> None:
    """Files saved by Windows' editors load, and their lines count right."""
    (folder / "windows.toml").write_bytes("﻿[contracts]\r\nterm = 5\r\n".encode())
    scenario = load("windows.toml")
    assert scenario.origins["contracts.term"].line == 2


def test_everything_wrong_shows_at_once(wrong: Messages) -> None:
    """Syntax, names, values, events and --set are all reported in one go, in order of lines."""
    text = (
        'extends = "nothing-like-it"\n'
        "titel = 1\n"
        "[contracts]\n"
        "term = 0,2\n"
        "fee = 7\n"
        "[[events]]\n"
        'name = "x"\n'
        "date = 1999\n"
        "china.seats_open = 2\n"
    )
    messages = wrong(text, overrides={"contracts.trem": "5", "china.epoch": "9"})
    starts = [message.split(": ")[0] for message in messages]
    assert starts == [f"study.toml:{p}" for p in ("1:11", "2:1", "4:9", "5:7", "8:8", "9:20")] + [
        "--set",
        "--set",
    ]


def test_a_line_that_cannot_be_read_is_not_reported_missing(wrong: Messages) -> None:
    """An event whose date has a syntax error is not said to have no date."""
    assert len(wrong(EVENT.replace("2030", "2030,5"))) == 1


def test_mistakes_of_an_extended_file_name_that_file(wrong: Messages, folder: Path) -> None:
    """Each file's mistakes stand under its own name and lines."""
    (folder / "parent.toml").write_text("[contracts]\nterm = 99\n")
    messages = wrong('extends = "parent.toml"\n[contracts]\nterm = 77\n')
    assert [m.split(": ")[0] for m in messages] == ["parent.toml:2:8", "study.toml:3:8"]


def test_a_file_beside_is_pointed_out(wrong: Messages, folder: Path) -> None:
    """A bare name means a shipped scenario; who means the file beside is told how to write it."""
    (folder / "mine.toml").write_text('title = "x"\n')
    assert 'for the file beside this one write "mine.toml"' in wrong('extends = "mine"\n')[0]


def test_dropping_an_unknown_event(wrong: Messages) -> None:
    """Events to drop must be there; the nearest is offered."""
    messages = wrong('extends = "baseline"\ndrop_events = ["pandemics"]\n')
    assert messages[0].startswith("study.toml:2:16: drop_events: ")
    assert "did you mean 'pandemic'?" in messages[0]


def test_events_may_not_break_rules_between_values(wrong: Messages) -> None:
    """What events in force together make of a section is checked too, at the event."""
    messages = wrong(EVENT.replace("china.seats_open = 0.5", "contracts.term = 1"))
    assert messages[0].startswith("study.toml:1:1: events.x.contracts: ")
    assert "grace must not be longer than term" in messages[0]


@pytest.mark.parametrize(
    ("overrides", "phrases"),
    [
        ({"contracts.term": "ten"}, (f"--set: contracts.term: {TERM}, not the text 'ten'",)),
        ({"contracts.term": "0,2"}, (TERM, "a decimal takes a point")),
        ({"contracts.term": ""}, (TERM, "not the text ''")),
        ({"contracts.term": 50}, (TERM, "not 50")),
        ({"contracts.term": None}, (TERM,)),
        ({"contracts.active": "True"}, ("must be true or false", "lower case")),
        ({"contracts": "5"}, ("contracts is a section", "contracts.KEY=VALUE")),
        ({"contract.term": "5"}, ("did you mean 'contracts'?",)),
        ({"horizon.end": "1999"}, ("horizon.end: must be a whole number from 2001",)),
        ({"horizon.start": "2020", "horizon.end": "2010"}, ("--set: horizon.end: must be later",)),
        ({"events.pandemics.date": "2021"}, ("no event 'pandemics'", "'pandemic'?")),
        ({"events.pandemic.date": "2050"}, ("--set: events.pandemic.date", "2040.75, not 2050")),
        ({"events.pandemic.date": "2020.3"}, (QUARTER, "not 2020.3")),
        ({"events.pandemic.until": "2020"}, ("later than the event's date, 2020.25",)),
        ({"events.pandemic.china.seats_open": "3"}, ("from 0 to 1", "events.pandemic.china")),
        ({"events.pandemic.china.seats": "3"}, ("did you mean 'seats_open'?",)),
        ({"events.pandemic": "3"}, ("unknown key",)),
    ],
)
def test_wrong_overrides(
    wrong: Messages, overrides: dict[str, str], phrases: tuple[str, ...]
) -> None:
    """What --set gives is checked like a file's values, under its own name."""
    messages = wrong("baseline", overrides=overrides)
    assert len(messages) == 1, messages
    for phrase in phrases:
        assert phrase in messages[0]


def test_factors_and_plausible_rows_name_themselves(wrong: Messages) -> None:
    """Mistakes of an experiment and of a plausible set say so."""
    layers = {"factors": {"contracts.term": 99}, "plausible": {"horizon.end": 2030}}
    first, second = sorted(wrong("baseline", **layers))
    assert first.startswith("experiment factor: contracts.term: must be")
    assert second.startswith("plausible set: horizon.end: unknown key")


def test_the_error_is_input_and_crosses_processes(folder: Path, rules: Rules) -> None:
    """The error counts as wrong input, has a headline when long, and survives pickling."""
    (folder / "study.toml").write_text("[contracts]\nterm = 99\nfee = 99\n")
    with pytest.raises(ScenarioError) as caught:
        load_scenario("study.toml", rules=rules)
    assert isinstance(caught.value, InputError)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert str(copy).startswith("2 problems in the scenario 'study'\n- study.toml:2:8")
