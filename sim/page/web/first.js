// The first chart: of 100 countries whose system works when the offer ends, how many still have one; where
// the offer does not end, how many countries have one. As sim/page/drawing.py draws it without a script.

import { FACTS, YEARS, lastYear } from "./data.js";
import { $, button, element, markup, safe, showTip, tableOf, tell } from "./dom.js";
import { curveFor, seriesFor, stopDate, withdrawnSince } from "./series.js";
import { S, canRun, goesOn, isEdited, keyOf, plain, reference, shortOf } from "./state.js";
import { stepAbove } from "./statistics.js";
import { LINES, effectOf, fromSurface, leversSet } from "./surface.js";
import { fill, ofHundred, when } from "./words.js";

const LABEL_ROW = 17; // pixels between the lines of a label
let plot = null, // what is drawn: { years, mine, goes, x, y }
  size = null, // of the chart in pixels; measured unless a lever moves, when it would lay out the page twice a frame
  guess = null, // of 100
  isGuessing = false;

// What the chart is of: { since, years, mine, goes, before, top }; a curve is null while it is run.
export function firstCurves() {
  const since = withdrawnSince();
  if (since === null) {
    const numbers = s => {
      const found = seriesFor(s, FACTS.outcome, "world"),
        from = YEARS().indexOf(FACTS.observed_until),
        [mean, q05, q95] = found ? [found.mean, found.low, found.high].map(line => line.slice(from)) : [];
      return mean && { mean, ...(found.partial ? { isPartial: true } : { q05, q95 }) };
    };
    const [mine, goes] = [numbers(S), keyOf() === FACTS.reference ? null : numbers(reference())],
      most = Math.max(1, ...[mine?.q95, mine?.mean, goes?.mean].flatMap(line => line ?? []));
    return { since, years: YEARS().filter(year => year >= FACTS.observed_until), mine, goes, top: stepAbove(most / 4) * Math.ceil(most / stepAbove(most / 4)) };
  }
  const levers = leversSet(),
    curve = (s, way) => curveFor(s, since) ?? (levers && fromSurface(way, levers)),
    base = plain(S.base);
  return {
    since,
    years: Array.from({ length: FACTS.keep + 1 }, (_, k) => since + k),
    mine: curve(S, "stops"),
    goes: curve(goesOn(), "goes"),
    before: isEdited() && withdrawnSince(base) === since ? curveFor(base, since) : null,
    top: 1,
  };
}

const numberOf = (value, top) => (top === 1 ? ofHundred(value) : String(Math.round(value)));

// A page that was saved begins with its own answer, which stands until its runs are there again.
let saved = "";
export const takeSaved = () => (saved = keyOf());
export const isAsSaved = () => saved === keyOf() && (firstCurves().mine?.isStored ?? true);

export function drawFirst(live) {
  const curves = firstCurves();
  if (curves.mine && !isAsSaved()) {
    if (!live || !size) size = [Math.max(260, $("first-chart").clientWidth), $("first-chart").clientHeight];
    drawCurvesOf(curves);
    if (!live) drawNumbersOf(curves);
  }
  drawNumbersOfLead();
}

