// The controls: a slider with words, the plausible range as its track, and what backs it; one on the first
// screen, four beside the curves, and all others in a dialog.

import { FACTS, scenarioOf } from "./data.js";
import { $, button, details, element, fine, option, renew } from "./dom.js";
import { saidOf } from "./first.js";
import { eventsIn, isUsual } from "./parameters.js";
import { S, baseOf, canRun, choose, fieldOf, isShown, onChange, listOf, plain, stopKey, valueIn } from "./state.js";
import { stepAbove } from "./statistics.js";
import { changeInWords, fill, inUnit, rangeInUnit, whom } from "./words.js";

const DRAWN = []; // functions that bring controls up to date
let count = 0;

// A slider's ends: the plausible range and as much again on either side, within what is allowed.
function endsOf(field, value) {
  const [a, b] = field.plausible ?? [field.low, Math.min(field.high, 4 * Math.abs(field.default || field.high))];
  const low = Math.max(field.low, Math.min(a - (field.plausible ? b - a : 0), value)),
    high = Math.min(field.high, Math.max(field.plausible ? b + (b - a) : b, value, low + 1e-9));
  return [field.low >= 0 && low < (high - low) / 3 ? Math.max(0, field.low) : low, high];
}
const tidied = value => Number(Number(value).toPrecision(12));
const datesOf = ({ date, until }) => (date ? `from ${date}${until === null ? "" : ` to ${until}`}` : "in all years");

// The range that a parameter has over the runs' plausible sets where nothing fixes it, or null.
function openRange(list, key) {
  const isOpen = FACTS.plausible[key] && !list.some(one => one.path === key && isUsual(one)) && !FACTS.point,
    [low, high] = isOpen ? FACTS.plausible[key].map(value => Number(value.toPrecision(2))) : [0, 0];
  return low < high ? [low, high] : null;
}

// One control of what a key names; `keyNow` says the key, as it depends on the scenario that the reader
// starts from. `ticks`: words for values, a button each; `of`: words after a value.
function control(keyNow, label, ticks = {}, of = "") {
  const id = `lever-${count++}`,
    first = fieldOf(keyNow()),
    shown = element("output", { htmlFor: id }),
    status = element("p", { className: "status" }),
    home = element("div", { className: "lever" }, element("div", { className: "head" }, element("label", { htmlFor: id, textContent: label }), shown)),
    input = element("input", { id, type: first.kind === "bool" ? "checkbox" : "range" });
  home.dataset.text = `${label} ${keyNow()}`.toLowerCase();
  const change = (value, live = false) => {
    S.set[keyNow()] = value;
    choose({}, { live });
  };
  const backing =
    `${first.doc} ${first.kind === "bool" ? "" : `Allowed: ${rangeInUnit([first.low, first.high], first)}. `}` +
    (first.plausible ? `Plausible: ${rangeInUnit(first.plausible, first)}. ` : "") +
    `Source: ${first.source}. Evidence: ${FACTS.grades[first.evidence]}.`;
  const more = details(`${FACTS.grades[first.evidence].slice(0, 3)} evidence`, fine(backing), element("code", { textContent: keyNow() })),
    places = { low: first.low, from: first.plausible?.[0], open: first.default, default: first.default, to: first.plausible?.[1] };
  const unset = () => {
    delete S.set[keyNow()];
    choose({});
  };
  const chips = Object.entries(ticks).map(([name, word]) => {
    const act = () => (name === "open" ? unset() : change(places[name])),
      chip = button("", act, { className: "chip", value: places[name] });
    chip.dataset.place = name;
    chip.append(element("b"), word);
    return chip;
  });
  home.append(input, element("div", { className: "chips" }, ...chips), status, more);
  input.onchange = () => change(first.kind === "bool" ? input.checked : tidied(input.value));
  if (first.kind !== "bool") input.oninput = () => change(tidied(input.value), true);
  const show = (now, field, live) => {
    if (first.kind === "bool") return (input.checked = now);
    const before = valueIn(baseOf(), keyNow()),
      [low, high] = endsOf(field, before),
      place = v => `${(100 * Math.min(1, Math.max(0, (v - low) / (high - low)))).toFixed(1)}%`,
      [from, to] = field.plausible ?? [low, low];
    // Of all this, a drag changes no more than the value.
    if (!live) {
      Object.assign(input, { min: low, max: high, step: ["int", "date"].includes(field.kind) ? 1 : stepAbove((high - low) / 100) });
      input.style.cssText = `--from:${place(from)};--to:${place(to)};--mark:${place(before)}`;
    }
    Object.assign(input, { value: now, ariaValueText: home.matches(".unset") ? fill("unset", { range: rangeInUnit(openRange(listOf(), keyNow()), field) }) : shown.textContent });
  };
  DRAWN.push(live => {
    // Hundreds are in the dialog, most of them folded.
    if (!home.isConnected || home.closest("dialog:not([open]), #sections > details:not([open])")) return;
    const key = keyNow(),
      field = fieldOf(key);
    home.classList.toggle("away", !field);
    if (!field) return;
    const now = valueIn(listOf(), key),
      open = openRange(listOf(), key);
    shown.textContent = open ? fill("open", {}) : `${inUnit(now, field)} ${of}`.trim();
    home.classList.toggle("unset", Boolean(open));
    for (const chip of chips) chip.ariaPressed = String(chip.dataset.place === "open" ? Boolean(open) : !open && Math.abs(chip.value - now) < 1e-9);
    show(now, field, live);
    if (!live) status.textContent = [saidOf(key), statusOf(key, field, open)].filter(Boolean).join(" ");
    home.classList.toggle("changed", key in S.set);
  });
  return home;
}

