// Levers and all other controls, made from the parameters' own declarations.

const DOTS = ["", "●○○ an assumption", "●●○ one figure, or the sign alone", "●●● several figures"];
let DRAWN = []; // functions that bring controls up to date

// A slider's ends: the plausible range and as much again on either side, within what is allowed.
function endsOf(field, value) {
  const [a, b] = field.plausible ?? [
    field.low,
    Math.min(field.high, 4 * Math.abs(field.default || field.high)),
  ];
  const low = Math.max(field.low, Math.min(a - (field.plausible ? b - a : 0), value)),
    high = Math.min(field.high, Math.max(field.plausible ? b + (b - a) : b, value, low + 1e-9));
  return [field.low >= 0 && low < (high - low) / 3 ? Math.max(0, field.low) : low, high];
}

function stepOf(field, low, high) {
  if (field.kind === "int") return 1;
  const raw = (high - low) / 100,
    power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].find(m => m * power >= raw - 1e-12) * power;
}
const tidy = value => Number(Number(value).toPrecision(12));

// The range that a parameter has over the histories' plausible sets, where nothing fixes it.
function openRange(path) {
  if (path in resolvedOf().fixed || scenarioOf(S.base).point) return null;
  return FACTS.plausible[path] ?? null;
}

// A control's value is read and set through these, for parameters and for values that events set.
function parameterBox(path) {
  return {
    field: parameterAt(path),
    path,
    code: path,
    today: () => scenarioOf(S.base).fixed[path] ?? parameterAt(path).default,
    now: () => resolvedOf().fixed[path] ?? parameterAt(path).default,
    open: () => openRange(path),
    changed: () => path in S.set,
    set: value => {
      S.set[path] = value;
    },
    undo: () => {
      delete S.set[path];
    },
  };
}

const eventNow = name => resolvedOf().events.find(e => e.name === name);
const eventBase = name => scenarioOf(S.base).events.find(e => e.name === name);

function eventBox(name, path) {
  const base = () => eventBase(name)?.sets[path] ?? parameterAt(path).default;
  return {
    field: parameterAt(path),
    path,
    code: `events.${name}.${path}`,
    today: base,
    now: () => eventNow(name)?.sets[path] ?? parameterAt(path).default,
    open: () => null,
    changed: () => name in S.events && eventNow(name)?.sets[path] !== base(),
    set: value => {
      const event = eventNow(name) ?? {
        name,
        date: FACTS.observed_until + 2,
        until: null,
        sets: {},
      };
      S.events[name] = { ...event, sets: { ...event.sets, [path]: value } };
    },
    undo: () => {
      delete S.events[name];
    },
  };
}

// The date from which a switch is off; the last position of the slider means never.
function dateBox(name, path) {
  const never = lastYear() + 1,
    date = event => (event ? event.date : never);
  const find = events =>
    events.find(e => e.name === name) ??
    events.find(e => e.sets[path] === false && !e.states);
  return {
    field: {
      kind: "float",
      low: FACTS.observed_until + 1,
      high: never,
      default: never,
      unit: "year",
      doc: "The year from whose beginning China grants no new seats, sales or credit; contracts that exist are served.",
      source: "a scenario's assumption",
      evidence: 1,
      plausible: null,
      whole: true,
    },
    path,
    code: `events.${name}.date`,
    text: value => (value >= never ? "never stops" : String(value)),
    today: () => date(find(scenarioOf(S.base).events)),
    now: () => date(find(resolvedOf().events)),
    open: () => null,
    changed: () => (find(scenarioOf(S.base).events)?.name ?? name) in S.events,
    set: value => {
      const there = find(scenarioOf(S.base).events),
        title = there?.name ?? name;
      if (value >= never) {
        if (there) S.events[title] = null;
        else delete S.events[title];
      } else
        S.events[title] = {
          ...(there ?? { name: title, until: null, sets: { [path]: false } }),
          date: value,
        };
    },
    undo: () => {
      delete S.events[find(scenarioOf(S.base).events)?.name ?? name];
    },
  };
}

function boxFor(path) {
  if (path.startsWith("event:")) {
    const [, name, key] = path.split(":");
    return dateBox(name, key);
  }
  if (path.startsWith("events.")) {
    const [, name, ...key] = path.split(".");
    return eventBox(name, key.join("."));
  }
  return parameterBox(path);
}

