// Puts it together: what is chosen → what is run → what is drawn.

import {
  FACTS, YEARS, lastYear, loadFacts, loadStored, outcomeNamed, parameterAt, scenarioOf, statesByName,
} from "./data.js";
import { $, button, element, option, options, say, tell } from "./dom.js";
import { drawAnswer } from "./answers.js";
import { makeAssumptions } from "./assumptions.js";
import { chartLines, drawChart, makeChart, unitShown, whoInWords } from "./chart.js";
import { drawCountry, makeCountry } from "./country.js";
import { makeEvidence } from "./evidence.js";
import { makeForWhom } from "./forwhom.js";
import { drawGuess, makeGuess } from "./guess.js";
import { drawControls, fillScenarios, makeLevers } from "./levers.js";
import { drawMap, mapValues } from "./map.js";
import { Runs } from "./runs.js";
import { askForRuns, runsShown, wantsMore } from "./series.js";
import { drawShare, makeShare } from "./share.js";
import {
  S, VIEWS, canDiffer, canMap, canRun, canShow, choose, each, fits, initial, isStored, keyOf, onChange, plain,
  readAddress, reference, shortOf,
} from "./state.js";
import { drawTable } from "./table.js";
import { isShare } from "./words.js";

const IDLE = 1500; // milliseconds without a wish, after which more runs are made
let wanted = null, // what is to be drawn with the next frame: { live }
  isLive = false, // whether a slider moves
  idle = null,
  drawn = "";

function refresh(live) {
  isLive = live;
  askForRuns({ live });
  draw(live);
}
// One drawing a frame, of everything that changed until then.
function draw(live = false) {
  if (!wanted) requestAnimationFrame(() => drawAll().catch(error => say(String(error.message || error), true)));
  wanted = { live: live && (wanted?.live ?? true) };
}

async function drawAll() {
  const { live } = wanted;
  wanted = null;
  drawAnswer();
  drawHead();
  for (const view of VIEWS) $(`view-${view}`).hidden = view !== S.view;
  if (S.view === "chart") await drawCurves();
  if (!live) await drawRest();
  sayRuns();
  window.entrench = { key: keyOf(), drawn: (window.entrench?.drawn ?? 0) + 1 }; // what is on screen, for tests
  clearTimeout(idle);
  if (wantsMore() && !live) idle = setTimeout(() => Runs.isIdle() && askForRuns({ more: true }), IDLE);
}

// The curves that were drawn stay, in grey, until the new are there; a reader who asks for something else
// sees what there is.
async function drawCurves() {
  const shown = `${S.outcome} ${S.who} ${S.diff}`,
    lacks = chartLines().some(line => line.role === "mine" && !line.series),
    keeps = lacks && canRun(S) && drawn === shown;
  $("chart").classList.toggle("stale", lacks && canRun(S));
  if (keeps) return;
  drawn = shown;
  drawChart();
  drawGuess();
}

async function drawRest() {
  const isPending = S.view === "map" && !mapValues() && canRun(S);
  $("view-map").classList.toggle("stale", isPending);
  if (S.view === "map") await drawMap();
  if (S.view === "table") drawTable();
  drawCountry();
  drawShare();
}

