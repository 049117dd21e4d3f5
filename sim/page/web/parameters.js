// From a scenario and a reader's changes to the parameters of every period. Used by page and workers.
// A scenario is the list of sim/scenario/resolve.py in the order of effect: { path, how, value, states,
// where } and, within an event, { event, date, until }.

const FIRST_YEAR = 2000;
export const QUARTERS = 4;
const quarterOf = date => Math.floor((date - FIRST_YEAR) * QUARTERS);

// What a key of a reader's changes names: [event, path], where the path may be "date"; or [undefined, path].
export function keyParts(key) {
  const [, event, path] = key.match(/^events\.([\w-]+)\.(.+)$/) ?? [];
  return event ? [event, path] : [undefined, key];
}
// Whether it is a value for all countries from the first quarter on.
export const isUsual = one => !one.how && !one.event && !one.states;
export const eventsIn = list => Map.groupBy(list.filter(one => one.event), one => one.event);

// A list with a reader's changes appended, as a file that extends it would: an event that is changed comes
// last. An event that begins after `last`, the last year, never does. What is set for all takes the place of
// what was relative to the value before.
export function laidOver(list, { set }, last) {
  for (const [key, value] of Object.entries(set)) {
    const [event, path] = keyParts(key),
      changed = one => (path === "date" ? { ...one, date: value } : one.path === path && !one.how ? { ...one, value } : one);
    if (event) list = [...list.filter(one => one.event !== event), ...list.filter(one => one.event === event).map(changed)];
    else list = [{ path, value }, ...list.filter(one => one.path !== path || one.event || one.states)];
  }
  return list.filter(one => !one.event || one.date <= last);
}

// A state of each class of states that the list tells apart, and each state's class by code. Class 0 is the
// world, and all states that nothing names.
export function classesOf(list) {
  const scoped = list.filter(one => one.states),
    codes = [null],
    known = {},
    of = {};
  for (const code of new Set(scoped.flatMap(one => one.states))) {
    const key = scoped.map(one => isFor(one, code)).join();
    of[code] = known[key] ??= codes.push(code) - 1;
  }
  return { codes, of };
}

const isFor = (one, code) => !one.states || one.states.includes(code);
const inForce = ({ event, date, until }, quarter) =>
  !event || (quarter >= quarterOf(date) && !(until !== null && quarter >= quarterOf(until)));

// Parameters of each stretch between events, by class: [{ first: quarter, classes: [path → value] }].
// `plausible`: the values that the run_number's set gives, by path.
export function periodsOf(list, defaults, plausible, first, quarters, codes = classesOf(list).codes) {
  const dates = list.flatMap(one => [one.date, one.until]).filter(date => typeof date === "number"),
    starts = [...new Set([first, ...dates.map(quarterOf)])].filter(q => q >= first && q < first + quarters);
  return starts
    .sort((a, b) => a - b)
    .map(start => {
      const acting = list.filter(one => inForce(one, start));
      const classes = codes.map(code => {
        const values = { ...defaults, ...plausible };
        for (const { path, how, value } of acting.filter(one => isFor(one, code)))
          values[path] = how === "times" ? values[path] * value : how === "plus" ? values[path] + value : value;
        return values;
      });
      return { first: start, classes };
    });
}
