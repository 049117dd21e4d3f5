// Puts it together: what is chosen → what is run → what is drawn.

let drawing = null,
  again = false;

// Change the choice, and show it. `goto`: a part of the page to bring into view.
function choose(change, goto = "") {
  Object.assign(S, change);
  refresh();
  if (goto) $(goto).scrollIntoView({ block: "nearest" });
}
function edited() {
  refresh();
  if ($("dates").open) drawEvents();
}

function refresh() {
  settle();
  history.replaceState(null, "", `#${toFragment()}`);
  askForRuns();
  draw();
}

// One drawing at a time; whatever changes meanwhile is drawn once after it.
async function draw() {
  if (drawing) {
    again = true;
    return;
  }
  drawing = true;
  try {
    do {
      again = false;
      await drawAll();
    } while (again);
  } catch (error) {
    say(String(error.message || error), true);
    throw error;
  } finally {
    drawing = null;
  }
}

async function drawAll() {
  drawAnswer();
  for (const id of ["base", "outcome", "who", "year"]) $(id).value = S[id];
  $("base-question").textContent = scenarioOf(S.base).question;
  $("diff").checked = S.diff;
  tell("year-shown", String(S.year));
  for (const view of VIEWS) {
    const tab = $(`tab-${view}`),
      is = view === S.view;
    tab.ariaSelected = String(is);
    tab.tabIndex = is ? 0 : -1;
    tab.disabled = view !== "chart" && !canMap();
    $(`view-${view}`).hidden = !is;
  }
  for (const tick of $("compare").querySelectorAll("input")) tick.checked = S.compare.includes(tick.value);
  // Only what changes something is there.
  const isChart = S.view === "chart";
  $("who").parentElement.hidden = !isChart;
  $("beside").hidden = !isChart || S.who.startsWith("each:");
  $("diff").parentElement.hidden = !canDiffer();
  DRAWN.forEach(show => show());
  await drawView();
  drawStory();
  drawRepeat();
  sayRuns();
  window.entrench = { key: keyOf() }; // what is on screen, for tests
}

// Chart, map or table. What was drawn stays, in grey, until the new is there.
async function drawView() {
  const home = $(`view-${S.view}`),
    keeps = isPending() && "drawn" in home.dataset;
  home.classList.toggle("stale", keeps);
  if (keeps) return;
  home.dataset.drawn = "";
  const outcome = outcomeNamed(S.outcome),
    unit = S.view === "chart" ? unitShown() : unitOfState(outcome),
    usual = unit === outcome.unit ? unit : "share of runs";
  tell("result-title", `${outcome.label}${S.view === "chart" ? `, ${whoTold()}` : ""}`);
  const told = S.diff && S.view !== "table" && isShare(unit) ? "percentage points" : usual;
  tell("result-doc", `${outcome.doc} Unit: ${told}.`);
  if (S.view === "chart") await drawChart();
  else if (S.view === "map") await drawMap();
  else drawTable();
}

// Whether what is asked for is on its way.
function isPending() {
  if (!canRun(S)) return false;
  if (S.view === "chart") return panels().some(p => !p.lines.at(-1).series);
  return !mapValues();
}

// Kind and name of the groups that the chart is of.
const whose = () => (S.who === "world" ? ["world", "world"] : S.who.split(/:(.*)/s));

function whoTold() {
  const [kind, name] = whose();
  if (kind === "world") return "the world";
  if (kind === "each") return `by ${name}`;
  return kind === "state" ? FACTS.states[stateNamed(name)].name : name;
}

