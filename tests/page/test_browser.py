"""The page in a real browser, opened from disk with the network off."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control
from typer.testing import CliRunner

from sim.cli import app
from sim.page.build import make_page
from sim.results.dataset import Results
from sim.scenario.scope import Where
from sim.studies.sources import results_of
from tests.page.browser import Chromium, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")),
        reason="no Chromium with its driver here: apt-get install chromium chromium-driver",
    ),
]

RUNS = 24
MOST_BYTES = 2_500_000
AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
"""The accessibility checker, from npm."""
ANSWER = "$('answer').textContent"
SETTLED = (
    "![...document.querySelectorAll('.stale')].some(one => one.checkVisibility())"
    " && !/Running|being run|Being computed/.test(document.body.innerText)"
)
"""Nothing is on its way."""
WORLD_IN_2040 = "seriesFor(S, 'working', 'world', 'world', false).mean[40]"
ALLY, BRI, SINGLE, VENDOR = 0, 1, 2, 3
"""Places of the lists in which whom a change is for is chosen."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_page(to=tmp_path_factory.mktemp("page") / "page.html", runs=RUNS)


@pytest.fixture
def browser() -> Iterator[Chromium]:
    made = Chromium()
    yield made
    complaints = made.complaints()
    made.close()
    assert complaints == []


def ready(browser: Chromium, page: Path, fragment: str = "") -> None:
    browser.open(page, fragment)
    wait_for(browser, "window.entrench && Runs.ready || Runs.failed")


def whole(browser: Chromium) -> None:
    wait_for(browser, "Runs.failed || (window.entrench.key === keyOf() && Runs.of(keyOf(), true))")
    assert browser.evaluate("Runs.failed") == ""


def move(browser: Chromium, path: str, value: float) -> None:
    """Move a lever as a reader does."""
    place = browser.evaluate(f"FACTS.levers.findIndex(l => l.path === '{path}')")
    assert place >= 0, path
    lever = f"document.querySelectorAll('#levers .lever')[{place}].querySelector('[type=range]')"
    browser.evaluate(f"({lever}.value = {value}, {lever}.dispatchEvent(new Event('input')))")


def choose(browser: Chromium, ticks: dict[str, bool], selects: dict[int, str]) -> None:
    """Say whom changes are for, as a reader does: by ticking names, and by choosing."""
    browser.evaluate("($('for').open = true)")
    for value, on in ticks.items():
        box = f"document.querySelector('#for-whom [value=\"{value}\"]')"
        browser.evaluate(f"{box}.checked === {str(on).lower()} || {box}.click()")
    for place, value in selects.items():
        box = f"document.querySelectorAll('#for-whom select')[{place}]"
        browser.evaluate(f"({box}.value = '{value}', {box}.dispatchEvent(new Event('change')))")


def same_as(browser: Chromium, results: Results, *asked: tuple[str, str]) -> None:
    """Compare outcomes in the page's runs with the command's, bit by bit."""
    for name, kind in asked:
        found = browser.evaluate(
            f"(() => {{ const part = placeOf('{name}', '{kind}'), end = part.offset"
            " + part.count * YEARS().length; return Runs.of(keyOf(), true).values"
            ".map(v => Array.from(v.slice(part.offset, end))); })()"
        )
        wanted = results.values(name, kind, years=results.years)[0].reshape(RUNS, -1)
        assert np.array_equal(np.array(found, np.float32), wanted.astype(np.float32)), (name, kind)


def shares(results: Results, field: str) -> np.ndarray:
    """Return in which share of runs something is so in each country at the end of 2040."""
    return np.asarray(results.panel(field, [2040])[0].mean(axis=0)[:, 0])


