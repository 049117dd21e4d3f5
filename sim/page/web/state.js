// What the reader has chosen, and its form in the address: everything after "#", nothing stored.

import { FACTS, STORED, byName, lastYear, outcomeNamed, parameterAt, placeOf, scenarioOf, stateNamed } from "./data.js";
import { QUARTERS, howOf, laidOver } from "./parameters.js";
import { keyFor, labelOf, targetOf, whereIn } from "./targets.js";

export const VIEWS = ["chart", "map", "table"];
export let S; // the choice; see `initial`

export function initial() {
  const way = FACTS.questions.find(question => question.scenario === FACTS.first);
  return {
    question: way?.name ?? "",
    base: FACTS.first,
    ...unedited(),
    where: {}, // whom the controls are for; see targets.js
    outcome: FACTS.outcome,
    who: ["world"], // groups and countries on the chart
    compare: way?.compare ?? [],
    diff: false,
    view: "chart",
    year: lastYear(),
    state: "",
  };
}
export const unedited = () => ({
  set: byName(), // path → value, for all countries
  values: byName(), // key → { path, value, where, states }, for some
  events: byName(), // name → event; null: dropped
});
export const plain = name => ({ base: name, ...unedited() });
export const reference = () => plain(FACTS.reference);

export const isEdited = (s = S) => [s.set, s.values, s.events].some(part => Object.keys(part).length > 0);
export const resolvedOf = (s = S) => laidOver(scenarioOf(s.base), s);

// A scenario's key: the name of the one that says the same, or what it says.
export function keyOf(s = S) {
  if (!isEdited(s)) return s.base;
  const told = same => JSON.stringify([same.fixed, same.values, same.events]),
    mine = told(resolvedOf(s));
  return Object.keys(STORED).find(name => told(scenarioOf(name)) === mine) ?? `${s.base} ${mine}`;
}
export function titleOf(s = S) {
  const title = scenarioOf(keyOf(s))?.title;
  return title ?? `Your change of “${scenarioOf(s.base).title}”`;
}
export function shortOf(s = S) {
  const key = keyOf(s);
  return FACTS.short[key] ?? scenarioOf(key)?.title ?? "your scenario";
}

// What this page can show at all: stored, or run here.
export const isStored = key => Boolean(STORED[key]);
export const canRun = s => Boolean(FACTS.engine) && scenarioOf(s.base).live;
export const canShow = s => canRun(s) || Boolean(scenarioOf(keyOf(s))?.stored);
export const canShowCountries = (s, outcome) =>
  outcome in FACTS.bits && (canRun(s) || (FACTS.mapped.includes(outcome) && canShow(s)));
export const canMap = () => canShowCountries(S, S.outcome);
export const canDiffer = () => keyOf() !== FACTS.reference && (isStored(keyOf()) || (canRun(S) && canRun(reference())));
export function fits(outcome, who) {
  const [kind] = who.split(":");
  return kind === "state" ? canShowCountries(S, outcome) : Boolean(placeOf(outcome, kind));
}
const outcomeFor = who => FACTS.outcomes.find(outcome => fits(outcome.name, who))?.name ?? FACTS.outcome;

const LISTENERS = [],
  PAST = []; // scenarios that were committed, as parts of an address
let present = -1;
export const onChange = listener => LISTENERS.push(listener);

// Changes the choice. `live`: while a slider moves, which leaves no trace in the history.
export function choose(change, { live = false, address = true } = {}) {
  Object.assign(S, change);
  S.who = S.who.filter(who => fits(S.outcome, who));
  // Beside single countries stand groups of which one knows the members.
  if (S.who.some(who => who.startsWith("state:"))) S.who = S.who.filter(who => /^(state|region|regime|world)\b/.test(who));
  if (!S.who.length) S.who = fits(S.outcome, "world") ? ["world"] : groupsOf(S.outcome);
  if (!canMap()) S.view = "chart";
  S.diff &&= canDiffer();
  const fragment = `#${toFragment()}`;
  if (address) {
    if (live || fragment === location.hash || (fragment === "#" && !location.hash))
      history.replaceState(null, "", fragment);
    else history.pushState(null, "", fragment);
  }
  if (!live && scenarioPart() !== PAST[present]) PAST.splice(++present, PAST.length, scenarioPart());
  for (const listener of LISTENERS) listener(live);
}
const groupsOf = outcome => {
  const { kind } = FACTS.order.find(part => part.outcome === outcome);
  return FACTS.groups[kind].map(name => `${kind}:${name}`);
};

// Steps to and fro through what was committed.
export const canStep = by => present + by in PAST;
export function step(by) {
  if (!canStep(by)) return;
  present += by;
  const { base, set, values, events } = fromFragment(PAST[present], []);
  choose({ base, set, values, events });
}

function scenarioPart() {
  return [["base", S.base], ...edits()].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}
function edits() {
  // The countries follow from the conditions.
  const event = ([name, event]) => JSON.stringify({ ...(event ?? { name, dropped: true }), states: undefined });
  return [
    ...Object.entries(S.set).map(([path, value]) => ["set", `${path}=${value}`]),
    ...Object.entries(S.values).map(([key, { value }]) => ["set", `${key}=${value}`]),
    ...Object.entries(S.events).map(entry => ["event", event(entry)]),
  ];
}

export function toFragment() {
  const first = initial(),
    parts = [];
  for (const name of ["question", "base", "outcome", "who", "compare", "view", "year", "state"])
    if (String(S[name]) !== String(first[name])) parts.push([name, String(S[name])]);
  if (S.diff) parts.push(["diff", 1]);
  if (Object.keys(S.where).length) parts.push(["for", labelOf(S.where)]);
  return [...parts, ...edits()].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}

