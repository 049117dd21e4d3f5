"""The page in real browsers, opened from disk with the network off."""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.page import make_page
from sim.results.read import open_results
from tests.page.browser import Browser, Chromium, Firefox, wait_for

pytestmark = pytest.mark.slow

RUNS = 24
MOST_BYTES = 2_500_000
WIDTHS = (320, 768, 1440)

needs_chromium = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="no Chromium with its driver here: apt-get install chromium chromium-driver",
)
needs_firefox = pytest.mark.skipif(
    not shutil.which("firefox-esr"), reason="no Firefox here: apt-get install firefox-esr"
)
AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
"""The accessibility checker, from npm."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_page((), tmp_path_factory.mktemp("page") / "page.html", runs=RUNS)


@pytest.fixture(params=[
    pytest.param("chromium", marks=needs_chromium), pytest.param("firefox", marks=needs_firefox)
])  # fmt: skip
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Browser]:
    if request.param == "chromium":
        made: Browser = Chromium()
    else:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        profile = tmp_path / "profile"
        profile.mkdir()
        made = Firefox(profile, port)
    yield made
    made.close()


def ready(browser: Browser, page: Path, fragment: str = "") -> None:
    browser.open(page, fragment)
    wait_for(browser, "window.entrench && Runs.ready || Runs.failed")


def whole(browser: Browser) -> None:
    wait_for(browser, "Runs.failed || (window.entrench.key === keyOf() && Runs.of(keyOf(), true))")
    assert browser.evaluate("Runs.failed") == ""


def move(browser: Browser, lever: int, value: float) -> None:
    """Move a lever as a reader does."""
    range_ = f"document.querySelectorAll('#levers .lever')[{lever}].querySelector('[type=range]')"
    browser.evaluate(f"({range_}.value = {value}, {range_}.dispatchEvent(new Event('input')))")


def outcome(browser: Browser, name: str, kind: str) -> np.ndarray:
    """Return an outcome's values in the page's runs: (runs, years, groups)."""
    values = browser.evaluate(
        f"(() => {{ const part = placeOf('{name}', '{kind}'), size = part.count * YEARS().length;"
        "return Runs.of(keyOf(), true).values.map(v => Array.from(v.slice(part.offset, part.offset"
        " + size))); })()"
    )
    return np.array(values, np.float32).reshape(len(values), -1)


def wanted(folder: Path, name: str, kind: str) -> np.ndarray:
    results = open_results(folder)
    years = range(2000, 2041)
    frame = results.runs([name], kind, None, [4 * (year - 2000) + 3 for year in years])
    return frame[name].to_numpy(np.float32).reshape(results.runs_kept, -1)


def run(arguments: list[str], folder: Path) -> Path:
    tail = ["--runs", str(RUNS), "--no-figures", "--quiet", "--out", str(folder)]
    result = CliRunner().invoke(app, ["run", *arguments, *tail])
    assert result.exit_code == 0, result.output
    return folder


def test_a_lever_gives_the_command_s_numbers_and_back_again(
    browser: Browser, page: Path, tmp_path: Path
) -> None:
    assert page.stat().st_size < MOST_BYTES
    ready(browser, page, "#base=baseline")
    stored = browser.evaluate("seriesFor(S, 'working', 'world', 'world', false).mean[40]")
    before = browser.evaluate("document.querySelector('#panels svg').innerHTML.length")
    assert before > 1000
    lever = browser.evaluate("FACTS.levers.findIndex(l => l.path === 'contracts.exit_cost')")
    move(browser, lever, 0)
    whole(browser)
    folder = run(["baseline", "--set", "contracts.exit_cost=0"], tmp_path / "set")
    for name, kind in (
        ("working", "world"), ("lock_in", "region"), ("contracts_renewed_yearly", "regime"),
        ("vendor_working", "vendor"), ("seats_yearly", "world"), ("dependence", "world"),
    ):  # fmt: skip
        assert np.array_equal(outcome(browser, name, kind), wanted(folder, name, kind)), name
    assert "--set contracts.exit_cost=0" in browser.evaluate("commandFor()")
    # The map follows.
    browser.evaluate("choose({ view: 'map' })")
    wait_for(browser, "document.querySelectorAll('#map path').length > 150")
    changed = browser.evaluate("mapValues()")
    # Back where it began, the stored curve stands again.
    browser.evaluate("document.getElementById('reset').click()")
    wait_for(browser, "window.entrench.key === 'baseline'")
    again = browser.evaluate("seriesFor(S, 'working', 'world', 'world', false).mean[40]")
    assert again == stored
    assert browser.evaluate("mapValues()") != changed
    assert browser.complaints() == []


def test_the_copied_scenario_is_accepted_and_repeats(
    browser: Browser, page: Path, tmp_path: Path
) -> None:
    ready(browser, page, "#base=baseline")
    offer = browser.evaluate("FACTS.levers.findIndex(l => l.path.startsWith('event:'))")
    bans = browser.evaluate("FACTS.levers.findIndex(l => l.path.includes('bans'))")
    move(browser, offer, 2031)
    move(browser, bans, 0.25)
    browser.evaluate(
        "(S.set['training.active'] = true, S.set['contracts.term'] = 5, "
        "S.events['pandemic-2020'] = null, edited())"
    )
    whole(browser)
    file = tmp_path / "my-scenario.toml"
    file.write_text(browser.evaluate("scenarioFile()"))
    checked = CliRunner().invoke(app, ["check", str(file)])
    assert checked.exit_code == 0, checked.output
    folder = run([str(file)], tmp_path / "copied")
    for name, kind in (("working", "region"), ("trained", "world"), ("bans", "regime")):
        assert np.array_equal(outcome(browser, name, kind), wanted(folder, name, kind)), name
    # A link to the view is the view: another reader's page runs the same.
    link = browser.evaluate("location.hash")
    first = outcome(browser, "working", "world")
    ready(browser, page, link)
    whole(browser)
    assert np.array_equal(outcome(browser, "working", "world"), first)
    assert browser.complaints() == []


ANSWER = "document.getElementById('answer').textContent"
SETTLED = (
    "!document.querySelector('.stale')"
    " && !/Running|being run|Being computed/.test(document.body.innerText)"
)
"""Nothing is on its way."""


def test_the_answer_names_the_end_of_the_offer_whenever_it_is(
    browser: Browser, page: Path, tmp_path: Path
) -> None:
    ready(browser, page, "#base=offer-withdrawn-2030")
    beside = "in “Baseline”, where China goes on offering, it is "
    stored = browser.evaluate(ANSWER)
    assert "until the beginning of 2030" in stored and "end of 2039" in stored and beside in stored
    offer = lever(browser, "event:offer-withdrawn:china.offering")
    for date in (2025, 2031, 2032, 2036, 2040):
        move(browser, offer, date)
        wait_for(browser, f"{SETTLED} && {ANSWER}.includes('beginning of {date}')")
        until = min(date + 9, 2040)
        said = browser.evaluate(ANSWER)
        assert f"work at the end of {date - 1}, " in said and f"at the end of {until}" in said
        years = until - date + 1
        assert f"still work {years} year{'s' if years > 1 else ''} later" in said
        assert beside in said
    move(browser, offer, 2038)
    wait_for(browser, f"{SETTLED} && {ANSWER}.includes('beginning of 2038')")
    file = tmp_path / "late.toml"
    file.write_text(browser.evaluate("scenarioFile()"))
    runs = open_results(run([str(file)], tmp_path / "late")).country_runs()
    then, later = (
        runs[f"working_{year}"].to_numpy(float).reshape(RUNS, -1) for year in (2037, 2040)
    )
    left = ((then * later).sum(axis=1) / then.sum(axis=1)).mean()
    assert browser.evaluate("leftFor(S, 2037)[0]") == pytest.approx(left)
    # Leaving free is asked of the same end of the offer, and compared with it.
    ready(browser, page, "#base=offer-withdrawn-no-exit-cost")
    assert "in “Offer withdrawn in 2030” it is" in browser.evaluate(ANSWER)


def test_what_is_said_is_never_of_a_part_of_the_runs(browser: Browser, page: Path) -> None:
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
        assert browser.evaluate("document.querySelectorAll('#panels svg').length > 0")
        wait_for(browser, f"{SETTLED} && {ANSWER} !== {json.dumps(stored)}")
    assert browser.complaints() == []


def test_every_control_can_be_clicked(browser: Browser, page: Path) -> None:
    for width in (390, 1280, 1920):
        browser.size(width, 800)
        for view in ("chart", "map", "table"):
            ready(browser, page, f"#view={view}&state=SRB")
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
    assert browser.complaints() == []


def test_links_of_the_page_move_and_change_nothing(browser: Browser, page: Path) -> None:
    ready(browser, page, "#outcome=adopters&who=region:Oceania&state=KEN&set=contracts.fee%3D0.2")
    before = browser.evaluate("[toFragment(), location.hash]")
    assert "contracts.fee" in before[0]
    links = browser.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(link => { link.click();"
        " return [link.hash.slice(1), document.activeElement.id, toFragment(), location.hash]; })"
    )
    assert len(links) >= 4
    for target, focused, *after in links:
        assert after == before
        assert focused == target


@needs_chromium
def test_the_chart_answers_the_pointer_everywhere(page: Path) -> None:
    browser = Chromium()
    try:
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
        told = next(told for i, told, _ in hits if i == 25)
        assert "at least 100" in told
        marks = browser.evaluate("VIEWS_MADE.panels[0].view.data('observed').map(d => d.shape)")
        assert marks.count("triangle-up") == 3 and marks.count("circle") == 2
        assert browser.complaints() == []
    finally:
        browser.close()


@needs_chromium
def test_states_differ_only_beyond_chance(page: Path) -> None:
    """The page's sign test and its bound on false discoveries are those of SciPy."""
    from scipy.stats import binomtest, false_discovery_control

    browser = Chromium()
    try:
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
        chances = [
            binomtest(int(up), int(up + down)).pvalue if up + down else 1.0 for up, down in counts
        ]
        clear = false_discovery_control(chances) <= 0.05
        assert 0 < clear.sum() < len(clear)
        assert np.allclose(shown, np.where(clear, changes.mean(axis=1), 0.0))
        # The table says the same.
        browser.evaluate("choose({ view: 'table' })")
        wait_for(browser, SETTLED)
        said = browser.evaluate("[...$('states').rows].map(row => row.lastChild.textContent)")
        assert said.count("no difference beyond chance") == len(clear) - clear.sum()
    finally:
        browser.close()


