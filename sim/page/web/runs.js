// The ensemble in workers: which scenarios have been run, what is still to do, what came back.

const EACH = 4; // runs a task: small, so that a stale one is soon over
const FIRST_LOOK = 20; // runs after which a first picture is drawn
const MOST_KEPT = 8; // scenarios whose runs are kept

const Runs = {
  known: new Map(), // key → { values, kept: [by replicate], states: { outcome: [] }, done, asked }
  pool: [],
  tasks: [],
  job: 0,
  ready: false,
  failed: "",
  changed: () => {},

  async start() {
    const [wasm, arrays] = await Promise.all([unpack("wasm"), unpack("arrays")]);
    const module = await WebAssembly.compile(wasm);
    const code = new Blob([$("worker-code").textContent], { type: "text/javascript" });
    const url = URL.createObjectURL(code);
    const count = Math.max(1, Math.min(8, navigator.hardwareConcurrency || 4));
    for (let k = 0; k < count; k++) {
      const worker = new Worker(url);
      worker.onerror = event => this.fail(`a worker stopped: ${event.message}`);
      worker.onmessage = ({ data }) => this.hear(worker, data);
      worker.postMessage({ module, facts: FACTS.engine, arrays });
      this.pool.push(worker);
    }
  },

  fail(text) {
    this.failed = text;
    this.tasks = [];
    this.changed();
  },

  // Ask for a scenario's runs, or for one outcome of every state; what is there already is not run again.
  ask(key, resolved, point, state = "") {
    if (this.failed || !FACTS.engine) return;
    if (!this.known.has(key)) {
      const made = { values: [], kept: [], states: byName(), done: 0, asked: new Set() };
      this.known.set(key, made);
    }
    const entry = this.known.get(key);
    entry.used = ++this.job;
    if (entry.asked.has(state)) return;
    entry.asked.add(state);
    if (state) entry.states[state] = [];
    for (let at = 0; at < FACTS.runs; at += EACH) {
      const replicates = Array.from({ length: Math.min(EACH, FACTS.runs - at) }, (_, k) => at + k);
      this.tasks.push({ id: ++this.job, key, resolved, point, state, replicates });
    }
    this.feed();
  },

  // Drop what nobody looks at any more.
  only(keys) {
    const stale = new Set(this.tasks.filter(task => !keys.has(task.key)).map(task => task.key));
    this.tasks = this.tasks.filter(task => keys.has(task.key));
    for (const key of stale) this.known.delete(key);
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
    if (message.failed) return this.fail(`the engine stopped: ${message.failed}`);
    worker.idle = true;
    const entry = this.known.get(message.key);
    if (entry && message.replicates) this.take(entry, message);
    if (message.ready) this.ready = true;
    this.feed();
  },

  take(entry, message) {
    const { state } = message,
      target = state ? entry.states[state] : entry.values;
    message.replicates.forEach((replicate, k) => {
      target[replicate] = message.values[k];
      if (!state) entry.kept[replicate] = message.kept[k];
    });
    if (!state) entry.done += message.replicates.length;
    const count = state ? Object.keys(target).length : entry.done;
    if (count === FACTS.runs || (!state && count === FIRST_LOOK)) this.changed();
  },

  // Runs of a scenario, if there are enough for a first look at curves; whole: all of them, as
  // everything needs that is said, compared or mapped.
  of(key, whole = false) {
    const entry = this.known.get(key);
    if (!entry || entry.done < (whole ? FACTS.runs : FIRST_LOOK)) return null;
    const there = Object.keys(entry.kept);
    return {
      runs: there.length,
      values: there.map(r => entry.values[r]),
      kept: there.map(r => entry.kept[r]),
      whole: entry.done === FACTS.runs,
    };
  },

  // Mean of an outcome in every state and year; null while it is run.
  stateMeans(key, name) {
    const entry = this.known.get(key),
      rows = entry?.states[name];
    if (!rows || Object.keys(rows).length < FACTS.runs) return null;
    const sum = new Float64Array(rows[0].length);
    for (const row of rows) for (let i = 0; i < sum.length; i++) sum[i] += row[i] / rows.length;
    return sum;
  },
  stateRuns(key, name) {
    const rows = this.known.get(key)?.states[name];
    return rows && Object.keys(rows).length === FACTS.runs ? rows : null;
  },
};
