// Which numbers belong to a choice: from what is stored, or from what the workers ran.

import { FACTS, STORED, YEARS, lastYear, placeOf, scenarioOf, stateNamed } from "./data.js";
import { Runs, liveRuns } from "./runs.js";
import { S, canRun, canShow, isEdited, isStored, keyOf, plain, reference, resolvedOf, stopsOf } from "./state.js";
import { beyondChance, isSo, leftByRun, seriesOf, shares, signTest, summary } from "./statistics.js";

export const whoIs = who => (who === "world" ? ["world", "world"] : who.split(/:(.*)/s));

// So many runs are shown: the more if they are there, or those that are stored; 0: neither.
const staged = there => [FACTS.more_runs, FACTS.runs].find(count => there(count)) ?? 0;
const bitsOf = key => Runs.bits(key, staged(count => Runs.bits(key, count)));
export const runsShown = (s = S) => bitsOf(keyOf(s))?.length ?? (isStored(keyOf(s)) ? FACTS.runs : 0);

// Where the values of a group, or of a country, come from: how many runs are there, how to read some of
// them, and what is stored; null where there is no such thing. A country's share of runs has no band.
function sourceOf(outcome, who) {
  const [kind, name] = whoIs(who);
  if (kind === "state") {
    const from = stateNamed(name) * YEARS().length,
      shareOf = key => STORED[key]?.shares[outcome]?.slice(from, from + YEARS().length);
    return {
      count: key => bitsOf(key)?.length ?? 0,
      read: (key, count) => withRows(Runs.bits(key, count), (bits, y) => isSo(bits, from + y, outcome)),
      stored: (key, diff) => {
        const [here, there] = [shareOf(key), shareOf(FACTS.reference)];
        return here && (there || !diff) && flat(here.map((share, y) => share - (diff ? there[y] : 0)));
      },
      finish: ({ mean }) => flat(mean),
    };
  }
  const place = placeOf(outcome, kind),
    group = FACTS.groups[kind].indexOf(name);
  if (!place || group < 0) return null;
  return {
    count: key => staged(count => Runs.count(key, outcome) >= count),
    read: (key, count) => withRows(Runs.rows(key, outcome, count), (row, y) => row[place.at + y * place.count + group]),
    stored: (key, diff) => place.stored !== null && STORED[key]?.[diff ? "differences" : "levels"][place.stored + group],
    finish: series => series,
  };
}
const flat = mean => ({ mean, low: mean, high: mean });
const withRows = (rows, read) => rows && ((r, y) => read(rows[r], y));

// One series: { mean, low, high }, `partial` where it is of a first few runs; null while it is not there.
// `than`: the key of the scenario from which it is the difference, run by run.
export function seriesFor(s, outcome, who, than = "") {
  const source = sourceOf(outcome, who),
    keys = [keyOf(s), ...(than ? [than] : [])];
  if (!source) return null;
  const count = Math.min(...keys.map(source.count)),
    stored = ["", FACTS.reference].includes(than) && source.stored(keys[0], than);
  if (stored && count <= FACTS.runs) return stored;
  if (!count) return than ? null : partial(s, outcome, who, source);
  const [here, there] = keys.map(key => source.read(key, count));
  return source.finish(seriesOf(count, (r, y) => here(r, y) - (there ? there(r, y) : 0)));
}

// The numbers of one year.
export function inYear({ mean, low, high }, year) {
  const y = YEARS().indexOf(year);
  return { mean: mean[y], low: low[y], high: high[y] };
}

// A first look: what is known of the scenario without the changes, and what these change in the same few
// runs. Pairing takes most of the chance out, so that a dozen runs move smoothly.
function partial(s, outcome, who, { read }) {
  const base = plain(s.base),
    level = keyOf(base) === keyOf(s) ? null : seriesFor(base, outcome, who),
    isPaired = level && !level.partial,
    [here, there] = [s, base].map(of => read(keyOf(of), liveRuns()));
  if (!here || (isPaired && !there)) return null;
  const change = seriesOf(liveRuns(), (r, y) => here(r, y) - (isPaired ? there(r, y) : 0)).mean;
  return { ...flat(change.map((value, y) => value + (isPaired ? level.mean[y] : 0))), partial: true };
}