function drawCurvesOf({ since, years, mine, goes, before, top }) {
  const home = $("first-chart"),
    [width, height] = size,
    isNarrow = width < 560,
    [left, right, above, below] = [34, width - (isNarrow ? 104 : 170), 12, height - 24],
    x = year => left + ((year - years[0]) / (years.at(-1) - years[0])) * (right - left),
    y = value => below - (value / top) * (below - above);
  const points = values => values.map((value, k) => `${x(years[k]).toFixed(1)},${y(value).toFixed(1)}`),
    line = (of, look) => of && markup("polyline", { class: `line ${look}`, points: points(of.mean).join(" ") }),
    band = (low, high) => low && markup("polygon", { class: `band mine ${mine.isRough ? "pale" : ""}`, points: [...points(high), ...points(low).reverse()].join(" ") });
  const step = top === 1 ? 0.25 : stepAbove(top / 4),
    values = Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, k) => k * step),
    every = isNarrow || years.length > 12 ? 5 : 2;
  const stopped = top === 1 ? markup("path", { class: "event", d: `M${x(years[0])},${above - 6}V${below}` }) + wordAt(x(years[0]) + 7, below - 8, fill("stop", { when: when(stopDate(S)) }), "tick") : "";
  const parts = [
    ...values.map(value => markup("path", { class: "grid", d: `M${left},${y(value)}H${right}` }) + wordAt(left - 6, y(value) + 4, numberOf(value, top), "tick end")),
    ...years.filter(year => (year - years[0]) % every === 0).map(year => wordAt(x(year), height - 6, year, "tick middle")),
    band(mine.q05, mine.q95),
    band(mine.q25, mine.q75),
    stopped,
    line(before, "before"),
    line(goes, "goes"),
    line(mine, "mine"),
    ...labelsOf({ since, mine, goes, before, top }, y, right + 12, [above, below]),
    guess === null || top !== 1 ? "" : markup("path", { class: "guess", d: `M${right - 8},${y(guess / 100)}l8,-8l8,8l-8,8z` }) + wordAt(right - 14, y(guess / 100) + 5, fill("drawn", {}), "end-label end"),
    markup("g", { id: "first-cross" }),
  ];
  plot = { years, mine, goes, top, x, y, since };
  const says = top === 1 ? fill("first_says", { since, until: years.at(-1), mine: ofHundred(mine.mean.at(-1)), low: ofHundred(mine.q05.at(-1)), high: ofHundred(mine.q95.at(-1)), goes: goes ? ofHundred(goes.mean.at(-1)) : "–" }) : $("answer").textContent;
  home.innerHTML = markup("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": isGuessing ? fill("guess", {}) : says }, ...parts.filter(Boolean));
}
// The same as a table, for those who do not see it.
function drawNumbersOf({ since, years, mine, goes, top }) {
  const row = (year, k) => [String(year), numberOf(mine.mean[k], top), mine.q05 && !mine.isRough ? `${numberOf(mine.q05[k], top)} to ${numberOf(mine.q95[k], top)}` : "–", goes ? numberOf(goes.mean[k], top) : "–"];
  $("first-numbers").replaceChildren(...tableOf(["End of", endOf("mine", since), "nine in ten runs", endOf("goes", since)], years.map(row)));
}
const wordAt = (x, y, text, look) => markup("text", { x: x.toFixed(1), y: y.toFixed(1), class: look }, safe(text));

const endOf = (look, since) => (since === null ? (look === "mine" ? shortOf() : fill("ends_than", { than: shortOf(reference()) })) : fill(`ends_${look}`, {}));

// Numbers at the ends of lines, apart from each other.
function labelsOf({ since, mine, goes, before, top }, y, left, [above, below]) {
  const number = of => (of.isPartial ? "…" : numberOf(of.mean.at(-1), top)),
    rangeOf = of => (of.q05 && !of.isRough ? [`${numberOf(of.q05.at(-1), top)} to ${numberOf(of.q95.at(-1), top)}`] : []),
    range = rangeOf(mine),
    spread = range.length ? [fill("ends_band", {}), ...range] : [];
  const isMoved = before && number(before) !== number(mine),
    wanted = [
      { of: mine, look: "mine", rows: [number(mine), endOf("mine", since), ...spread] },
      goes && { of: goes, look: "goes", rows: [number(goes), endOf("goes", since), ...rangeOf(goes)] },
      isMoved && { of: before, look: "before", rows: [`${number(before)} ${fill("ends_before", {})}`] },
    ].filter(Boolean);
  wanted.sort((a, b) => b.of.mean.at(-1) - a.of.mean.at(-1));
  const heights = wanted.map(label => LABEL_ROW * label.rows.length + 12);
  let free = above;
  wanted.forEach((label, k) => {
    const most = below + 10 - heights.slice(k).reduce((sum, height) => sum + height, 0) + LABEL_ROW;
    label.at = Math.max(Math.min(y(label.of.mean.at(-1)) + 5, most), free);
    free = label.at + heights[k];
  });
  return wanted.flatMap(({ look, rows, at }) => rows.map((row, k) => wordAt(left, at + LABEL_ROW * k, row, `${k || look === "before" ? "end-label" : "number"} ${look}`)));
}

