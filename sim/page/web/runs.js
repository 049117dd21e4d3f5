// The model in workers: which runs of which scenario are there, which are still to do, what came back.
// Of a run an outcome's values by group are kept, and bits of countries, of which maps and answers are made.

import { FACTS, byName, leaveOutEngine, unpack, unpackText } from "./data.js";
import { $ } from "./dom.js";

export const LIVE = 12; // runs for every move of a slider
const EACH = 3; // runs a task: few, so that a stale one is soon over
const MOST_KEPT = 10; // scenarios whose runs are kept
const MOST_WORKERS = 8;
const PATIENCE = 15000; // milliseconds without an answer

export const Runs = {
  known: new Map(), // key → { values: { outcome: [by run] }, bits: [by run], asked: { outcome: count }, used }
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

  // Ask for the first so many runs of an outcome; what is there, or on its way, is not run again.
  // Those of a lower rank come first.
  ask(key, { resolved, point }, outcome, count, rank = 0) {
    if (!FACTS.engine) return;
    if (!this.known.has(key)) this.known.set(key, { values: byName(), bits: [], asked: byName() });
    const entry = this.known.get(key);
    entry.used = ++this.clock;
    entry.values[outcome] ??= [];
    const from = entry.asked[outcome] ?? 0;
    for (let at = from; at < count; at += EACH) {
      const replicates = Array.from({ length: Math.min(EACH, count - at) }, (_, k) => at + k);
      this.tasks.push({ key, resolved, point, outcome, replicates, rank });
    }
    entry.asked[outcome] = Math.max(from, count);
    this.tasks.sort((a, b) => a.rank - b.rank);
    this.feed();
  },

  // Drop what nobody looks at any more.
  only(keys) {
    for (const { key, outcome, replicates } of this.tasks)
      if (!keys.has(key)) {
        const { asked } = this.known.get(key);
        asked[outcome] = Math.min(asked[outcome], replicates[0]);
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
      entry.values[message.outcome][replicate] = message.rows[k].values;
      entry.bits[replicate] = message.rows[k].bits;
    });
    this.feed();
    if (message.ready && !this.ready) {
      this.ready = true;
      this.changed();
    } else if (entry && [LIVE, FACTS.runs, FACTS.more_runs].includes(this.count(message.key, message.outcome)))
      this.changed();
  },

  // How many runs of an outcome are there, from the first.
  count(key, outcome) {
    const rows = this.known.get(key)?.values[outcome] ?? [];
    let count = 0;
    while (rows[count]) count++;
    return count;
  },

  // The first so many runs of an outcome, or their bits; null where they are not there.
  rows(key, outcome, count) {
    return count < 1 || this.count(key, outcome) < count ? null : this.known.get(key).values[outcome].slice(0, count);
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
