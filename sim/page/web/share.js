// Handing on what is on screen: a link, a picture, numbers, a command.

import { FACTS, YEARS, parameterAt, scenarioOf } from "./data.js";
import { $, copyText, csv, download, element, markup, safe, tableOf, tell } from "./dom.js";
import { chartLines, unitShown, whoInWords } from "./chart.js";
import { mapTitle, mapValues } from "./map.js";
import { inYear, runsShown } from "./series.js";
import { eventsIn, isUsual } from "./parameters.js";
import { S, listOf, titleOf, toFragment } from "./state.js";
import { tableColumns } from "./table.js";
import { fill, formattedBand, wrapped } from "./words.js";

export function makeShare() {
  $("copy-command").onclick = () => copyText(commandFor(), "Command");
  $("copy-file").onclick = () => copyText(scenarioFile(), "Scenario file");
  $("save-svg").onclick = () => download(`${pictureName()}.svg`, picture(onScreen()).text, "image/svg+xml");
  $("save-png").onclick = () => savePng(onScreen(), pictureName());
  $("first-png").onclick = () => savePng({ home: $("first-chart"), title: $("answer").textContent, more: $("detail").textContent }, "entrench");
  $("save-csv").onclick = () => (S.view === "chart" ? saveNumbers() : saveCountries());
  // The address of a file is nobody else's, and names the reader's folders.
  $("copy-link").hidden = location.protocol === "file:";
  $("copy-link").onclick = () => copyText(`${location.href.split("#")[0]}#made=${FACTS.version}&${toFragment()}`, "Link");
  tell("citation", fill("cite", { ...FACTS, year: FACTS.made.slice(0, 4) }));
}

export function drawShare(lines) {
  tell("command", commandFor());
  $("file-part").hidden = !needsFile();
  tell("file", needsFile() ? scenarioFile() : "");
  document.title = `Entrench: ${titleOf()}`;
  drawNumbers(lines.filter(line => line.series));
}

// ---- pictures

const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "visibility", "paint-order", "font-size", "font-weight", "text-anchor"];
const pictureName = () => `entrench-${S.outcome}-${S.view === "map" ? `map-${S.year}` : "chart"}`;

// Copies a drawing with its looks, in light colours, and reads the colours of the map's classes.
function styled(drawn) {
  const root = document.documentElement,
    { theme = "" } = root.dataset,
    copy = drawn.cloneNode(true),
    [sources, copies] = [drawn, copy].map(svg => [svg, ...svg.querySelectorAll("*")]);
  root.dataset.theme = "light";
  copies.forEach((node, k) => {
    const looks = getComputedStyle(sources[k]);
    node.removeAttribute("class");
    node.setAttribute("style", STYLES.map(name => `${name}:${looks.getPropertyValue(name)}`).join(";"));
  });
  const keys = [...$("scale").children].filter(item => /^[kd]\d$/.test(item.firstChild.className)).map(item => [getComputedStyle(item.firstChild).backgroundColor, item.textContent]);
  root.dataset.theme = theme;
  copy.querySelector("#cross, #first-cross")?.remove();
  return { copy, keys };
}

// A drawing by itself, with title, answer, source and caveat in it.
function onScreen() {
  const isMap = S.view === "map",
    more = `${$("answer").textContent} ${$("detail").textContent}`;
  return isMap ? { home: $("map"), title: mapTitle(mapValues()), more, isMap } : { home: $("chart"), title: $("stage-title").textContent, more };
}
function picture({ home, title, more, isMap }) {
  const drawn = home.firstElementChild,
    [, , width, height] = drawn.getAttribute("viewBox").split(" ").map(Number),
    { copy, keys } = styled(drawn),
    parts = [];
  let y = 8;
  const text = (x, size, words, more = "") => markup("text", { x, y, style: `font-size:${size}px;fill:#222;${more}` }, safe(words));
  const write = (size, words, more) => {
    for (const line of wrapped(words, Math.floor(width / (0.55 * size)))) {
      y += 1.25 * size;
      parts.push(text(16, size, line, more));
    }
  };
  write(16, title, "font-weight:700");
  write(12.5, more);
  y += 8;
  copy.setAttribute("y", y);
  copy.setAttribute("height", height);
  parts.push(new XMLSerializer().serializeToString(copy));
  y += height + 14;
  (isMap ? keys : []).forEach(([fill, words], k) => {
    const x = 16 + k * (width / (keys.length + 0.3));
    parts.push(markup("rect", { x, y: y - 10, width: 16, height: 11, style: `fill:${fill};stroke:#888` }), text(x + 22, 11, words));
  });
  write(11, fill("caption", { ...FACTS, title: titleOf(), shown: runsShown() }));
  const size = { width, height: y + 12 },
    ground = markup("rect", { ...size, style: "fill:#fff" }),
    frame = { xmlns: "http://www.w3.org/2000/svg", ...size, viewBox: `0 0 ${width} ${y + 12}`, "font-family": "system-ui, sans-serif" };
  return { ...size, text: markup("svg", frame, ground, ...parts) };
}
async function savePng(what, name) {
  const { text, width, height } = picture(what),
    image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = element("canvas", { width: 2 * width, height: 2 * height }),
    context = canvas.getContext("2d");
  context.scale(2, 2);
  context.drawImage(image, 0, 0, width, height);
  canvas.toBlob(blob => download(`${name}.png`, blob, "image/png"));
}