function drawHead() {
  const outcome = outcomeNamed(S.outcome),
    unit = S.view === "chart" ? unitShown() : "share",
    told = S.diff && isShare(unit) ? "percentage points" : unit !== outcome.unit ? "share of runs, or of the countries of a group" : unit;
  const names = S.who.length > 3 ? `${S.who.length} lines` : S.who.map(whoInWords).join(", "),
    who = S.view === "chart" && String(S.who) !== "world" ? `, ${names}` : "";
  tell("stage-title", `${outcome.label}${who}`);
  tell("stage-doc", `${outcome.doc} Unit: ${told}.`);
  tell("bar", `${$("answer").querySelector("b")?.textContent ?? ""} · ${$("detail").textContent.split(";")[0]}`);
  tell("year-shown", String(S.year));
  tell("base-question", scenarioOf(S.base).question);
  tell("diff-name", `only the difference from “${shortOf(reference())}”`);
  for (const id of ["base", "outcome", "year"]) $(id).value = S[id];
  $("diff").checked = S.diff;
  $("diff").disabled = !canDiffer();
  $("work").dataset.view = S.view;
  for (const view of VIEWS) {
    $(`to-${view}`).ariaPressed = String(view === S.view);
    $(`to-${view}`).disabled = view !== "chart" && !canMap();
  }
  for (const tick of $("compare").querySelectorAll("input")) tick.checked = S.compare.includes(tick.value);
  const chips = String(S.who);
  if ($("who-chosen").dataset.of !== chips) {
    $("who-chosen").dataset.of = chips;
    const chip = who => button(`${whoInWords(who)} ×`, () => choose({ who: S.who.filter(x => x !== who) }), { ariaLabel: `Take ${whoInWords(who)} off the chart` });
    $("who-chosen").replaceChildren(...(chips === "world" ? [] : S.who.map(who => element("li", {}, chip(who)))));
  }
}

function isPending() {
  if (S.view !== "chart") return !mapValues();
  return chartLines().some(line => line.role === "mine" && (!line.series || line.series.partial));
}

function sayRuns() {
  if (!FACTS.engine) return say(`${FACTS.runs} model runs a scenario, stored in this page. ${FACTS.cannot ?? ""}`, Boolean(FACTS.cannot));
  if (!scenarioOf(S.base).live)
    return say("These results were made by other rules or input data: shown as stored, not run here.");
  const runs = runsShown();
  if (!runs || isPending()) return say("Running …");
  say(`${runs} model runs${isStored(keyOf()) && runs === FACTS.runs ? ", stored in this page" : ", run in this page"}; seed ${FACTS.seed}.`);
}

function makeChoices() {
  const { world, ...groups } = FACTS.groups,
    pick = (label, list) => options(label, list.map(({ name, label: text, unit }) => option(name, `${text} (${unit})`))),
    asked = FACTS.outcomes.filter(o => FACTS.stored.includes(o.name)),
    rest = FACTS.outcomes.filter(o => !FACTS.stored.includes(o.name)),
    recorded = o => o.name.startsWith("recorded_");
  $("outcome").replaceChildren(
    pick("Asked most", asked),
    pick("Countries", rest.filter(o => o.of === "country" && !recorded(o))),
    pick("What the observer recorded", rest.filter(recorded)),
    pick("Vendors", rest.filter(o => o.of === "vendor")),
    pick("China and the market", rest.filter(o => o.of === "actor")),
  );
  $("outcome").onchange = () => choose({ outcome: $("outcome").value });
  const listed = (label, rows) => options(label, rows.map(([value, text]) => option(value, text)));
  $("who").replaceChildren(
    option("", "countries, regions …"),
    option("world", "the world"),
    listed("All of a kind", Object.keys(groups).map(kind => [`each:${kind}`, `every ${kind}`])),
    ...Object.entries(groups).map(([kind, names]) => listed(kind, names.map(name => [`${kind}:${name}`, name]))),
    listed("country", statesByName().map(state => [`state:${state.iso3}`, state.name])),
  );
  $("who").onchange = () => {
    const added = each($("who").value).filter(who => fits(S.outcome, who)),
      others = S.who.filter(who => who !== "world" && !added.includes(who));
    if (added.length) choose({ who: added.includes("world") || added.length > 1 ? added : [...others, ...added] });
    else say(`“${outcomeNamed(S.outcome).label}” is not counted so.`, true);
    $("who").value = "";
  };
  $("ways").replaceChildren(...FACTS.questions.map(way => button(way.words, () => ask(way), { ariaPressed: "false" })));
  [...$("ways").children].forEach((way, k) => (way.dataset.way = FACTS.questions[k].name));
  const ticks = Object.entries(FACTS.scenarios)
    .filter(([name]) => name !== FACTS.reference && canShow(plain(name)))
    .map(([value, { title }]) => {
      const tick = element("input", { type: "checkbox", value });
      tick.onchange = () => choose({ compare: tick.checked ? [...S.compare, value] : S.compare.filter(x => x !== value) });
      return element("label", { className: "tick" }, tick, title);
    });
  $("compare").append(...ticks);
  $("diff").onchange = () => choose({ diff: $("diff").checked });
  $("find").oninput = drawTable;
  for (const view of VIEWS) $(`to-${view}`).onclick = () => choose({ view });
}

