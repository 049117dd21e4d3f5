// Puts it together: what is chosen → what is run → what is drawn.

import { FACTS, YEARS, lastYear, loadFacts, loadStored, outcomeNamed, parameterAt, scenarioOf, statesByName } from "./data.js";
import { $, button, element, option, renew, say, tell } from "./dom.js";
import { drawAnswer } from "./answers.js";
import { chartLines, drawChart, makeChart, makeEvidence, unitShown, whoInWords } from "./chart.js";
import { drawCountry, makeCountry, readNext } from "./country.js";
import { drawFirst, drawSurvival, inShort, makeFirst } from "./first.js";
import { drawControls, fillScenarios, makeLevers } from "./levers.js";
import { drawMap, mapValues } from "./map.js";
import { Runs } from "./runs.js";
import { askForRuns, runsShown, withdrawnSince } from "./series.js";
import { drawShare, makeShare } from "./share.js";
import {
  S, VIEWS, canDiffer, canMap, canRun, choose, fits, initial, isEdited, isShown, isStored, keyOf, largeGroups, onChange, plain, readAddress, reference, shortOf,
} from "./state.js";
import { drawTable } from "./table.js";
import { fill, inList, isShare } from "./words.js";

let wanted = null, // what is to be drawn with the next frame: { live }
  isLive = false, // whether a slider moves
  drawn = []; // what the chart is of: its lines, and the scenario if all its runs are in

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
  const lines = chartLines();
  drawAnswer();
  drawFirst(live);
  drawHead();
  if (S.view === "chart") drawCurves(lines);
  if (!live) {
    $("view-map").classList.toggle("stale", S.view === "map" && !mapValues() && canRun());
    if (S.view === "map") await drawMap();
    if (S.view === "table") drawTable();
    drawCountry();
    drawShare(lines);
  }
  sayRuns(lines);
  window.entrench = { key: keyOf(), drawn: (window.entrench?.drawn ?? 0) + 1 }; // what is on screen, for tests
}

const onChart = () => [`${S.outcome} ${S.who} ${S.diff}`, keyOf()];
// The curves that were drawn stay until the new are there; a reader who asks for something else sees what
// there is.
function drawCurves(lines) {
  const shown = onChart(),
    isWhole = drawn[1] === shown[1],
    isPending = canRun() && lines.some(line => line.role === "mine" && (!line.series || (line.series.partial && isWhole)));
  if (isPending && drawn[0] === shown[0]) return;
  drawn = lines.every(line => line.series && !line.series.partial) ? shown : [shown[0]];
  drawChart(lines);
}

function drawHead() {
  for (const note of document.querySelectorAll(".of-stored")) note.hidden = !isEdited();
  const outcome = outcomeNamed(S.outcome),
    unit = S.view === "chart" ? unitShown() : "share",
    names = inList(S.who.map(whoInWords)),
    who = S.view === "chart" && String(S.who) !== "world" ? `, ${names}` : "";
  const told = S.diff && isShare(unit) ? "percentage points" : unit === outcome.unit ? unit : "share of runs, or of the countries of a group";
  tell("stage-title", `${outcome.label}${who}`);
  tell("stage-doc", `${outcome.doc} Unit: ${told}.`);
  tell("bar", withdrawnSince() === null ? `${shortOf()}: ${$("answer").querySelector("b")?.textContent ?? "…"}` : inShort());
  tell("year-shown", String(S.year));
  tell("base-question", scenarioOf(S.base).question);
  tell("diff-name", `only the difference from “${shortOf(reference())}”`);
  for (const id of ["base", "outcome", "year"]) $(id).value = S[id];
  Object.assign($("diff"), { checked: S.diff, disabled: !canDiffer() });
  $("bench").dataset.view = S.view;
  for (const view of VIEWS) {
    $(`view-${view}`).hidden = view !== S.view;
    Object.assign($(`to-${view}`), { ariaPressed: String(view === S.view), disabled: view !== "chart" && !canMap() });
  }
  const chips = [...S.who.filter(who => who !== "world"), ...(S.who.length > 1 ? [] : S.compare.map(name => `scenario:${name}`))];
  renew($("who-chosen"), chips, () => chips.map(chipOf));
}
function chipOf(who) {
  const [, name] = who.split("scenario:"),
    words = name ? shortOf(plain(name)) : whoInWords(who),
    drop = () => choose(name ? { compare: S.compare.filter(other => other !== name) } : { who: S.who.filter(other => other !== who) });
  return element("li", {}, button(`${words} ×`, drop, { ariaLabel: `Take ${words} off the chart` }));
}

