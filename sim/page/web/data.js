// What the page carries: facts as JSON, and blocks of bytes that are unpacked when they are asked for.

import { $ } from "./dom.js";

export let FACTS; // everything in words and numbers; see sim/page/contents.py
export const STORED = byName(); // scenario → { levels, differences: [series], shares: { outcome: [by country and year] } }

// Names of scenarios, groups and parameters are keys, and an address may ask for any name at all: no
// object here inherits anything.
export function byName(given = {}) {
  return Object.assign(Object.create(null), given);
}
const withoutHeirlooms = (_, value) =>
  value && typeof value === "object" && !Array.isArray(value) ? byName(value) : value;

export async function unpack(id) {
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
export function leaveOutEngine(why) {
  Object.assign(FACTS, { engine: null, cannot: why });
}

// What is stored of scenarios, written as steps from year to year.
export async function loadStored() {
  const summed = (rises, scale, per) => {
    let steps = 0;
    return rises.map(rise => ((steps += rise) / per) * scale);
  };
  const seriesIn = ([scale, ...lines]) => {
    const [mean, low, high] = lines.map(rises => summed(rises, scale, FACTS.steps));
    return { mean, low, high };
  };
  for (const [name, { stored }] of Object.entries(FACTS.scenarios)) {
    if (!stored) continue;
    const { levels, differences, shares } = JSON.parse(await unpackText(`stored-${stored.place}`), withoutHeirlooms);
    for (const outcome of Object.keys(shares)) shares[outcome] = shares[outcome].map(rises => summed(rises, 1, FACTS.share_steps));
    STORED[name] = { levels: levels.map(seriesIn), differences: differences.map(seriesIn), shares };
  }
}

export const YEARS = () => FACTS.years;
export const lastYear = () => FACTS.years.at(-1);
export const outcomeNamed = name => FACTS.outcomes.find(outcome => outcome.name === name);
export const stateNamed = iso3 => FACTS.states.findIndex(state => state.iso3 === iso3);
// The places of a group's countries: the world, a region, a regime, a region's countries of one regime
// ("both:REGION:REGIME"), or a single country.
export function membersOf(who) {
  const [kind, first, second] = who.split(":"),
    isIn = { world: () => true, state: one => one.iso3 === first, both: one => one.region === first && one.regime === second }[kind] ?? (one => one[kind] === first);
  return FACTS.states.flatMap((one, i) => (isIn(one) ? [i] : []));
}
export const statesByName = () => [...FACTS.states].sort((a, b) => a.name.localeCompare(b.name, "en"));
export const scenarioOf = name => FACTS.scenarios[name];
export function parameterAt(path) {
  const [section, key] = path.split(".");
  return FACTS.schema.find(part => part.name === section)?.keys[key];
}

// Where the groups of a kind are among an outcome's values: { at, count, stored }; undefined where it has none.
export const placeOf = (outcome, kind) => outcomeNamed(outcome)?.parts.find(part => part.kind === kind);
