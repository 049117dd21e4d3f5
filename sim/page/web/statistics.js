// From runs to what is shown: mean and 90% band, as sim/estimates/effects.py computes them.

import { FACTS, YEARS } from "./data.js";

// A quantile of ascending numbers, on the line between two neighbours, like numpy's.
function quantile(ordered, probability) {
  const place = probability * (ordered.length - 1),
    below = Math.floor(place),
    [low, high = low] = ordered.slice(below, below + 2);
  return low + (high - low) * (place - below);
}

const SPREAD = { q05: 0.05, q25: 0.25, q75: 0.75, q95: 0.95 };

// Mean and quantiles of curves, by year; see sim/page/stored.py.
export function spreadOf(curves) {
  const years = curves[0]?.map((_, y) => Float64Array.from(curves, curve => curve[y]).sort()) ?? [],
    lines = Object.entries(SPREAD).map(([name, p]) => [name, years.map(values => quantile(values, p))]);
  return { mean: years.map(values => values.reduce((sum, value) => sum + value, 0) / values.length), ...Object.fromEntries(lines) };
}

// The least of 1, 2, 5, 10, 20 … that is not below a number: a step that people count in.
export function stepAbove(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].find(m => m * power >= least * (1 - 1e-9)) * power;
}

// One series over the years, from a function (run, year) → value.
export function seriesOf(runs, read) {
  const curves = Array.from({ length: runs }, (_, r) => YEARS().map((_, y) => read(r, y))),
    { mean, q05: low, q95: high } = spreadOf(curves);
  return { mean, low, high };
}

// Whether what an outcome counts is so in a country, from a run's bits.
export const isSo = (bits, at, outcome) => (bits[at] >> FACTS.bits[outcome]) & 1;

// Share of runs in which something is so, by country and year.
export function shares(rows, outcome) {
  const shareAt = at => rows.reduce((sum, bits) => sum + isSo(bits, at, outcome), 0) / rows.length;
  return FACTS.states.map((_, i) => YEARS().map((_, y) => shareAt(i * YEARS().length + y)));
}

// Of the systems that work at the end of a year, the share that works at the ends of it and the years after: by
// run, in which there is one.
export function leftByRun(rows, since, until) {
  const [then, later] = [since, until].map(year => YEARS().indexOf(year)),
    firsts = FACTS.states.map((_, i) => i * YEARS().length);
  return rows.flatMap(bits => {
    const there = firsts.filter(at => isSo(bits, at + then, FACTS.outcome)),
      shareIn = y => there.reduce((sum, at) => sum + isSo(bits, at + y, FACTS.outcome), 0) / there.length;
    return there.length ? [Array.from({ length: later - then + 1 }, (_, k) => shareIn(then + k))] : [];
  });
}

// The chance that the signs of changes, or a more uneven split of them, are a fair coin's. A parameter set
// counts once, by what its runs gain less what they lose; of a single set each run does.
export function signTest(changes, sets) {
  const isSingle = changes.every((_, r) => sets[r] === sets[0]),
    nets = new Map();
  changes.forEach((change, r) => {
    const own = isSingle ? r : sets[r];
    nets.set(own, (nets.get(own) ?? 0) + change);
  });
  const [ups, downs] = [1, -1].map(sign => [...nets.values()].filter(net => net * sign > 0).length),
    tosses = ups + downs;
  let term = 0.5 ** tosses,
    sum = 0;
  for (let k = 0; k <= Math.min(ups, downs); k++) {
    sum += term;
    term *= (tosses - k) / (k + 1);
  }
  return Math.min(1, 2 * sum);
}

// Which of several tests stand out when, of those that do, one in twenty may be chance (Benjamini and
// Hochberg 1995).
export function beyondChance(chances) {
  const ordered = [...chances].sort((a, b) => a - b),
    last = ordered.findLastIndex((p, k) => p <= (0.05 * (k + 1)) / ordered.length);
  return chances.map(p => last >= 0 && p <= ordered[last]);
}
