// What a worker does: runs the runs of a task and sends back outcomes, not the raw sums.

// Every outcome of a run at the ends of years, in the order of `facts.order`, as 32-bit numbers
// like those in runs.parquet. See sim/engine/chunk.py.
function deriveAll(raw, facts) {
  const values = new Float32Array(facts.cells);
  let at = 0;
  for (const { outcome, kind, first, count } of facts.order) {
    deriveInto(values, at, facts.outcomes[outcome], kind, first, count, raw, facts);
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
    groups = raw.groups + 1;
  return field => {
    const at = facts.fields.indexOf(field);
    return (y, g) => raw.sums[(y * groups + g) * width + at];
  };
}

function sizeOf(outcome, kind, group, facts) {
  if (outcome.of === "country") return facts.members[group];
  return outcome.of === "vendor" && kind !== "vendor" ? facts.vendors.length : 1;
}

// One outcome in every state at the ends of years: (states, years).
function deriveStates(raw, name, facts) {
  const years = facts.years.length,
    states = facts.lengths.rows,
    outcome = facts.outcomes[name];
  const wide = new Float32Array(years * states),
    byState = new Float32Array(states * years);
  const alone = { ...facts, members: new Array(states + 1).fill(1) };
  deriveInto(wide, 0, outcome, "state", 1, states, raw, alone);
  for (let y = 0; y < years; y++) for (let i = 0; i < states; i++) byState[i * years + y] = wide[y * states + i];
  return byState;
}

// First years, last counts and working years of each state, in the order of `facts.by_country`, from
// the fields of states at the ends of years. See sim/page/stored.py.
function ofCountries(panel, facts) {
  const states = facts.lengths.rows,
    width = facts.panel.length,
    years = facts.years.length;
  const read = (year, state, field) => panel[(year * states + state) * width + facts.panel.indexOf(field)];
  const firstYear = (state, field) => {
    for (let y = 0; y < years; y++) if (read(y, state, field) === 1) return facts.years[y];
    return -1;
  };
  const values = new Float32Array(states * facts.by_country.length);
  let at = 0;
  for (let i = 0; i < states; i++) {
    for (const field of Object.values(facts.dates)) values[at++] = firstYear(i, field);
    for (const field of facts.counts) values[at++] = read(years - 1, i, field);
    for (let y = 0; y < years; y++) values[at++] = read(y, i, "working");
  }
  return values;
}

let engine, facts, sets;

function plausibleOf(replicate) {
  const row = facts.set_of[replicate],
    width = facts.set_keys.length;
  return Object.fromEntries(facts.set_keys.map((key, k) => [key, sets[row * width + k]]));
}

function runTask(task) {
  const values = [],
    kept = [],
    { first_quarter, quarters } = facts.lengths,
    layout = task.state ? "states" : "groups";
  for (const replicate of task.replicates) {
    const plausible = task.point ? {} : plausibleOf(replicate);
    engine.parameters(
      periodsOf(task.resolved, facts.defaults, plausible, first_quarter, quarters),
      classesOf(task.resolved).of,
    );
    const raw = engine.run(replicate, layout);
    raw.groups = facts.layouts[layout].groups;
    values.push(task.state ? deriveStates(raw, task.state, facts) : deriveAll(raw, facts));
    if (!task.state) kept.push(ofCountries(raw.panel, facts));
  }
  return { values, kept };
}

onmessage = ({ data }) => {
  try {
    if (data.module) {
      facts = data.facts;
      engine = new Engine(data.module, facts, data.arrays);
      const part = facts.index.sets,
        bytes = data.arrays.slice(part.at, part.at + part.bytes);
      sets = new Float64Array(bytes.buffer);
      postMessage({ ready: true });
      return;
    }
    const done = runTask(data);
    const buffers = [...done.values, ...done.kept].map(array => array.buffer);
    postMessage({ id: data.id, key: data.key, state: data.state, replicates: data.replicates, ...done }, buffers);
  } catch (error) {
    postMessage({ id: data.id, key: data.key, failed: String(error.message || error) });
  }
};
