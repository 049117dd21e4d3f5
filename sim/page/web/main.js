// Puts it together: what is chosen → what is run → what is drawn.

const opened = performance.now();
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
  const outcome = outcomeNamed(S.outcome);
  $("result-title").textContent = `${outcome.label}${S.view === "chart" ? `, ${whoTold()}` : ""}`;
  $("result-doc").textContent =
    `${outcome.doc} Unit: ${S.diff && isShare(outcome.unit) ? "percentage points" : outcome.unit}.`;
  for (const [id, key] of [
    ["base", "base"],
    ["outcome", "outcome"],
    ["who", "who"],
    ["year", "year"],
  ])
    $(id).value = S[key];
  $("base-question").textContent = scenarioOf(S.base).question;
  $("diff").checked = S.diff;
  $("bands").checked = S.bands;
  $("year-shown").textContent = S.year;
  for (const view of VIEWS) {
    const tab = $(`tab-${view}`),
      is = view === S.view;
    tab.ariaSelected = String(is);
    tab.tabIndex = is ? 0 : -1;
    $(`view-${view}`).hidden = !is;
  }
  for (const tick of $("compare").querySelectorAll("input"))
    tick.checked = S.compare.includes(tick.value);
  DRAWN.forEach(show => show());
  if (S.view === "chart") await drawChart();
  else if (S.view === "map") await drawMap();
  else drawTable();
  drawStory();
  drawRepeat();
  sayRuns();
  window.entrench = {
    drawn: (window.entrench?.drawn ?? 0) + 1,
    sinceOpen: performance.now() - opened,
    key: keyOf(),
    done: Runs.known.get(keyOf())?.done ?? 0,
    seconds: Runs.known.get(keyOf())?.seconds ?? null,
    first: window.entrench?.first ?? performance.now(),
  };
}

function whoTold() {
  const [kind, name] = S.who.split(/:(.*)/s);
  if (S.who === "world") return "the world";
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
  if (!FACTS.engine) return say(`${FACTS.runs} histories a scenario, stored in this page.`);
  if (!scenarioOf(S.base).live)
    return say("These results were made by other rules or seeds: shown as stored, not run here.");
  if (needsStates() && !stateMeans(S, S.outcome))
    return say(`Running ${FACTS.runs} histories for every state …`);
  if (!entry || entry.done < FACTS.runs)
    return say(
      isStored(keyOf()) && !S.diff
        ? `${scenarioOf(S.base).runs} histories, stored in this page.`
        : `Running ${FACTS.runs} histories …`,
    );
  say(
    `${FACTS.runs} histories, run in this page${entry.seconds ? ` in ${entry.seconds.toFixed(1)} s` : ""} (${Runs.cost.toFixed(1)} ms each).`,
  );
}

function drawRepeat() {
  $("command").textContent = commandFor();
  $("file-part").hidden = !needsFile();
  $("file").textContent = scenarioFile();
}

