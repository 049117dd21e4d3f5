// The dialog with everything else that can be changed: all parameters, and dated events.

import { FACTS, lastYear } from "./data.js";
import { $, button, details, element, fine, tell } from "./dom.js";
import { eventBase } from "./boxes.js";
import { control, drawControls } from "./levers.js";
import { S, choose, onChange, resolvedOf, takeEvent } from "./state.js";
import { whom } from "./targets.js";
import { changeInWords } from "./words.js";

export function makeAssumptions() {
  const dialog = $("assumptions");
  $("more").onclick = () => {
    if (!$("sections").children.length) fillSections();
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

// Every parameter by mechanism, those that are often asked for first.
function fillSections() {
  const groups = [
    ["Often asked", FACTS.levers.filter(lever => !lever.first).map(({ path, label }) => [path, label])],
    ...FACTS.schema.map(({ name, title, keys }) => [title, Object.entries(keys).map(([key, { doc }]) => [`${name}.${key}`, doc])]),
  ];
  const rowOfParameter = ([path, label]) => {
    const made = control(path, label);
    made.dataset.text = `${label} ${path}`.toLowerCase();
    return made;
  };
  const section = ([title, rows]) => details(`${title} (${rows.length})`, ...rows.map(rowOfParameter));
  $("sections").replaceChildren(...groups.map(section));
  for (const home of $("sections").children) home.ontoggle = drawControls;
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

// Dated events: their dates and what they set.
function drawEvents() {
  const dateInput = (event, key, label) => {
    const limits = { type: "number", step: 0.25, min: FACTS.years[0], max: lastYear() + 0.75 },
      input = element("input", { ...limits, value: event[key] ?? "", ariaLabel: `${event.name}: ${label}` });
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
      remove = button("remove", drop, { ariaLabel: `Remove the event ${event.name}` }),
      dates = event.when ? [fine(`Once ${event.when}.`)] : [dateInput(event, "date", "from"), dateInput(event, "until", "until")];
    return element("div", { className: "lever" }, name, fine(what), element("div", { className: "choices" }, ...dates, remove));
  });
  $("events").replaceChildren(...rows);
}
