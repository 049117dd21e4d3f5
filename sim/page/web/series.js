// Which numbers belong to a choice: from what is stored, or from what the workers ran.

import { FACTS, STORED, YEARS, byName, lastYear, placeOf, scenarioOf, stateNamed } from "./data.js";
import { LIVE, Runs } from "./runs.js";
import { S, canRun, isEdited, isStored, keyOf, plain, reference, resolvedOf } from "./state.js";
import { beyondChance, isSo, leftByRun, seriesOf, shares, signTest, summary } from "./statistics.js";

export const whoIs = who => (who === "world" ? ["world", "world"] : who.split(/:(.*)/s));
const layerOf = outcome => `of:${outcome}`;
const firstLook = () => Math.min(LIVE, FACTS.runs);

// So many runs are shown: the more if they are there, or those that are stored; 0: neither.
const staged = there => [FACTS.more_runs, FACTS.runs].find(count => there(count)) ?? 0;
const runsOf = (key, layer) => staged(count => Runs.count(key, layer) >= count);
const bitsOf = key => Runs.bits(key, staged(count => Runs.bits(key, count)));
export const runsShown = (s = S) => bitsOf(keyOf(s))?.length ?? (isStored(keyOf(s)) ? FACTS.runs : 0);

// One series: { mean, low, high }, `partial` where it is of a first few runs; null while it is not there.
export function seriesFor(s, outcome, who, diff = false) {
  const [kind, name] = whoIs(who);
  if (kind === "state") return countrySeries(s, outcome, name, diff);
  const place = placeOf(outcome, kind),
    group = FACTS.groups[kind].indexOf(name);
  if (!place || group < 0) return null;
  const key = keyOf(s),
    stored = place.stored < 0 ? null : STORED[key],
    layer = layerOf(outcome),
    read = rows => (r, y) => rows[r][place.first + y * place.count + group];
  const mine = runsOf(key, layer),
    count = diff ? Math.min(mine, runsOf(FACTS.reference, layer)) : mine;
  if (stored && count <= FACTS.runs) return stored[diff ? "differences" : "levels"][place.stored + group];
  if (count && !diff) return seriesOf(count, read(Runs.rows(key, layer, count)));
  if (count) {
    const [here, there] = [key, FACTS.reference].map(of => read(Runs.rows(of, layer, count)));
    return seriesOf(count, (r, y) => here(r, y) - there(r, y));
  }
  const few = Runs.rows(key, layer, firstLook());
  return few && !diff ? partial(s, read(few), outcome, who, of => Runs.rows(of, layer, firstLook()), read) : null;
}

// A first look: what is known of the scenario without the changes, and what these change in the same few
// runs. Pairing takes most of the chance out, so that a dozen runs move smoothly.
function partial(s, here, outcome, who, rowsOf, read) {
  const base = plain(s.base),
    level = keyOf(base) === keyOf(s) ? null : seriesFor(base, outcome, who),
    rows = rowsOf(keyOf(base)),
    there = level && !level.partial && rows ? read(rows) : null;
  const mean = YEARS().map((_, y) => {
    let sum = 0;
    for (let r = 0; r < firstLook(); r++) sum += here(r, y) - (there ? there(r, y) : 0);
    return sum / firstLook() + (there ? level.mean[y] : 0);
  });
  return { mean, low: mean, high: mean, partial: true };
}

// A country's series: for what happens or not, the share of runs; else mean and band over runs.
function countrySeries(s, outcome, iso3, diff) {
  const from = stateNamed(iso3) * YEARS().length,
    key = keyOf(s);
  if (diff) {
    const [here, there] = [s, reference()].map(of => countryReader(of, outcome));
    if (!here || !there) return null;
    const count = Math.min(here.count, there.count),
      series = seriesOf(count, (r, y) => here.read(r, from + y) - there.read(r, from + y));
    return outcome in FACTS.bits ? { mean: series.mean, low: series.mean, high: series.mean } : series;
  }
  if (outcome in FACTS.bits) {
    const means = countryMeans(s, outcome),
      read = rows => (r, y) => isSo(rows[r], from + y, outcome),
      few = means ? null : Runs.bits(key, firstLook());
    if (few) return partial(s, read(few), outcome, `state:${iso3}`, of => Runs.bits(of, firstLook()), read);
    const mean = means && YEARS().map((_, y) => means[from + y]);
    return means && { mean, low: mean, high: mean };
  }
  const layer = `countries:${outcome}`,
    rows = Runs.rows(key, layer, runsOf(key, layer));
  return rows && seriesOf(rows.length, (r, y) => rows[r][from + y]);
}

// An outcome's mean in every country and year, (countries, years); null while it is run.
const MEANS = new Map();
export function countryMeans(s, outcome) {
  const key = keyOf(s),
    layer = `countries:${outcome}`,
    isBits = outcome in FACTS.bits,
    bits = isBits ? bitsOf(key) : null;
  if (isBits && !(bits?.length > FACTS.runs) && STORED[key]?.shares[outcome]) return STORED[key].shares[outcome];
  const rows = isBits ? bits : Runs.rows(key, layer, runsOf(key, layer));
  if (!rows) return null;
  const told = `${key} ${outcome} ${rows.length}`;
  if (!MEANS.has(told)) {
    if (MEANS.size > 20) MEANS.clear();
    MEANS.set(told, isBits ? shares(rows, outcome) : meanOf(rows));
  }
  return MEANS.get(told);
}
const meanOf = rows => rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);

