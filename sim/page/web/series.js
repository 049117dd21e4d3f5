// Which numbers belong to a choice: from what is stored, or from what the workers ran.

import { FACTS, STORED, YEARS, lastYear, placeOf, scenarioOf, stateNamed } from "./data.js";
import { BITS, Runs, liveRuns } from "./runs.js";
import { S, goesOn, isCounted, isStored, keyOf, listOf, plain, reference, stopsOf } from "./state.js";
import { beyondChance, isSo, leftByRun, seriesOf, shares, signTest, spreadOf } from "./statistics.js";

export const whoIs = who => (who === "world" ? ["world", "world"] : who.split(/:(.*)/s));

// So many runs are shown: all, or none.
const staged = (key, of) => (Runs.count(key, of) >= FACTS.runs ? FACTS.runs : 0);
const bitsOf = key => Runs.rows(key, BITS, staged(key, BITS));
export const runsShown = (s = S) => bitsOf(keyOf(s))?.length ?? (isStored(keyOf(s)) ? FACTS.runs : 0);

// Where the values of a group, or of a country, come from: of which rows of runs, how to read these, and
// what is stored; null where there is no such thing. A country's share of runs has no band.
function sourceOf(outcome, who) {
  const [kind, name] = whoIs(who);
  if (isCounted(who)) {
    const at = stateNamed(name);
    return {
      of: BITS,
      read: (bits, y) => isSo(bits, at * YEARS().length + y, outcome),
      stored: (key, diff) => {
        const [here, there] = [key, FACTS.reference].map(of => STORED[of]?.shares[outcome]);
        return here && (there || !diff) && flat(YEARS().map((_, y) => here[at][y] - (diff ? there[at][y] : 0)));
      },
      finish: series => flat(series.mean),
    };
  }
  const place = placeOf(outcome, kind),
    group = FACTS.groups[kind].indexOf(name);
  if (!place || group < 0) return null;
  return {
    of: outcome,
    read: (row, y) => row[place.at + y * place.count + group],
    stored: (key, diff) => place.stored !== null && STORED[key]?.[diff ? "differences" : "levels"][place.stored + group],
    finish: series => series,
  };
}
const flat = mean => ({ mean, low: mean, high: mean });
// The series of some rows, or of their differences from others, run by run.
const seriesIn = ({ read }, here, there) => seriesOf(here.length, (r, y) => read(here[r], y) - (there ? read(there[r], y) : 0));

// One series: { mean, low, high }, `partial` where it is of a first few runs; null while it is not there.
// `than`: the key of the scenario from which it is the difference, run by run.
export function seriesFor(s, outcome, who, than = "") {
  const source = sourceOf(outcome, who),
    keys = [keyOf(s), ...(than ? [than] : [])];
  if (!source) return null;
  const count = Math.min(...keys.map(key => staged(key, source.of))),
    stored = ["", FACTS.reference].includes(than) && source.stored(keys[0], than);
  if (stored) return stored;
  if (!count) return than ? null : partial(s, outcome, who, source);
  return source.finish(seriesIn(source, ...keys.map(key => Runs.rows(key, source.of, count))));
}

// The numbers of one year; and the number of a curve in the year of the slider.
export function inYear({ mean, low, high }, year) {
  const y = YEARS().indexOf(year);
  return { mean: mean[y], low: low[y], high: high[y] };
}

export const nowIn = curve => curve[YEARS().indexOf(S.year)];

// A first look: what is known of the scenario without the changes, or of the reference, and what changes it
// in the same few runs. Pairing takes most of the chance out, so that a dozen runs move smoothly.
function partial(s, outcome, who, source) {
  const whole = of => keyOf(of) !== keyOf(s) && seriesFor(of, outcome, who),
    base = [plain(s.base), reference()].find(of => whole(of) && !whole(of).partial),
    level = base && whole(base),
    isPaired = Boolean(level),
    [here, there] = [s, ...(isPaired ? [base] : [])].map(of => Runs.rows(keyOf(of), source.of, liveRuns()));
  if (!here || there === null) return null;
  const { mean } = seriesIn(source, here, there);
  return { ...flat(mean.map((value, y) => value + (isPaired ? level.mean[y] : 0))), partial: true };
}