// ---- numbers

function drawNumbers(lines) {
  const row = year => [String(year), ...lines.map(({ series }) => formattedBand(inYear(series, year), unitShown(), S.diff))];
  $("numbers").replaceChildren(...tableOf(["End of", ...lines.map(line => line.name)], YEARS().map(row)));
}
function saveNumbers() {
  const about = [S.diff ? "difference" : "level", S.outcome, unitShown(), S.who.map(whoInWords).join("; "), titleOf(), runsShown(), FACTS.version],
    heads = ["end of year", "line", "mean", "q05", "q95", "what", "outcome", "unit", "of", "scenario", "runs", "version"];
  const rows = chartLines().filter(line => line.series).flatMap(({ name, series: { mean, low, high } }) =>
    YEARS().map((year, y) => [year, name, mean[y], low[y], high[y], ...about]),
  );
  download(`entrench-${S.outcome}.csv`, csv([heads, ...rows]), "text/csv");
}
function saveCountries() {
  const columns = tableColumns(),
    heads = ["iso3", ...columns.map(c => (c.unit ? `${c.name} (share of runs)` : c.name)), "scenario", "end of year", "runs", "version"],
    about = [titleOf(), S.year, runsShown(), FACTS.version];
  const rows = FACTS.states.map(({ iso3 }, i) => [iso3, ...columns.map(c => c.read(i)), ...about]);
  download(`entrench-countries-${S.year}.csv`, csv([heads, ...rows]), "text/csv");
}

// ---- the reader's scenario as a file that `entrench check` accepts, and as a command

const tomlText = text => JSON.stringify(text);
// Numbers as TOML writes them: a decimal parameter keeps a point.
function tomlValue(path, value) {
  const text = String(value).replace("e+", "e");
  return parameterAt(path).kind === "float" && !/[.e]/.test(text) ? `${text}.0` : text;
}
const tomlLine = ({ path, how, value }) => `${path}${how ? `.${how}` : ""} = ${tomlValue(path, value)}`;
const whereLine = ({ where }) => {
  const parts = Object.entries(where ?? {}).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return where ? [`where = { ${parts.join(", ")} }`] : [];
};

// It extends a shipped scenario, and has what differs from that.
function scenarioFile(s = S) {
  const base = scenarioOf(s.base),
    from = base.shipped ? base : FACTS.root,
    known = new Set(from.assignments.map(one => JSON.stringify(one))),
    isNew = one => !known.has(JSON.stringify(one)),
    now = listOf(s),
    events = eventsIn(now),
    dropped = [...eventsIn(from.assignments).keys()].filter(name => !events.has(name)),
    values = now.filter(one => !one.event && (isUsual(one) ? isNew(one) : !base.shipped));
  const lines = [
    `extends = ${tomlText(base.shipped ? s.base : from.name)}`,
    `title = ${tomlText(`A change of ${base.title}`)}`,
    `question = ${tomlText("What does this change?")}`,
    ...(dropped.length ? [`drop_events = [${dropped.map(tomlText).join(", ")}]`] : []),
    ...(base.shipped ? [] : [`horizon = { start = ${base.horizon.start}, end = ${base.horizon.end} }`]),
    ...values.filter(one => !one.where).map(tomlLine),
  ];
  for (const one of values.filter(value => value.where)) lines.push("", "[[values]]", ...whereLine(one), tomlLine(one));
  for (const [name, ones] of [...events].filter(([, parts]) => parts.some(isNew))) {
    const [{ date, until }] = ones;
    lines.push("", "[[events]]", `name = ${tomlText(name)}`, `date = ${date}`, ...(until === null ? [] : [`until = ${until}`]), ...whereLine(ones[0]), ...ones.map(tomlLine));
  }
  return `${lines.join("\n")}\n`;
}

const needsFile = (s = S) => Object.keys(s.set).some(key => key.startsWith("events.")) || !scenarioOf(s.base).shipped;
function commandFor(s = S) {
  const sets = () => Object.entries(s.set).map(([path, value]) => ` --set ${path}=${tomlValue(path, value)}`),
    what = needsFile(s) ? "my-scenario.toml" : `${s.base}${sets().join("")}`,
    known = FACTS.held ? ` --known ${FACTS.held}` : "";
  return `entrench run ${what} --runs ${FACTS.runs} --seed ${FACTS.seed}${FACTS.point ? " --defaults" : ""}${known}`;
}