// One of the four questions: sets the scenario and what is beside it.
function ask({ name, scenario, compare }) {
  const { state } = S;
  choose({ ...initial(), question: name, base: scenario, compare: compare.filter(other => canShow(plain(other))), state });
  if (name === "country") {
    $("place").scrollIntoView({ block: "start" });
    $("country").focus({ preventScroll: true });
  }
}

// A link inside the page moves there, and changes nothing.
function makeLinks() {
  document.addEventListener("click", event => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    const home = $(link.hash.slice(1));
    home.tabIndex = -1;
    home.scrollIntoView();
    home.focus({ preventScroll: true });
  });
}

function makeTime() {
  Object.assign($("year"), { min: YEARS()[0], max: lastYear() });
  $("year").oninput = () => choose({ year: +$("year").value }, { live: true });
  $("year").onchange = () => choose({ year: +$("year").value });
  let timer = null;
  const play = on => {
    clearInterval(timer);
    const next = () => (S.year < lastYear() ? choose({ year: S.year + 1 }, { live: S.view === "chart" }) : play(false));
    timer = on ? setInterval(next, 350) : null;
    tell("play", on ? "Stop" : "Play");
    $("play").ariaPressed = String(on);
  };
  $("play").onclick = () => {
    if (!timer && S.year >= lastYear()) choose({ year: FACTS.observed_until - 10 });
    play(!timer);
  };
}

// Shows what the address asks for, or what the page was saved with, and says what cannot be shown.
function openAddress() {
  const start = document.documentElement.dataset.start ?? "",
    text = location.hash.includes("=") ? location.hash : start,
    ignored = readAddress(text),
    made = text.match(/(?:^#|&)made=([\w.]+)/)?.[1],
    other = made && made !== FACTS.version ? ` It was made with version ${made}; this is ${FACTS.version}.` : "";
  $("ignored").hidden = !ignored.length;
  tell("ignored", ignored.length ? `The link asks for what this page does not have, which is left out: ${ignored.join(", ")}.${other}` : "");
}

// Inside the documentation, light and dark are the site's.
function followSite() {
  let body = null;
  try {
    body = window.frameElement?.ownerDocument.body;
  } catch {
    return; // another origin's frame
  }
  if (!body) return;
  const follow = () => (document.documentElement.dataset.theme = body.dataset.mdColorScheme === "slate" ? "dark" : "light");
  new MutationObserver(follow).observe(body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
  follow();
}

(async () => {
  followSite();
  await loadFacts();
  await loadStored();
  FACTS.questions = FACTS.questions.filter(way => scenarioOf(way.scenario) && canShow(plain(way.scenario)));
  FACTS.levers = FACTS.levers.filter(({ path }) => parameterAt(path.split(/[.:]/).slice(-2).join(".")));
  openAddress();
  makeShare();
  makeChoices();
  makeTime();
  makeLinks();
  makeChart();
  makeGuess();
  makeLevers();
  makeAssumptions();
  makeForWhom();
  makeCountry();
  makeEvidence();
  fillScenarios();
  document.body.classList.remove("static");
  onChange(refresh);
  Runs.changed = () => {
    if (!FACTS.engine) {
      openAddress(); // without what can no longer be run
      fillScenarios();
    }
    refresh(isLive);
  };
  choose({}, { address: false });
  if (FACTS.engine)
    await Runs.start().catch(error => {
      Runs.fail(`The model does not start here: ${error.message}`);
    });
  addEventListener("popstate", () => {
    openAddress();
    drawControls();
  });
  let waiting;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => draw(), 120);
  });
})().catch(error => {
  say(String(error.message || error), true);
  throw error;
});
