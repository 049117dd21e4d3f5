// What a worker does: runs the runs of a task and sends back outcomes, not the raw sums.

import { Engine } from "./engine.js";
import { classesOf, conditionsIn, periodsOf, variantsOf } from "./parameters.js";

let engine, facts, sets;

// One outcome of a run at the ends of years, of all kinds of groups in the order of `facts.order`, as
// 32-bit numbers like those in runs.parquet. See sim/engine/chunk.py.
function outcomeOf(raw, name) {
  const parts = facts.order.filter(part => part.outcome === name),
    size = parts.reduce((sum, part) => sum + part.count, 0) * facts.years.length,
    values = new Float32Array(size);
  let at = 0;
  for (const { kind, first, count } of parts) {
    deriveInto(values, at, facts.outcomes[name], kind, first, count, raw, facts);
    at += count * facts.years.length;
  }
  return values;
}

function deriveInto(values, at, outcome, kind, first, count, raw, facts) {
  const years = facts.years.length,
    sumOf = reader(outcome, kind, raw, facts);
  const read = sumOf(outcome.field),
    over = outcome.form === "ratio" ? sumOf(outcome.over) : null;
  for (let y = 0; y < years; y++)
    for (let g = 0; g < count; g++) {
      const sum = read(y, first + g);
      let value = sum;
      if (outcome.form === "mean" || outcome.form === "share") {
        const size = sizeOf(outcome, kind, first + g, facts);
        value = size === 0 ? 0 : sum / size;
      } else if (outcome.form === "ratio") {
        const below = over(y, first + g);
        value = below === 0 ? 0 : sum / below;
      } else if (outcome.form === "yearly" && y > 0) value = sum - read(y - 1, first + g);
      values[at + y * count + g] = value;
    }
}

// How to read sums over groups: from a field to a function of year and group.
function reader(outcome, kind, raw, facts) {
  if (outcome.of === "actor") {
    const width = facts.actor_fields.length;
    return field => {
      const at = facts.actor_fields.indexOf(field);
      return y => raw.actor_sums[y * width + at];
    };
  }
  if (outcome.of === "vendor") {
    const width = facts.vendor_fields.length,
      vendors = facts.vendors.length;
    return field => {
      const at = facts.vendor_fields.indexOf(field);
      const one = (y, v) => raw.vendor_sums[(y * vendors + v) * width + at];
      if (kind === "vendor") return one;
      return y => {
        let sum = 0;
        for (let v = 0; v < vendors; v++) sum += one(y, v);
        return sum;
      };
    };
  }
  const width = facts.fields.length,
    groups = facts.groups + 1;
  return field => {
    const at = facts.fields.indexOf(field);
    return (y, g) => raw.sums[(y * groups + g) * width + at];
  };
}

function sizeOf(outcome, kind, group, facts) {
  if (outcome.of === "country") return facts.members[group];
  return outcome.of === "vendor" && kind !== "vendor" ? facts.vendors.length : 1;
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
function plausibleOf(replicate) {
  const rows = sets.length / facts.set_keys.length,
    row = facts.set_of[replicate];
  return Object.fromEntries(facts.set_keys.map((key, k) => [key, sets[k * rows + row]]));
}

// A task is some runs of a scenario, of which an outcome is wanted, and what became of countries.
function runTask({ outcome, replicates, resolved, point }) {
  const { first_quarter, quarters } = facts.lengths,
    { codes, of } = classesOf(resolved),
    conditions = conditionsIn(resolved);
  return replicates.map(replicate => {
    const plausible = point ? {} : plausibleOf(replicate);
    const periods = variant => periodsOf(variant, facts.defaults, plausible, first_quarter, quarters, codes);
    engine.parameters(variantsOf(resolved).map(periods), of, conditions);
    const raw = engine.run(replicate);
    return { values: outcomeOf(raw, outcome), bits: ofCountries(raw.panel) };
  });
}

onmessage = ({ data }) => {
  try {
    if (data.module) {
      facts = data.facts;
      engine = new Engine(data.module, facts, data.arrays);
      sets = Float64Array.from(data.sets.split(","), Number);
      postMessage({ ready: true });
      return;
    }
    const rows = runTask(data),
      buffers = rows.flatMap(row => Object.values(row)).map(array => array.buffer);
    postMessage({ key: data.key, outcome: data.outcome, replicates: data.replicates, rows }, buffers);
  } catch (error) {
    postMessage({ failed: String(error.message || error) });
  }
};
