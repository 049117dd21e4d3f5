// The first screen in words: the answer to what is chosen, from what is stored, from all runs, or from the
// surface of stored runs; never from a part of the runs.

import { FACTS, lastYear, scenarioOf } from "./data.js";
import { $, safe, tell } from "./dom.js";
import { firstCurves } from "./first.js";
import { inYear, runsShown, seriesFor, stopDate, withdrawnSince } from "./series.js";
import { S, canRun, isEdited, keyOf, reference, shortOf, titleOf } from "./state.js";
import { fewerOrMore, fill, formatted, inWords, ofHundred, when } from "./words.js";

// { sentence, detail }; null while it is run.
function answerFor() {
  const { since, mine, goes } = firstCurves();
  if (since === null) return whatChanges();
  if (!mine) return null;
  if (!mine.mean.length) return { sentence: fill("nothing", {}), detail: "" };
  // A scenario of one's own may change more than the end of the offer.
  const title = S.base in FACTS.short ? "" : fill("scenario", { title: safe(scenarioOf(S.base).title) }),
    share = `<b>${inWords(mine.mean.at(-1))}</b>`,
    on = goes ? fill("stays_goes", { goes: ofHundred(goes.mean.at(-1)) }) : "",
    basis = mine.isStored ? fill("live", {}) : fill("basis", { runs: runsShown() });
  return { sentence: title + fill("stays", { when: when(stopDate(S)), share, until: since + FACTS.keep, goes: on }), detail: fill("left", { since, basis }) };
}

// What a change does to the number of working systems.
function whatChanges() {
  const year = lastYear(),
    basis = fill("basis", { runs: runsShown() }),
    all = FACTS.states.length,
    series = seriesFor(S, FACTS.outcome, "world", keyOf() === FACTS.reference ? "" : FACTS.reference);
  if (!series || (keyOf() !== FACTS.reference && !runsShown())) return null;
  const { mean, low, high } = inYear(series, year),
    detail = fill("number", { all, basis });
  if (keyOf() === FACTS.reference) return { sentence: fill("level", { year, size: `<b>${formatted(mean)}</b>`, all }), detail };
  const size = fewerOrMore(mean),
    words = { size: `<b>${size}</b>`, year, than: safe(shortOf(reference())) },
    title = scenarioOf(keyOf()) ? fill("scenario", { title: safe(titleOf()) }) : fill("yours", {}),
    end = Math.floor(stopDate(S)),
    late = end <= year && end + FACTS.keep > year + 1 ? fill("late", { years: FACTS.keep, year }) : "",
    isNone = [low, high].some(value => formatted(value, "countries") === "0"),
    unsure = isNone ? "little" : low * high < 0 ? "unsure" : "";
  return {
    sentence: title + fill(size === fewerOrMore(0) ? "same" : "change", words),
    detail: [low || high ? fill("range", { low: formatted(low, "", true), high: formatted(high, "", true) }) : "", unsure && fill(unsure, {}), late, detail].filter(Boolean).join(" "),
  };
}

export function drawAnswer() {
  const answer = answerFor(),
    isPending = !answer && canRun();
  // The old answer is to another question, as is the chart where there is no curve yet.
  $("answer").classList.toggle("stale", isPending);
  $("first-chart").classList.toggle("stale", isPending && !firstCurves().mine);
  $("doubt").hidden = withdrawnSince() === null;
  if (isPending) {
    // Of another quantity, the old number would mislead.
    if (withdrawnSince() === null) $("answer").innerHTML = fill("asked", { title: safe(titleOf()) });
    return tell("detail", fill("waits", {}));
  }
  const { sentence, detail } = answer ?? { sentence: fill("cannot", {}), detail: "" };
  if ($("answer").innerHTML !== sentence) $("answer").innerHTML = sentence;
  tell("detail", detail);
}