// What all runs of a scenario say is computed once, by name.
const KNOWN = new Map();
function once(name, make) {
  if (KNOWN.size > 40) KNOWN.clear();
  if (!KNOWN.has(name)) KNOWN.set(name, make());
  return KNOWN.get(name);
}

// The share of runs in which something is so, by country and year; null while it is run.
export function countryMeans(s, outcome) {
  const key = keyOf(s),
    bits = bitsOf(key),
    stored = STORED[key]?.shares[outcome];
  if (stored) return stored;
  return bits && once(`${outcome} ${key}`, () => shares(bits, outcome));
}

// Mean differences of all countries from the reference at the end of a year, each run from its like; 0
// where ups and downs may be chance, and null while it is run.
export function countryDifferences(s = S, outcome = S.outcome, year = S.year) {
  const [here, there] = [s, reference()].map(of => bitsOf(keyOf(of)));
  if (!here || !there) return null;
  const pairs = here.slice(0, there.length).map((bits, r) => [bits, there[r]]),
    y = YEARS().indexOf(year);
  const tests = FACTS.states.map((_, i) => {
    const at = i * YEARS().length + y,
      changes = pairs.map(([now, before]) => isSo(now, at, outcome) - isSo(before, at, outcome));
    return { mean: changes.reduce((sum, change) => sum + change, 0) / pairs.length, chance: signTest(changes, FACTS.engine.set_of) };
  });
  const clear = beyondChance(tests.map(test => test.chance));
  return tests.map(({ mean }, i) => (clear[i] ? mean : 0));
}

// By year, mean and quantiles of the share that is left of the systems at a year's end; null while it is run.
export function curveFor(s, since) {
  const key = keyOf(s),
    bits = bitsOf(key),
    stored = scenarioOf(key)?.stored;
  if (stored?.since === since) return stored.left.mean ? stored.left : null;
  return bits && once(`${since} ${key}`, () => spreadOf(leftByRun(bits, since, since + FACTS.keep)));
}

// The last year that ends before the offer ends for all countries; null where it goes on, or so late that the
// years after which one asks what is left are not all there.
export const stopDate = s => Math.min(...stopsOf(s).map(event => event.date));
export function withdrawnSince(s = S) {
  const since = Math.floor(stopDate(s)) - 1;
  return YEARS().includes(since) && YEARS().includes(since + FACTS.keep) ? since : null;
}
// Ask the workers for whatever the present choice needs and is neither stored nor run: first a few runs of
// what is on the chart, then all, then those that it is compared with.
export function askForRuns({ live = false } = {}) {
  const wishes = [],
    mine = !isStored(keyOf()),
    { outcome } = S,
    isCarried = who => who.startsWith("state:") || Number.isInteger(placeOf(outcome, whoIs(who)[0])?.stored);
  const lacks = s => !isStored(keyOf(s)) || !S.who.every(isCarried);
  const ask = (s, of = outcome, count = FACTS.runs) => {
    wishes.push({ key: keyOf(s), list: listOf(s), point: FACTS.point, outcome: of, count });
  };
  for (const s of [S, plain(S.base), reference()]) ask(s, outcome, liveRuns());
  if (live) return Runs.wish(wishes);
  for (const s of [S, ...S.compare.map(plain)].filter(lacks)) ask(s);
  const isSeen = S.view !== "chart" || S.state || S.who.some(who => who.startsWith("state:"));
  if (mine || S.diff || (isSeen && !FACTS.mapped.includes(outcome))) for (const s of [S, reference()]) ask(s);
  if (lacks(reference())) ask(reference());
  // The first chart is of working systems, whatever the other is of.
  if (mine) for (const s of [S, withdrawnSince() === null ? reference() : goesOn()]) ask(s, FACTS.outcome);
  Runs.wish(wishes);
}
