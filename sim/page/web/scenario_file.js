// The reader's scenario as a file that `entrench check` accepts, and as a command.

import { FACTS, parameterAt, scenarioOf } from "./data.js";
import { S, resolvedOf } from "./state.js";

const tomlText = text => JSON.stringify(text);
// Numbers as TOML writes them: a decimal parameter keeps a point.
function tomlValue(path, value) {
  const text = String(value).replace("e+", "e");
  return parameterAt(path).kind === "float" && !/[.e]/.test(text) ? `${text}.0` : text;
}
const tomlLine = ([path, value]) => `${path} = ${tomlValue(path, value)}`;
function whereLine({ where }) {
  const parts = Object.entries(where ?? {}).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return where ? [`where = { ${parts.join(", ")} }`] : [];
}

// It extends a shipped scenario, and holds what differs from that.
export function scenarioFile(s = S) {
  const base = scenarioOf(s.base),
    from = scenarioOf(base.shipped ? s.base : FACTS.root),
    now = resolvedOf(s),
    isNew = event => !from.events.some(other => JSON.stringify(other) === JSON.stringify(event)),
    dropped = from.events.map(event => event.name).filter(name => !now.events.some(event => event.name === name)),
    values = base.shipped ? [] : now.values;
  const fixed = Object.entries(now.fixed).filter(([path, value]) => from.fixed[path] !== value),
    forAll = [...fixed, ...values.filter(one => !one.where).map(({ path, value }) => [path, value])];
  const lines = [
    `extends = ${tomlText(base.shipped ? s.base : FACTS.root)}`,
    `title = ${tomlText(`A change of ${base.title}`)}`,
    `question = ${tomlText("What does this change?")}`,
    ...(dropped.length ? [`drop_events = [${dropped.map(tomlText).join(", ")}]`] : []),
    ...(base.shipped ? [] : [`horizon = { start = ${base.horizon.start}, end = ${base.horizon.end} }`]),
    ...forAll.map(tomlLine),
  ];
  for (const one of values.filter(value => value.where)) lines.push("", "[[values]]", ...whereLine(one), tomlLine([one.path, one.value]));
  for (const event of now.events.filter(isNew)) {
    const begins = event.when ? `when = ${tomlText(event.when)}` : `date = ${event.date}`,
      ends = event.until === null ? [] : [`until = ${event.until}`];
    lines.push("", "[[events]]", `name = ${tomlText(event.name)}`, begins, ...ends, ...whereLine(event), ...Object.entries(event.sets).map(tomlLine));
  }
  return `${lines.join("\n")}\n`;
}

export const needsFile = (s = S) => Object.keys(s.set).some(key => key.startsWith("events.")) || !scenarioOf(s.base).shipped;
export function commandFor(s = S) {
  const sets = () => Object.entries(s.set).map(([path, value]) => ` --set ${path}=${tomlValue(path, value)}`),
    what = needsFile(s) ? "my-scenario.toml" : `${s.base}${sets().join("")}`,
    known = FACTS.held ? ` --known ${FACTS.held}` : "";
  return `entrench run ${what} --runs ${FACTS.runs} --seed ${FACTS.seed}${scenarioOf(s.base).point ? " --defaults" : ""}${known}`;
}
