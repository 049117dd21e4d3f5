// The controls: a slider with words, the plausible range as its track, and what backs it.

import { FACTS, scenarioOf } from "./data.js";
import { $, button, details, element, fine, renew, tell } from "./dom.js";
import { boxFor, chosen, isForAll, isOffered, nameFor } from "./boxes.js";
import { S, canRun, canShow, canStep, choose, onChange, plain, resolvedOf, step, takeEvent, unedited } from "./state.js";
import { whom } from "./targets.js";
import { changeInWords, grade, gradeInWords, inUnit, rangeInUnit } from "./words.js";

const DRAWN = []; // functions that bring controls up to date
let count = 0;

// A slider's ends: the plausible range and as much again on either side, within what is allowed.
function endsOf(field, value) {
  const [a, b] = field.plausible ?? [field.low, Math.min(field.high, 4 * Math.abs(field.default || field.high))];
  const low = Math.max(field.low, Math.min(a - (field.plausible ? b - a : 0), value)),
    high = Math.min(field.high, Math.max(field.plausible ? b + (b - a) : b, value, low + 1e-9));
  return [field.low >= 0 && low < (high - low) / 3 ? Math.max(0, field.low) : low, high];
}
function stepOf(field, low, high) {
  if (field.whole || field.kind === "int") return 1;
  const raw = (high - low) / 100,
    power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].find(m => m * power >= raw - 1e-12) * power;
}
const tidied = value => Number(Number(value).toPrecision(12));

export const datesOf = ({ date, until }) => `${date}${until === null ? "" : ` to ${until}`}`;

// One control; `ticks`: words for places on it.
export function control(path, label, ticks = {}) {
  const box = boxFor(path),
    { field } = box,
    id = `lever-${count++}`,
    inWords = value => box.text?.(value) ?? inUnit(value, field);
  const shown = element("output", { htmlFor: id }),
    status = element("span", { className: "status" }),
    code = element("code"),
    home = element("div", { className: "lever" });
  const change = (value, live = false) => {
    box.set(value);
    choose({}, { live });
  };
  home.append(element("div", { className: "head" }, element("label", { htmlFor: id, textContent: label }), shown));
  const backing =
    `${field.doc} ${field.kind === "bool" ? "" : `Allowed: ${rangeInUnit([field.low, field.high], field)}. `}` +
    (field.plausible ? `Plausible: ${rangeInUnit(field.plausible, field)}. ` : "") +
    `Source: ${field.source}. Evidence: ${gradeInWords(field.evidence)}.`;
  const more = details(`${grade(field.evidence)} what backs it`, fine(backing), code);
  let show;
  if (field.kind === "bool") {
    const tick = element("input", { type: "checkbox", id, onchange: () => change(tick.checked) });
    home.append(tick, status);
    show = now => (tick.checked = now);
  } else {
    const range = element("input", { type: "range", id }),
      number = element("input", { type: "number", step: "any", min: field.low, max: field.high, ariaLabel: `${label}, as a number` });
    range.oninput = () => change(tidied(range.value), true);
    range.onchange = () => change(tidied(range.value));
    number.onchange = () => {
      const fit = box.fit(number.value);
      if (fit !== undefined) return change(fit);
      number.value = box.now();
      tell("said", `Allowed: ${field.low} to ${field.high}.`);
    };
    const places = { low: field.low, from: field.plausible?.[0], default: field.default, to: field.plausible?.[1] };
    const chips = Object.entries(ticks).map(([name, word]) =>
      button(word, () => change(places[name]), { className: "chip", tabIndex: -1, value: places[name] }),
    );
    home.append(range, element("div", { className: "chips" }, ...chips), status);
    more.append(element("label", { className: "field" }, "Exact value ", number));
    if (!box.path.includes(":") && path === box.path) more.append(fromThenOn(path, number));
    show = now => {
      const [low, high] = endsOf(field, box.before()),
        place = v => `${(100 * Math.min(1, Math.max(0, (v - low) / (high - low)))).toFixed(1)}%`;
      Object.assign(range, { min: low, max: high, step: stepOf(field, low, high) });
      range.value = now;
      number.value = now;
      range.ariaValueText = inWords(now);
      const [from, to] = field.plausible ?? [low, low];
      range.style.cssText = `--from:${place(from)};--to:${place(to)};--mark:${place(box.before())}`;
      for (const chip of chips) chip.ariaPressed = String(!box.open(resolvedOf()) && Math.abs(chip.value - now) < 1e-9);
    };
  }
  home.append(more);
  DRAWN.push(() => {
    const is = isOffered(box.path);
    home.classList.toggle("away", !is);
    if (!is || !home.isConnected) return;
    const now = box.now(),
      open = box.open(resolvedOf());
    show(now);
    shown.textContent = open ? "differs" : inWords(now);
    status.textContent = statusOf(box, open, now, inWords);
    code.textContent = box.code();
    home.classList.toggle("changed", box.isChanged());
  });
  return home;
}

