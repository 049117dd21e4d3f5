"""The file: whole, closed to the network, the same bytes each time; and what is refused."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.errors import InputError
from sim.figures.fates import record_survival
from sim.model.register import SHIPPED
from sim.page import build, contents, webassembly
from sim.page.build import bundle, make_page
from sim.page.contents import WEB, WORDS, dots, outlines, schema
from sim.scenario import load_scenario, shipped_names
from sim.studies.sources import make_runs
from sim.world.fate_statistics import courses
from sim.world.fates import shipped_record
from sim.world.seeds import shipped_seeds

RUNS = 3
ENDED = "offer-withdrawn-2030"


def blob(path: Path, name: str) -> bytes:
    found = re.search(f'id="blob-{name}">([^<]*)<', path.read_text())
    assert found, name
    return gzip.decompress(base64.b64decode(found[1]))


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page") / "still.html"
    return make_page("baseline", ENDED, to=out, runs=RUNS, still=True)


def test_a_still_page_has_no_engine_and_stored_differences(still: Path) -> None:
    facts = json.loads(blob(still, "facts"))
    assert facts["engine"] is None
    assert [k for k, v in facts["scenarios"].items() if "stored" in v] == ["baseline", ENDED]
    place = facts["scenarios"][ENDED]["stored"]["place"]
    assert json.loads(blob(still, f"stored-{place}"))["differences"]
    assert 'id="blob-wasm"' not in still.read_text()
    assert len(facts["states"]) == len(shipped_seeds().countries)
    assert facts["first"] == ENDED
    assert facts["small"] == ["region:North America"]


def test_the_policy_names_the_scripts_and_no_network(still: Path) -> None:
    text = still.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    script = re.search(r"<script>(.*?)</script>", text, re.S)
    assert policy and script
    rules = dict(part.strip().split(" ", 1) for part in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert "http" not in policy[1] and "'unsafe-eval'" not in rules["script-src"]
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in rules["script-src"]
    page = re.sub(r"url\(data:[^)]*\)", "", text)
    assert not re.findall(r'(?:src|href)="(?!#)|url\((?!#)', page)
    assert "@@" not in text


@pytest.mark.slow
def test_the_same_page_has_the_same_bytes_from_a_folder_too(still: Path, tmp_path: Path) -> None:
    again = make_page("baseline", ENDED, to=tmp_path / "b.html", runs=RUNS, still=True)
    assert again.read_bytes() == still.read_bytes()
    make_runs(ENDED, runs=RUNS, out=tmp_path / ENDED, known="documented")
    mixed = make_page(
        "baseline", tmp_path / ENDED, to=tmp_path / "c.html", still=True, known="documented"
    )
    ours, theirs = (json.loads(blob(p, "facts"))["scenarios"][ENDED] for p in (mixed, still))
    assert ours == theirs
    name = f"stored-{ours['stored']['place']}"
    assert blob(mixed, name) == blob(still, name)


def test_what_other_rules_made_needs_a_page_without_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert contents.contents_of(["baseline"], still=False, options={"runs": 1}).live
    monkeypatch.setattr(contents, "identity_of", lambda _: {"rules": "others"})
    with pytest.raises(InputError, match="still makes a page"):
        contents.contents_of(["baseline"], still=False, options={"runs": 1})
    assert not contents.contents_of(["baseline"], still=True, options={"runs": 1}).live


def test_a_page_replaces_only_a_page_that_was_not_edited(
    still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, content = tmp_path / "page.html", still.read_bytes()
    for edited in (content.replace(b"<title>", b"<title>My "), b"<p>mine</p>"):
        path.write_bytes(edited)
        with pytest.raises(InputError, match="did not make or that was edited"):
            make_page("baseline", to=path, runs=1, still=True)
        assert path.read_bytes() == edited
    path.write_bytes(content)
    other = content.decode().replace("<title>", "<title>Other: ")
    monkeypatch.setattr(build, "_assemble", lambda _: other)
    for _ in range(2):  # the page that it made, too
        page = make_page("baseline", to=path, runs=1, still=True).read_text()
        assert "<title>Other: " in page


def test_another_horizon_and_a_folder_in_the_way_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("short.toml").write_text('extends = "baseline"\nhorizon.end = 2016\n')
    wrong = {"the same horizon": ["short.toml", "--out", "x.html"], "is a folder": ["--out", "."]}
    for said, arguments in wrong.items():
        told = CliRunner().invoke(app, ["page", "baseline", "--still", "--runs", "1", *arguments])
        assert told.exit_code == 2 and said in told.output, told.output
    assert not Path("x.html").exists()


def test_without_the_target_the_still_page_is_suggested(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(webassembly, "TRIPLE", "nothing-at-all")
    with pytest.raises(InputError, match="still"):
        make_page("baseline", to=tmp_path / "x.html", runs=1)


def test_modules_import_what_there_is_and_are_part_of_the_page() -> None:
    """Joined to a script, modules must share no name; each must be reached."""
    modules = {path.name: path.read_text() for path in WEB.glob("*.js")}
    declared = re.compile(
        r"^(export )?(?:async )?(?:const|let|function|class) ([\w$]+)", re.MULTILINE
    )
    names = {name: declared.findall(text) for name, text in modules.items()}
    for entry in (build.PAGE, build.WORKER):
        joined = [name for _, name in declared.findall(bundle(entry))]
        assert len(joined) == len(set(joined)), {n for n in joined if joined.count(n) > 1}
    for name, text in modules.items():
        for wanted, home in re.findall(r'^import \{([^}]*)\} from "\./(\w+\.js)"', text, re.M):
            exported = {name for is_export, name in names[home] if is_export}
            assert {w.strip() for w in wanted.split(",") if w.strip()} <= exported, (name, home)
    both = bundle(build.PAGE) + bundle(build.WORKER)
    assert all(text.splitlines()[0] in both for text in modules.values())


def test_what_happened_to_real_systems_is_told_with_counts_and_intervals(still: Path) -> None:
    """Every number is the record's, and every country with a system can be chosen."""
    text = still.read_text()
    found = re.search(r'<section id="real".*?</section>', text, re.S)
    assert found
    table = courses(shipped_record())
    assert f"Of {len(table)} Chinese systems, small and large, that began" in found[0]
    assert f" {table['end'].notna().sum()} have ended" in found[0]
    # The title has the ends of all curves: it does not hide where the model differs.
    drawn = json.loads(blob(still, "facts"))["survival"]
    ends = [f"{100 * kind[of]['mean'][-1]:.0f}" for of in ("record", "model") for kind in drawn]
    title = re.search(r"<h2[^>]*>(After ten years [^<]*)</h2>", found[0])
    assert title and re.findall(r"(\d+)%", title[1]) == ends
    for kind, larger in zip(drawn, (False, True), strict=True):
        curve = record_survival(shipped_record(), larger)
        assert kind["record"]["at"] == pytest.approx(curve.index.tolist(), abs=1e-4)
        assert kind["record"]["high"] == pytest.approx(curve["high"].tolist(), abs=1e-4)
    linked = set(re.findall(r'data-state="(\w+)"', found[0]))
    systems = shipped_record().systems
    assert linked == set(systems.loc[systems["group"] == "china", "iso3"])
    assert {"SRB", "KEN"} <= linked


