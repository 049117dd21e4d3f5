// What the page carries: facts as JSON, and blocks of bytes that are unpacked when they are asked for.

import { $ } from "./dom.js";

export let FACTS; // everything in words and numbers; see sim/page/contents.py
export const STORED = byName(); // scenario → { levels, differences: [series], shares: { outcome: numbers } }

// Names of scenarios, groups and parameters are keys, and an address may ask for any name at all: no
// object here inherits anything.
export function byName(given = {}) {
  return Object.assign(Object.create(null), given);
}
const withoutHeirlooms = (_, value) =>
  value && typeof value === "object" && !Array.isArray(value) ? byName(value) : value;

export async function unpack(id) {
  if (typeof DecompressionStream === "undefined") throw new Error("This browser is too old to unpack the page");
  const raw = Uint8Array.from(atob($(`blob-${id}`).textContent), c => c.charCodeAt(0));
  const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
export const unpackText = async id => new TextDecoder().decode(await unpack(id));

export async function loadFacts() {
  FACTS = JSON.parse(await unpackText("facts"), withoutHeirlooms);
  if (FACTS.engine && typeof WebAssembly === "undefined")
    leaveOutEngine("This browser refuses WebAssembly, so nothing is run here.");
}
// Leaves what is stored to look at.
export function leaveOutEngine(why = "") {
  Object.assign(FACTS, { engine: null, cannot: why });
}

export async function loadStored() {
  const scenarios = Object.entries(FACTS.scenarios).filter(([, scenario]) => scenario.stored);
  for (const [name, { stored }] of scenarios) {
    const bytes = await unpack(`stored-${stored.place}`),
      part = ([at, size]) => bytes.subarray(at, at + size);
    const shares = byName();
    for (const [outcome, where] of Object.entries(stored.shares))
      shares[outcome] = Float32Array.from(part(where), step => step / FACTS.share_steps);
    STORED[name] = { levels: decode(part(stored.levels)), differences: decode(part(stored.differences)), shares };
  }
}

// Stored statistics: for each series mean, low and high by year.
function decode(bytes) {
  const years = YEARS().length,
    count = FACTS.carried.reduce((sum, place) => sum + FACTS.order[place].count, 0);
  const scales = new Float32Array(bytes.slice(0, 4 * count).buffer),
    high = bytes.subarray(4 * count),
    size = count * 3 * years;
  let at = 0;
  const line = scale => {
    let step = 0;
    return Float64Array.from({ length: years }, () => {
      const folded = (high[at] << 8) | high[size + at];
      at++;
      step += (folded >>> 1) ^ -(folded & 1);
      return (step / FACTS.steps) * scale;
    });
  };
  return Array.from(scales, scale => ({ mean: line(scale), low: line(scale), high: line(scale) }));
}

export const YEARS = () => FACTS.years;
export const lastYear = () => FACTS.years.at(-1);
export const outcomeNamed = name => FACTS.outcomes.find(outcome => outcome.name === name);
export const stateNamed = iso3 => FACTS.states.findIndex(state => state.iso3 === iso3);
export const statesByName = () => [...FACTS.states].sort((a, b) => a.name.localeCompare(b.name, "en"));
export const scenarioOf = name => FACTS.scenarios[name];
export function parameterAt(path) {
  const [section, key] = path.split(".");
  return FACTS.schema.find(part => part.name === section)?.keys[key];
}

// Where the groups of a kind are among an outcome's values: { first, count, stored }; undefined where it
// has none. `stored`: the first series of those that the page carries, or −1.
export function placeOf(outcome, kind) {
  let first = 0,
    stored = 0;
  for (const [at, part] of FACTS.order.entries()) {
    const isCarried = FACTS.carried.includes(at);
    if (part.outcome === outcome && part.kind === kind)
      return { first: first * YEARS().length, count: part.count, stored: isCarried ? stored : -1 };
    if (part.outcome === outcome) first += part.count;
    if (isCarried) stored += part.count;
  }
  return undefined;
}