VAIN = (
    "#outcome=vendor_working&view=map", "#outcome=price&view=table", "#who=vendor:Huawei",
    "#base=__proto__", "#base=constructor", "#compare=toString", "#who=each:__proto__",
    "#set=contracts.__proto__%3D1&set=contracts.toString%3D1&outcome=lock_in&view=map",
    "#who=state:KEN&outcome=dependence&base=no-peers",
    "#outcome=revenue_sales_yearly&who=state:KEN",
)  # fmt: skip
"""Addresses that once left a page dead, or running for ever."""


@needs_chromium
@pytest.mark.parametrize("kind", ["live", "refused", "blocked", "still"])
def test_nothing_runs_for_ever(page: Path, tmp_path: Path, kind: str) -> None:
    if kind == "still":
        page = make_page(["baseline", "no-exit-cost"], tmp_path / "still.html", runs=4, still=True)
    browser = Chromium()
    try:
        gone = {
            "refused": "delete window.WebAssembly",
            "blocked": "WebAssembly.compile = async () => { throw new Error('blocked'); }",
        }.get(kind, "")
        browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": gone})
        for fragment in (*VAIN, "#set=contracts.exit_cost%3D0&view=map&diff=1"):
            browser.open(page, fragment)
            wait_for(browser, "window.entrench && (Runs.ready || !FACTS.engine)", 30)
            wait_for(browser, SETTLED, 30)
            assert browser.evaluate("document.querySelectorAll('#panels svg, #map svg').length > 0")
            named = browser.evaluate("$('ignored').hidden ? '' : $('ignored').textContent")
            if "proto" in fragment or "constructor" in fragment or "toString" in fragment:
                assert fragment[1:].split("&")[0].replace("%3D", "=") in named, fragment
        shown = browser.evaluate("getComputedStyle($('controls')).display !== 'none'")
        assert shown == (kind == "live")
        assert browser.complaints() == []
    finally:
        browser.close()


