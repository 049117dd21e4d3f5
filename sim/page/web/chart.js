// The chart: the past as observed and as simulated, and scenarios after it, drawn as SVG.

import { FACTS, YEARS, lastYear, membersOf, outcomeNamed, scenarioOf, stateNamed } from "./data.js";
import { $, element, markup, safe, showTip, tableOf, tell } from "./dom.js";
import { stack } from "./drawing.js";
import { inYear, seriesFor, whoIs } from "./series.js";
import { S, choose, isStop, keyOf, listOf, plain, reference, shortOf } from "./state.js";
import { stepAbove } from "./statistics.js";
import { eventTitle, fill, formatted, formattedBand, isShare, wrapped } from "./words.js";

const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "1 3"]; // of scenarios, a second sign beside the colour
const ROW = 15; // pixels between labels
const LETTER = 6.6; // pixels of a letter of 12, at most

// What is so in a single country is a share of runs; groups beside it are shown as shares of their countries.
const inShares = () => S.who.some(who => who.startsWith("state:"));
export const unitShown = () => (inShares() ? "share" : outcomeNamed(S.outcome).unit);
const sizeOf = who => (inShares() ? membersOf(who).length : 1);
export function whoInWords(who) {
  const [kind, name] = whoIs(who);
  if (kind === "world") return "the world";
  return kind === "state" ? FACTS.states[stateNamed(name)].name : name;
}

// What is drawn: { name, short, sign, role: mine, other or reference, series }.
export function chartLines() {
  const single = S.who.length === 1,
    isReference = keyOf() === FACTS.reference;
  const line = (s, who, sign, role) => {
    const found = seriesFor(s, S.outcome, who, S.diff ? FACTS.reference : ""),
      size = sizeOf(who),
      scale = values => Array.from(values, value => value / size),
      series = found && { ...found, mean: scale(found.mean), low: scale(found.low), high: scale(found.high) };
    const name = single ? shortOf(s) : whoInWords(who) + (role === "reference" ? `, ${shortOf(s)}` : "");
    return { name, sign, role, series };
  };
  const others = S.compare.filter(name => name !== FACTS.reference && name !== keyOf());
  return S.who
    .flatMap((who, k) => [
      isReference || S.diff ? null : line(reference(), who, single ? "r" : k % DASHES.length, "reference"),
      ...(single ? others.map((name, n) => line(plain(name), who, 1 + (n % (DASHES.length - 1)), "other")) : []),
      line({ ...S }, who, k % DASHES.length, "mine"),
    ])
    .filter(Boolean);
}

let PLOT = null; // where things are: { x, y, lines, box }

export function drawChart(lines) {
  const drawn = lines.filter(line => line.series),
    box = boxOf($("chart")),
    [least, most] = span(drawn);
  const years = YEARS(),
    x = year => box.left + ((year - years[0]) / (lastYear() - years[0])) * (box.right - box.left),
    y = value => box.bottom - ((value - least) / (most - least)) * (box.bottom - box.top);
  PLOT = { x, y, lines: drawn, box };
  const parts = [
    zones(),
    axes(least, most),
    eventLines(),
    ...drawn.filter(line => line.role === "mine" && !line.series.partial && S.who.length < 4).map(bandOf),
    ...drawn.map(lineOf),
    markup("line", { class: "now", x1: x(S.year), x2: x(S.year), y1: box.top, y2: box.bottom }),
    ...labels(drawn),
    markup("g", { id: "cross" }),
  ];
  const first = drawn.at(-1),
    outcome = outcomeNamed(S.outcome);
  const aria = `${outcome.label}: ${first ? `${first.name} ${valueAt(first, S.year)} at the end of ${S.year}` : "no numbers yet"}`;
  $("chart").innerHTML = markup(
    "svg",
    { viewBox: `0 0 ${box.width} ${box.height}`, width: box.width, height: box.height, role: "img", "aria-label": aria },
    ...parts,
  );
}

function boxOf(home) {
  const width = Math.max(280, Math.floor(home.clientWidth)),
    narrow = width < 560,
    height = narrow ? 230 : 350;
  return { width, height, left: 42, right: width - (narrow ? 118 : 200), top: 34, bottom: height - 24, narrow };
}

// What the axis spans: lines, and the band that is drawn.
function span(lines) {
  const values = lines.flatMap(({ series, role }) => (role === "mine" && S.who.length < 4 ? [...series.low, ...series.high] : [...series.mean]));
  let least = Math.min(...values, S.diff ? 0 : Infinity),
    most = Math.max(...values, S.diff ? 0 : -Infinity);
  if (!Number.isFinite(least)) return [0, 1];
  if (least > 0 && least < most / 2) least = 0; // from zero, unless that wastes half the room
  const room = (most - least || Math.abs(most) || 1) * 0.05;
  return [least === 0 ? 0 : least - room, most + room];
}