// The numbers at the ends in a line, for those who are elsewhere on the page.
export function inShort() {
  const { mine, goes } = firstCurves(),
    told = of => (of ? ofHundred(of.mean.at(-1)) : "…");
  return fill("bar", { mine: told(mine), stops: fill("ends_mine", {}), goes: told(goes), goes_on: fill("ends_goes", {}) });
}

// ---- the lever of the first screen: its words have the number that each gives

function drawNumbersOfLead() {
  const levers = leversSet(),
    { path } = FACTS.levers.find(lever => lever.lead) ?? {};
  for (const chip of $("lead").querySelectorAll(".chip")) {
    const { [path]: _, ...others } = levers ?? {},
      found = levers && fromSurface("stops", chip.dataset.place === "open" ? others : { ...others, [path]: +chip.value });
    chip.querySelector("b").textContent = found && withdrawnSince() !== null ? ofHundred(found.mean.at(-1)) : "";
  }
}

// What a lever does to the answer over its plausible range, in words.
export function saidOf(key) {
  const found = withdrawnSince() === null ? null : effectOf(key);
  if (!found || found.some(Number.isNaN)) return "";
  const size = 100 * (Math.max(...found) - Math.min(...found));
  if (size < 0.5) return fill("dead", {});
  if (size < 2.5) return fill("weak", { size: Math.round(size) || 1 });
  return fill("moves", { first: ofHundred(found[0]), last: ofHundred(found.at(-1)) });
}

// ---- pointer and guess

export function makeFirst() {
  const home = $("first-chart");
  home.onpointermove = home.onpointerdown = event => {
    if (!plot || isGuessing) return;
    const area = home.getBoundingClientRect(),
      { years, mine, goes, top, x, y, since } = plot,
      k = years.reduce((best, year, i) => (Math.abs(x(year) - event.clientX + area.left) < Math.abs(x(years[best]) - event.clientX + area.left) ? i : best), 0),
      told = [[mine, "mine"], [goes, "goes"]].filter(([of]) => of);
    $("first-cross").innerHTML = told.map(([of, look]) => markup("circle", { class: look, cx: x(years[k]), cy: y(of.mean[k]), r: 5 })).join("");
    const says = ([of, look]) => markup("div", {}, `${numberOf(of.mean[k], top)} ${safe(endOf(look, since))}${look === "mine" && of.q05 && !of.isRough ? ` (${numberOf(of.q05[k], top)} to ${numberOf(of.q95[k], top)})` : ""}`);
    showTip(event, `<b>End of ${years[k]}</b>${told.map(says).join("")}`);
  };
  home.onpointerleave = () => {
    if ($("first-cross")) $("first-cross").innerHTML = "";
    showTip(null, "");
  };
  const number = element("input", { type: "number", min: 0, max: 100, id: "guess-number", ariaLabel: fill("guess", {}), hidden: true }),
    said = element("span", { className: "fine", id: "guess-text" }),
    start = button("Guess first", () => guessing(!isGuessing), { id: "guess-start" });
  const guessing = on => {
    isGuessing = on;
    if (on) guess = null;
    number.hidden = !on;
    number.value = "";
    start.textContent = on ? "Show the answer" : "Guess first";
    $("first").classList.toggle("guessing", on);
    said.textContent = on ? fill("guess", {}) : guess === null ? "" : fill("guessed", { guess, mean: ofHundred(plot.mine.mean.at(-1)) });
    drawFirst();
    if (on) number.focus();
  };
  number.onchange = () => {
    if (number.value === "") return;
    guess = Math.min(100, Math.max(0, Math.round(+number.value)));
    guessing(false);
    start.focus();
  };
  $("guess").replaceChildren(said, number, start);
}
export const drawGuessControls = () => ($("guess").hidden = withdrawnSince() === null);
