// The first screen: the question, its answer and what it rests on; from what is stored or from all
// runs, never from a part of them. Until a new answer is there, the old one stays in grey.

import { FACTS, lastYear, scenarioOf } from "./data.js";
import { $, button, element, markup, renew, safe, tell } from "./dom.js";
import { alliesShown, inYear, leftFor, leftSummary, otherDate, seriesFor, stopDate, twinOf, withdrawnSince } from "./series.js";
import { S, canRun, choose, keyOf, plain, reference, shortOf, titleOf } from "./state.js";
import { counted, fewerOrMore, fill, formatted, inUnit, inWords, ofHundred, spanOfChange, when } from "./words.js";

let answered = ""; // what the answer on the page is to
const asked = () => `${keyOf()} ${S.question}`;
// A page that was saved begins with the answer to what it asks.
export const takeSavedAnswer = () => (answered = asked());

// { sentence, detail, rows, isStairs }; null while something of it is run.
function answerFor(s = S) {
  const since = withdrawnSince(s);
  return since === null ? whatChanges(s) : whatStays(s, since);
}

function whatStays(s, since) {
  const left = leftFor(s, since);
  if (!left) return null;
  const mine = leftSummary(left);
  if (!mine) return { sentence: fill("nothing", {}), detail: "", rows: [] };
  // A scenario of one's own may change more than the end of the offer.
  const isUsual = s.base in FACTS.short,
    title = isUsual ? "" : fill("scenario", { title: safe(scenarioOf(s.base).title) });
  const sentence = title + fill("stays", {
    when: when(stopDate(s)),
    share: `<b>${inWords(mine.mean)}</b>`,
    years: counted(FACTS.keep, "year"),
  });
  const dates = byOtherDate(s),
    detail = `${fill("left", { mean: ofHundred(mine.mean), low: ofHundred(mine.low), high: ofHundred(mine.high) })} ${dates ?? ""}`;
  if (S.question !== "holds") {
    const others = beside(s, since);
    if (canRun() && (dates === null || others.some(row => !row.bar))) return null;
    return { sentence, detail, rows: [level(isUsual ? "stops" : "here", left, "mine"), ...others] };
  }
  // What holds the systems, and what undoes that: each step taken run by run.
  const [free, paid] = ["free", "paid"].map(twin => leftFor(twinOf(s, twin), since));
  if (!free || !paid) return canRun() ? null : { sentence, detail, rows: [] };
  const stairs = [
    level("free", free), stair("cost", left, free), level("stops", left, "mine"), stair("bills", paid, left), level("paid", paid),
  ];
  return { sentence, detail, rows: stairs, isStairs: true };
}

// What another date changes, both counted at the same time; null while it is run.
function byOtherDate(s) {
  if (otherDate(s) === null) return "";
  const base = plain(s.base);
  const series = [seriesFor(base, FACTS.outcome, "world"), seriesFor(s, FACTS.outcome, "world"), seriesFor(s, FACTS.outcome, "world", keyOf(base))];
  if (series.some(found => !found || found.partial)) return null;
  const [before, now, change] = series.map(found => inYear(found, lastYear())),
    [first, second] = [base, s].map(of => inUnit(stopDate(of), FACTS.date_field));
  const sizes = { before: formatted(before.mean), now: formatted(now.mean), change: fewerOrMore(change.mean), range: spanOfChange(change) };
  return fill("dates", { year: lastYear(), first, second, ...sizes });
}

// Rows of shares that stay: of what else may be, and of a step from one share to another.
function beside(s, since) {
  const base = plain(s.base),
    others = [
      withdrawnSince(reference()) === null && ["goes", reference()],
      ["free", twinOf(s, "free")],
      withdrawnSince(base) === since && ["before", base],
    ].filter(pair => pair && keyOf(pair[1]) !== keyOf(s));
  const rowOfOther = ([label, other]) => {
    const left = leftFor(other, since);
    return left ? level(label, left) : canRun() ? { label: FACTS.sentences[label] } : null;
  };
  return others.map(rowOfOther).filter(Boolean);
}
function level(label, left, look = "") {
  const { mean, low, high } = leftSummary(left),
    range = `${ofHundred(low)} to ${ofHundred(high)}`;
  return { label: FACTS.sentences[label], look, bar: [0, mean, low, high], size: `${ofHundred(mean)} of 100`, range };
}
function stair(label, there, here) {
  const { mean, low, high } = leftSummary(there, here),
    from = leftSummary(here).mean,
    [size, ...range] = [mean, low, high].map(share => formatted(share, "share", true).replace("\u00a0pp", ""));
  return { label: FACTS.sentences[label], look: "step", bar: [from, ...[mean, low, high].map(step => from + step)], size, range: range.join(" to ") };
}

