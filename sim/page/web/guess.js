// Draw first what you think would happen; then the model's band stands beside it.

import { FACTS, YEARS, lastYear } from "./data.js";
import { $, button, element, fine, markup } from "./dom.js";
import { plot, yearAt } from "./chart.js";
import { seriesFor, withdrawnSince } from "./series.js";
import { S, onChange } from "./state.js";
import { formatted } from "./words.js";

let guess = null; // year → value; null: none
let isDrawing = false;

const canGuess = () => S.view === "chart" && S.outcome === FACTS.outcome && String(S.who) === "world" && !S.diff && withdrawnSince() !== null;
const valueUnder = ({ clientY }) => {
  const area = $("chart").firstElementChild.getBoundingClientRect(),
    { y, box } = plot(),
    zero = y(0),
    place = ((clientY - area.top) / area.height) * box.height;
  return Math.max(0, Math.min(FACTS.states.length, (zero - place) / (zero - y(1))));
};

export function makeGuess() {
  const home = $("chart");
  const take = event => {
    if (!isDrawing || !(event.buttons || event.type === "pointerdown")) return;
    const year = yearAt(event);
    if (year === null || year < withdrawnSince()) return;
    guess[year] = valueUnder(event);
    drawGuess();
    if (year === lastYear()) end();
  };
  home.addEventListener("pointerdown", take);
  home.addEventListener("pointermove", take);
  onChange(live => live || drawGuessControls());
}

function begin() {
  guess = {};
  isDrawing = true;
  drawGuessControls();
}
function end() {
  isDrawing = false;
  drawGuessControls();
  drawGuess();
}

function drawGuessControls() {
  const home = $("guess");
  home.hidden = !canGuess();
  $("chart").classList.toggle("guessing", isDrawing && canGuess());
  if (isDrawing) {
    const number = element("input", { type: "number", min: 0, max: FACTS.states.length, ariaLabel: `Your guess for ${lastYear()}` });
    number.onchange = () => {
      guess[lastYear()] = Math.max(0, Math.min(FACTS.states.length, +number.value));
      end();
    };
    const text = `China stops. Draw on the chart what becomes of the working systems until ${lastYear()}, or say how many countries:`;
    const skip = () => {
      guess = null;
      end();
    };
    return home.replaceChildren(fine(text), number, button("Skip", skip));
  }
  const drawn = guess?.[lastYear()];
  if (drawn === undefined) return home.replaceChildren(button("Draw your guess first", begin));
  const { low, high } = seriesFor(S, FACTS.outcome, "world") ?? {},
    told = low ? `in nine of ten model runs it is between ${formatted(low.at(-1))} and ${formatted(high.at(-1))}` : "the model is still running";
  home.replaceChildren(fine(`You said ${formatted(drawn)} countries in ${lastYear()}; ${told}.`), button("Again", begin));
}

// The reader's line, from where the offer ends.
export function drawGuess() {
  const home = $("guess-line");
  if (!home || !guess || !canGuess()) return;
  const { x, y } = plot(),
    since = withdrawnSince(),
    level = seriesFor(S, FACTS.outcome, "world"),
    start = level ? { [since]: level.mean[YEARS().indexOf(since)] } : {},
    years = Object.entries({ ...start, ...guess }).sort((a, b) => a[0] - b[0]);
  home.innerHTML = markup("polyline", { points: years.map(([year, value]) => `${x(+year)},${y(value)}`).join(" ") });
}