function makeChoices() {
  const option = (value, text) => element("option", { value, textContent: text });
  const forms = { country: "States", vendor: "Vendors", actor: "China and the market" };
  $("outcome").replaceChildren(
    ...Object.entries(forms).map(([of, label]) =>
      element(
        "optgroup",
        { label },
        ...FACTS.outcomes
          .filter(o => o.of === of)
          .map(o => option(o.name, `${o.label} (${o.unit})`)),
      ),
    ),
  );
  $("outcome").onchange = () => {
    const next = outcomeNamed($("outcome").value);
    choose({
      outcome: next.name,
      who: fits(next, S.who) ? S.who : "world",
      view: next.of === "country" ? S.view : "chart",
    });
  };
  const group = (label, items) => element("optgroup", { label }, ...items);
  $("who").replaceChildren(
    option("world", "the world"),
    group(
      "Side by side",
      Object.keys(FACTS.groups)
        .filter(k => k !== "world")
        .map(k => option(`each:${k}`, `every ${k}`)),
    ),
    ...Object.entries(FACTS.groups)
      .filter(([k]) => k !== "world")
      .map(([k, names]) =>
        group(
          k,
          names.map(n => option(`${k}:${n}`, n)),
        ),
      ),
    group(
      "state",
      statesByName().map(s => option(`state:${s.iso3}`, s.name)),
    ),
  );
  $("who").onchange = () => {
    const who = $("who").value;
    choose(fits(outcomeNamed(S.outcome), who) ? { who } : { who, outcome: outcomeFor(who) });
  };
  $("state").replaceChildren(
    option("", "choose …"),
    ...statesByName().map(s => option(s.iso3, s.name)),
  );
  $("state").onchange = () => choose({ state: $("state").value });
  $("ways").replaceChildren(
    ...FACTS.ways.map(w => {
      const b = element("button", { type: "button", value: w.kind, textContent: w.words });
      b.onclick = () =>
        choose({
          ...initial(),
          way: w.kind,
          base: w.scenario,
          view: w.kind === "next" ? "map" : "chart",
          outcome: w.kind === "next" ? "adopters" : FACTS.outcome,
          year: w.kind === "next" ? FACTS.ahead : lastYear(),
          diff: w.kind === "next",
        });
      return b;
    }),
  );
  $("compare").append(
    ...Object.entries(FACTS.scenarios)
      .filter(([n, s]) => n !== FACTS.reference && (s.stored || s.live))
      .map(([n, s]) => {
        const tick = element("input", { type: "checkbox", value: n });
        tick.onchange = () =>
          choose({ compare: tick.checked ? [...S.compare, n] : S.compare.filter(x => x !== n) });
        return element("label", {}, tick, s.title);
      }),
  );
  $("diff").onchange = () => choose({ diff: $("diff").checked });
  $("bands").onchange = () => choose({ bands: $("bands").checked });
  $("find").oninput = drawTable;
  $("to-table").onclick = event => {
    event.preventDefault();
    choose({ view: "table" });
  };
  VIEWS.forEach((view, k) => {
    const tab = $(`tab-${view}`);
    tab.onclick = () => choose({ view });
    tab.onkeydown = ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (step) {
        const next = VIEWS[(k + step + VIEWS.length) % VIEWS.length];
        choose({ view: next });
        $(`tab-${next}`).focus();
      }
    };
  });
}

const fits = (outcome, who) => {
  const [kind, name] = who.split(/:(.*)/s);
  return kind === "state"
    ? outcome.of === "country"
    : Boolean(placeOf(outcome.name, kind === "each" ? name : kind));
};
const outcomeFor = who =>
  FACTS.outcomes.find(
    o => fits(o, who) && o.name !== "democracy" && (o.of !== "country" || o.name === FACTS.outcome),
  )?.name ?? FACTS.outcomes.find(o => fits(o, who)).name;

function makeTime() {
  Object.assign($("year"), { min: YEARS()[0], max: lastYear() });
  $("year").oninput = () => choose({ year: +$("year").value });
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    $("play").textContent = "Play";
    $("play").ariaPressed = "false";
  };
  $("play").onclick = () => {
    if (timer) return stop();
    if (S.year >= lastYear()) S.year = YEARS()[0];
    $("play").textContent = "Stop";
    $("play").ariaPressed = "true";
    timer = setInterval(() => {
      if (S.year >= lastYear()) stop();
      else choose({ year: S.year + 1 });
    }, 350);
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

(async () => {
  FACTS = JSON.parse(await unpackText("facts"));
  if (!FACTS.engine) document.querySelector("main").classList.add("still");
  S = fromFragment(location.hash);
  makeChoices();
  makeControls();
  makeTime();
  makeWords();
  await Promise.all([loadVega(), loadStored()]);
  Runs.changed = draw;
  await draw();
  if (FACTS.engine) await Runs.start();
  refresh();
  addEventListener("hashchange", () => {
    S = fromFragment(location.hash);
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