// From the last observed year on all is a scenario; before it, a re-run of the past.
function zones() {
  const { x, box } = PLOT,
    now = x(FACTS.observed_until),
    label = (at, anchor, text) => markup("text", { x: at, y: box.top - 20, "text-anchor": anchor, class: "zone-name" }, text),
    zone = markup("rect", { class: "zone", x: now, y: box.top - 32, width: Math.max(0, box.right - now), height: box.bottom - box.top + 32 });
  return zone + label(now - 6, "end", "simulated past") + label(now + 6, "start", box.narrow ? "scenario" : `scenario, after ${FACTS.observed_until}`);
}

function axes(least, most) {
  const { x, y, box } = PLOT,
    step = stepAbove((most - least) / 4),
    first = Math.ceil(least / step),
    values = Array.from({ length: Math.floor(most / step) - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(9))),
    years = YEARS().filter(year => year % (box.narrow ? 20 : 10) === 0);
  return [
    ...values.map(value => markup("line", { class: "grid", x1: box.left, x2: box.right, y1: y(value), y2: y(value) })),
    ...values.map(value => markup("text", { x: box.left - 6, y: y(value) + 4, "text-anchor": "end" }, formatted(value, unitShown(), S.diff))),
    ...years.map(year => markup("text", { x: x(year), y: box.bottom + 18, "text-anchor": "middle" }, year)),
  ].join("");
}

// Dated events that the scenario has and the reference has not. The end of a year is where its value is:
// an event at its start comes a year before.
function eventLines() {
  const { x, box } = PLOT,
    usual = new Set(scenarioOf(FACTS.reference).assignments.map(one => JSON.stringify(one))),
    dated = listOf().filter(one => one.event && !usual.has(JSON.stringify(one)));
  const byDate = [...Map.groupBy(dated, one => one.date)].slice(0, 4);
  const lineAt = ([date, ones]) => {
    const at = x(Math.max(YEARS()[0], date - 1)),
      [name, ...others] = new Set(ones.map(one => (isStop(one) ? fill("stop", { when: "" }).trim() : eventTitle(one.event)))),
      text = `${Math.floor(date)}: ${name}${others.length ? " …" : ""}`,
      place = at + 6 + LETTER * text.length > box.width ? { x: at - 6, "text-anchor": "end" } : { x: at + 6 };
    return (
      markup("line", { class: "event", x1: at, x2: at, y1: box.top - 8, y2: box.bottom }) +
      markup("text", { class: "event-name", y: box.top - 4, ...place }, safe(text))
    );
  };
  return byDate.map(lineAt).join("");
}

const points = (values, from = 0) =>
  values.map((value, k) => `${PLOT.x(YEARS()[from + k]).toFixed(1)},${PLOT.y(value).toFixed(1)}`);

function bandOf({ series, sign }) {
  const shape = [...points(series.high), ...points(series.low).reverse()];
  return markup("polygon", { class: `band s${sign}`, points: shape.join(" ") });
}

// The simulated past is thin; what is after it is the scenario.
function lineOf({ series, sign, role }) {
  const now = YEARS().indexOf(FACTS.observed_until),
    dash = { reference: "5 3", other: DASHES[sign] }[role],
    look = `line s${sign} ${role} ${series.partial ? "partial" : ""}`;
  const part = (from, to, more) =>
    markup("polyline", { class: look + more, points: points(series.mean.slice(from, to), from).join(" "), "stroke-dasharray": dash });
  return part(0, now + 1, " past") + part(Math.max(now, 0), undefined, "");
}

const valueAt = (line, year) => formattedBand(inYear(line.series, year), unitShown(), S.diff);

// Labels at the ends of lines, with the year's value, and the paired difference between two of them.
function labels(lines) {
  const { x, y, box } = PLOT,
    room = Math.floor((box.width - box.right - 16) / 7.3);
  const wanted = lines
    .filter(line => line.role !== "reference" || S.who.length === 1)
    .map(({ name, sign, series }) => {
      const value = series.partial ? "…" : formatted(inYear(series, S.year).mean, unitShown(), S.diff),
        rows = box.narrow ? [value, ...wrapped(name, room)] : wrapped(`${value} ${name}`, room);
      return { y: y(series.mean.at(-1)) + 4, rows, look: `label s${sign}` };
    });
  const bracket = bracketOf(lines);
  if (bracket) wanted.push(bracket.label);
  const left = box.right + 12;
  const texts = stack(wanted, ROW, 0, box.top + 11, box.bottom + 6).map(({ rows, look, at }) =>
    rows.map((row, k) => markup("text", { class: look, x: left, y: at + ROW * k }, safe(row))).join(""),
  );
  const notes = [S.year === lastYear() ? "" : `end of ${S.year}`, lines.length > S.who.length && S.who.length > 1 ? `dashed: ${shortOf(reference())}` : ""],
    heading = markup("text", { class: "zone-name", x: left, y: box.top - 20 }, safe(notes.filter(Boolean).join("; ")));
  return [...(bracket ? [bracket.line] : []), heading, ...texts];
}