@needs_chromium
def test_every_control_has_a_name(page: Path) -> None:
    browser = Chromium()
    try:
        ready(browser, page, "#state=SRB&set=contracts.fee%3D0.2")
        browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        roles = {"slider", "button", "combobox", "spinbutton", "checkbox", "tab", "link", "textbox",
                 "searchbox"}  # fmt: skip
        tree = browser.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        named = [
            (node["role"]["value"], node.get("name", {}).get("value", "").strip())
            for node in tree
            if not node["ignored"] and node["role"]["value"] in roles
        ]
        assert {role for role, _ in named} >= {"slider", "button", "combobox", "checkbox", "tab"}
        assert [role for role, name in named if not name] == []
        assert ("slider", "Year at whose end") in named
    finally:
        browser.close()


def test_states_and_their_stories_are_what_the_runs_say(
    browser: Browser, page: Path, tmp_path: Path
) -> None:
    ready(browser, page, "#base=baseline&set=contracts.exit_cost%3D0.5&state=KEN")
    whole(browser)
    folder = run(["baseline", "--set", "contracts.exit_cost=0.5"], tmp_path / "set")
    table = open_results(folder).countries().set_index("iso3")
    means = browser.evaluate("Array.from(stateMeans(S, 'working'))")
    shares = np.array(means).reshape(len(table), -1)
    codes = browser.evaluate("FACTS.states.map(s => s.iso3)")
    assert np.allclose(shares[:, 40], table.loc[codes, "p_working_2040"], atol=1e-6)
    assert "Kenya" in browser.evaluate("document.getElementById('story-body').textContent")
    # Every outcome of a state, by runs in which each state is a group of its own.
    browser.evaluate("choose({ outcome: 'working_share', view: 'map' })")
    wait_for(browser, "stateMeans(S, 'working_share')")
    other = np.array(browser.evaluate("Array.from(stateMeans(S, 'working_share'))"))
    assert np.allclose(other, means, atol=1e-6)
    assert browser.complaints() == []


