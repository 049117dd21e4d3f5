// The reader's scenario as a file that `entrench check` accepts, and as a command.

import { FACTS, parameterAt, scenarioOf } from "./data.js";
import { laidOver } from "./parameters.js";
import { S } from "./state.js";

// Numbers as TOML writes them: a decimal parameter keeps a point.
function tomlValue(path, value) {
  if (typeof value === "boolean") return String(value);
  const text = String(value).replace("e+", "e");
  return parameterAt(path).kind === "float" && !/[.e]/.test(text) ? `${text}.0` : text;
}
const tomlWhere = where => {
  const parts = Object.entries(where).map(
    ([name, value]) => `${name} = ${Array.isArray(value) ? `[${value.map(tomlText).join(", ")}]` : value}`,
  );
  return `where = { ${parts.join(", ")} }`;
};
const tomlText = text => JSON.stringify(text);

// Which shipped scenario the file can extend, and what must be written besides.
function differences(s) {
  const base = scenarioOf(s.base),
    home = base.shipped ? s.base : FACTS.root;
  const from = scenarioOf(home),
    now = laidOver(base, s),
    fixed = {},
    written = [],
    dropped = [];
  for (const [path, value] of Object.entries(now.fixed)) if (from.fixed[path] !== value) fixed[path] = value;
  const same = event => from.events.some(e => JSON.stringify(e) === JSON.stringify(event));
  for (const event of now.events) if (!same(event)) written.push(event);
  for (const event of from.events) if (!now.events.some(e => e.name === event.name)) dropped.push(event.name);
  const values = base.shipped ? Object.values(s.values) : now.values;
  return { home, fixed, values, written, dropped };
}

export function scenarioFile(s = S) {
  const { home, fixed, values, written, dropped } = differences(s),
    lines = [];
  lines.push(
    `extends = ${tomlText(home)}`,
    `title = ${tomlText(`A change of ${scenarioOf(s.base).title}`)}`,
    `question = ${tomlText("What if this were so?")}`,
  );
  if (dropped.length) lines.push(`drop_events = [${dropped.map(tomlText).join(", ")}]`);
  const sections = new Map();
  const years = scenarioOf(s.base).horizon,
    usual = scenarioOf(home).horizon;
  if (JSON.stringify(years) !== JSON.stringify(usual))
    sections.set("horizon", [`start = ${years.start}`, `end = ${years.end}`]);
  const forAll = values.filter(one => !one.where).map(one => [one.path, one.value]);
  for (const [path, value] of [...Object.entries(fixed), ...forAll]) {
    const [section, ...key] = path.split(".");
    if (!sections.has(section)) sections.set(section, []);
    sections.get(section).push(`${key.join(".")} = ${tomlValue(path, value)}`);
  }
  for (const [section, rows] of sections) lines.push("", `[${section}]`, ...rows);
  for (const { path, value, where } of values.filter(one => one.where))
    lines.push("", "[[values]]", tomlWhere(where), `${path} = ${tomlValue(path, value)}`);
  for (const event of written) {
    const begins = event.when ? `when = ${tomlText(event.when)}` : `date = ${event.date}`;
    lines.push("", "[[events]]", `name = ${tomlText(event.name)}`, begins);
    if (event.until !== null) lines.push(`until = ${event.until}`);
    if (event.where) lines.push(tomlWhere(event.where));
    for (const [path, value] of Object.entries(event.sets)) lines.push(`${path} = ${tomlValue(path, value)}`);
  }
  return lines.join("\n") + "\n";
}

export const needsFile = (s = S) => Object.keys(s.events).length > 0 || !scenarioOf(s.base).shipped;
const pointOf = name => (scenarioOf(name).point ? " --defaults" : "");

export function commandFor(s = S) {
  const known = FACTS.held ? ` --known ${FACTS.held}` : "",
    tail = ` --runs ${FACTS.runs} --seed ${FACTS.seed}${pointOf(s.base)}${known}`;
  if (needsFile(s)) return `entrench run my-scenario.toml${tail}`;
  const sets = Object.entries(s.set).map(([path, value]) => ` --set ${path}=${tomlValue(path, value)}`);
  const some = Object.entries(s.values).map(([key, { path, value }]) => ` --set "${key}=${tomlValue(path, value)}"`);
  return `entrench run ${s.base}${sets.join("")}${some.join("")}${tail}`;
}
