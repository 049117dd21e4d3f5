// What the reader has chosen, and its form in the address: everything after "#", nothing stored.

import { FACTS, STORED, byName, lastYear, outcomeNamed, parameterAt, placeOf, scenarioOf, stateNamed } from "./data.js";
import { QUARTERS, isUsual, keyParts, laidOver } from "./parameters.js";

export const VIEWS = ["chart", "map", "table"];
export let S; // the choice; see `initial`

export function initial() {
  return {
    ...plain(FACTS.first),
    outcome: FACTS.outcome,
    who: ["world"], // groups and countries on the chart
    compare: [],
    diff: false,
    view: "chart",
    year: lastYear(),
    state: "",
  };
}
// A scenario without changes. `set`: value by key, a parameter or "events.NAME.date" or
// "events.NAME.PARAMETER".
export const plain = name => ({ base: name, set: byName() });
export const reference = () => plain(FACTS.reference);
export const isEdited = (s = S) => Object.keys(s.set).length > 0;

// The event that ends the offer for all countries; where there is none, one that never comes.
export const never = () => lastYear() + 1;
export const isStop = one => one.path === FACTS.offer && one.value === false && one.event && !one.states;
export const stopsOf = s => listOf(s).filter(isStop);
export function baseOf(s = S) {
  const list = scenarioOf(s.base).assignments,
    stop = { path: FACTS.offer, value: false, event: "offer-withdrawn", date: never(), until: null };
  return list.some(isStop) ? list : [...list, stop];
}
export const stopKey = () => `events.${baseOf().find(isStop).event}.date`;
// The same in which the offer never ends.
export const goesOn = () => ({ ...S, set: byName({ ...S.set, [stopKey()]: never() }) });
export const listOf = (s = S) => laidOver(baseOf(s), s, lastYear());

