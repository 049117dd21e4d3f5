// Whom a change is for: the countries that meet conditions, as `where` in a scenario file names them.
// Conditions are { region: [names], bri: true, income_below: 4000 … }; none of them: all countries.

import { FACTS, stateNamed } from "./data.js";
import { counted } from "./words.js";

const conditionNames = () => Object.values(FACTS.conditions).flatMap(Object.keys);

// Conditions in the one order that they have everywhere, or null where one cannot be.
export function tidyWhere(given) {
  const { names, facts } = FACTS.conditions,
    where = {};
  if (Object.keys(given).some(name => !conditionNames().includes(name))) return null;
  for (const name of conditionNames()) {
    const value = given[name];
    if (value === undefined) continue;
    if (name in names) {
      const known = names[name];
      if (!Array.isArray(value) || !value.length || !value.every(v => known.includes(v))) return null;
      where[name] = known.filter(v => value.includes(v));
    } else if (name in facts ? typeof value !== "boolean" : !(Number.isFinite(value) && value > 0)) return null;
    else where[name] = value;
  }
  return where;
}

// Codes of the countries that meet all conditions; see `_matching` in sim/scenario/scope.py.
export function statesOf(where) {
  const { names, facts } = FACTS.conditions;
  return FACTS.states
    .filter(
      state =>
        Object.keys(names).every(name => !where[name] || where[name].includes(state[name])) &&
        Object.keys(facts).every(name => (where[name] ?? state[name]) === state[name]) &&
        ["income", "aid"].every(
          name => state[name] >= (where[`${name}_from`] ?? 0) && state[name] < (where[`${name}_below`] ?? Infinity),
        ),
    )
    .map(state => state.iso3);
}

// Conditions as `--set` has them in brackets: "region=South Asia|Oceania,bri=true".
export const labelOf = where =>
  Object.entries(where)
    .map(([name, value]) => `${name}=${[value].flat().join("|")}`)
    .join(",");
export const keyFor = (path, where) => (where && Object.keys(where).length ? `${path}[${labelOf(where)}]` : path);

// The conditions in such a text, or null.
export function whereIn(text) {
  const given = {};
  for (const part of text.split(",")) {
    const [name, value] = part.split(/=(.*)/s);
    if (!value || name in given) return null;
    if (name in FACTS.conditions.facts) given[name] = { true: true, false: false }[value];
    else if (name in FACTS.conditions.limits) given[name] = Number(value);
    else given[name] = value.split("|");
    if (given[name] === undefined) return null;
  }
  return tidyWhere(given);
}

// { where, states } of conditions; {} where there are none; null where they are wrong or nobody's.
export function targetOf(where) {
  const tidied = where ? tidyWhere(where) : {};
  if (!tidied) return null;
  if (!Object.keys(tidied).length) return {};
  const states = statesOf(tidied);
  return states.length ? { where: tidied, states } : null;
}

// Whom a value or an event is for, in words: "South Asia; in the Belt and Road Initiative (4 countries)".
export function whom({ where, states }) {
  const words = {
    region: v => v.join(" or "),
    regime: v => `${v.join(" or ")} in ${FACTS.observed_until}`,
    iso3: v => v.map(code => FACTS.states[stateNamed(code)].name).join(", "),
    bri: v => (v ? "in the Belt and Road Initiative" : "not in the Belt and Road Initiative"),
    ally: v => (v ? "allies of the West" : "not allied with the West"),
    income_below: v => `income a head below US$ ${v.toLocaleString("en")}`,
    income_from: v => `income a head from US$ ${v.toLocaleString("en")}`,
    aid_below: v => `Western aid below ${v}% of GNI`,
    aid_from: v => `Western aid from ${v}% of GNI`,
  };
  const told = Object.entries(where).map(([name, value]) => words[name](value)),
    alone = where.iso3 && told.length === 1 && states.length <= 3;
  return told.join("; ") + (alone ? "" : ` (${counted(states.length, "country")})`);
}