// What a change does to the number of working systems.
function whatChanges(s) {
  const year = lastYear(),
    series = seriesFor(s, FACTS.outcome, "world", keyOf(s) === FACTS.reference ? "" : FACTS.reference);
  if (!series) return null;
  const { mean, low, high } = inYear(series, year);
  if (keyOf(s) === FACTS.reference) {
    const sentence = fill("level", { year, size: `<b>${formatted(mean)}</b>`, all: FACTS.states.length });
    return { sentence, detail: fill("levels", { low: formatted(low), high: formatted(high) }), rows: [] };
  }
  const size = fewerOrMore(mean),
    words = { size: `<b>${size}</b>`, year, than: safe(shortOf(reference())) },
    title = scenarioOf(keyOf(s)) ? fill("scenario", { title: safe(titleOf(s)) }) : fill("yours", {}),
    end = Math.floor(stopDate(s)),
    late = end <= year && end + FACTS.keep > year + 1 ? fill("late", { years: FACTS.keep, year }) : "",
    range = spanOfChange({ low, high }),
    isNone = [low, high].some(value => formatted(value, "countries") === "0"),
    unsure = isNone ? "little" : low * high < 0 ? "unsure" : "";
  return {
    sentence: title + fill(size === fewerOrMore(0) ? "same" : "change", words),
    detail: [low || high ? fill("range", { range }) : "", unsure && fill(unsure, {}), late].filter(Boolean).join(" "),
    rows: S.question === "allies" ? alliesShown().map(optionOf) : [],
  };
}
function optionOf(name) {
  const series = seriesFor(plain(name), FACTS.outcome, "world", FACTS.reference),
    change = series && inYear(series, lastYear());
  return { label: shortOf(plain(name)), note: FACTS.allies[name], pick: name, look: "option", ...(change && { size: fewerOrMore(change.mean), range: spanOfChange(change) }) };
}

export function drawAnswer() {
  const answer = answerFor(),
    pending = !answer && canRun();
  $("answer-box").classList.toggle("stale", pending && answered !== asked());
  if (!pending) {
    answered = asked();
    const { sentence, detail, rows, isStairs } = answer ?? { sentence: fill("cannot", {}), detail: "", rows: [] };
    if ($("answer").innerHTML !== sentence) $("answer").innerHTML = sentence;
    tell("detail", detail);
    renew($("bars"), rows, () => rows.map(rowOf));
    $("fits").hidden = !isStairs;
  }
  $("rests").hidden = $("measure").hidden = withdrawnSince() === null;
  for (const way of $("ways").children) way.ariaPressed = String(way.name === S.question);
}

// A row beneath the answer, as sim/page/build.py writes it.
function rowOf({ label, note, look, pick, bar, size, range }) {
  const text = (name, textContent) => element(name, { textContent }),
    wide = (name, from, to, more) =>
      markup(name, { style: `left:${(100 * Math.min(from, to)).toFixed(1)}%;width:${(100 * Math.abs(to - from)).toFixed(1)}%`, class: more });
  const [from, to, low, high] = bar ?? [0, 0, 0, 0],
    drawn = element("span", { className: "bar", ariaHidden: "true", innerHTML: wide("b", from, to, look) + wide("i", low, high) });
  const name = pick ? button(label, () => choose(plain(pick))) : text("span", label);
  return element("li", { className: size ? (look ?? "") : `${look ?? ""} stale` }, name, pick ? "" : drawn, text("strong", size ?? "…"), text("small", range ?? ""), note ? text("em", note) : "");
}
