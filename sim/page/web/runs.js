// The model in workers: which runs of which scenario are there, which are still to do, what came back.
// A layer is what is kept of a run: "of:OUTCOME", its values by group, or "countries:OUTCOME", by country.
// With every layer of groups come the bits of countries, from which maps and answers are made.

import { FACTS, byName, leaveOutEngine, unpack, unpackText } from "./data.js";
import { $ } from "./dom.js";

export const LIVE = 12; // runs for every move of a slider
const EACH = 3; // runs a task: few, so that a stale one is soon over
const MOST_KEPT = 10; // scenarios whose runs are kept
const MOST_WORKERS = 8;
const PATIENCE = 15000; // milliseconds without an answer

export const Runs = {
  known: new Map(), // key → { layers: { name: [by run] }, bits: [by run], asked: { name: count }, used }
  pool: [],
  tasks: [],
  clock: 0,
  ready: false,
  failed: "",
  changed: () => {},

  async start() {
    const [wasm, arrays, sets] = await Promise.all([unpack("wasm"), unpack("arrays"), unpackText("sets")]);
    const module = await WebAssembly.compile(wasm);
    const code = new Blob([$("worker-code").textContent], { type: "text/javascript" });
    const url = URL.createObjectURL(code),
      count = Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 4));
    for (let k = 0; k < count; k++) {
      const worker = new Worker(url);
      worker.onerror = event => this.fail(`A worker stopped: ${event.message || "this browser blocks workers"}`);
      worker.onmessage = ({ data }) => this.hear(worker, data);
      worker.postMessage({ module, facts: workerFacts(), arrays, sets });
      this.pool.push(worker);
    }
    this.heard = Date.now();
    setInterval(() => {
      if (this.isIdle()) this.heard = Date.now();
      else if (Date.now() - this.heard > PATIENCE) this.fail("The workers do not answer");
    }, 2000);
  },

  fail(text) {
    if (this.failed) return;
    this.failed = text;
    this.tasks = [];
    leaveOutEngine(`${text}.`);
    this.changed();
  },

  // Ask for the first so many runs of a layer; what is there, or on its way, is not run again.
  ask(key, { resolved, point }, layer, count) {
    if (!FACTS.engine) return;
    if (!this.known.has(key)) this.known.set(key, { layers: byName(), bits: [], asked: byName() });
    const entry = this.known.get(key);
    entry.used = ++this.clock;
    entry.layers[layer] ??= [];
    const from = entry.asked[layer] ?? 0;
    for (let at = from; at < count; at += EACH) {
      const replicates = Array.from({ length: Math.min(EACH, count - at) }, (_, k) => at + k);
      this.tasks.push({ key, resolved, point, layer, replicates });
    }
    entry.asked[layer] = Math.max(from, count);
    this.tasks.sort((a, b) => a.replicates[0] - b.replicates[0]); // a first look comes before more runs
    this.feed();
  },

  // Drop what nobody looks at any more.
  only(keys) {
    for (const { key, layer, replicates } of this.tasks)
      if (!keys.has(key)) {
        const { asked } = this.known.get(key);
        asked[layer] = Math.min(asked[layer], replicates[0]);
      }
    this.tasks = this.tasks.filter(task => keys.has(task.key));
    const idle = [...this.known].filter(([key]) => !keys.has(key)).sort((a, b) => a[1].used - b[1].used);
    while (this.known.size > MOST_KEPT && idle.length) this.known.delete(idle.shift()[0]);
  },

  feed() {
    for (const worker of this.pool)
      if (worker.idle && this.tasks.length) {
        worker.idle = false;
        worker.postMessage(this.tasks.shift());
      }
  },

  hear(worker, message) {
    if (message.failed) return this.fail(`The model stopped: ${message.failed}`);
    worker.idle = true;
    this.heard = Date.now();
    const entry = this.known.get(message.key);
    message.replicates?.forEach((replicate, k) => {
      if (!entry) return;
      entry.layers[message.layer][replicate] = message.rows[k].values;
      entry.bits[replicate] ??= message.rows[k].bits;
    });
    this.feed();
    if (message.ready && !this.ready) {
      this.ready = true;
      this.changed();
    } else if (entry && [LIVE, FACTS.runs, FACTS.more_runs].includes(this.count(message.key, message.layer)))
      this.changed();
  },

  // How many runs of a layer are there, from the first.
  count(key, layer) {
    const rows = this.known.get(key)?.layers[layer] ?? [];
    let count = 0;
    while (rows[count]) count++;
    return count;
  },

  // The first so many runs of a layer, or their bits; null where they are not there.
  rows(key, layer, count) {
    return count < 1 || this.count(key, layer) < count ? null : this.known.get(key).layers[layer].slice(0, count);
  },
  bits(key, count) {
    const bits = this.known.get(key)?.bits.slice(0, count) ?? [];
    return count && bits.length === count && !bits.includes(undefined) ? bits : null;
  },
  isIdle() {
    return !this.tasks.length && this.pool.every(worker => worker.idle);
  },
};

// What workers need besides the engine's own facts.
function workerFacts() {
  const { engine, years, order, outcomes, schema } = FACTS,
    defaults = schema.flatMap(({ name, keys }) =>
      Object.entries(keys).map(([key, field]) => [`${name}.${key}`, field.default]),
    );
  return {
    ...engine,
    years,
    order: order.map((part, at) => ({ ...part, first: engine.firsts[at] })),
    outcomes: Object.fromEntries(outcomes.map(outcome => [outcome.name, outcome])),
    defaults: Object.fromEntries(defaults),
  };
}
