// The model in workers: which runs of which scenario are there, which are still to do, what came back.
// Of a run an outcome's values by group are kept, and bits of countries, of which maps and answers are made.

import { FACTS, byName, leaveOutEngine, unpack, unpackText } from "./data.js";
import { $ } from "./dom.js";

const CORES = navigator.hardwareConcurrency || 4;
export const liveRuns = () => Math.min(CORES < 4 ? 8 : 12, FACTS.runs); // for every move of a slider
const EACH = 2; // runs a task: few, so that a stale one is soon over
const MOST_KEPT = 20; // scenarios whose runs are kept
const MOST_WORKERS = 8;
const PATIENCE = 30000; // milliseconds without an answer
export const BITS = "bits"; // what is so in each country, which comes with a run of any outcome

export const Runs = {
  known: new Map(), // key → { rows: { outcome or BITS: [by run] }, sent: { outcome: count } }
  pool: [],
  wishes: [], // { key, list, point, outcome, count }: what is to be run, the first first
  ready: false,
  failed: "",
  changed: () => {},

  async start() {
    const [wasm, arrays, sets] = await Promise.all([unpack("wasm"), unpack("arrays"), unpackText("sets")]);
    const module = await WebAssembly.compile(wasm);
    const code = new Blob([$("worker-code").textContent], { type: "text/javascript" });
    const url = URL.createObjectURL(code),
      count = Math.min(MOST_WORKERS, CORES);
    for (let k = 0; k < count; k++) {
      const worker = new Worker(url);
      worker.onerror = event => this.fail(`A worker stopped: ${event.message || "this browser blocks workers"}`);
      worker.onmessage = ({ data }) => this.hear(worker, data);
      worker.postMessage({ module, facts: { ...FACTS.engine, years: FACTS.years, outcomes: FACTS.outcomes }, arrays, sets });
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
    this.wishes = [];
    leaveOutEngine(`${text}.`);
    this.changed();
  },

  // From now on only this is run, the first so many runs of each; what is there, or on its way, is not
  // run again.
  wish(wishes) {
    this.wishes = FACTS.engine ? wishes : [];
    for (const { key } of wishes) {
      const entry = this.known.get(key) ?? { rows: byName(), sent: byName() };
      this.known.delete(key);
      this.known.set(key, entry); // last, as the first are forgotten
    }
    for (const key of [...this.known.keys()].slice(0, -MOST_KEPT)) this.known.delete(key);
    this.feed();
  },

  feed() {
    for (const worker of this.pool) {
      const task = worker.idle && this.nextTask();
      if (!task) continue;
      worker.idle = false;
      worker.postMessage(task);
    }
  },
  nextTask() {
    const isLeft = ({ key, outcome, count }) => (this.known.get(key).sent[outcome] ?? 0) < count,
      wish = this.wishes.find(isLeft);
    if (!wish) return null;
    const { sent } = this.known.get(wish.key),
      from = sent[wish.outcome] ?? 0,
      to = Math.min(from + EACH, wish.count);
    sent[wish.outcome] = to;
    return { ...wish, run_numbers: Array.from({ length: to - from }, (_, k) => from + k) };
  },

  hear(worker, message) {
    if (message.failed) return this.fail(`The model stopped: ${message.failed}`);
    worker.idle = true;
    this.heard = Date.now();
    const entry = this.known.get(message.key);
    if (entry)
      message.run_numbers.forEach((run_number, k) => {
        for (const [of, row] of Object.entries(message.rows[k])) (entry.rows[of] ??= [])[run_number] = row;
      });
    this.feed();
    if (message.ready && !this.ready) {
      this.ready = true;
      this.changed();
    } else if (entry && [liveRuns(), FACTS.runs].includes(this.count(message.key, message.outcome)))
      this.changed();
  },

  // How many runs of an outcome, or their bits, are there, from the first.
  count(key, of) {
    const rows = this.known.get(key)?.rows[of] ?? [];
    let count = 0;
    while (rows[count]) count++;
    return count;
  },

  // The first so many of them; null where they are not there.
  rows(key, of, count) {
    return count < 1 || this.count(key, of) < count ? null : this.known.get(key).rows[of].slice(0, count);
  },
  isIdle: () => Runs.pool.every(worker => worker.idle),
};
