// What the reader has chosen, and its form in the address: everything after "#", nothing stored.

const VIEWS = ["chart", "map", "table"];
let S; // the choice; see `initial`

function initial() {
  return {
    way: FACTS.ways[0]?.kind ?? "",
    base: FACTS.ways[0]?.scenario ?? FACTS.reference,
    set: {}, // path → value, for all states
    values: {}, // key → { path, value, where, states }, for some
    events: {}, // name → event; null: dropped
    where: {}, // whom the controls are for; see targets.js
    vendor: "",
    outcome: FACTS.outcome,
    who: "world",
    compare: [],
    diff: false,
    bands: true,
    view: "chart",
    year: FACTS.years.at(-1),
    state: "",
  };
}

const isEdited = (s = S) => [s.set, s.values, s.events].some(part => Object.keys(part).length > 0);
const scenarioOf = name => FACTS.scenarios[name];

// A scenario's key: its name alone where nothing is changed.
const keyOf = (s = S) =>
  isEdited(s) ? `${s.base} ${JSON.stringify([s.set, s.values, s.events])}` : s.base;
const resolvedOf = (s = S) => laidOver(scenarioOf(s.base), s);
const unedited = () => ({ set: {}, values: {}, events: {} });
const plain = name => ({ base: name, ...unedited() });
const titleOf = (s = S) =>
  isEdited(s) ? `Your change of “${scenarioOf(s.base).title}”` : scenarioOf(s.base).title;

function toFragment() {
  const first = initial(),
    parts = [];
  const put = (name, value) => parts.push(`${name}=${encodeURIComponent(value)}`);
  for (const name of ["way", "base", "outcome", "who", "view", "year", "state"])
    if (String(S[name]) !== String(first[name])) put(name, S[name]);
  if (S.diff) put("diff", 1);
  if (!S.bands) put("bands", 0);
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

// Whatever somebody else wrote there is checked: only what the page knows is taken.
function fromFragment(text) {
  const s = initial();
  for (const part of text.replace(/^#/, "").split("&").filter(Boolean)) {
    const at = part.indexOf("="),
      name = part.slice(0, at);
    let value;
    try {
      value = decodeURIComponent(part.slice(at + 1));
    } catch {
      continue;
    }
    if (name === "base" && scenarioOf(value)) s.base = value;
    else if (name === "way" && (value === "" || FACTS.ways.some(w => w.kind === value)))
      s.way = value;
    else if (name === "outcome" && outcomeNamed(value)) s.outcome = value;
    else if (name === "who" && whoIsKnown(value)) s.who = value;
    else if (name === "view" && VIEWS.includes(value)) s.view = value;
    else if (name === "year" && FACTS.years.includes(+value)) s.year = +value;
    else if (name === "state" && stateNamed(value) >= 0) s.state = value;
    else if (name === "diff") s.diff = value === "1";
    else if (name === "bands") s.bands = value !== "0";
    else if (name === "compare") s.compare = value.split(",").filter(scenarioOf);
    else if (name === "for" && FACTS.engine) takeScope(s, value);
    else if (name === "set" && FACTS.engine) takeSetting(s, value);
    else if (name === "event" && FACTS.engine) takeEvent(s, value);
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

// A value as the parameter has it, or undefined.
function fitted(path, value) {
  const field = parameterAt(path);
  if (!field) return undefined;
  if (field.kind === "bool")
    return value === true || value === "true"
      ? true
      : value === false || value === "false"
        ? false
        : undefined;
  const number = Number(value);
  if (value === "" || !Number.isFinite(number) || number < field.low || number > field.high)
    return undefined;
  return field.kind === "int" ? Math.round(number) : number;
}

function takeSetting(s, text) {
  const [, path, , label, value] = text.match(/^([\w.]+)(\[([^\]]*)\])?=(.*)$/s) ?? [],
    fit = fitted(path ?? "", value);
  if (fit === undefined) return;
  if (label === undefined) s.set[path] = fit;
  else takeValue(s, path, fit, targetOf(whereIn(label)));
}

// A value for some states, if it can be; the last that is set counts.
function takeValue(s, path, value, target) {
  if (!target?.states || !canBeFor(path, target.where)) return;
  const key = keyFor(path, target.where);
  delete s.values[key];
  s.values[key] = { path, value, ...target };
}

function takeScope(s, text) {
  const [vendors, rest] = [true, false].map(is =>
    text.split(",").filter(part => part.startsWith("vendor=") === is),
  );
  const vendor = vendors[0]?.slice("vendor=".length) ?? "",
    where = rest.length ? whereIn(rest.join()) : {};
  if (where) s.where = where;
  if (FACTS.schema.some(part => Object.values(part.keys).some(key => key.vendor === vendor)))
    s.vendor = vendor;
}

function takeEvent(s, text) {
  let event;
  try {
    event = JSON.parse(text);
  } catch {
    return;
  }
  if (!/^[\w-]+$/.test(event?.name ?? "")) return;
  if (event.dropped) {
    if (scenarioOf(s.base).events.some(e => e.name === event.name)) s.events[event.name] = null;
    return;
  }
  const sets = {};
  for (const [path, value] of Object.entries(event.sets ?? {})) {
    const fit = fitted(path, value);
    if (fit === undefined) return;
    sets[path] = fit;
  }
  const isDate = d =>
    Number.isInteger(d * QUARTERS) && d >= FACTS.years[0] && d < FACTS.years.at(-1) + 1;
  const until = event.until ?? null,
    target = targetOf(event.where);
  if (!target || !Object.keys(sets).every(path => canBeFor(path, target.where))) return;
  if (
    isDate(event.date) &&
    (until === null || (Number.isInteger(until * QUARTERS) && until > event.date)) &&
    Object.keys(sets).length
  )
    s.events[event.name] = { name: event.name, date: event.date, until, sets, ...target };
}
