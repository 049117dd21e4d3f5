"""The file: whole, closed to the network, the same bytes each time; and what is refused."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from invented import INCOME, folder_of
from typer.testing import CliRunner

from sim.cli import app
from sim.errors import InputError
from sim.page import build, charts, make_page, plan, webassembly
from sim.page.shapes import dots, shapes_text
from sim.scenario import list_scenarios
from sim.world.seeds import shipped_seeds

RUNS = 3


@pytest.fixture(autouse=True)
def without_vega(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bundling Vega takes ten seconds; the browser's tests have it."""
    monkeypatch.setattr(charts, "library", lambda: {"vega": "1", "curve": {}, "map": {}})


def facts_of(path: Path) -> dict[str, Any]:
    return json.loads(blob(path, "facts"))


def blob(path: Path, name: str) -> bytes:
    found = re.search(f'id="blob-{name}">([^<]*)<', path.read_text())
    assert found, name
    return gzip.decompress(base64.b64decode(found[1]))


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "library", lambda: {"vega": "1", "curve": {}, "map": {}})
        out = tmp_path_factory.mktemp("page") / "still.html"
        return make_page(["baseline", "offer-withdrawn-2030"], out, runs=RUNS, still=True)


def test_a_still_page_has_no_engine_and_stored_differences(still: Path) -> None:
    facts = facts_of(still)
    assert facts["engine"] is None
    assert list(facts["scenarios"]) == ["baseline", "offer-withdrawn-2030"]
    assert facts["scenarios"]["offer-withdrawn-2030"]["stored"]["differences"]
    assert 'id="blob-wasm"' not in still.read_text()
    assert len(facts["states"]) == len(shipped_seeds().countries)
    # The way in that needs the scenario is offered, and the ones that need others are not.
    assert [way["scenario"] for way in facts["ways"]] == ["offer-withdrawn-2030"]


def test_the_policy_names_the_scripts_and_no_network(still: Path) -> None:
    text = still.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    rules = dict(part.strip().split(" ", 1) for part in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert "http" not in policy[1] and "unsafe-eval" not in rules["script-src"].replace(
        "'wasm-unsafe-eval'", ""
    )
    script = re.search(r"<script>(.*?)</script>", text, re.S)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in rules["script-src"]
    assert not re.findall(r'(?:src|href)="(?!#)', text)
    assert "@@" not in text


def test_the_same_page_has_the_same_bytes(still: Path, tmp_path: Path) -> None:
    again = make_page(["baseline", "offer-withdrawn-2030"], tmp_path / "b", runs=RUNS, still=True)
    assert again.read_bytes() == still.read_bytes()


def test_folders_are_shown_as_they_are(still: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    arguments = ["run", "offer-withdrawn-2030", "--runs", str(RUNS), "--no-figures", "--quiet"]
    assert CliRunner().invoke(app, [*arguments, "--out", str(folder)]).exit_code == 0
    made = make_page(["baseline", folder], tmp_path / "f.html", runs=RUNS, still=True)
    name = "offer-withdrawn-2030"
    ours, theirs = (facts_of(p)["scenarios"][name] for p in (made, still))
    for key in ("answers", "fates", "fixed", "events", "runs"):
        assert ours[key] == theirs[key]
    place = ours["stored"]["place"]
    at, size = ours["stored"]["levels"]
    assert (
        blob(made, f"stored-{place}")[at : at + size]
        == (blob(still, f"stored-{theirs['stored']['place']}")[at : at + size])
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["basline"], "did you mean"),
        (["baseline", "baseline", "--runs", "1"], "shows each scenario once"),
        (["--runs", "0"], "--runs 0"),
    ],
)
def test_wrong_input_is_reported(arguments: list[str], said: str, tmp_path: Path) -> None:
    out = tmp_path / "x.html"
    result = CliRunner().invoke(app, ["page", "--still", "--out", str(out), *arguments])
    assert result.exit_code == 2
    assert said in result.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (["baseline"], "shows each scenario once"),
        (["short.toml"], "short covers 2000-2016, baseline 2000-2040"),
    ],
)
def test_what_cannot_go_together_is_told_before_it_is_run(
    others: list[str], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short.toml").write_text('extends = "baseline"\nhorizon.end = 2016\n')
    monkeypatch.setattr(plan, "run_batch", lambda *_, **__: pytest.fail("was run"))
    with pytest.raises(InputError, match=said):
        make_page(["baseline", *others], tmp_path / "x.html", runs=1, still=True)


def test_a_folder_in_the_way_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        make_page(["baseline"], tmp_path, runs=1, still=True)


def test_without_the_target_the_still_page_is_suggested(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(webassembly, "TRIPLE", "nothing-at-all")
    with pytest.raises(InputError, match="--still"):
        make_page(["baseline"], tmp_path / "x.html", runs=1)
    assert make_page(["baseline"], tmp_path / "y.html", runs=1, still=True).is_file()


def test_the_room_can_be_called(tmp_path: Path) -> None:
    import sim.page

    made = sim.page("baseline", tmp_path / "x.html", runs=1, still=True)  # type: ignore[operator]
    assert made.is_file()


def test_every_script_is_part_of_the_page() -> None:
    there = {path.name for path in build.WEB.glob("*.js")}
    assert there == {*build.SCRIPTS, *build.WORKER}


def test_every_state_can_be_seen_on_the_map() -> None:
    outlines = {g["id"] for g in json.loads(shapes_text())["objects"]["states"]["geometries"]}
    for state in shipped_seeds().countries:
        assert state.iso3 in outlines or state.iso3 in dots(shipped_seeds())


def test_ways_in_and_levers_name_what_there_is() -> None:
    from sim.page.words import LEVERS, WAYS_IN, lever_facts
    from sim.scenario import load_scenario

    named = {name for scenario, beside, *_ in WAYS_IN for name in (scenario, beside) if name}
    assert named <= {entry.name for entry in list_scenarios()}
    assert len(lever_facts(load_scenario("baseline").to_dict())) == len(LEVERS)


def test_a_page_of_own_seeds_and_what_is_known_says_so(tmp_path: Path) -> None:
    """What the page's engine begins with holds the changed figure and the facts."""
    own = folder_of(tmp_path / "mine", changes=INCOME)
    facts = facts_of(
        make_page(
            ["baseline"], tmp_path / "own.html", runs=RUNS, still=True, seeds=own,
            known="documented",
        )
    )  # fmt: skip
    told = facts["identity"]["seeds"]
    assert "Own seeds, mine: 1\N{NO-BREAK SPACE}changed figure." in told
    assert "Held to 7\N{NO-BREAK SPACE}known decisions" in told
