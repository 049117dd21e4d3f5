// From a scenario and a reader's changes to the parameters of every period. Used by page and workers.
// Precedence, lowest first: default < plausible set (by run_number) < scenario < what the reader sets.

const FIRST_YEAR = 2000;
export const QUARTERS = 4;
const quarterOf = date => Math.floor((date - FIRST_YEAR) * QUARTERS);

// What a key of a reader's changes names: [event, path], where the path may be "date"; or [undefined, path].
export function keyParts(key) {
  const [, event, path] = key.match(/^events\.([\w-]+)\.(.+)$/) ?? [];
  return event ? [event, path] : [undefined, key];
}

// A scenario with a reader's changes laid over, as a file that extends it would: an event that is changed
// comes last, and of several that set a parameter the later in the list wins. An event that begins after
// `last`, the last year, never does. `added`: events that the scenario has not. What is set for all takes
// the place of what was relative to the value before.
export function laidOver(scenario, { set, added }, last) {
  const fixed = { ...scenario.fixed },
    changed = new Map();
  for (const [key, value] of Object.entries(set)) {
    const [name, path] = keyParts(key),
      event = changed.get(name) ?? scenario.events.find(one => one.name === name);
    if (!name) fixed[path] = value;
    else if (path === "date") changed.set(name, { ...event, date: value });
    else changed.set(name, { ...event, sets: { ...event.sets, [path]: value } });
  }
  const events = [...scenario.events.filter(event => !changed.has(event.name)), ...changed.values(), ...added];
  const values = scenario.values.filter(one => one.states || !(nameOf(one.path) in set));
  return { fixed, values, events: events.filter(event => event.when || event.date <= last) };
}

// The conditions on which events begin, and the scenario for each combination of those met (bit k:
// condition k), in which all events have dates. See sim/scenario/scenario.py.
const conditionsOf = resolved => [...new Set(resolved.events.flatMap(event => event.when ?? []))];
export const conditionsIn = resolved =>
  conditionsOf(resolved).map(text => {
    const [, outcome, sign, threshold] = text.match(/^(\w+) ([<>]) (.*)$/);
    return { outcome, sign: sign === ">" ? 1 : -1, threshold: Number(threshold) };
  });
export function variantsOf(resolved) {
  const conditions = conditionsOf(resolved);
  return Array.from({ length: 2 ** conditions.length }, (_, met) => {
    const isMet = event => (met >> conditions.indexOf(event.when)) & 1;
    const events = resolved.events.filter(event => !event.when || isMet(event));
    return { ...resolved, events: events.map(event => (event.when ? { ...event, date: FIRST_YEAR } : event)) };
  });
}

function inForce(event, quarter) {
  return quarter >= quarterOf(event.date) && !(event.until !== null && quarter >= quarterOf(event.until));
}

// A state of each class of states that values and events tell apart, and each state's class by code.
// Class 0 is the world, and all states that nothing names.
export function classesOf(resolved) {
  const scoped = [...resolved.values, ...resolved.events].filter(one => one.states),
    codes = [null],
    known = {},
    of = {};
  for (const code of new Set(scoped.flatMap(one => one.states))) {
    const key = scoped.map(one => isFor(one, code)).join();
    of[code] = known[key] ??= codes.push(code) - 1;
  }
  return { codes, of };
}

// Values laid over what is there: in its place, then relative to it. See sim/scenario/scenario.py.
const HOWS = [undefined, "times", "plus"];
export const howOf = path => path.split(".")[2];
const nameOf = path => path.split(".").slice(0, 2).join(".");
function layOver(values, sets) {
  const rank = path => HOWS.indexOf(howOf(path));
  for (const path of Object.keys(sets).sort((a, b) => rank(a) - rank(b))) {
    const [name, how, value] = [nameOf(path), howOf(path), sets[path]];
    values[name] = how === "times" ? values[name] * value : how === "plus" ? values[name] + value : value;
  }
}

const isFor = (one, code) => !one.states || one.states.includes(code);

// Parameters of each stretch between events, by class: [{ first: quarter, classes: [path → value] }].
// `plausible`: the values that the run_number's set gives, by path.
export function periodsOf(resolved, defaults, plausible, first, quarters, codes = classesOf(resolved).codes) {
  const dates = resolved.events
    .flatMap(e => [e.date, e.until])
    .filter(d => d !== null)
    .map(quarterOf);
  const starts = [...new Set([first, ...dates])].filter(q => q >= first && q < first + quarters);
  const base = { ...defaults, ...plausible, ...resolved.fixed };
  return starts
    .sort((a, b) => a - b)
    .map(start => {
      const classes = codes.map(code => {
        const values = { ...base };
        for (const one of resolved.values) if (isFor(one, code)) layOver(values, { [one.path]: one.value });
        for (const event of resolved.events)
          if (inForce(event, start) && isFor(event, code)) layOver(values, event.sets);
        return values;
      });
      return { first: start, classes };
    });
}
