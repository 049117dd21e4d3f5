// The first chart: of 100 countries whose system works when the offer ends, how many still have one; where
// the offer does not end, how many countries have one. And the chart of real systems.

import { FACTS, YEARS, parameterAt } from "./data.js";
import { $, markup, safe, showTip, tableOf } from "./dom.js";
import { NARROW, drawing, numberOf, wordAt } from "./drawing.js";
import { curveFor, seriesFor, stopDate, withdrawnSince } from "./series.js";
import { S, goesOn, isEdited, keyOf, plain, reference, shortOf } from "./state.js";
import { stepAbove } from "./statistics.js";
import { effectOf, fromSurface, leversSet } from "./surface.js";
import { fill, ofHundred, when } from "./words.js";

let plot = null, // what is drawn: { years, mine, goes, x, y }
  size = null; // of the chart in pixels; measured unless a lever moves, when it would lay out the page twice a frame

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

export function drawFirst(live) {
  const curves = firstCurves();
  if (curves.mine) {
    if (!live || !size) size = [Math.max(260, $("first-chart").clientWidth), $("first-chart").clientHeight];
    drawCurvesOf(curves);
    if (!live) drawNumbersOf(curves);
  }
  drawNumbersOfLead();
}

function drawCurvesOf({ since, years, mine, goes, before, top }) {
  const [width, height] = size,
    every = width < NARROW || years.length > 12 ? 5 : 2,
    number = of => (of.isPartial ? "…" : numberOf(of.mean.at(-1), top)),
    range = rangeOf(mine, -1, top);
  const curves = [
    before && { mean: before.mean, look: "before", rows: number(before) === number(mine) ? [] : [`${number(before)} ${fill("ends_before", {})}`] },
    goes && { mean: goes.mean, look: "goes", rows: [number(goes), endOf("goes", since), ...rangeOf(goes, -1, top)] },
    {
      mean: mine.mean,
      bands: [[mine.q05, mine.q95], [mine.q25, mine.q75]].filter(([low]) => low),
      look: mine.isRough ? "mine pale" : "mine",
      rows: [number(mine), endOf("mine", since), ...(range.length ? [fill("ends_band", {}), ...range] : [])],
    },
  ];
  const stopped = (x, y) => markup("path", { class: "event", d: `M${x(since)},${y(1) - 6}V${y(0)}` }) + wordAt(x(since) + 7, y(0) - 8, fill("stop", { when: when(stopDate(S)) }), "tick"),
    says = () => fill("first_says", { since, until: years.at(-1), mine: ofHundred(mine.mean.at(-1)), low: ofHundred(mine.q05.at(-1)), high: ofHundred(mine.q95.at(-1)), goes: goes ? ofHundred(goes.mean.at(-1)) : "–" });
  const { x, y, svg } = drawing({
    width, height, top, from: years[0], to: years.at(-1),
    step: top === 1 ? 0.25 : stepAbove(top / 4),
    ticks: years.filter((_, k) => k % every === 0).map(year => [year, year]),
    curves: curves.filter(Boolean).map(curve => ({ at: years, ...curve })),
    says: top === 1 ? says() : $("answer").textContent,
    more: (...axes) => (top === 1 ? stopped(...axes) : "") + markup("g", { id: "first-cross" }),
  });
  plot = { years, mine, goes, top, x, y, since };
  $("first-chart").innerHTML = svg;
}
// The same as a table, for those who do not see it.
function drawNumbersOf({ since, years, mine, goes, top }) {
  const row = (year, k) => [String(year), numberOf(mine.mean[k], top), rangeOf(mine, k, top)[0] ?? "–", goes ? numberOf(goes.mean[k], top) : "–"];
  $("first-numbers").replaceChildren(...tableOf(["End of", endOf("mine", since), "nine in ten runs", endOf("goes", since)], years.map(row)));
}
// The middle 90% of runs in a year, where the band is not too rough for numbers.
const rangeOf = ({ q05, q95, isRough }, k, top) => (q05 && !isRough ? [`${numberOf(q05.at(k), top)} to ${numberOf(q95.at(k), top)}`] : []);

const endOf = (look, since) => (since === null ? (look === "mine" ? shortOf() : fill("ends_than", { than: shortOf(reference()) })) : fill(`ends_${look}`, {}));

// How long real systems last, and the model's.
export function drawSurvival() {
  const home = $("survival"),
    width = home.clientWidth,
    words = { model: ["km_model", "goes"], record: ["km_record", "record"] };
  const curveOf = ([of, { at, mean, low, high }]) => {
    const [sentence, look] = words[of],
      said = fill(sentence, { low: ofHundred(low.at(-1)), high: ofHundred(high.at(-1)) });
    return { at, mean, bands: [[low, high]], look, rows: [ofHundred(mean.at(-1)), ...said.split("|")] };
  };
  const chartOf = ({ kind, years, ...of }) => {
    const curves = Object.entries(of).map(curveOf),
      [model, real] = curves.map(({ rows }) => rows[0]),
      ticks = [[0, 0], [years / 2, `${years / 2} years of service`], [years, years]],
      { svg } = drawing({ width, height: width < NARROW ? 236 : 330, top: 1, step: 0.25, from: 0, to: years, ticks, curves, stepped: true, says: fill("km_says", { kind, years, real, model }) });
    return markup("p", { class: "deck" }, markup("b", {}, kind)) + svg;
  };
  home.innerHTML = FACTS.survival.map(chartOf).join("");
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

// ---- the doubt, and the pointer

const BILL = "contracts.fee";

export function makeFirst() {
  // What the bill does over its plausible range, as the lever of the first screen has its own.
  const bills = (FACTS.surface && parameterAt(BILL)?.plausible?.map(fee => fromSurface("stops", { [BILL]: fee }))) || [],
    [first, last] = bills.map(curve => curve && ofHundred(curve.mean.at(-1)));
  $("doubt").innerHTML = fill("doubt", {}) + (first ? fill("bill", { first, last }) : "");
  drawSurvival();
  const home = $("first-chart");
  home.onpointermove = home.onpointerdown = event => {
    if (!plot) return;
    const area = home.getBoundingClientRect(),
      { years, mine, goes, top, x, y, since } = plot,
      away = year => Math.abs(x(year) - event.clientX + area.left),
      k = years.reduce((best, year, i) => (away(year) < away(years[best]) ? i : best), 0),
      told = [[mine, "mine"], [goes, "goes"]].filter(([of]) => of);
    const cross = told.map(([of, look]) => markup("circle", { class: look, cx: x(years[k]), cy: y(of.mean[k]), r: 5 }));
    $("first-cross").innerHTML = cross.join("");
    const says = ([of, look]) => markup("div", {}, `${numberOf(of.mean[k], top)} ${safe(endOf(look, since))}${look === "mine" ? rangeOf(of, k, top).map(range => ` (${range})`).join("") : ""}`);
    showTip(event, `<b>End of ${years[k]}</b>${told.map(says).join("")}`);
  };
  home.onpointerleave = () => {
    if ($("first-cross")) $("first-cross").innerHTML = "";
    showTip(null, "");
  };
}
