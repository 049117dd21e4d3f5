// The dialog with everything else that can be changed: all parameters, and dated events.

import { FACTS, lastYear } from "./data.js";
import { $, button, details, element, fine, tell } from "./dom.js";
import { eventBase, isOffered } from "./boxes.js";
import { control, drawControls } from "./levers.js";
import { S, choose, onChange, resolvedOf, takeEvent } from "./state.js";
import { whom } from "./targets.js";
import { changeInWords } from "./words.js";

export function makeAssumptions() {
  const dialog = $("assumptions");
  $("more").onclick = () => {
    fillSections();
    drawEvents();
    dialog.showModal();
    drawControls();
    $("search").focus();
  };
  $("close").onclick = () => dialog.close();
  $("search").oninput = searchSections;
  onChange(live => {
    if (dialog.open && !live) drawEvents();
  });
}

// Every parameter by mechanism, those that are often asked for first; each is made when it is looked at.
function fillSections() {
  if ($("sections").children.length) return;
  const groups = [
    ["Often asked", FACTS.levers.filter(lever => !lever.first).map(({ path, label }) => [path, label])],
    ...FACTS.schema.map(({ name, title, keys }) => [
      title,
      Object.entries(keys).map(([key, field]) => [`${name}.${key}`, field.doc]),
    ]),
  ];
  $("sections").replaceChildren(...groups.map(([title, rows], k) => sectionOf(title, rows, k === 0)));
}
const pathOf = path => path.split(".").slice(-2).join(".");

function sectionOf(title, rows, open) {
  const list = element("div"),
    home = details(`${title} (${rows.length})`, list);
  home.fill = () => {
    if (list.children.length) return;
    for (const [path, label] of rows) {
      const made = control(path, label);
      made.dataset.text = `${label} ${path}`.toLowerCase();
      list.append(made);
    }
    drawControls();
  };
  home.ontoggle = () => home.open && home.fill();
  home.open = open;
  home.paths = rows.map(([path]) => pathOf(path));
  home.texts = rows.map(([path, label]) => `${label} ${path}`.toLowerCase());
  return home;
}

function searchSections() {
  const wanted = $("search").value.trim().toLowerCase();
  for (const home of $("sections").children) {
    const is = home.texts.some((text, k) => text.includes(wanted) && isOffered(home.paths[k]));
    home.hidden = Boolean(wanted) && !is;
    if (wanted && is) home.fill();
    for (const row of home.querySelectorAll(".lever")) row.hidden = Boolean(wanted) && !row.dataset.text.includes(wanted);
    if (wanted) home.open = is;
  }
}

// Dated events: their dates and what they set.
function drawEvents() {
  const dateInput = (event, key, label) => {
    const limits = { type: "number", step: 0.25, min: FACTS.years[0], max: lastYear() + 0.75 };
    const input = element("input", { ...limits, value: event[key] ?? "", ariaLabel: `${event.name}: ${label}` });
    input.onchange = () => {
      const value = input.value === "" ? null : Math.round(4 * input.value) / 4;
      if (takeEvent(S, JSON.stringify({ ...event, [key]: value }))) return choose({});
      tell("said", "A date must lie within the years of the run, and an end after its beginning.");
      input.value = event[key] ?? "";
    };
    return element("label", { className: "field" }, label, input);
  };
  const rows = resolvedOf().events.map(event => {
    const changes = Object.entries(event.sets).map(([path, value]) => changeInWords(path, value)),
      what = (event.states ? `For ${whom(event)}: ` : "") + changes.join("; ");
    const drop = () => {
      if (eventBase(event.name)) S.events[event.name] = null;
      else delete S.events[event.name];
      choose({});
    };
    const name = element("strong", { textContent: event.name.replaceAll("-", " ") }),
      parts = event.when
        ? [fine(`Once ${event.when}.`)]
        : [dateInput(event, "date", "from"), dateInput(event, "until", "until")];
    const remove = button("remove", drop, { ariaLabel: `Remove the event ${event.name}` });
    return element("div", { className: "lever" }, name, fine(what), element("div", { className: "choices" }, ...parts, remove));
  });
  $("events").replaceChildren(...rows);
}