// One control: words, slider or switch, number, today's value, evidence.
function control(box, label) {
  const { field } = box,
    id = `c-${box.code.replaceAll(".", "-")}-${DRAWN.length}`,
    unit = field.unit;
  const name = element("label", { className: "name", htmlFor: id, textContent: label });
  const undo = element("button", {
    type: "button",
    textContent: "undo",
    ariaLabel: `Undo: ${label}`,
  });
  const status = element("span", { className: "told" });
  const more = element(
    "details",
    {},
    element("summary", { textContent: `${DOTS[field.evidence].slice(0, 3)} what backs it` }),
    element("p", {
      className: "fine",
      textContent:
        `${field.doc} Unit: ${unit}. ` +
        (field.low !== null && field.low !== undefined
          ? `Allowed: ${field.low} to ${field.high}. `
          : "") +
        (field.plausible ? `Plausible: ${field.plausible.join(" to ")}. ` : "") +
        `Source: ${field.source}. Evidence: ${DOTS[field.evidence]}.`,
    }),
    element("code", { textContent: box.code }),
  );
  const home = element("div", { className: "lever" }, name);
  const change = value => {
    box.set(value);
    edited();
  };
  undo.onclick = () => {
    box.undo();
    edited();
  };
  let show;
  if (field.kind === "bool") {
    const tick = element("input", { type: "checkbox", id });
    tick.onchange = () => change(tick.checked);
    home.append(element("div", { className: "row" }, tick, status, undo));
    show = () => {
      tick.checked = box.now();
      status.textContent = tick.checked ? "on" : "off";
    };
  } else {
    const range = element("input", { type: "range", id }),
      number = element("input", {
        type: "number",
        step: "any",
        ariaLabel: `${label}, as a number`,
        min: field.low,
        max: field.high,
      });
    const bar = element("i"),
      tick = element("b"),
      mark = element("div", { className: "mark", ariaHidden: "true" }, bar, tick);
    range.oninput = () => change(tidy(range.value));
    number.onchange = () => {
      const fit =
        box.path.includes(":") || field.whole
          ? Math.min(field.high, Math.max(field.low, Math.round(number.value)))
          : fitted(box.path, number.value);
      if (fit === undefined) {
        number.value = box.now();
        $("said").textContent = `Allowed: ${field.low} to ${field.high}.`;
      } else change(fit);
    };
    home.append(
      element(
        "div",
        { className: "row" },
        element("div", { className: "slide" }, range, mark),
        number,
      ),
      element("div", { className: "row" }, status, undo),
    );
    show = () => {
      const now = box.now(),
        today = box.today(),
        [low, high] = endsOf(field, today),
        open = box.open(),
        place = v => `${100 * Math.min(1, Math.max(0, (v - low) / (high - low)))}%`;
      Object.assign(range, {
        min: low,
        max: high,
        step: field.whole ? 1 : stepOf(field, low, high),
      });
      range.value = now;
      number.value = now;
      const words =
        box.text ??
        (v => (field.unit === "year" ? String(v) : `${tidy(Number(v).toPrecision(3))}`));
      range.ariaValueText = `${words(now)} ${unit}`;
      bar.style.cssText = field.plausible
        ? `left:${place(field.plausible[0])};right:calc(100% - ${place(field.plausible[1])})`
        : "display:none";
      tick.style.left = place(today);
      status.textContent =
        open && !box.changed()
          ? `differs between histories: ${open.map(words).join(" to ")} ${unit}`
          : `${words(now)} ${box.text ? "" : unit}${box.changed() ? `; today ${words(today)}` : ""}`;
    };
  }
  home.append(more);
  DRAWN.push(() => {
    show();
    const is = box.changed();
    home.classList.toggle("changed", is);
    undo.hidden = !is;
  });
  return home;
}

function makeControls() {
  $("base").replaceChildren(
    ...Object.entries(FACTS.scenarios)
      .filter(([, s]) => s.live || s.stored)
      .map(([name, s]) => element("option", { value: name, textContent: s.title })),
  );
  $("base").onchange = () => choose({ base: $("base").value, set: {}, events: {}, way: "" });
  $("levers").replaceChildren(
    ...FACTS.levers.map(({ path, label }) => control(boxFor(path), label)),
  );
  $("more").addEventListener("toggle", () => {
    if ($("more").open && !$("sections").children.length) makeSections();
  });
  $("dates").addEventListener("toggle", () => {
    if ($("dates").open) drawEvents();
  });
  $("search").oninput = searchSections;
  $("reset").onclick = () => choose({ set: {}, events: {} });
  $("copy-file").onclick = () => copyText(scenarioFile(), "Scenario file");
}

// Every parameter by mechanism; made when it is first looked at.
function makeSections() {
  $("sections").replaceChildren(
    ...FACTS.schema.map(section => {
      const list = element("div"),
        home = element(
          "details",
          {},
          element("summary", {
            textContent: `${section.title} (${Object.keys(section.keys).length})`,
          }),
          list,
        );
      const fill = () => {
        if (!list.children.length)
          list.append(
            ...Object.entries(section.keys).map(([key, field]) => {
              const made = control(parameterBox(`${section.name}.${key}`), field.doc);
              made.dataset.text = `${field.doc} ${section.name}.${key}`.toLowerCase();
              return made;
            }),
          );
        DRAWN.forEach(draw => draw());
      };
      home.addEventListener("toggle", fill);
      home.fill = fill;
      return home;
    }),
  );
}

function searchSections() {
  const wanted = $("search").value.trim().toLowerCase();
  for (const home of $("sections").children) {
    if (wanted) home.fill();
    const rows = [...home.querySelectorAll(".lever")];
    rows.forEach(row => {
      row.hidden = Boolean(wanted) && !row.dataset.text.includes(wanted);
    });
    home.hidden = Boolean(wanted) && rows.every(row => row.hidden);
    if (wanted) home.open = !home.hidden;
  }
}
