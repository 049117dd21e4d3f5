// What the reader has chosen, and its form in the address: everything after "#", nothing stored.

const VIEWS = ["chart", "map", "table"];
let S; // the choice; see `initial`

// Names that files and links give are keys here: nothing is inherited, whatever they are called.
const byName = (given = {}) => Object.assign(Object.create(null), given);

function initial() {
  return {
    base: FACTS.ways[0]?.scenario ?? FACTS.reference,
    ...unedited(),
    where: {}, // whom the controls are for; see targets.js
    vendor: "",
    outcome: FACTS.outcome,
    who: "world",
    compare: [],
    diff: false,
    view: "chart",
    year: FACTS.years.at(-1),
    state: "",
  };
}

const isEdited = (s = S) => [s.set, s.values, s.events].some(part => Object.keys(part).length > 0);
const scenarioOf = name => FACTS.scenarios[name];

// A scenario's key: its name alone where nothing is changed.
const keyOf = (s = S) => (isEdited(s) ? `${s.base} ${JSON.stringify([s.set, s.values, s.events])}` : s.base);
const resolvedOf = (s = S) => laidOver(scenarioOf(s.base), s);
const unedited = () => ({
  set: byName(), // path → value, for all states
  values: byName(), // key → { path, value, where, states }, for some
  events: byName(), // name → event; null: dropped
});
const plain = name => ({ base: name, ...unedited() });
const titleOf = (s = S) => (isEdited(s) ? `Your change of “${scenarioOf(s.base).title}”` : scenarioOf(s.base).title);

// What this page can show at all: stored, or run here.
const canRun = s => Boolean(FACTS.engine) && !Runs.failed && scenarioOf(s.base).live;
const canShow = s => canRun(s) || isStored(keyOf(s));
const hasStates = (s, outcome) =>
  outcomeNamed(outcome).of === "country" &&
  (canRun(s) || (!isEdited(s) && outcome in (scenarioOf(s.base).stored?.states ?? {})));
// A difference in one state is on map and table, which say whether it is beyond chance.
function canDiffer() {
  const isChart = S.view === "chart";
  if (keyOf() === FACTS.reference || (isChart && S.who.startsWith("state:"))) return false;
  if (canRun(S) && canRun(reference())) return true;
  return isChart && Boolean(scenarioOf(keyOf())?.stored?.differences);
}
const canMap = () => hasStates(S, S.outcome);

// Make each part of the choice go with the others.
function settle() {
  if (!fits(outcomeNamed(S.outcome), S.who)) S.who = "world";
  if (!canMap()) S.view = "chart";
  S.diff &&= canDiffer();
}

// The choice that the address holds; returns those parts of the address that this page cannot show.
function readAddress() {
  const ignored = [],
    usual = initial();
  S = fromFragment(location.hash, ignored);
  const asked = { ...S };
  if (!fits(outcomeNamed(S.outcome), S.who)) S.outcome = outcomeFor(S.who);
  settle();
  for (const part of ["outcome", "who", "view", "diff"])
    if (S[part] !== asked[part] && asked[part] !== usual[part]) ignored.push(`${part}=${asked[part]}`);
  return ignored;
}

function toFragment() {
  const first = initial(),
    parts = [];
  const put = (name, value) => parts.push(`${name}=${encodeURIComponent(value)}`);
  for (const name of ["base", "outcome", "who", "view", "year", "state"])
    if (String(S[name]) !== String(first[name])) put(name, S[name]);
  if (S.diff) put("diff", 1);
  if (S.compare.length) put("compare", S.compare.join(","));
  const whose = S.vendor ? { vendor: S.vendor } : {};
  if (!isForAll() || S.vendor) put("for", labelOf({ ...S.where, ...whose }));
  for (const [path, value] of Object.entries(S.set)) put("set", `${path}=${value}`);
  for (const [key, { value }] of Object.entries(S.values)) put("set", `${key}=${value}`);
  for (const [name, event] of Object.entries(S.events))
    // The states follow from the conditions.
    put("event", JSON.stringify({ ...(event ?? { name, dropped: true }), states: undefined }));
  return parts.join("&");
}

// Whatever somebody else wrote there is checked: only what the page knows is taken. `ignored`
// receives the other parts.
function fromFragment(text, ignored) {
  const s = initial();
  for (const part of text.replace(/^#/, "").split("&")) {
    const at = part.indexOf("="),
      name = part.slice(0, at);
    if (at < 0) continue;
    let value;
    try {
      value = decodeURIComponent(part.slice(at + 1));
    } catch {
      ignored.push(part);
      continue;
    }
    if (name === "base" && scenarioOf(value) && canShow(plain(value))) s.base = value;
    else if (name === "outcome" && outcomeNamed(value)) s.outcome = value;
    else if (name === "who" && whoIsKnown(value)) s.who = value;
    else if (name === "view" && VIEWS.includes(value)) s.view = value;
    else if (name === "year" && FACTS.years.includes(+value)) s.year = +value;
    else if (name === "state" && stateNamed(value) >= 0) s.state = value;
    else if (name === "diff" && value === "1") s.diff = true;
    else if (name === "compare" && value.split(",").every(scenarioOf)) s.compare = value.split(",");
    else if (name === "for" && FACTS.engine && takeScope(s, value));
    else if (name === "set" && FACTS.engine && takeSetting(s, value));
    else if (name === "event" && FACTS.engine && takeEvent(s, value));
    else ignored.push(`${name}=${value}`);
  }
  return s;
}

function whoIsKnown(who) {
  const [kind, name] = who.split(/:(.*)/s);
  if (who === "world" || (who === "each:" + name && FACTS.groups[name])) return true;
  return kind === "state" ? stateNamed(name) >= 0 : Boolean(FACTS.groups[kind]?.includes(name));
}

function parameterAt(path) {
  const [section, key] = path.split(".");
  return FACTS.schema.find(s => s.name === section)?.keys[key];
}

const changeInWords = (path, value) =>
  `${parameterAt(path).doc.replace(/\.$/, "")} ${{ times: "×", plus: "+" }[howOf(path)] ?? "→"} ${value}`;

// A value as the parameter has it, or undefined.
function fitted(path, value) {
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

// A value for some states, if it can be; the last that is set counts.
function takeValue(s, path, value, target) {
  if (!target?.states || !canBeFor(path, target.where)) return false;
  const key = keyFor(path, target.where);
  delete s.values[key];
  s.values[key] = { path, value, ...target };
  return true;
}

function takeScope(s, text) {
  const [vendors, rest] = [true, false].map(is => text.split(",").filter(part => part.startsWith("vendor=") === is));
  const vendor = vendors[0]?.slice("vendor=".length) ?? "",
    where = rest.length ? whereIn(rest.join()) : {};
  if (!where || !FACTS.schema.some(part => Object.values(part.keys).some(k => k.vendor === vendor))) return false;
  Object.assign(s, { where, vendor });
  return true;
}

function takeEvent(s, text) {
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