def test_a_lever_gives_the_command_s_numbers_and_back_again(browser: Chromium, page: Path) -> None:
    assert page.stat().st_size < MOST_BYTES
    ready(browser, page, "#base=baseline&state=KEN")
    stored = browser.evaluate(WORLD_IN_2040)
    move(browser, "contracts.exit_cost", 0)
    whole(browser)
    results = results_of(["baseline"], {"runs": RUNS, "set": {"contracts.exit_cost": 0}})
    same_as(
        browser, results, ("working", "world"), ("lock_in", "region"),
        ("contracts_renewed_yearly", "regime"), ("vendor_working", "vendor"),
        ("courses_yearly", "world"), ("dependence", "world"),
    )  # fmt: skip
    assert "--set contracts.exit_cost=0" in browser.evaluate("commandFor()")
    # Map and story follow, country by country; other outcomes are run with a group for each.
    browser.evaluate("choose({ view: 'map' })")
    wait_for(browser, "document.querySelectorAll('#map path').length > 150 && mapValues()")
    wanted = shares(results, "working")
    assert np.allclose(browser.evaluate("Array.from(mapValues())"), wanted, atol=1e-6)
    browser.evaluate("choose({ outcome: 'working_share' })")
    wait_for(browser, "stateMeans(S, 'working_share')")
    assert np.allclose(browser.evaluate("Array.from(mapValues())"), wanted, atol=1e-6)
    assert "Kenya" in browser.evaluate("$('story-body').textContent")
    # Back where it began, the stored curve stands again.
    browser.evaluate("(choose({ outcome: 'working', view: 'chart' }), $('reset').click())")
    wait_for(browser, "window.entrench.key === 'baseline'")
    assert browser.evaluate(WORLD_IN_2040) == stored


def test_levers_for_some_countries_and_one_vendor_give_the_command_s_numbers(
    browser: Chromium, page: Path, tmp_path: Path
) -> None:
    ready(browser, page, "#base=baseline")
    stored = browser.evaluate(WORLD_IN_2040)
    # A value, for a region's members of the Belt and Road; another, for one country more.
    choose(browser, {"Sub-Saharan Africa": True, "South Asia": True}, {BRI: "true"})
    assert "in the Belt and Road" in browser.evaluate("$('for-shown').textContent")
    offered = browser.evaluate("['china.courses_open', 'contracts.fee'].map(isOffered)")
    assert offered == [False, True]
    move(browser, "contracts.fee", 0.02)
    assert '--set "contracts.fee[region=Sub-Saharan Africa|South Asia,bri=true]=0.02"' in (
        browser.evaluate("commandFor()")
    )
    choose(browser, {"Sub-Saharan Africa": False, "South Asia": False}, {BRI: "", SINGLE: "SRB"})
    move(browser, "contracts.term", 3)
    # Events: the offer ends and bans begin for allies alone, and for all; exceptions stay so.
    choose(browser, {}, {ALLY: "true"})
    browser.evaluate(
        "document.querySelector('#for-whom [aria-label=\"Leave out Serbia\"]').click()"
    )
    move(browser, "events.bans.west.ban_rate", 0.25)
    move(browser, "event:offer-withdrawn:china.offering", 2030)
    choose(browser, {}, {ALLY: "", VENDOR: "Huawei"})
    browser.evaluate("document.querySelector('#levers .lever:not(.away) [type=checkbox]').click()")
    choose(browser, {}, {VENDOR: ""})
    move(browser, "events.bans.west.ban_rate", 0.1)
    move(browser, "event:offer-withdrawn:china.offering", 2034)
    browser.evaluate("(S.events['pandemic-2020'] = null, edited())")
    assert browser.evaluate("document.querySelectorAll('#changes li').length") == 8
    whole(browser)
    file = tmp_path / "for-some.toml"
    file.write_text(browser.evaluate("scenarioFile()"))
    assert "where = { ally = true }" in file.read_text()
    checked = CliRunner().invoke(app, ["check", "--strict", str(file)])
    assert checked.exit_code == 0, checked.output
    results = results_of([file], {"runs": RUNS})
    asked = (
        ("working", "world"), ("working", "region"), ("lock_in", "regime"), ("bans", "region"),
        ("contracts_renewed_yearly", "world"), ("vendor_working", "vendor"),
        ("courses_yearly", "world"), ("trained", "region"),
    )  # fmt: skip
    same_as(browser, results, *asked)
    browser.evaluate("choose({ view: 'map' })")
    wait_for(browser, "mapValues()")
    found = browser.evaluate("Array.from(mapValues())")
    assert np.allclose(found, shares(results, "working"), atol=1e-6)
    # Another reader's page shows the same from the link; undone, the stored curve stands again.
    link, file_text = browser.evaluate("location.hash"), file.read_text()
    ready(browser, page, link)
    whole(browser)
    assert browser.evaluate("scenarioFile()") == file_text
    same_as(browser, results, asked[1])
    browser.evaluate("$('reset').click()")
    wait_for(browser, "window.entrench.key === 'baseline'")
    assert browser.evaluate(WORLD_IN_2040) == stored


