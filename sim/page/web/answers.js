// The first screen: the question, its answer and what it rests on; from what is stored or from all
// runs, never from a part of them. Until a new answer is there, the old one stays in grey.

import { FACTS, lastYear, scenarioOf } from "./data.js";
import { $, element, markup, renew, safe, tell } from "./dom.js";
import { leftFor, leftSummary, seriesFor, twinOf, untilOf, withdrawals, withdrawnSince } from "./series.js";
import { S, canRun, choose, isEdited, keyOf, plain, reference, shortOf, unedited } from "./state.js";
import { counted, fewerOrMore, fill, formatted, inWords, ofHundred, spanOfChange, when } from "./words.js";

// { sentence, detail, bars, steps, options }; null while something of it is run.
export function answerFor(s = S) {
  const since = withdrawnSince(s);
  return since === null ? whatChanges(s) : whatStays(s, since);
}

function whatStays(s, since) {
  const left = leftFor(s, since),
    free = leftFor(twinOf(s, "free"), since),
    others = [
      ["goes", keyOf(s) === FACTS.reference ? null : reference()],
      ["free", twinOf(s, "free")],
      ["before", isEdited(s) && withdrawnSince(plain(s.base)) === since ? plain(s.base) : null],
    ].filter(([, other]) => other && keyOf(other) !== keyOf(s));
  if (!left) return null;
  const mine = leftSummary(left),
    bars = [{ label: "stops", mine: true, ...mine }];
  if (!mine) return { sentence: "No system works when China stops.", detail: "", bars: [] };
  for (const [label, other] of others) {
    const runs = leftFor(other, since);
    if (label === "goes" && withdrawnSince(other) !== null) continue;
    if (runs) bars.push({ label, ...leftSummary(runs) });
    else if (canRun(other)) bars.push({ label });
  }
  const told = { mean: ofHundred(mine.mean), low: ofHundred(mine.low), high: ofHundred(mine.high) };
  const sentence = fill("stays", {
    when: when(Math.min(...withdrawals(s))),
    share: `<b>${inWords(mine.mean)}</b>`,
    years: counted(untilOf(since) - since, "year"),
  });
  if (S.question !== "holds") return { sentence, detail: fill("left", told), bars };
  const paid = leftFor(twinOf(s, "paid"), since);
  if (!free || !paid) return canRun(s) ? null : { sentence, detail: fill("left", told), bars };
  return { sentence, detail: fill("left", told), bars: [], steps: staircase(left, free, paid) };
}

// What holds the systems, and what undoes that: each step taken run by run.
const staircase = (left, free, paid) => [
  { label: "free", level: leftSummary(free) },
  { label: "cost", step: leftSummary(left, free), from: leftSummary(free).mean },
  { label: "stops", level: leftSummary(left), mine: true },
  { label: "bills", step: leftSummary(paid, left), from: leftSummary(left).mean },
  { label: "paid", level: leftSummary(paid) },
];

// What a change does to the number of working systems.
function whatChanges(s) {
  const year = lastYear(),
    last = series => series && { mean: series.mean.at(-1), low: series.low.at(-1), high: series.high.at(-1) };
  if (keyOf(s) === FACTS.reference) {
    const { mean, low, high } = last(seriesFor(s, FACTS.outcome, "world"));
    const told = { year, size: `<b>${formatted(mean)}</b>`, all: FACTS.states.length };
    return { sentence: fill("level", told), detail: fill("levels", { low: formatted(low), high: formatted(high) }), bars: [] };
  }
  const change = last(seriesFor(s, FACTS.outcome, "world", true));
  if (!change) return null;
  const than = safe(shortOf(reference()));
  const none = !change.mean && !change.low && !change.high,
    size = `<b>${fewerOrMore(change.mean)}</b>`,
    unsure = change.low * change.high > 0 ? "" : ` ${fill("unsure", {})}`;
  const options = S.question === "allies" ? FACTS.allies.filter(scenarioOf).map(optionOf) : [];
  return {
    sentence: fill(none ? "same" : "change", { size, year, than }),
    detail: none ? "" : fill("range", { range: spanOfChange(change) }) + unsure,
    bars: [],
    options,
  };
}
function optionOf(name) {
  const series = seriesFor(plain(name), FACTS.outcome, "world", true);
  return series && { name, mean: series.mean.at(-1), low: series.low.at(-1), high: series.high.at(-1) };
}

export function drawAnswer() {
  const answer = answerFor(),
    pending = !answer && canRun(S);
  $("answer-box").classList.toggle("stale", pending);
  if (!pending) {
    const { sentence, detail, bars, steps, options } = answer ?? { sentence: "This page cannot run that.", detail: "", bars: [] };
    if ($("answer").innerHTML !== sentence) $("answer").innerHTML = sentence;
    tell("detail", detail);
    renew($("bars"), bars, () => bars.map(barOf));
    renew($("steps"), steps ?? [], () => (steps ?? []).map(stairOf));
    renew($("options"), options ?? [], () => (options ?? []).filter(Boolean).map(optionRow));
    $("fits").hidden = !steps;
    tell("fits", steps ? fill("fits", {}) : "");
  }
  $("rests").hidden = withdrawnSince() === null;
  for (const way of $("ways").children) way.ariaPressed = String(way.dataset.way === S.question);
}

const bar = (parts, label) => element("span", { className: "bar", ariaHidden: "true", innerHTML: parts, title: label });
const wide = (name, from, to, more = "") =>
  markup(name, { style: `left:${(100 * Math.min(from, to)).toFixed(1)}%;width:${(100 * Math.abs(to - from)).toFixed(1)}%`, class: more });
const textOf = (name, textContent) => element(name, { textContent });

function barOf({ label, mine, mean, low, high }) {
  if (mean === undefined) return element("li", { className: "stale" }, textOf("span", FACTS.sentences[label]), bar(""), "…");
  const parts = wide("b", 0, mean, mine ? "mine" : "") + wide("i", low, high);
  return element(
    "li",
    {},
    textOf("span", FACTS.sentences[label]),
    bar(parts),
    textOf("strong", `${ofHundred(mean)} of 100`),
    textOf("small", `${ofHundred(low)} to ${ofHundred(high)}`),
  );
}
function stairOf({ label, level, step, from, mine }) {
  if (level) return barOf({ label, mine, ...level });
  const parts = wide("b", from, from + step.mean, "step") + wide("i", from + step.low, from + step.high);
  const points = share => formatted(share, "share", true).replace("\u00a0pp", "");
  return element(
    "li",
    { className: "step" },
    textOf("span", FACTS.sentences[label]),
    bar(parts),
    textOf("strong", points(step.mean)),
    textOf("small", `${points(step.low)} to ${points(step.high)}`),
  );
}

function optionRow({ name, mean, low, high }) {
  const pick = () => choose({ base: name, ...unedited() });
  const link = element("button", { type: "button", textContent: shortOf(plain(name)), onclick: pick });
  return element("li", {}, link, ` ${fewerOrMore(mean)} (${spanOfChange({ low, high })})`);
}