function bracketOf(lines) {
  const { x, y, box } = PLOT,
    mine = lines.find(line => line.role === "mine"),
    other = lines.find(line => line.role === "reference");
  if (S.who.length > 1 || !mine || !other || mine.series.partial) return null;
  const series = seriesFor(S, S.outcome, S.who[0], FACTS.reference);
  if (!series) return null;
  const change = inYear(series, S.year),
    [from, to] = [other, mine].map(line => y(inYear(line.series, S.year).mean));
  if (Math.abs(from - to) < 3) return null;
  const edge = S.year === lastYear() ? box.right + 5 : x(S.year),
    line = markup("path", { class: "bracket", d: `M${edge - 3},${from}H${edge + 2}V${to}H${edge - 3}` }),
    rows = formattedBand(change, unitShown(), true).split(/ (?=\()/); // the mean, and beneath it the band
  return { line, label: { y: (from + to) / 2 - ROW / 2 + 4, rows, look: "label gap" } };
}

// ---- the pointer: it is answered everywhere on the plot

function yearAt({ clientX, clientY }) {
  const area = $("chart").firstElementChild.getBoundingClientRect(),
    { box } = PLOT,
    scale = area.width / box.width,
    place = ((clientX - area.left) / scale - box.left) / (box.right - box.left),
    height = (clientY - area.top) / scale;
  if (place < -0.02 || place > 1.02 || height < 0 || height > box.bottom + 4) return null;
  return YEARS()[Math.round(Math.min(1, Math.max(0, place)) * (YEARS().length - 1))];
}

function pointAt(event) {
  const year = event ? yearAt(event) : null,
    cross = $("cross");
  if (!cross) return;
  if (year === null) {
    cross.innerHTML = "";
    return showTip(null, "");
  }
  const { x, y, box, lines } = PLOT;
  cross.innerHTML = [
    markup("line", { x1: x(year), x2: x(year), y1: box.top, y2: box.bottom }),
    ...lines.map(({ series, sign }) =>
      markup("circle", { class: `s${sign}`, cx: x(year), cy: y(inYear(series, year).mean), r: 4 }),
    ),
  ].join("");
  const told = lines.map(line => markup("div", {}, safe(`${line.name}: ${valueAt(line, year)}`)));
  showTip(event, `<b>End of ${year}</b>${told.join("")}`);
}

export function makeChart() {
  const home = $("chart");
  home.onpointermove = home.onpointerdown = event => pointAt(event);
  home.onpointerleave = () => pointAt(null);
  home.onclick = event => {
    const year = yearAt(event);
    if (year !== null) choose({ year });
  };
}

// ---- published figures beside what the runs recorded

const BOUNDS = { lower: "at least ", upper: "at most " };

export function makeEvidence() {
  const judged = FACTS.evidence.filter(row => row.verdict !== "not judged"),
    missed = judged.filter(row => row.verdict === "missed"),
    fitted = judged.filter(row => row.verdict === "fitted").length,
    rowId = row => `target-${row.target}`,
    named = row => `${row.quantity} (${row.period})`,
    imposed = fill(FACTS.held ? "with_known" : "without_known", {});
  $("targets").replaceChildren(
    ...tableOf(
      ["Published figure", "Verdict", "Observed ± standard error", "Recorded in the model (90%)", "Real in the model (90%)", "Source"],
      FACTS.evidence.map(row => [
        element("span", { id: rowId(row) }, named(row)),
        element("span", { className: row.verdict }, row.verdict + (row.use === "hold-out" ? ", held out" : "")),
        `${BOUNDS[row.bound] ?? ""}${formatted(row.observed, row.unit)}${row.sigma ? ` ± ${formatted(row.sigma, row.unit)}` : ""} ${isShare(row.unit) ? "" : row.unit}`,
        row.mean === null ? "–" : formattedBand(row, row.unit),
        row.real === null ? "–" : formattedBand({ mean: row.real, low: row.real_low, high: row.real_high }, row.unit),
        row.source,
      ]),
    ),
  );
  const names = missed.length ? `: ${missed.map(named).join("; ")}` : "",
    apart = judged.filter(row => row.use === "hold-out");
  tell("judged", fill("judged", { all: judged.length, imposed, missed: missed.length, judged: apart.length, apart: apart.filter(row => row.verdict === "missed").length, fitted, names }));
}
