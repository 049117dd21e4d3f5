// What a control reads and sets: a parameter, a value that an event sets, or the date of the offer's end.

import { FACTS, lastYear, parameterAt, scenarioOf } from "./data.js";
import { S, canBeFor, fitted, resolvedOf, takeValue } from "./state.js";
import { keyFor, labelOf, targetOf } from "./targets.js";

// Whom the controls are for at present.
export const isForAll = () => !Object.keys(S.where).length;
export const chosen = () => targetOf(S.where);
export const isOffered = path => Boolean(chosen()) && canBeFor(path, isForAll() ? null : S.where);

// Values that a parameter has in the countries chosen, or in the world; undefined where nothing sets it.
function settingsIn(scenario, path) {
  const of = code =>
    scenario.values.findLast(v => v.path === path && v.states.includes(code))?.value ?? scenario.fixed[path];
  return [...new Set((chosen()?.states ?? [null]).map(of))];
}

// The range that a parameter has in a scenario over the runs' plausible sets, where nothing fixes
// it, and over the countries chosen; null where it is one number.
function openRange(scenario, path) {
  const values = settingsIn(scenario, path),
    open = scenarioOf(S.base).point ? undefined : FACTS.plausible[path],
    all = values.flatMap(v => v ?? open ?? parameterAt(path).default);
  return all.length > 1 ? [Math.min(...all), Math.max(...all)] : null;
}

function parameterBox(path) {
  const first = scenario => settingsIn(scenario, path)[0] ?? parameterAt(path).default,
    key = () => keyFor(path, S.where);
  return {
    field: parameterAt(path),
    path,
    code: key,
    before: () => first(scenarioOf(S.base)),
    now: () => first(resolvedOf()),
    open: scenario => openRange(scenario, path),
    later: () => resolvedOf().events.filter(event => path in event.sets),
    isChanged: () => key() in S.set || key() in S.values,
    set: value => {
      if (isForAll()) S.set[path] = value;
      else takeValue(S, path, value, chosen());
    },
    fit: text => fitted(path, text),
  };
}

const eventNow = name => resolvedOf().events.find(event => event.name === name);
export const eventBase = name => scenarioOf(S.base).events.find(event => event.name === name);

// The name of an event for those chosen: "bans", or "bans-for-region-south-asia".
export function nameFor(name) {
  if (isForAll()) return name;
  const label = labelOf(S.where),
    plainly = label.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"),
    short = `${name}-for-${plainly.slice(0, 48)}`;
  for (let k = 1; ; k++) {
    const numbered = k === 1 ? short : `${short}-${k}`,
      known = eventNow(numbered);
    if (!known || labelOf(known.where ?? {}) === label) return numbered;
  }
}

// A value that an event sets: the event's where the scenario has it, else one that begins in two years.
function eventBox(name, path) {
  const base = () => eventBase(name)?.sets[path] ?? parameterAt(path).default,
    mine = () => nameFor(name),
    now = () => eventNow(mine()) ?? eventNow(name);
  return {
    ...parameterBox(path),
    code: () => `events.${mine()}.${path}`,
    before: base,
    now: () => now()?.sets[path] ?? parameterAt(path).default,
    open: () => null,
    later: () => [],
    isChanged: () => mine() in S.events && now().sets[path] !== base(),
    set: value => {
      const event = now() ?? { date: FACTS.observed_until + 2, until: null, sets: {} };
      S.events[mine()] = { ...event, name: mine(), sets: { ...event.sets, [path]: value }, ...chosen() };
    },
  };
}

// The date from which a switch is off; the last position of the slider means never, and for some
// countries what begins no earlier than for all is nothing of their own.
function dateBox(name, path) {
  const never = lastYear() + 1,
    date = event => (event ? event.date : never),
    find = events => events.find(e => e.name === name) ?? events.find(e => e.sets[path] === false && !e.states),
    mine = () => nameFor(name),
    forAll = () => date(find(resolvedOf().events));
  const field = {
    kind: "float",
    low: FACTS.observed_until + 1,
    high: never,
    unit: "year",
    doc: "The year from whose beginning China grants no new seats, sales or credit; contracts that exist are served.",
    source: "a scenario's assumption",
    evidence: 1,
    whole: true,
  };
  return {
    field,
    path,
    later: () => [],
    open: () => null,
    code: () => `events.${mine()}.date`,
    text: value => (value >= never ? "never" : String(value)),
    before: () => date(find(scenarioOf(S.base).events)),
    now: () => (isForAll() ? forAll() : (eventNow(mine())?.date ?? forAll())),
    isChanged: () => (isForAll() ? (find(scenarioOf(S.base).events)?.name ?? name) : mine()) in S.events,
    set: value => {
      const there = find(scenarioOf(S.base).events),
        title = isForAll() ? (there?.name ?? name) : mine(),
        event = { name: title, date: value, until: null, sets: { [path]: false } };
      if (value < (isForAll() ? never : forAll())) S.events[title] = isForAll() ? { ...(there ?? event), date: value } : { ...event, ...chosen() };
      else if (isForAll() && there) S.events[title] = null;
      else delete S.events[title];
    },
    fit: text => (Number.isFinite(parseFloat(text)) ? Math.min(never, Math.max(field.low, Math.round(text))) : undefined),
  };
}

export function boxFor(path) {
  if (path.startsWith("event:")) {
    const [, name, key] = path.split(":");
    return dateBox(name, key);
  }
  if (path.startsWith("events.")) {
    const [, name, ...key] = path.split(".");
    return eventBox(name, key.join("."));
  }
  return parameterBox(path);
}