// What a control says beneath: what runs use, what they used before, and what changes it later or for some.
function statusOf(key, field, open) {
  const told = range => (range ? `they varied: ${rangeInUnit(range, field)}` : inUnit(valueIn(baseOf(), key), field)),
    signs = { times: "× ", plus: "+ " };
  const laterOf = ({ how, value, ...one }) => `; ${datesOf(one)}${one.states ? ` for ${whom(one)}` : ""}: ${how ? signs[how] + value : inUnit(value, field)}`;
  const later = listOf().filter(one => one.path === key && !isUsual(one)).map(laterOf).join("");
  if (open) return `Runs vary it: ${rangeInUnit(open, field)}${later}.`;
  return key in S.set ? `Before, ${told(openRange(baseOf(), key))}${later}` : later.slice(2).replace(/^./, letter => letter.toUpperCase());
}

export const drawControls = live => DRAWN.forEach(draw => draw(live));
const fromLever = ({ path, label, ticks, of }) => control(path === "stop" ? stopKey : () => path, label, ticks, of);

export function makeLevers() {
  $("lead").replaceChildren(...FACTS.levers.filter(lever => lever.lead).map(fromLever));
  $("levers").replaceChildren(...FACTS.levers.filter(lever => lever.first).map(fromLever));
  $("base").onchange = () => choose({ ...plain($("base").value), compare: [] });
  $("reset").onclick = () => choose(plain(S.base));
  $("more").onclick = () => {
    fillSections();
    $("assumptions").showModal();
    drawControls();
    $("search").focus();
  };
  $("close").onclick = () => $("assumptions").close();
  $("search").oninput = searchSections;
  onChange(live => {
    drawChanges();
    drawControls(live);
  });
}
export function fillScenarios() {
  const shown = Object.keys(FACTS.scenarios).filter(isShown);
  $("base").replaceChildren(...shown.map(name => option(name, scenarioOf(name).title)));
}

// All that the reader has changed, each with a way back.
function drawChanges() {
  const rows = Object.entries(S.set).map(([key, value]) => [changeInWords(key, value, fieldOf(key)), key]);
  $("changes").hidden = $("reset").disabled = !rows.length;
  renew($("changes"), rows, () =>
    rows.map(([text, key]) => {
      const back = () => {
        delete S.set[key];
        choose({});
        $("more").focus();
      };
      return element("li", {}, `${text} `, button("remove", back, { ariaLabel: `Remove: ${text}` }));
    }),
  );
  $("controls").hidden = $("lead").hidden = !canRun();
}

// ---- the dialog: every parameter by mechanism, and the dated events of the scenario

function fillSections() {
  DRAWN.length = $("lead").children.length + $("levers").children.length; // those of the page come first
  const parameters = FACTS.schema.map(({ name, title, keys }) => [
    title,
    Object.entries(keys).map(([key, { doc }]) => control(() => `${name}.${key}`, doc)),
  ]);
  const ofEvent = ([name, ones]) =>
    ["date", ...ones.filter(one => !one.how).map(one => one.path)]
      .filter(path => fieldOf(`events.${name}.${path}`))
      .map(path => control(() => `events.${name}.${path}`, changeInWords(`events.${name}.${path}`)));
  const groups = [
    ["Often asked", FACTS.levers.filter(lever => !lever.first && !lever.lead).map(fromLever)],
    ["Dated events", [...eventsIn(baseOf())].flatMap(ofEvent)],
    ...parameters,
  ];
  $("sections").replaceChildren(...groups.map(([title, rows]) => details(`${title} (${rows.length})`, ...rows)));
  for (const home of $("sections").children) home.ontoggle = () => drawControls();
  $("sections").firstChild.open = true;
}

function searchSections() {
  const wanted = $("search").value.trim().toLowerCase();
  for (const home of $("sections").children) {
    const rows = [...home.querySelectorAll(".lever")];
    for (const row of rows) row.hidden = !row.dataset.text.includes(wanted);
    home.hidden = rows.every(row => row.hidden);
    home.open = Boolean(wanted) && !home.hidden;
  }
}