// What an outcome is in a country in a year, by run: (run, place) → number, and how many runs.
function countryReader(s, outcome) {
  const key = keyOf(s),
    isBits = outcome in FACTS.bits,
    layer = `countries:${outcome}`,
    rows = isBits ? bitsOf(key) : Runs.rows(key, layer, runsOf(key, layer));
  return rows && { count: rows.length, read: (r, at) => (isBits ? isSo(rows[r], at, outcome) : rows[r][at]) };
}

// Mean differences of all countries from the reference at the end of a year, each run from its like; 0
// where ups and downs may be chance, and null while it is run.
export function countryDifferences(s = S, outcome = S.outcome, year = S.year) {
  const [here, there] = [s, reference()].map(of => countryReader(of, outcome));
  if (!here || !there) return null;
  const count = Math.min(here.count, there.count),
    width = YEARS().length,
    y = YEARS().indexOf(year);
  const tests = FACTS.states.map((_, i) => {
    let ups = 0,
      downs = 0,
      sum = 0;
    for (let r = 0; r < count; r++) {
      const change = here.read(r, i * width + y) - there.read(r, i * width + y);
      if (change > 0) ups++;
      if (change < 0) downs++;
      sum += change;
    }
    return { mean: sum / count, chance: signTest(ups, downs) };
  });
  const clear = beyondChance(tests.map(test => test.chance));
  return tests.map(({ mean }, i) => (clear[i] ? mean : 0));
}

// By run, the share of the systems at a year's end that work later; null while it is run.
export const untilOf = since => Math.min(since + FACTS.keep, lastYear());
export function leftFor(s, since) {
  const key = keyOf(s),
    bits = bitsOf(key),
    stored = scenarioOf(key)?.stored;
  if (stored?.since === since && !(bits?.length > FACTS.runs)) return stored.left;
  return bits && leftByRun(bits, since, untilOf(since));
}
// Mean and band of what stays, or of the difference to what stays elsewhere, run by run.
export function leftSummary(here, there = null) {
  const values = here.map((share, r) => (share === null || (there && (there[r] ?? null) === null) ? null : share - (there?.[r] ?? 0)));
  const known = values.filter(value => value !== null);
  return known.length ? summary(known) : null;
}

// When the offer ends for all countries; and the last year that ends before; null where it goes on.
export const withdrawals = s => resolvedOf(s).events.filter(e => e.sets[FACTS.offer] === false && !e.states && !e.when).map(e => e.date);
export function withdrawnSince(s = S) {
  const since = Math.floor(Math.min(...withdrawals(s))) - 1;
  return YEARS().slice(0, -1).includes(since) ? since : null;
}
// The same scenario in which, from the end of the offer on, something else is so, too.
export function twinOf(s, twin) {
  const { name, sets } = FACTS.twins[twin],
    event = { name, date: Math.min(...withdrawals(s)), until: null, sets };
  return { base: s.base, set: s.set, values: s.values, events: byName({ ...s.events, [name]: event }) };
}
export const twins = () =>
  withdrawnSince() === null ? [] : (S.question === "holds" ? ["free", "paid"] : ["free"]).map(name => twinOf(S, name));

// Ask the workers for whatever the present choice needs and is neither stored nor run.
export function askForRuns({ live = false, more = false } = {}) {
  const keys = new Set(),
    count = live ? firstLook() : more ? FACTS.more_runs : FACTS.runs,
    outcome = S.outcome,
    isSeen = Boolean(S.view !== "chart" || S.state || S.who.some(who => who.startsWith("state:")));
  const ask = (s, layer, runs = count) => {
    if (!canRun(s)) return;
    keys.add(keyOf(s));
    Runs.ask(keyOf(s), { resolved: resolvedOf(s), point: Boolean(scenarioOf(s.base).point) }, layer, runs);
  };
  const lacks = s => !isStored(keyOf(s)) || S.who.some(who => !who.startsWith("state:") && placeOf(outcome, whoIs(who)[0])?.stored < 0);
  const mine = !isStored(keyOf());
  for (const s of [S, ...S.compare.map(plain)]) if (lacks(s)) ask(s, layerOf(outcome));
  if (mine || S.diff) for (const s of [S, reference()]) ask(s, layerOf(outcome), live ? firstLook() : Math.max(count, FACTS.runs));
  if (lacks(reference())) ask(reference(), layerOf(outcome));
  if (!live) for (const s of twins()) if (!isStored(keyOf(s))) ask(s, layerOf(outcome));
  // The answer to what a change does is of working systems, whatever is on the chart.
  if (mine && !live && withdrawnSince() === null) for (const s of [S, reference()]) ask(s, layerOf(FACTS.outcome));
  // What a first look is held against.
  for (const s of [plain(S.base), reference()]) ask(s, layerOf(outcome), firstLook());
  if (isSeen && !(outcome in FACTS.bits) && !live)
    for (const s of [S, reference()]) ask(s, `countries:${outcome}`, FACTS.runs);
  Runs.only(keys);
}
// Whether more runs than the first would make the present answer firmer.
export const wantsMore = () => Boolean(FACTS.engine) && isEdited() && !isStored(keyOf()) && runsShown() < FACTS.more_runs;