// The share of runs in which something is so in every country and year; null while it is run.
const MEANS = new Map();
export function countryMeans(s, outcome) {
  const key = keyOf(s),
    bits = bitsOf(key),
    stored = STORED[key]?.shares[outcome];
  if (stored && !(bits?.length > FACTS.runs)) return stored;
  if (!bits) return null;
  const told = `${key} ${outcome} ${bits.length}`;
  if (MEANS.size > 20) MEANS.clear();
  if (!MEANS.has(told)) MEANS.set(told, shares(bits, outcome));
  return MEANS.get(told);
}

// Mean differences of all countries from the reference at the end of a year, each run from its like; 0
// where ups and downs may be chance, and null while it is run.
export function countryDifferences(s = S, outcome = S.outcome, year = S.year) {
  const [here, there] = [s, reference()].map(of => bitsOf(keyOf(of)));
  if (!here || !there) return null;
  const count = Math.min(here.length, there.length),
    width = YEARS().length,
    y = YEARS().indexOf(year);
  const tests = FACTS.states.map((_, i) => {
    let ups = 0,
      downs = 0,
      sum = 0;
    for (let r = 0; r < count; r++) {
      const change = isSo(here[r], i * width + y, outcome) - isSo(there[r], i * width + y, outcome);
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

// The last year that ends before the offer ends for all countries; null where it goes on.
export const stopDate = s => Math.min(...stopsOf(s).map(event => event.date));
export function withdrawnSince(s = S) {
  const since = Math.floor(stopDate(s)) - 1;
  return YEARS().slice(0, -1).includes(since) ? since : null;
}
// The same of the scenario without the changes, where these move it; null where they do not.
export function otherDate(s = S) {
  const since = withdrawnSince(plain(s.base));
  return since === withdrawnSince(s) ? null : since;
}
// The same scenario in which, from the end of the offer on, something else is so, too.
export function twinOf(s, twin) {
  const { name, sets } = FACTS.twins[twin];
  return { base: s.base, set: s.set, added: [{ name, date: stopDate(s), until: null, sets }] };
}
const twins = () =>
  withdrawnSince() === null ? [] : (S.question === "holds" ? ["free", "paid"] : ["free"]).map(name => twinOf(S, name));

// The policies of allies that this page has.
export const alliesShown = () => Object.keys(FACTS.allies).filter(name => scenarioOf(name) && canShow(plain(name)));

// Ask the workers for whatever the present choice needs and is neither stored nor run: first a few runs of
// what is on the chart, then all, then those that it is compared with. `more`: more runs of all that.
export function askForRuns({ live = false, more = false } = {}) {
  const wishes = [],
    mine = !isStored(keyOf()),
    { outcome } = S,
    isCarried = who => who.startsWith("state:") || Number.isInteger(placeOf(outcome, whoIs(who)[0])?.stored);
  const lacks = s => !isStored(keyOf(s)) || !S.who.every(isCarried);
  const ask = (s, of = outcome, count = more ? FACTS.more_runs : FACTS.runs) => {
    if (canRun(s)) wishes.push({ key: keyOf(s), resolved: resolvedOf(s), point: scenarioOf(s.base).point, outcome: of, count });
  };
  for (const s of [S, plain(S.base), reference()]) ask(s, outcome, liveRuns());
  if (live) return Runs.wish(wishes);
  for (const s of [S, ...S.compare.map(plain)].filter(lacks)) ask(s);
  const isSeen = S.view !== "chart" || S.state || S.who.some(who => who.startsWith("state:"));
  if (mine || S.diff || (isSeen && !FACTS.mapped.includes(outcome))) for (const s of [S, reference()]) ask(s);
  if (lacks(reference())) ask(reference());
  for (const s of twins()) if (!isStored(keyOf(s))) ask(s);
  // The answer to what a change does is of working systems, whatever is on the chart.
  const besides = withdrawnSince() === null ? reference() : otherDate() !== null && plain(S.base);
  if (mine && besides) for (const s of [S, besides]) ask(s, FACTS.outcome);
  const allies = S.question === "allies" ? alliesShown().filter(name => !isStored(name)) : [];
  if (allies.length) for (const s of [reference(), ...allies.map(plain)]) ask(s, FACTS.outcome);
  Runs.wish(wishes);
}
// Whether more runs than the first would make the present answer firmer.
export const wantsMore = () => Boolean(FACTS.engine) && isEdited() && !isStored(keyOf()) && runsShown() < FACTS.more_runs;