// What a control says beneath: what runs use, and what they used before.
function statusOf(box, open, now, inWords) {
  const told = range => rangeInUnit(range, box.field),
    before = box.open(scenarioOf(S.base)),
    for_ = isForAll() ? "" : " for those chosen";
  const later = box.later().map(e => `; from ${datesOf(e)}${e.states ? ` for ${whom(e)}` : ""}: ${inWords(e.sets[box.path])}`);
  let text = "";
  if (open) text = `differs between runs${isForAll() ? "" : " or countries"}: ${told(open)}`;
  else if (box.isChanged())
    text = `all runs now use ${inWords(now)}${for_}; before ${before ? `they differed: ${told(before)}` : inWords(box.before())}`;
  return text + later.join("");
}

// A value that counts from a date on: an event.
function fromThenOn(path, number) {
  const date = element("input", { type: "number", step: 0.25, value: FACTS.observed_until + 2, ariaLabel: "from the beginning of" });
  const add = () => {
    const event = { name: nameFor(`change-of-${path.replaceAll(/[._]/g, "-")}`), date: +date.value, sets: { [path]: number.value }, ...chosen() };
    if (takeEvent(S, JSON.stringify(event))) choose({});
    else tell("said", "A date must be a quarter of a year within the run, and the value one that is allowed.");
  };
  return element("span", { className: "field" }, "only from ", date, button("Set from then on", add));
}

export const drawControls = () => DRAWN.forEach(draw => draw());

export function makeLevers() {
  const first = FACTS.levers.filter(lever => lever.first);
  $("levers").replaceChildren(...first.map(({ path, label, ticks }) => control(path, label, ticks)));
  $("base").onchange = () => choose({ base: $("base").value, question: "", compare: [], ...unedited() });
  $("undo").onclick = () => step(-1);
  $("redo").onclick = () => step(1);
  $("reset").onclick = () => choose(unedited());
  $("replay").onclick = replay;
  onChange(() => {
    drawControls();
    drawChanges();
  });
}
export function fillScenarios() {
  const shown = Object.entries(FACTS.scenarios).filter(([name]) => canShow(plain(name)));
  $("base").replaceChildren(...shown.map(([value, { title }]) => element("option", { value, textContent: title })));
}

// The scenario before the last change, and after a moment the present one again.
function replay() {
  $("replay").disabled = true;
  step(-1);
  setTimeout(() => {
    step(1);
    $("replay").disabled = false;
  }, 1200);
}

// All that the reader has changed, for whomever, each with a way back.
function drawChanges() {
  $("undo").disabled = !canStep(-1);
  $("redo").disabled = !canStep(1);
  $("replay").disabled = !canStep(-1);
  const rows = [];
  for (const [path, value] of Object.entries(S.set)) rows.push([changeInWords(path, value), () => delete S.set[path]]);
  for (const [key, { path, value, ...target }] of Object.entries(S.values))
    rows.push([`${changeInWords(path, value)}, for ${whom(target)}`, () => delete S.values[key]]);
  for (const [name, event] of Object.entries(S.events)) {
    const sets = Object.entries(event?.sets ?? {}).map(([path, value]) => changeInWords(path, value)),
      what = event ? `from ${datesOf(event)}${event.states ? `, for ${whom(event)}` : ""}: ${sets.join("; ")}` : "left out";
    rows.push([`${name.replaceAll("-", " ")} ${what}`, () => delete S.events[name]]);
  }
  $("changes").hidden = $("reset").disabled = !rows.length;
  $("reset").disabled = !rows.length;
  renew($("changes"), rows, () =>
    rows.map(([text, drop]) => {
      const back = () => {
        drop();
        choose({});
        $("undo").focus();
      };
      return element("li", {}, `${text} `, button("remove", back, { ariaLabel: `Remove: ${text}` }));
    }),
  );
  $("controls").hidden = !canRun(S);
}