def test_the_answer_names_the_end_of_the_offer_and_is_never_of_a_part_of_the_runs(
    browser: Chromium, page: Path
) -> None:
    for name in ("offer-withdrawn-2030", "western-counter-offer"):
        ready(browser, page, f"#base={name}")
        stored = browser.evaluate(ANSWER)
        # The difference wants both scenarios run here; the sentence waits for all of both.
        browser.evaluate(
            "(window.said = [], window.take = Runs.take, Runs.take = function (entry, message) {"
            " window.take.call(Runs, entry, message); drawAnswer();"
            " said.push([entry.done, document.getElementById('answer').textContent]); },"
            " choose({ diff: true }))"
        )
        wait_for(browser, f"{SETTLED} && Runs.of(keyOf(), true) && Runs.of('baseline', true)")
        said = browser.evaluate("said")
        assert {text for _, text in said} == {stored}
        assert any(0 < done < RUNS for done, _ in said)
        # A change keeps the old sentence, marked, until the new is there.
        browser.evaluate("(S.set['contracts.exit_cost'] = 0.5, edited())")
        looks = "[$('answer').className, $('view-chart').className]"
        assert browser.evaluate(f"[{ANSWER}, ...{looks}]") == [stored, "stale", "stale"]
        wait_for(browser, f"{SETTLED} && {ANSWER} !== {json.dumps(stored)}")
    ready(browser, page, "#base=baseline")
    move(browser, "event:offer-withdrawn:china.offering", 2033)
    wait_for(browser, f"{SETTLED} && /beginning of 2033/.test({ANSWER})")
    assert "still work 8 years later, at the end of 2040" in browser.evaluate(ANSWER)


def test_the_chart_answers_the_pointer_everywhere(browser: Chromium, page: Path) -> None:
    ready(browser, page, "#base=baseline")
    hits = browser.evaluate(
        "(() => { $('panels').scrollIntoView({ behavior: 'instant' });"
        "const area = document.querySelector('#panels .background').getBoundingClientRect(),"
        " found = []; for (let i = 1; i < 40; i++) for (let j = 1; j < 20; j++) {"
        " const at = { clientX: area.left + area.width * i / 40,"
        " clientY: area.top + area.height * j / 20, bubbles: true };"
        " $('tip').hidden = true;"
        " const mark = document.elementFromPoint(at.clientX, at.clientY);"
        " mark.dispatchEvent(new PointerEvent('pointermove', at));"
        " const told = $('tip').hidden ? '' : $('tip').textContent;"
        " if (j === 10) mark.dispatchEvent(new MouseEvent('click', at));"
        " found.push([i, told, j === 10 ? S.year : 2000 + i]); } return found; })()"
    )
    for i, told, year in hits:
        assert year == 2000 + i
        assert told.startswith(f"End of {year}Baseline: "), (i, told)
    # A bound is told and drawn as a bound.
    assert "at least 100" in next(told for i, told, _ in hits if i == 25)
    marks = browser.evaluate("VIEWS_MADE.panels[0].view.data('observed').map(d => d.shape)")
    shapes = ("circle", "triangle-up", "triangle-down")
    assert [marks.count(shape) for shape in shapes] == [3, 2, 1]


def test_countries_differ_only_beyond_chance(browser: Chromium, page: Path) -> None:
    """The page's sign test and its bound on false discoveries are those of SciPy."""
    ready(browser, page, "#base=offer-withdrawn-no-exit-cost&view=map&diff=1")
    wait_for(browser, "mapValues()")
    shown = np.array(browser.evaluate("mapValues()"))
    changes = np.array(
        browser.evaluate(
            "(() => { const [a, b] = [S, reference()].map(s => stateReader(s, 'working'));"
            " return FACTS.states.map((_, i) => Array.from({ length: FACTS.runs },"
            " (_, r) => a(r, i, 2040) - b(r, i, 2040))); })()"
        )
    )
    counts = zip((changes > 0).sum(axis=1), (changes < 0).sum(axis=1), strict=True)
    chances = [binomtest(int(a), int(a + b)).pvalue if a + b else 1.0 for a, b in counts]
    clear = false_discovery_control(chances) <= 0.05
    assert 0 < clear.sum() < len(clear)
    assert np.allclose(shown, np.where(clear, changes.mean(axis=1), 0.0))
    browser.evaluate("choose({ view: 'table' })")
    wait_for(browser, SETTLED)
    said = browser.evaluate("[...$('states').rows].map(row => row.lastChild.textContent)")
    assert said.count("no difference beyond chance") == len(clear) - clear.sum()


