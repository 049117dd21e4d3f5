// Which numbers belong to the present choice: from what is stored, or from what the workers ran.

const STORED = byName(); // scenario → { levels, differences, states: { outcome: bytes } }
const BLACK = "#888888";

const isStored = key => Boolean(scenarioOf(key)?.stored);
const isPoint = s => Boolean(scenarioOf(s.base).point);
const reference = () => plain(FACTS.reference);

// One series: { mean, low, high }, or null while it is not there yet.
function seriesFor(s, outcome, kind, name, diff) {
  if (kind === "state") return stateSeries(s, outcome, name);
  const part = placeOf(outcome, kind),
    at = FACTS.groups[kind].indexOf(name),
    key = keyOf(s);
  if (!part || at < 0) return null;
  const stored = STORED[key];
  if (!diff && stored) return stored.levels[part.cell + at];
  if (diff && stored?.differences) return stored.differences[part.cell + at];
  const mine = Runs.of(key, diff),
    years = YEARS().length;
  const read = runs => (r, y) => runs.values[r][part.offset + y * part.count + at];
  if (!mine) return null;
  if (!diff) return seriesOf(mine.runs, read(mine));
  const other = Runs.of(FACTS.reference, true);
  if (!other) return null;
  const [a, b] = [read(mine), read(other)];
  return seriesOf(Math.min(mine.runs, other.runs), (r, y) => a(r, y) - b(r, y));
}

// A state's series: for what happens or not, the share of runs; else mean and band over runs.
function stateSeries(s, outcome, iso3) {
  const at = stateNamed(iso3),
    years = YEARS().length,
    of = (means, y) => means[at * years + y];
  const rows = Runs.stateRuns(keyOf(s), outcome);
  if (rows) return seriesOf(rows.length, (r, y) => of(rows[r], y));
  const mine = stateMeans(s, outcome);
  if (!mine) return null;
  const mean = Array.from({ length: years }, (_, y) => of(mine, y));
  return { mean, low: mean, high: mean };
}

// What an outcome is in a state in a year, by run: (run, state, year) → number; null while it is run.
function stateReader(s, outcome) {
  const mine = Runs.of(keyOf(s), true),
    rows = Runs.stateRuns(keyOf(s), outcome);
  if (outcome in FACTS.states_from_kept)
    return mine && ((r, i, year) => Number(isSoIn(mine.kept[r], i, year, outcome)));
  return rows && ((r, i, year) => rows[r][i * YEARS().length + YEARS().indexOf(year)]);
}

// Mean differences of all states from the reference in the year of the slider, each run from its
// like; 0 where ups and downs may be chance, and null while it is run.
function differencesByState() {
  const [here, there] = [S, reference()].map(s => stateReader(s, S.outcome));
  if (!here || !there) return null;
  const tests = FACTS.states.map((_, i) => {
    let ups = 0,
      downs = 0,
      sum = 0;
    for (let r = 0; r < FACTS.runs; r++) {
      const change = here(r, i, S.year) - there(r, i, S.year);
      if (change > 0) ups++;
      if (change < 0) downs++;
      sum += change;
    }
    return { mean: sum / FACTS.runs, chance: signTest(ups, downs) };
  });
  const clear = beyondChance(tests.map(test => test.chance));
  return tests.map(({ mean }, i) => (clear[i] ? mean : 0));
}

// An outcome's mean in every state and year, (states, years); null while it is run.
function stateMeans(s, outcome) {
  const key = keyOf(s),
    stored = STORED[key]?.states[outcome];
  if (stored) return stored;
  const mine = Runs.of(key, true);
  if (mine && outcome in FACTS.states_from_kept) return shareByState(mine.kept, outcome);
  return Runs.stateMeans(key, outcome);
}

// Ask the workers for whatever the present choice needs and is neither stored nor run.
function askForRuns() {
  const shown = [S, ...S.compare.map(plain)],
    keys = new Set();
  const ask = (s, state = "") => {
    if (!canRun(s)) return;
    keys.add(keyOf(s));
    Runs.ask(keyOf(s), resolvedOf(s), isPoint(s), state);
  };
  for (const s of shown) {
    if (!isStored(keyOf(s)) || S.diff) ask(s);
  }
  // What the answer is compared with.
  if (S.diff || !isStored(keyOf())) ask(reference());
  if (!isStored(S.base)) ask(plain(S.base));
  if (needsStates())
    for (const s of [...shown, reference()])
      if (S.diff || !STORED[keyOf(s)]?.states[S.outcome]) ask(s, S.outcome in FACTS.states_from_kept ? "" : S.outcome);
  Runs.only(keys);
}
const needsStates = () => S.view !== "chart" || S.who.startsWith("state:");

// The lines of the chart, by panel: [{ title, lines: [{ name, colour, dash, grey, series }] }].
function panels() {
  const [kind, name] = whose();
  const base = reference(),
    same = keyOf() === FACTS.reference;
  const line = (s, k, n, look) => ({ name: titleOf(s), ...look, series: seriesFor(s, S.outcome, k, n, S.diff) });
  const grey = (k, n) => (same || S.diff ? [] : [line(base, k, n, { colour: BLACK, dash: [5, 3], grey: true })]);
  if (kind === "each")
    return FACTS.groups[name].map(group => ({
      title: group,
      lines: [
        ...grey(name, group),
        line(S, name, group, FACTS.looks[group] ? { ...FACTS.looks[group], dash: [] } : ACCENT(0)),
      ],
    }));
  const others = S.compare.filter(n => n !== FACTS.reference && n !== keyOf());
  return [
    {
      title: "",
      lines: [
        ...grey(kind, name),
        ...others.map((n, k) => line(plain(n), kind, name, ACCENT(k + 1))),
        line(S, kind, name, ACCENT(0)),
      ],
    },
  ];
}
const ACCENT = k => FACTS.palette[k % FACTS.palette.length];
