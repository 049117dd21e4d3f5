// From runs to what is shown: mean and 90% band, as sim/results/effects.py computes them.

import { FACTS, YEARS } from "./data.js";

const LOW = 0.05,
  HIGH = 0.95;

// A quantile of ascending numbers, on the line between two neighbours, like numpy's.
function quantile(ordered, probability) {
  const place = probability * (ordered.length - 1),
    below = Math.floor(place),
    share = place - below;
  const low = ordered[below],
    high = ordered[Math.min(below + 1, ordered.length - 1)],
    rise = high - low;
  return share < 0.5 ? low + rise * share : high - rise * (1 - share);
}

export function summary(values) {
  const ordered = Float64Array.from(values).sort();
  let sum = 0;
  for (const value of values) sum += value;
  return { mean: sum / values.length, low: quantile(ordered, LOW), high: quantile(ordered, HIGH) };
}

// One series over the years, from a function (run, year) → value.
export function seriesOf(runs, read) {
  const years = YEARS().map((_, y) => summary(Array.from({ length: runs }, (_, r) => read(r, y))));
  return { mean: years.map(year => year.mean), low: years.map(year => year.low), high: years.map(year => year.high) };
}

// Whether what an outcome counts is so in a country, from a run's bits.
export const isSo = (bits, at, outcome) => (bits[at] >> FACTS.bits[outcome]) & 1;

// Share of runs in which something is so in each country and year, (countries, years).
export function shares(rows, outcome) {
  const means = new Float32Array(rows[0].length);
  for (const bits of rows) for (let at = 0; at < means.length; at++) means[at] += isSo(bits, at, outcome) / rows.length;
  return means;
}

// Of the systems that work at the end of a year, the share that works at that of another, by run.
export function leftByRun(rows, since, until) {
  const width = YEARS().length,
    [then, later] = [since, until].map(year => YEARS().indexOf(year));
  return rows.map(bits => {
    let there = 0,
      still = 0;
    for (let at = 0; at < bits.length; at += width)
      if (isSo(bits, at + then, FACTS.outcome)) {
        there++;
        still += isSo(bits, at + later, FACTS.outcome);
      }
    return there ? still / there : null;
  });
}

// The chance that so many ups and downs, or a more uneven split, are a fair coin's.
export function signTest(ups, downs) {
  const tosses = ups + downs;
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