NONSENSE = (
    "#outcome=vendor_working&view=map", "#outcome=price&view=table", "#who=vendor:Huawei",
    "#base=__proto__", "#base=constructor", "#compare=toString", "#who=each:__proto__",
    "#set=contracts.__proto__%3D1&set=contracts.toString%3D1&outcome=lock_in&view=map",
    "#who=state:KEN&outcome=dependence&base=no-peers",
    "#outcome=revenue_sales_yearly&who=state:KEN",
    "#base=nothing&outcome=%zz&who=state:XXX&year=1&set=contracts.term=1e9&view=nowhere",
    "#event=%7B%22name%22%3A%22%3Cimg%20src%3Dx%3E%22%7D&set=a.b=1&event=nonsense&compare=x,y",
    '#event={"name":"x","date":"2030","sets":{"contracts.fee":0.1}}',
    '#event={"name":"x","date":2030,"sets":{"contracts.fee":[0.1]}}',
    '#event={"name":"x","date":2030,"sets":{"china.epoch":1},"where":{"bri":true}}',
    "#set=china.courses_open[bri=true]=0.5&set=contracts.fee[bri=]=0.1",
    "#set=contracts.fee[region=Atlantis]=0.1&set=contracts.fee[region=Oceania,income_below=1]=0.1",
    "#for=vendor=Nobody,ally=perhaps",
)  # fmt: skip
"""Addresses that ask for what cannot be: each is named and left out, and none runs for ever."""


@pytest.mark.parametrize("kind", ["live", "refused", "blocked", "still"])
def test_nonsense_is_left_out_and_nothing_runs_for_ever(
    browser: Chromium, page: Path, tmp_path: Path, kind: str
) -> None:
    if kind == "still":
        page = make_page("baseline", "no-exit-cost", to=tmp_path / "s.html", runs=4, still=True)
    gone = {
        "refused": "delete window.WebAssembly",
        "blocked": "WebAssembly.compile = async () => { throw new Error('blocked'); }",
    }.get(kind, "")
    browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": gone})
    for fragment in (*NONSENSE, "#set=contracts.exit_cost%3D0&view=map&diff=1"):
        browser.open(page, fragment)
        wait_for(browser, "window.entrench && (Runs.ready || !FACTS.engine)", 60)
        wait_for(browser, SETTLED, 60)
        assert browser.evaluate("document.querySelectorAll('#panels svg, #map svg').length > 0")
        named = browser.evaluate("$('ignored').hidden ? '' : $('ignored').textContent")
        if "proto" in fragment or "constructor" in fragment or "toString" in fragment:
            assert fragment[1:].split("&")[0].replace("%3D", "=") in named, fragment
        if fragment in NONSENSE[10:]:
            assert named
            assert browser.evaluate("[isEdited(), isForAll(), S.vendor]") == [False, True, ""]
    shown = browser.evaluate("getComputedStyle($('controls')).display !== 'none'")
    assert shown == (kind == "live")


