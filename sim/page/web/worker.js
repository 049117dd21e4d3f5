// What a worker does: runs the runs of a task and sends back outcomes, not the raw sums.

import { Engine } from "./engine.js";
import { classesOf, periodsOf } from "./parameters.js";

let engine, facts, sets, defaults;

// One outcome of a run at the ends of years, of all kinds of groups in the order of its `parts`, as
// 32-bit numbers like those in runs.parquet. See sim/engine/chunk.py.
function outcomeOf(raw, name) {
  const outcome = facts.outcomes.find(one => one.name === name);
  return Float32Array.from(outcome.parts.flatMap(part => valuesOf(raw, outcome, part)));
}

function valuesOf(raw, { of, form, field, over }, { kind, count, first }) {
  const [sums, fields, groups] = {
    actor: [raw.actor_sums, facts.actor_fields, 1],
    vendor: [raw.vendor_sums, facts.vendor_fields, facts.vendors.length],
    country: [raw.sums, facts.fields, facts.lengths.groups],
  }[of];
  // An outcome of vendors is summed over all of them for the world.
  const added = of === "vendor" && kind !== "vendor" ? [...facts.vendors.keys()] : [0],
    [here, there] = [field, over].map(name => fields.indexOf(name)),
    sumOf = (at, y, g) => added.reduce((sum, more) => sum + sums[(y * groups + g + more) * fields.length + at], 0);
  const valueOf = (y, g) => {
    const sum = sumOf(here, y, g);
    if (!["mean", "share", "ratio"].includes(form)) return sum - (form === "yearly" && y > 0 ? sumOf(here, y - 1, g) : 0);
    const below = form === "ratio" ? sumOf(there, y, g) : of === "country" ? facts.members[g] : added.length;
    return below === 0 ? 0 : sum / below;
  };
  return facts.years.flatMap((_, y) => Array.from({ length: count }, (_, k) => valueOf(y, first + k)));
}

// What had happened in each country by the end of each year, as bits: 1, 2 … for what never ends, in
// the order of `facts.dates`, and above them one for a system that works.
function ofCountries(panel) {
  const states = facts.lengths.rows,
    width = facts.panel.length,
    years = facts.years.length,
    fields = [...facts.dates, facts.working].map(field => facts.panel.indexOf(field)),
    never = (1 << facts.dates.length) - 1,
    values = new Uint8Array(states * years);
  for (let i = 0, at = 0; i < states; i++)
    for (let y = 0; y < years; y++, at++) {
      const row = (y * states + i) * width;
      let bits = y ? values[at - 1] & never : 0;
      for (let k = 0; k < fields.length; k++) if (panel[row + fields[k]] === 1) bits |= 1 << k;
      values[at] = bits;
    }
  return values;
}

// The values that a run's plausible set gives, by path.
function plausibleOf(run_number) {
  const rows = sets.length / facts.set_keys.length,
    row = facts.set_of[run_number];
  return Object.fromEntries(facts.set_keys.map((key, k) => [key, sets[k * rows + row]]));
}

// A task is some runs of a scenario, of which an outcome is wanted, and what became of countries.
function runTask({ outcome, run_numbers, list, point }) {
  const { first_quarter, quarters } = facts.lengths,
    { codes, of } = classesOf(list);
  return run_numbers.map(run_number => {
    const plausible = point ? {} : plausibleOf(run_number);
    engine.parameters(periodsOf(list, defaults, plausible, first_quarter, quarters, codes), of);
    const raw = engine.run(run_number);
    return { [outcome]: outcomeOf(raw, outcome), bits: ofCountries(raw.panel) };
  });
}

onmessage = ({ data }) => {
  try {
    if (data.module) {
      facts = data.facts;
      engine = new Engine(data.module, facts, data.arrays);
      defaults = Object.fromEntries(Object.entries(facts.places).map(([path, [, , value]]) => [path, value]));
      sets = Float64Array.from(data.sets.split(","), Number);
      postMessage({ ready: true });
      return;
    }
    const rows = runTask(data),
      buffers = rows.flatMap(row => Object.values(row)).map(array => array.buffer);
    postMessage({ key: data.key, outcome: data.outcome, run_numbers: data.run_numbers, rows }, buffers);
  } catch (error) {
    postMessage({ failed: String(error.message || error) });
  }
};