function sayRuns(lines) {
  if (!FACTS.engine) return say(fill("stored", { runs: FACTS.runs, cannot: FACTS.cannot ?? "" }), Boolean(FACTS.cannot));
  const runs = runsShown(),
    isPending = S.view === "chart" ? lines.some(line => !line.series || line.series.partial) : !mapValues();
  if (!runs || isPending) return say("Running …");
  say(`${runs} model runs${isStored(keyOf()) && runs === FACTS.runs ? ", stored in this page" : ", run in this page"}; seed ${FACTS.seed}.`);
}

const listed = (label, rows) => element("optgroup", { label }, ...rows.map(([value, text]) => option(value, text)));

function makeChoices() {
  const kindOf = ({ name, of }) =>
    FACTS.stored.includes(name) ? "Asked most" : name.startsWith("recorded_") ? "What the observer recorded" : FACTS.kinds[of];
  const kinds = Map.groupBy(FACTS.outcomes, kindOf);
  $("outcome").replaceChildren(...[...kinds].map(([kind, list]) => listed(kind, list.map(o => [o.name, `${o.label} (${o.unit})`]))));
  $("outcome").onchange = () => choose({ outcome: $("outcome").value });
  const { world, ...groups } = FACTS.groups,
    others = Object.entries(FACTS.scenarios).filter(([name]) => name !== FACTS.reference && isShown(name));
  $("who").replaceChildren(
    option("", "countries, groups, scenarios …"),
    option("world", "the world"),
    ...Object.keys(groups).map(kind => listed(kind, largeGroups(kind).map(who => [who, whoInWords(who)]))),
    listed("scenario", others.map(([name, { title }]) => [`scenario:${name}`, title])),
    listed("country", statesByName().map(state => [`state:${state.iso3}`, state.name])),
  );
  tell("small", FACTS.small.length ? fill("small", { fewest: FACTS.fewest, names: inList(FACTS.small.map(whoInWords)) }) : "");
  $("who").onchange = () => add($("who").value);
  $("diff").onchange = () => choose({ diff: $("diff").checked });
  for (const view of VIEWS) $(`to-${view}`).onclick = () => choose({ view });
  Object.assign($("year"), { min: YEARS()[0], max: lastYear() });
  $("year").oninput = () => choose({ year: +$("year").value }, { live: true });
  $("year").onchange = () => choose({ year: +$("year").value });
}

// Puts a group, a country or a scenario on the chart.
function add(chosen) {
  $("who").value = "";
  const [, scenario] = chosen.split("scenario:");
  if (scenario) return choose({ compare: [...new Set([...S.compare, scenario])] });
  if (!fits(S.outcome, chosen)) return say(fill("not_counted", { label: outcomeNamed(S.outcome).label }), true);
  const others = S.who.filter(who => who !== "world" && who !== chosen);
  choose({ who: chosen === "world" ? ["world"] : [...others, chosen] });
}

// A link inside the page moves there; some choose a scenario, or a country.
function makeLinks() {
  document.addEventListener("click", event => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    const home = $(link.hash.slice(1)),
      { pick, state } = link.dataset;
    if (pick && isShown(pick)) choose({ ...plain(pick), compare: [], who: ["world"], outcome: FACTS.outcome });
    if (state) return readNext(state);
    home.tabIndex = -1;
    home.scrollIntoView();
    home.focus({ preventScroll: true });
  });
}

// Shows what the address asks for, and says what cannot be shown.
function openAddress() {
  const ignored = readAddress();
  $("ignored").hidden = !ignored.length;
  tell("ignored", fill("ignored", { parts: ignored.join(", "), version: FACTS.version }));
}

(async () => {
  await loadFacts();
  await loadStored();
  FACTS.levers = FACTS.levers.filter(({ path }) => path === "stop" || parameterAt(path.split(".").slice(-2).join(".")));
  openAddress();
  for (const make of [makeShare, makeChoices, makeLinks, makeChart, makeFirst, makeLevers, makeCountry, makeEvidence, fillScenarios]) make();
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
  if (FACTS.engine) await Runs.start().catch(error => Runs.fail(`The model does not start here: ${error.message}`));
  addEventListener("popstate", () => {
    openAddress();
    drawControls();
  });
  let waiting;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => (drawSurvival(), draw()), 120);
  });
})().catch(error => {
  say(String(error.message || error), true);
  throw error;
});