def test_every_country_can_be_seen_on_the_map() -> None:
    drawn = {line[:3] for line in outlines().splitlines()}
    assert {s.iso3 for s in shipped_seeds().countries} <= drawn | set(dots(shipped_seeds()))


def test_questions_and_levers_name_what_there_is() -> None:
    assert {*WORDS["stairs"].values()} <= {*shipped_names()}
    for name, policy in WORDS["allies"].items():
        last = load_scenario(name).events[-1]
        assert policy.startswith(f"From {last.date:.0f} "), name
    assert {*WORDS["decisive"]} <= {*shipped_names(), *(path.stem for path in WEB.glob("*.toml"))}
    parameters = {
        f"{section['name']}.{key}" for section in schema(SHIPPED) for key in section["keys"]
    }
    for lever in WORDS["levers"]:
        assert lever["path"] == "stop" or lever["path"].endswith(tuple(parameters)), lever


def test_the_first_doubt_has_the_bounds_of_the_findings() -> None:
    page = (Path(__file__).parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")
    row = re.search(r"\| systems of 100 that work ten years after the offer \|(.*)", page)
    assert row is not None
    least, _, most = re.findall(r"([\d.]+) ±", row[1])
    assert f"{float(least):.0f} to {float(most):.0f} of 100" in WORDS["sentences"]["doubt"]