@pytest.mark.parametrize("fragment", [
    "#base=nothing&outcome=%zz&who=state:XXX&year=1&set=contracts.term=1e9&view=nowhere",
    "#event=%7B%22name%22%3A%22%3Cimg%20src%3Dx%3E%22%7D&set=a.b=1&event=nonsense&compare=x,y",
    '#event={"name":"x","date":"2030","sets":{"contracts.fee":0.1}}',
    '#event={"name":"x","date":[2030],"sets":{"contracts.fee":0.1}}',
    '#event={"name":"x","date":2030,"sets":{"contracts.fee":[0.1]}}',
])  # fmt: skip
@needs_chromium
def test_nonsense_in_the_address_is_left_out(page: Path, fragment: str) -> None:
    browser = Chromium()
    try:
        ready(browser, page, fragment)
        assert browser.evaluate("[isEdited(), S.outcome, S.who]") == [False, "working", "world"]
        # Each part that is left out is named.
        named = browser.evaluate("$('ignored').textContent.split(', ').length")
        assert named >= fragment.count("=") // 2
        assert browser.complaints() == []
    finally:
        browser.close()


@needs_chromium
def test_it_fits_narrow_windows_and_the_keyboard_reaches_all(page: Path, tmp_path: Path) -> None:
    browser = Chromium()
    try:
        for width in WIDTHS:
            browser.size(width, 900)
            for view in ("chart", "map", "table"):
                ready(browser, page, f"#view={view}&state=SRB")
                wide = browser.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, (width, view, wide)
                # Nor when all that can be opened is open, with a group of states chosen.
                browser.evaluate(
                    "(choose({ where: { region: ['Oceania'], iso3: ['FJI', 'WSM'] } }), document"
                    ".querySelectorAll('details').forEach(d => { d.open = d.id !== 'more'; }))"
                )
                wait_for(browser, "document.querySelector('#events fieldset')")
                wide = browser.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, (width, view, wide)
                browser.picture(tmp_path / f"{width}-{view}.png")
        # Arrow keys move between the views; the table's heads sort.
        browser.evaluate(
            "document.getElementById('tab-table').dispatchEvent("
            "new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))"
        )
        wait_for(browser, "S.view === 'chart'")
        browser.evaluate("choose({ view: 'table' })")
        wait_for(browser, "document.querySelectorAll('#states tbody tr').length === 195")
        browser.evaluate("document.querySelectorAll('#states th button')[5].click()")
        shown = browser.evaluate(
            "[...document.querySelectorAll('#states tbody tr')].map(r => r.cells[5].textContent)"
        )
        numbers = [float(cell.split()[0]) for cell in shown]
        assert numbers == sorted(numbers, reverse=True)
    finally:
        browser.close()