def test_a_group_of_nobody_and_what_is_one_for_the_world(browser: Chromium, page: Path) -> None:
    ready(browser, page, "#base=baseline")
    levers = "document.querySelectorAll('#levers .lever:not(.away)').length"
    choose(browser, {"Oceania": True, "authoritarian": True}, {})
    assert "No country meets" in browser.evaluate("$('for-states').textContent")
    assert browser.evaluate(levers) == 0
    choose(browser, {"authoritarian": False}, {})
    assert browser.evaluate(levers) == len(browser.evaluate("FACTS.levers"))
    browser.evaluate("($('dates').open = true, drawEvents())")
    listed = browser.evaluate("[...document.querySelectorAll('#events option')].map(o => o.value)")
    assert "contracts.fee" in listed and "china.courses_open" not in listed
    # A country's story leads to its own levers.
    browser.evaluate("choose({ state: 'KEN' })")
    wait_for(browser, "document.querySelector('#story-body button')")
    browser.evaluate("document.querySelector('#story-body .buttons button').click()")
    assert browser.evaluate("$('for-shown').textContent") == "Kenya"
    assert browser.evaluate("document.activeElement.parentElement.id") == "for"
    # Conditions mean what they mean in a file.
    for where in (
        {"region": ["Central Asia", "South Asia"]}, {"regime": ["hybrid"], "bri": False},
        {"income_from": 4000.0, "income_below": 9000.5}, {"iso3": ["SRB", "KEN"], "ally": False},
    ):  # fmt: skip
        scope = Where.model_validate(where).scope
        found = browser.evaluate(f"targetOf({json.dumps(where)})")
        assert found["states"] == list(scope.states), where
        assert browser.evaluate(f"labelOf(tidyWhere({json.dumps(where)}))") == scope.label


def test_every_control_can_be_clicked_has_a_name_and_fits(browser: Chromium, page: Path) -> None:
    for width in (320, 390, 768, 1280):
        browser.size(width, 800)
        for view in ("chart", "map", "table"):
            ready(browser, page, f"#view={view}&state=SRB&set=contracts.fee%3D0.2")
            covered = browser.evaluate(
                "[...document.querySelectorAll('button, a[href], select, input, summary, h2')]"
                ".filter(one => one.checkVisibility() && !one.disabled && !one.closest('.skip'))"
                ".filter(one => { one.scrollIntoView({ block: 'center', behavior: 'instant' });"
                " const box = one.getClientRects()[0], hit = document.elementFromPoint("
                " box.left + Math.min(box.width / 2, 20), box.top + box.height / 2);"
                " return !(hit && (one.contains(hit) || hit.closest('label')?.contains(one))); })"
                ".map(one => one.id || one.textContent.slice(0, 30) || one.outerHTML.slice(0, 80))"
            )
            assert covered == [], (width, view)
            # Nothing is wider than the window, nor when all that can be opened is open.
            browser.evaluate(
                "(choose({ where: { region: ['Oceania'], iso3: ['FJI', 'WSM'] } }), document"
                ".querySelectorAll('details').forEach(d => { d.open = d.id !== 'more'; }))"
            )
            wait_for(browser, "document.querySelector('#events fieldset')")
            wide = browser.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (width, view, wide)
    tree = browser.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", "").strip())
        for node in tree
        if not node["ignored"]
    ]
    roles = {"slider", "button", "combobox", "spinbutton", "checkbox", "tab", "link", "searchbox"}
    assert {role for role, _ in named} >= roles
    assert [role for role, name in named if role in roles and not name] == []


def test_keyboard_links_and_the_table_s_heads(browser: Chromium, page: Path) -> None:
    ready(browser, page, "#outcome=adopters&who=region:Oceania&state=KEN&set=contracts.fee%3D0.2")
    before = browser.evaluate("[toFragment(), location.hash]")
    links = browser.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(link => { link.click();"
        " return [link.hash.slice(1), document.activeElement.id, toFragment(), location.hash]; })"
    )
    assert len(links) >= 4
    for target, focused, *after in links:
        assert after == before and focused == target
    browser.evaluate(
        "$('tab-chart').dispatchEvent("
        "new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }))"
    )
    wait_for(browser, "document.querySelectorAll('#states tbody tr').length === 195")
    whole(browser)
    wait_for(browser, SETTLED)
    browser.evaluate("document.querySelectorAll('#states th button')[5].click()")
    shown = browser.evaluate(
        "[...document.querySelectorAll('#states tbody tr')].map(r => r.cells[5].textContent)"
    )
    numbers = [float(cell.split("%")[0]) for cell in shown]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: npm install axe-core, AXE_CORE=FILE")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_bars_anybody(browser: Chromium, page: Path, scheme: str) -> None:
    features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", features)
    for view in ("chart", "map", "table"):
        ready(browser, page, f"#view={view}&state=SRB")
        browser.driver.execute_script(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = browser.evaluate("axe.run(document)")
        bad = [
            (v["id"], [node["target"] for node in v["nodes"]][:5])
            for v in found["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert not bad, json.dumps(bad, indent=1)
