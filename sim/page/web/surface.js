// What the levers do, from runs that are stored: while a lever moves, and until its own runs are there.
// Shares are added up on the logit scale; analyses/surface.py makes the rows.

import { FACTS, scenarioOf } from "./data.js";
import { S, fieldOf, plain, reference } from "./state.js";

const LINES = ["mean", "q05", "q25", "q75", "q95"];
const FEW = 2; // levers; where more are set, the band from stored runs is too rough for numbers

// The levers that are set, by key, if the surface has all that the reader has changed; else null.
export function leversSet(s = S) {
  const { surface } = FACTS;
  if (!surface || s.base !== surface.scenario) return null;
  const isOn = ([key, value]) => {
    const at = surface.levers[key]?.at;
    return at && value >= at[0] && value <= at.at(-1);
  };
  return Object.entries(s.set).every(isOn) ? s.set : null;
}

// The positions around a value, and how far between them it is.
function placeOn(at, value) {
  const next = at.findIndex((position, k) => k > 0 && value <= position),
    k = next < 0 ? at.length - 2 : next - 1;
  return [k, (value - at[k]) / (at[k + 1] - at[k])];
}
const mixed = (here, there, t) => here.map((line, l) => line.map((v, y) => v + t * (there[l][y] - v)));
function rowOf(at, rows, value) {
  const [k, t] = placeOn(at, value);
  return mixed(rows[k], rows[k + 1], t);
}

// Mean and quantiles of what is left by year, from the year at whose end one counts. `way`: "stops", or
// "goes" where China goes on.
export function fromSurface(way, levers) {
  const { surface } = FACTS,
    of = way === "stops" ? plain(surface.scenario) : reference(),
    left = scenarioOf(of.base)?.stored?.left;
  if (!left?.mean) return null;
  const rows = Object.entries(levers).map(([key, value]) => rowOf(surface.levers[key].at, surface.levers[key][way], value));
  for (const [pair, { at, by }] of Object.entries(way === "stops" ? surface.pairs : {})) {
    const [one, two] = pair.split(" ");
    if (!(one in levers && two in levers)) continue;
    const [k, t] = placeOn(at[0], levers[one]),
      [here, there] = [by[k], by[k + 1]].map(row => rowOf(at[1], row, levers[two]));
    rows.push(mixed(here, there, t));
  }
  const shareAt = (share, l, y) => {
    const kept = Math.min(1 - surface.least, Math.max(surface.least, share)),
      rise = rows.reduce((sum, row) => sum + row[l][y - 1], 0) / surface.scale;
    return rise ? 1 / (1 + Math.exp(-Math.log(kept / (1 - kept)) - rise)) : share;
  };
  const lines = Object.fromEntries(LINES.map((name, l) => [name, left[name].map((share, y) => (y ? shareAt(share, l, y) : share))]));
  // Each line is made by itself: where two would cross, the outer gives way.
  lines.q05 = lines.q05.map((v, y) => Math.min(v, lines.q25[y]));
  lines.q95 = lines.q95.map((v, y) => Math.max(v, lines.q75[y]));
  return { ...lines, isStored: true, isRough: Object.keys(levers).length > FEW };
}

// What a lever does to the mean at the end over its plausible range, beside the others that are set; null
// where the surface cannot tell.
export function effectOf(key) {
  const levers = leversSet(),
    at = levers && FACTS.surface.levers[key]?.at,
    [low, high] = (at && fieldOf(key)?.plausible) || [-Infinity, Infinity],
    within = at && [...new Set([Math.max(low, at[0]), ...at.filter(value => value > low && value < high), Math.min(high, at.at(-1))])];
  return at ? within.map(value => fromSurface("stops", { ...levers, [key]: value })?.mean.at(-1) ?? NaN) : null;
}