function say(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

function sayRuns() {
  if (Runs.failed) return say(`${Runs.failed}. What is stored is still shown.`, true);
  const entry = Runs.known.get(keyOf());
  if (!FACTS.engine) return say(`${FACTS.runs} runs a scenario, stored in this page.${FACTS.cannot}`);
  if (!scenarioOf(S.base).live)
    return say("These results were made by other rules or input data: shown as stored, not run here.");
  if (needsStates() && isPending()) return say(`Running ${FACTS.runs} runs for every country …`);
  if (entry?.done === FACTS.runs) say(`${FACTS.runs} runs, run in this page.`);
  else if (isStored(keyOf()) && !S.diff) say(`${FACTS.runs} runs, stored in this page.`);
  else say(`Running ${FACTS.runs} runs …`);
}

function drawRepeat() {
  $("command").textContent = commandFor();
  $("file-part").hidden = !needsFile();
  $("file").textContent = scenarioFile();
}

function makeChoices() {
  const forms = { country: "Countries", vendor: "Vendors", actor: "China and the market" };
  const listed = of => FACTS.outcomes.filter(o => o.of === of).map(o => option(o.name, `${o.label} (${o.unit})`));
  $("outcome").replaceChildren(...Object.entries(forms).map(([of, label]) => options(label, listed(of))));
  $("outcome").onchange = () => choose({ outcome: $("outcome").value });
  const { world, ...groups } = FACTS.groups,
    states = statesByName();
  const chosenFrom = (label, items, told) =>
    options(
      label,
      items.map(item => option(...told(item))),
    );
  $("who").replaceChildren(
    option("world", "the world"),
    chosenFrom("Side by side", Object.keys(groups), k => [`each:${k}`, `every ${k}`]),
    ...Object.entries(groups).map(([k, names]) => chosenFrom(k, names, n => [`${k}:${n}`, n])),
    chosenFrom("country", states, s => [`state:${s.iso3}`, s.name]),
  );
  $("who").onchange = () => {
    const who = $("who").value;
    choose(fits(outcomeNamed(S.outcome), who) ? { who } : { who, outcome: outcomeFor(who) });
  };
  $("state").replaceChildren(option("", "choose …"), ...states.map(s => option(s.iso3, s.name)));
  $("state").onchange = () => choose({ state: $("state").value });
  $("ways").replaceChildren(
    ...FACTS.ways.map(({ words, scenario, who }) => button(words, () => choose({ ...initial(), base: scenario, who }))),
  );
  $("compare").append(
    ...Object.entries(FACTS.scenarios)
      .filter(([n]) => n !== FACTS.reference && canShow(plain(n)))
      .map(([n, s]) => {
        const tick = element("input", { type: "checkbox", value: n });
        tick.onchange = () => choose({ compare: tick.checked ? [...S.compare, n] : S.compare.filter(x => x !== n) });
        return element("label", {}, tick, s.title);
      }),
  );
  $("diff").onchange = () => choose({ diff: $("diff").checked });
  $("find").oninput = drawTable;
  $("to-table").onclick = () => choose({ view: "table" });
  // A link inside the page moves there, and changes nothing.
  document.addEventListener("click", event => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    const home = $(link.hash.slice(1));
    home.tabIndex = -1;
    home.scrollIntoView();
    home.focus({ preventScroll: true });
  });
  VIEWS.forEach((view, k) => {
    const tab = $(`tab-${view}`);
    tab.onclick = () => choose({ view });
    tab.onkeydown = ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (step) {
        const open = canMap() ? VIEWS : ["chart"],
          next = open[(k + step + open.length) % open.length];
        choose({ view: next });
        $(`tab-${next}`).focus();
      }
    };
  });
}

const fits = (outcome, who) => {
  const [kind, name] = who.split(/:(.*)/s);
  return kind === "state" ? hasStates(S, outcome.name) : Boolean(placeOf(outcome.name, kind === "each" ? name : kind));
};
const outcomeFor = who =>
  FACTS.outcomes.find(o => fits(o, who) && o.name !== "democracy" && (o.of !== "country" || o.name === FACTS.outcome))
    ?.name ??
  FACTS.outcomes.find(o => fits(o, who))?.name ??
  FACTS.outcome;

function makeTime() {
  Object.assign($("year"), { min: YEARS()[0], max: lastYear() });
  $("year").oninput = () => choose({ year: +$("year").value });
  let timer = null;
  const play = on => {
    clearInterval(timer);
    const step = () => (S.year < lastYear() ? choose({ year: S.year + 1 }) : play(false));
    timer = on ? setInterval(step, 350) : null;
    $("play").textContent = on ? "Stop" : "Play";
    $("play").ariaPressed = String(on);
  };
  $("play").onclick = () => {
    if (!timer && S.year >= lastYear()) S.year = YEARS()[0];
    play(!timer);
  };
}

async function loadStored() {
  await Promise.all(
    Object.entries(FACTS.scenarios)
      .filter(([, s]) => s.stored)
      .map(async ([name, s]) => {
        const bytes = await unpack(`stored-${s.stored.place}`),
          part = ([at, size]) => bytes.subarray(at, at + size);
        const states = Object.fromEntries(
          Object.entries(s.stored.states).map(([outcome, where]) => [
            outcome,
            Float64Array.from(part(where), v => v / FACTS.share_steps),
          ]),
        );
        STORED[name] = {
          levels: decodeSeries(part(s.stored.levels)),
          differences: s.stored.differences ? decodeSeries(part(s.stored.differences)) : null,
          states,
        };
      }),
  );
}

// Shows what the address asks for, and says what of it cannot be shown.
function openAddress() {
  const ignored = readAddress();
  $("ignored").hidden = !ignored.length;
  tell("ignored", `The link asks for what this page does not have, which is left out: ${ignored.join(", ")}.`);
}

// Leaves what is stored to look at.
function withoutEngine(why) {
  Object.assign(FACTS, { engine: null, cannot: why });
  document.querySelector("main").classList.add("still");
}

(async () => {
  FACTS = JSON.parse(await unpackText("facts"), withoutHeirlooms);
  if (!FACTS.engine) withoutEngine("");
  else if (typeof WebAssembly === "undefined")
    withoutEngine(" This browser refuses WebAssembly, so nothing is run here.");
  FACTS.ways = FACTS.ways.filter(way => canShow(plain(way.scenario)));
  openAddress();
  makeChoices();
  makeControls();
  makeTime();
  makeWords();
  await Promise.all([loadVega(), loadStored()]);
  Runs.changed = draw;
  await draw();
  if (FACTS.engine)
    await Runs.start().catch(error => {
      withoutEngine(` The model does not start here: ${error.message}.`);
      openAddress();
    });
  refresh();
  addEventListener("hashchange", () => {
    if (!location.hash.includes("=")) return;
    openAddress();
    edited();
  });
  let waiting;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(draw, 120);
  });
})().catch(error => {
  say(String(error.message || error), true);
  throw error;
});