@needs_chromium
@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: npm install axe-core, AXE_CORE=FILE")
@pytest.mark.parametrize("view", ["chart", "map", "table"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_bars_anybody(page: Path, view: str, scheme: str) -> None:
    browser = Chromium()
    try:
        features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", features)
        ready(browser, page, f"#view={view}&state=SRB")
        browser.evaluate(
            "(choose({ where: { region: ['Oceania'], iso3: ['FJI', 'WSM'] } }), document"
            ".querySelectorAll('details').forEach(d => { d.open = d.id !== 'more'; }))"
        )
        browser.driver.execute_script(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = browser.evaluate("axe.run(document)")
        bad = [
            (v["id"], [node["target"] for node in v["nodes"]][:5])
            for v in found["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert not bad, json.dumps(bad, indent=1)
    finally:
        browser.close()


def choose_states(browser: Browser, ticks: dict[str, bool], selects: dict[int, str]) -> None:
    """Say whom changes are for, as a reader does: by ticking names, and by choosing."""
    browser.evaluate("(document.getElementById('for').open = true)")
    for value, on in ticks.items():
        browser.evaluate(
            f"(() => {{ const box = document.querySelector('#for-whom [value=\"{value}\"]');"
            f"if (box.checked !== {str(on).lower()}) box.click(); }})()"
        )
    for place, value in selects.items():
        browser.evaluate(
            f"(() => {{ const box = document.querySelectorAll('#for-whom select')[{place}];"
            f"box.value = '{value}'; box.dispatchEvent(new Event('change')); }})()"
        )


ALLY, BRI, SINGLE, VENDOR = 0, 1, 2, 3
"""Places of the lists in which whom a change is for is chosen."""


def lever(browser: Browser, path: str) -> int:
    """Return the place of the lever of a value."""
    found = browser.evaluate(f"FACTS.levers.findIndex(l => l.path === '{path}')")
    assert found >= 0, path
    return int(found)


def offered(browser: Browser, path: str) -> bool:
    return bool(browser.evaluate(f"isOffered('{path}')"))


def test_levers_for_some_states_and_one_vendor_give_the_command_s_numbers(
    browser: Browser, page: Path, tmp_path: Path
) -> None:
    ready(browser, page, "#base=baseline")
    stored = browser.evaluate("seriesFor(S, 'working', 'world', 'world', false).mean[40]")
    # A value, for a region's members of the Belt and Road; another, for one state more.
    choose_states(browser, {"Sub-Saharan Africa": True, "South Asia": True}, {BRI: "true"})
    assert "in the Belt and Road" in browser.evaluate("$('for-shown').textContent")
    assert not offered(browser, "china.seats_open") and offered(browser, "contracts.fee")
    move(browser, lever(browser, "contracts.fee"), 0.02)
    assert '--set "contracts.fee[region=Sub-Saharan Africa|South Asia,bri=true]=0.02"' in (
        browser.evaluate("commandFor()")
    )
    choose_states(
        browser, {"Sub-Saharan Africa": False, "South Asia": False}, {BRI: "", SINGLE: "SRB"}
    )
    move(browser, lever(browser, "contracts.term"), 3)
    # Events: the offer ends and bans begin for allies alone, and for all; exceptions stay so.
    choose_states(browser, {}, {ALLY: "true"})
    browser.evaluate(
        "document.querySelector('#for-whom [aria-label=\"Leave out Serbia\"]').click()"
    )
    move(browser, lever(browser, "events.bans.west.ban_rate"), 0.25)
    move(browser, lever(browser, "event:offer-withdrawn:china.offering"), 2030)
    choose_states(browser, {}, {ALLY: "", VENDOR: "Huawei"})
    browser.evaluate(
        "(() => { const box = [...document.querySelectorAll('#levers .lever:not(.away) "
        "[type=checkbox]')]; if (box.length !== 1) throw box.length; box[0].click(); })()"
    )
    choose_states(browser, {}, {VENDOR: ""})
    move(browser, lever(browser, "events.bans.west.ban_rate"), 0.1)
    move(browser, lever(browser, "event:offer-withdrawn:china.offering"), 2034)
    assert browser.evaluate("document.querySelectorAll('#changes li').length") == 7
    whole(browser)
    file = tmp_path / "for-some.toml"
    file.write_text(browser.evaluate("scenarioFile()"))
    assert "where = { ally = true }" in file.read_text()
    checked = CliRunner().invoke(app, ["check", "--strict", str(file)])
    assert checked.exit_code == 0, checked.output
    folder = run([str(file)], tmp_path / "copied")
    for name, kind in (
        ("working", "world"), ("working", "region"), ("lock_in", "regime"), ("bans", "region"),
        ("contracts_renewed_yearly", "world"), ("vendor_working", "vendor"),
        ("seats_yearly", "world"), ("trained", "region"),
    ):  # fmt: skip
        assert np.array_equal(outcome(browser, name, kind), wanted(folder, name, kind)), name
    # Curve, map and table follow, state by state.
    assert browser.evaluate("seriesFor(S, 'working', 'world', 'world', false).mean[40]") != stored
    table = open_results(folder).countries().set_index("iso3")
    codes = browser.evaluate("FACTS.states.map(s => s.iso3)")
    browser.evaluate("choose({ view: 'map' })")
    wait_for(browser, "mapValues()")
    shares = browser.evaluate("Array.from(mapValues())")
    assert np.allclose(shares, table.loc[codes, "p_working_2040"], atol=1e-6)
    browser.evaluate("choose({ view: 'table', diff: true })")
    wait_for(browser, "document.querySelectorAll('#states tbody tr').length === 195")
    # Another reader's page shows the same from the link; undone, the stored curve stands again.
    link, file_text = browser.evaluate("location.hash"), file.read_text()
    ready(browser, page, link)
    whole(browser)
    assert browser.evaluate("scenarioFile()") == file_text
    assert np.array_equal(
        outcome(browser, "working", "region"), wanted(folder, "working", "region")
    )
    browser.evaluate("document.getElementById('reset').click()")
    wait_for(browser, "window.entrench.key === 'baseline'")
    assert browser.evaluate("seriesFor(S, 'working', 'world', 'world', false).mean[40]") == stored
    assert browser.complaints() == []


@needs_chromium
def test_a_group_of_nobody_and_what_is_one_for_the_world(page: Path) -> None:
    browser = Chromium()
    try:
        # A link may ask for what cannot be: states that nobody is, the world's values for some.
        ready(
            browser,
            page,
            "#base=baseline&set=china.seats_open[bri=true]=0.5&set=contracts.fee[bri=]=0.1"
            "&set=contracts.fee[region=Atlantis]=0.1&set=contracts.fee[bri=true]=9"
            "&set=contracts.fee[region=Oceania,income_below=1]=0.1&for=vendor=Nobody,ally=perhaps"
            "&event=" + json.dumps({
                "name": "x", "date": 2030, "sets": {"china.epoch": 1}, "where": {"bri": True},
            }),
        )  # fmt: skip
        assert browser.evaluate("[isEdited(), isForAll(), S.vendor]") == [False, True, ""]
        choose_states(browser, {"Oceania": True, "authoritarian": True}, {})
        assert "No state meets" in browser.evaluate("$('for-states').textContent")
        assert (
            browser.evaluate("document.querySelectorAll('#levers .lever:not(.away)').length") == 0
        )
        browser.evaluate("($('dates').open = true, drawEvents())")
        assert browser.evaluate("document.querySelectorAll('#events select').length") == 0
        choose_states(browser, {"authoritarian": False}, {})
        shown = browser.evaluate("document.querySelectorAll('#levers .lever:not(.away)').length")
        assert shown == len(browser.evaluate("FACTS.levers"))
        listed = browser.evaluate(
            "[...document.querySelectorAll('#events option')].map(o => o.value)"
        )
        assert "contracts.fee" in listed and "china.seats_open" not in listed
        # A state's story leads to its own levers.
        browser.evaluate("choose({ state: 'KEN' })")
        wait_for(browser, "document.querySelector('#story-body button')")
        browser.evaluate("document.querySelector('#story-body .buttons button').click()")
        assert browser.evaluate("$('for-shown').textContent") == "Kenya"
        assert browser.evaluate("document.activeElement.parentElement.id") == "for"
        assert browser.complaints() == []
    finally:
        browser.close()


@needs_chromium
def test_states_are_those_that_a_scenario_file_would_name(page: Path) -> None:
    from sim.scenario.scope import Where

    asked: list[dict[str, Any]] = [
        {"region": ["Central Asia", "South Asia"]}, {"regime": ["hybrid"], "bri": False},
        {"ally": True}, {"income_below": 4000.0}, {"income_from": 4000.0, "income_below": 9000.5},
        {"iso3": ["SRB", "KEN"], "ally": False}, {"bri": True, "income_from": 20000.0},
    ]  # fmt: skip
    browser = Chromium()
    try:
        browser.open(page)
        wait_for(browser, "window.entrench")
        for where in asked:
            scope = Where.model_validate(where).scope
            found = browser.evaluate(f"targetOf({json.dumps(where)})")
            assert found["states"] == list(scope.states), where
            assert browser.evaluate(f"labelOf(tidyWhere({json.dumps(where)}))") == scope.label
    finally:
        browser.close()