// Takes the choice that an address holds; returns those parts of it that this page cannot show.
export function readAddress(text = location.hash) {
  const ignored = [],
    usual = initial();
  S = fromFragment(text, ignored);
  const asked = { ...S };
  if (!S.who.some(who => fits(S.outcome, who)) && S.outcome === usual.outcome) S.outcome = outcomeFor(S.who[0]);
  choose({}, { address: false });
  for (const part of ["outcome", "who", "view", "diff"])
    if (String(S[part]) !== String(asked[part]) && String(asked[part]) !== String(usual[part]))
      ignored.push(`${part}=${asked[part]}`);
  return ignored;
}

// Whatever somebody else wrote there is checked: only what the page knows is taken. `ignored`
// receives the other parts.
function fromFragment(text, ignored) {
  const s = initial();
  if (/(^#?|&)base=/.test(text) && !/(^#?|&)question=/.test(text)) Object.assign(s, { question: "", compare: [] });
  for (const part of text.replace(/^#/, "").split("&")) {
    const cut = part.indexOf("="),
      name = part.slice(0, cut);
    if (cut < 0) continue;
    let value;
    try {
      value = decodeURIComponent(part.slice(cut + 1));
    } catch {
      ignored.push(part);
      continue;
    }
    if (!takePart(s, name, value)) ignored.push(`${name}=${value}`);
  }
  return s;
}

function takePart(s, name, value) {
  if (name === "base" && scenarioOf(value) && canShow(plain(value))) s.base = value;
  else if (name === "question" && FACTS.questions.some(way => way.name === value)) s.question = value;
  else if (name === "outcome" && outcomeNamed(value)) s.outcome = value;
  else if (name === "who" && value.split(",").every(isKnown)) s.who = value.split(",").flatMap(each);
  else if (name === "view" && VIEWS.includes(value)) s.view = value;
  else if (name === "year" && FACTS.years.includes(+value)) s.year = +value;
  else if (name === "state" && stateNamed(value) >= 0) s.state = value;
  else if (name === "diff" && value === "1") s.diff = true;
  else if (name === "made" && /^[\w.]+$/.test(value)) return true; // the version that made the link
  else if (name === "compare" && value.split(",").every(x => !x || (scenarioOf(x) && canShow(plain(x)))))
    s.compare = value.split(",").filter(Boolean);
  else if (name === "for" && FACTS.engine) return takeScope(s, value);
  else if (name === "set" && FACTS.engine) return takeSetting(s, value);
  else if (name === "event" && FACTS.engine) return takeEvent(s, value);
  else return false;
  return true;
}

// Whether such a group or country is there; "each:KIND": all groups of a kind.
function isKnown(who) {
  const [kind, name] = who.split(/:(.*)/s);
  if (who === "world" || (kind === "each" && name !== "world" && FACTS.groups[name])) return true;
  return kind === "state" ? stateNamed(name) >= 0 : kind !== "world" && Boolean(FACTS.groups[kind]?.includes(name));
}
export function each(who) {
  const [kind, name] = who.split(/:(.*)/s);
  return kind === "each" ? FACTS.groups[name].map(group => `${name}:${group}`) : [who];
}

// A value as the parameter has it, or undefined.
export function fitted(path, value) {
  const field = parameterAt(path);
  if (!field) return undefined;
  if (field.kind === "bool")
    return value === true || value === "true" ? true : value === false || value === "false" ? false : undefined;
  const number = ["string", "number"].includes(typeof value) ? Number(value) : NaN;
  if (value === "" || !Number.isFinite(number)) return undefined;
  if (howOf(path)) return number;
  if (number < field.low || number > field.high) return undefined;
  return field.kind === "int" ? Math.round(number) : number;
}

// Each of these takes a part of the address, if it can be; returns whether it did.
function takeSetting(s, text) {
  const [, path, , label, value] = text.match(/^([\w.]+)(\[([^\]]*)\])?=(.*)$/s) ?? [],
    fit = fitted(path ?? "", value);
  if (fit === undefined) return false;
  if (label === undefined && howOf(path)) return false; // for all, a relative value is a file's
  if (label !== undefined) return takeValue(s, path, fit, targetOf(whereIn(label)));
  s.set[path] = fit;
  return true;
}

// What is one for the world cannot be for some.
export const canBeFor = (path, where) => !where || !parameterAt(path).of_world;

// A value for some countries, if it can be; the last that is set counts.
export function takeValue(s, path, value, target) {
  if (!target?.states || !canBeFor(path, target.where)) return false;
  const key = keyFor(path, target.where);
  delete s.values[key];
  s.values[key] = { path, value, ...target };
  return true;
}

function takeScope(s, text) {
  const where = whereIn(text);
  if (where) s.where = where;
  return Boolean(where);
}

export function takeEvent(s, text) {
  let event;
  try {
    event = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof event?.name !== "string" || !/^[\w-]+$/.test(event.name)) return false;
  if (event.dropped) {
    const there = scenarioOf(s.base).events.some(e => e.name === event.name);
    if (there) s.events[event.name] = null;
    return there;
  }
  const sets = {};
  for (const [path, value] of Object.entries(event.sets ?? {})) {
    const fit = fitted(path, value);
    if (fit === undefined) return false;
    sets[path] = fit;
  }
  const { name, date, until = null, where } = event,
    target = targetOf(where),
    paths = Object.keys(sets);
  const isQuarter = d => typeof d === "number" && Number.isInteger(d * QUARTERS);
  if (!target || !paths.length || !paths.every(path => canBeFor(path, target.where))) return false;
  if (!isQuarter(date) || date < FACTS.years[0] || date >= lastYear() + 1) return false;
  if (until !== null && !(isQuarter(until) && until > date)) return false;
  s.events[name] = { name, date, until, sets, ...target };
  return true;
}
