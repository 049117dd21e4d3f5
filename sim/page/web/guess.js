// Draw first what you think would happen; then the model's band stands beside it.

import { FACTS, YEARS, lastYear } from "./data.js";
import { $, markup, tell } from "./dom.js";
import { PLOT, yearAt } from "./chart.js";
import { seriesFor, withdrawnSince } from "./series.js";
import { S, onChange } from "./state.js";
import { fill, formatted } from "./words.js";

let guess = null; // year → value; null: none
let isDrawing = false;

const canGuess = () => S.view === "chart" && S.outcome === FACTS.outcome && String(S.who) === "world" && !S.diff && withdrawnSince() !== null;
const within = value => Math.max(0, Math.min(FACTS.states.length, value));

export function makeGuess() {
  const take = event => {
    if (!isDrawing || !(event.buttons || event.type === "pointerdown")) return;
    const year = yearAt(event);
    if (year === null || year < withdrawnSince()) return;
    const area = $("chart").firstElementChild.getBoundingClientRect(),
      { y, box } = PLOT,
      height = ((event.clientY - area.top) / area.height) * box.height;
    guess[year] = within((y(0) - height) / (y(0) - y(1)));
    if (year === lastYear()) draw(false);
    else drawGuess();
  };
  for (const kind of ["pointerdown", "pointermove"]) $("chart").addEventListener(kind, take);
  const draw = (on, drawn = guess) => {
    isDrawing = on;
    guess = drawn;
    drawControlsOfGuess();
    drawGuess();
  };
  $("guess-start").onclick = () => draw(!isDrawing, isDrawing ? null : {});
  $("guess-number").onchange = () => draw(false, { ...guess, [lastYear()]: within(+$("guess-number").value) });
  onChange(live => live || drawControlsOfGuess());
}

function drawControlsOfGuess() {
  const drawn = guess?.[lastYear()],
    year = lastYear(),
    band = seriesFor(S, FACTS.outcome, "world");
  $("guess").hidden = !canGuess();
  $("chart").classList.toggle("guessing", isDrawing && canGuess());
  for (const id of ["answer-box", "bar"]) $(id).style.visibility = isDrawing && canGuess() ? "hidden" : "";
  $("guess-number").hidden = !isDrawing;
  tell("guess-start", isDrawing ? "Skip" : drawn === undefined ? "Draw your guess first" : "Again");
  if (isDrawing || drawn === undefined || !band) return tell("guess-text", isDrawing ? fill("guess", { year }) : "");
  const [mean, low, high] = [band.mean, band.low, band.high].map(values => formatted(values.at(-1)));
  tell("guess-text", fill("guessed", { drawn: formatted(drawn), year, mean, low, high }));
}

// The reader's line, from where the offer ends.
export function drawGuess() {
  const home = $("guess-line"),
    level = canGuess() && guess && seriesFor(S, FACTS.outcome, "world");
  if (!home || !level) return;
  const { x, y } = PLOT,
    since = withdrawnSince(),
    years = Object.entries({ [since]: level.mean[YEARS().indexOf(since)], ...guess });
  home.innerHTML = markup("polyline", { points: years.map(([year, value]) => `${x(+year)},${y(value)}`).join(" ") });
}