// A scenario's key: the name of the one that says the same, or what it says.
export function keyOf(s = S) {
  if (!isEdited(s)) return s.base;
  const usual = list => list.filter(isUsual).sort((a, b) => (a.path < b.path ? -1 : 1)),
    told = list => JSON.stringify([usual(list), list.filter(one => !isUsual(one))]),
    mine = told(listOf(s));
  return Object.keys(STORED).find(name => told(scenarioOf(name).assignments) === mine) ?? `${s.base} ${mine}`;
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
export const canRun = () => Boolean(FACTS.engine);
export const canShow = s => canRun() || Boolean(scenarioOf(keyOf(s))?.stored);
export const isShown = name => Boolean(scenarioOf(name)) && canShow(plain(name));
const canShowCountries = (s, outcome) =>
  outcome in FACTS.bits && (canRun() || (FACTS.mapped.includes(outcome) && canShow(s)));
export const canMap = () => canShowCountries(S, S.outcome);
export const canDiffer = () => keyOf() !== FACTS.reference && (isStored(keyOf()) || canRun());
// The numbers of single countries are counted in each run's countries.
export const isCounted = who => who.startsWith("state:");
export function fits(outcome, who) {
  const [kind] = who.split(":");
  return isCounted(who) ? canShowCountries(S, outcome) : Boolean(placeOf(outcome, kind));
}

// Groups of so few countries that one of them is the group are not drawn.
export const largeGroups = kind => FACTS.groups[kind].map(name => `${kind}:${name}`).filter(who => !FACTS.small.includes(who));

const LISTENERS = [];
export const onChange = listener => LISTENERS.push(listener);

// Changes the choice. `live`: while a slider moves. The browser's *Back* takes any other change back.
export function choose(change, { live = false, address = true } = {}) {
  Object.assign(S, change);
  S.who = S.who.filter(who => fits(S.outcome, who));
  // Beside single countries stand groups of which one knows the members.
  if (S.who.some(isCounted)) S.who = S.who.filter(who => /^(state|region|regime|world)\b/.test(who));
  const { kind } = outcomeNamed(S.outcome).parts[0];
  if (!S.who.length) S.who = fits(S.outcome, "world") ? ["world"] : largeGroups(kind);
  if (!canMap()) S.view = "chart";
  S.diff &&= canDiffer();
  const fragment = `#${toFragment()}`,
    isSame = fragment === location.hash || (fragment === "#" && !location.hash);
  // While a slider moves, the address is left: browsers limit how often it may change.
  if (address && !live && !isSame) history.pushState(null, "", fragment);
  for (const listener of LISTENERS) listener(live);
}

const WRITTEN = ["base", "outcome", "who", "compare", "view", "year", "state"];
export function toFragment() {
  const first = initial(),
    parts = WRITTEN.filter(name => String(S[name]) !== String(first[name])).map(name => [name, S[name]]);
  if (S.diff) parts.push(["diff", 1]);
  for (const [key, value] of Object.entries(S.set)) parts.push(["set", `${key}=${value}`]);
  return String(new URLSearchParams(parts));
}

// Takes the choice that an address holds; returns those parts of it that this page cannot show.
export function readAddress(text = location.hash) {
  const ignored = [],
    usual = initial(),
    parts = new URLSearchParams(text.replace(/^#/, ""));
  S = initial();
  // Whatever somebody else wrote there is checked: only what the page knows is taken.
  for (const [name, value] of parts) {
    const change = Object.hasOwn(TAKES, name) && TAKES[name](value);
    if (change) Object.assign(S, change);
    else ignored.push(`${name}=${value}`);
  }
  const asked = { ...S };
  choose({}, { address: false });
  for (const part of ["outcome", "who", "view", "diff"])
    if (String(S[part]) !== String(asked[part]) && String(asked[part]) !== String(usual[part]))
      ignored.push(`${part}=${asked[part]}`);
  return ignored;
}

const TAKES = {
  base: value => isShown(value) && { base: value },
  outcome: value => outcomeNamed(value) && { outcome: value },
  who: value => value.split(",").every(isKnown) && { who: value.split(",") },
  view: value => VIEWS.includes(value) && { view: value },
  year: value => FACTS.years.includes(+value) && { year: +value },
  state: value => stateNamed(value) >= 0 && { state: value },
  diff: value => value === "1" && { diff: true },
  made: value => /^[\w.]+$/.test(value) && {}, // the version that made the link
  compare: value => value.split(",").every(name => !name || isShown(name)) && { compare: value.split(",").filter(Boolean) },
  set: text => {
    const [key, value] = text.split(/=(.*)/s),
      fit = FACTS.engine ? fitted(key, value) : undefined;
    return fit !== undefined && { set: byName({ ...S.set, [key]: fit }) };
  },
};

// Whether such a group or country is there.
function isKnown(who) {
  const [kind, name] = who.split(/:(.*)/s);
  if (who === "world") return true;
  return kind === "state" ? stateNamed(name) >= 0 : kind !== "world" && Boolean(FACTS.groups[kind]?.includes(name)) && !FACTS.small.includes(who);
}

// The part of a list that a key of `set` names.
const entryOf = (list, key) => {
  const [event, path] = keyParts(key);
  return list.find(one => one.event === event && (path === "date" || (one.path === path && !one.how)) && (event || !one.states));
};
// What a key of `set` names, as a parameter is described; undefined where there is no such thing.
export function fieldOf(key) {
  const [event, path] = keyParts(key),
    one = entryOf(baseOf(), key);
  if (path !== "date") return (one || !event) && path.split(".").length === 2 ? parameterAt(path) : undefined; // a relative value is a file's
  if (!one) return undefined;
  const isPast = one.date <= FACTS.observed_until;
  return { ...FACTS.date_field, low: isPast ? FACTS.years[0] : FACTS.observed_until + 1, high: one.until ?? never() };
}

// A value as what the key names has it, or undefined.
function fitted(key, value) {
  const field = fieldOf(key);
  if (field?.kind === "bool") return { true: true, false: false }[value];
  const number = value ? Number(value) : NaN;
  if (!field || !(number >= field.low && number <= field.high)) return undefined;
  const per = { int: 1, date: QUARTERS }[field.kind];
  return per ? Math.round(per * number) / per : number;
}

// What a list has for a key, where nothing is left open.
export function valueIn(list, key) {
  const [event, path] = keyParts(key),
    one = entryOf(list, key);
  if (path === "date") return one?.date ?? never();
  return event || one ? one?.value : parameterAt(path).default;
}
