// Levers and all other controls, made from the parameters' own declarations.

const DOTS = ["", "●○○ an assumption", "●●○ one figure, or the sign alone", "●●● several figures"];
let DRAWN = []; // functions that bring controls up to date

// A slider's ends: the plausible range and as much again on either side, within what is allowed.
function endsOf(field, value) {
  const [a, b] = field.plausible ?? [field.low, Math.min(field.high, 4 * Math.abs(field.default || field.high))];
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

// Values that a parameter has in the states chosen, or in the world; undefined where nothing sets it.
function settingsIn(scenario, path) {
  const of = code =>
    scenario.values.findLast(v => v.path === path && v.states.includes(code))?.value ?? scenario.fixed[path];
  return [...new Set((chosen()?.states ?? [null]).map(of))];
}

// The range that a parameter has in a scenario over the runs' plausible sets, where nothing fixes
// it, and over the states chosen; null where it is one number.
function openRange(scenario, path) {
  const values = settingsIn(scenario, path),
    open = scenarioOf(S.base).point ? undefined : FACTS.plausible[path],
    all = values.flatMap(v => v ?? open ?? parameterAt(path).default);
  return all.length > 1 ? [Math.min(...all), Math.max(...all)] : null;
}

// A control's value is read and set through these, for parameters and for values that events set.
function parameterBox(path) {
  const first = scenario => settingsIn(scenario, path)[0] ?? parameterAt(path).default,
    key = () => keyFor(path, S.where);
  return {
    field: parameterAt(path),
    path,
    code: key,
    today: () => first(scenarioOf(S.base)),
    now: () => first(resolvedOf()),
    open: scenario => openRange(scenario, path),
    later: () => resolvedOf().events.filter(event => path in event.sets),
    changed: () => key() in S.set || key() in S.values,
    set: value => {
      if (isForAll()) S.set[path] = value;
      else takeValue(S, path, value, chosen());
    },
  };
}

const eventNow = name => resolvedOf().events.find(e => e.name === name);
const eventBase = name => scenarioOf(S.base).events.find(e => e.name === name);

function eventBox(name, path) {
  const base = () => eventBase(name)?.sets[path] ?? parameterAt(path).default,
    own = () => nameFor(name);
  return {
    field: parameterAt(path),
    path,
    code: () => `events.${own()}.${path}`,
    today: base,
    now: () => (eventNow(own()) ?? eventNow(name))?.sets[path] ?? parameterAt(path).default,
    open: () => null,
    changed: () => own() in S.events && eventNow(own())?.sets[path] !== base(),
    set: value => {
      const all = eventNow(name) ?? { date: FACTS.observed_until + 2, until: null, sets: {} },
        some = { ...all, sets: {}, ...chosen() },
        event = eventNow(own()) ?? (isForAll() ? all : some);
      S.events[own()] = { ...event, name: own(), sets: { ...event.sets, [path]: value } };
    },
  };
}

// The date from which a switch is off; the last position of the slider means never, and for some
// states what begins no earlier than for all is nothing of their own.
function dateBox(name, path) {
  const never = lastYear() + 1,
    date = event => (event ? event.date : never),
    own = () => nameFor(name),
    forAll = () => date(find(resolvedOf().events));
  const find = events => events.find(e => e.name === name) ?? events.find(e => e.sets[path] === false && !e.states);
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
    code: () => `events.${own()}.date`,
    text: value => (value >= never ? "never stops" : String(value)),
    today: () => date(find(scenarioOf(S.base).events)),
    now: () => (isForAll() ? forAll() : (eventNow(own())?.date ?? forAll())),
    open: () => null,
    changed: () => (isForAll() ? (find(scenarioOf(S.base).events)?.name ?? name) : own()) in S.events,
    set: value => {
      if (!isForAll()) {
        const event = { name: own(), date: value, until: null, sets: { [path]: false } };
        if (value < forAll()) S.events[own()] = { ...event, ...chosen() };
        else delete S.events[own()];
        return;
      }
      const there = find(scenarioOf(S.base).events),
        title = there?.name ?? name;
      if (value >= never) {
        if (there) S.events[title] = null;
        else delete S.events[title];
      } else S.events[title] = { ...(there ?? { name: title, until: null, sets: { [path]: false } }), date: value };
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

// One control: words, slider or switch, number, the scenario's own value, evidence.
function control(box, label) {
  const { field } = box,
    id = `c-${DRAWN.length}`,
    code = element("code"),
    unit = field.unit;
  const name = element("label", { className: "name", htmlFor: id, textContent: label });
  const status = element("span", { className: "status" });
  const backing =
    `${field.doc} Unit: ${unit}. ` +
    (field.kind === "bool" ? "" : `Allowed: ${field.low} to ${field.high}. `) +
    (field.plausible ? `Plausible: ${field.plausible.join(" to ")}. ` : "") +
    `Source: ${field.source}. Evidence: ${DOTS[field.evidence]}.`;
  const more = details(`${DOTS[field.evidence].slice(0, 3)} what backs it`, fine(backing), code);
  const home = element("div", { className: "lever" }, name);
  const change = value => {
    box.set(value);
    edited();
  };
  let show;
  if (field.kind === "bool") {
    const tick = element("input", { type: "checkbox", id });
    tick.onchange = () => change(tick.checked);
    home.append(element("div", { className: "row" }, tick, status));
    show = () => {
      tick.checked = box.now();
      status.textContent = tick.checked ? "on" : "off";
    };
  } else {
    const limits = { min: field.low, max: field.high, step: "any", ariaLabel: `${label}, as a number` };
    const range = element("input", { type: "range", id }),
      number = element("input", { type: "number", ...limits });
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
      element("div", { className: "row" }, element("div", { className: "slide" }, range, mark), number),
      status,
    );
    show = () => {
      const now = box.now(),
        today = box.today(),
        [low, high] = endsOf(field, today),
        place = v => `${100 * Math.min(1, Math.max(0, (v - low) / (high - low)))}%`;
      Object.assign(range, { min: low, max: high, step: field.whole ? 1 : stepOf(field, low, high) });
      range.value = now;
      number.value = now;
      const words = box.text ?? (v => (field.unit === "year" ? String(v) : `${tidy(Number(v).toPrecision(3))}`));
      range.ariaValueText = `${words(now)} ${unit}`;
      bar.style.cssText = field.plausible
        ? `left:${place(field.plausible[0])};right:calc(100% - ${place(field.plausible[1])})`
        : "display:none";
      tick.style.left = place(today);
      const told = (value, range) =>
        range
          ? `differs between runs${isForAll() ? "" : " or countries"}, ${range.map(words).join(" to ")}`
          : words(value);
      status.textContent =
        `${told(now, box.open(resolvedOf()))}${box.text ? "" : ` ${unit}`}` +
        (box.changed() ? `; in “${scenarioOf(S.base).title}”: ${told(today, box.open(scenarioOf(S.base)))}` : "") +
        (box.later?.() ?? [])
          .map(e => `; from ${datesOf(e)}${e.states ? ` for ${whom(e)}` : ""}: ${words(e.sets[box.path])}`)
          .join("");
    };
  }
  home.append(more);
  DRAWN.push(() => {
    home.classList.toggle("away", !isOffered(box.path));
    if (!isOffered(box.path)) return;
    show();
    code.textContent = box.code();
    home.classList.toggle("changed", box.changed());
  });
  return home;
}

function makeControls() {
  $("base").replaceChildren(
    ...Object.entries(FACTS.scenarios)
      .filter(([name]) => canShow(plain(name)))
      .map(([name, s]) => option(name, s.title)),
  );
  $("base").onchange = () => choose({ base: $("base").value, ...unedited(), way: "" });
  $("levers").replaceChildren(
    ...FACTS.levers.map(({ path, label }) => control(boxFor(path), label)),
    ...allPaths()
      .filter(path => parameterAt(path).vendor)
      .map(path => {
        const made = control(boxFor(path), parameterAt(path).doc);
        DRAWN.push(() => made.classList.toggle("away", !S.vendor || !isOffered(path)));
        return made;
      }),
  );
  makeTargets();
  DRAWN.push(drawChanges);
  $("more").addEventListener("toggle", () => {
    if ($("more").open && !$("sections").children.length) makeSections();
  });
  $("dates").addEventListener("toggle", () => {
    if ($("dates").open) drawEvents();
  });
  $("search").oninput = searchSections;
  $("reset").onclick = () => choose(unedited());
  $("copy-file").onclick = () => copyText(scenarioFile(), "Scenario file");
}

const allPaths = () => FACTS.schema.flatMap(({ name, keys }) => Object.keys(keys).map(key => `${name}.${key}`));
const datesOf = ({ date, until }) => `${date}${until === null ? "" : ` to ${until}`}`;

// All that the reader has changed, for whomever, each with a way back.
function drawChanges() {
  const word = changeInWords,
    rows = [];
  for (const [path, value] of Object.entries(S.set)) rows.push([word(path, value), () => delete S.set[path]]);
  for (const [key, one] of Object.entries(S.values))
    rows.push([`${word(one.path, one.value)}, for ${whom(one)}`, () => delete S.values[key]]);
  for (const [name, event] of Object.entries(S.events)) {
    const what = event
      ? `from ${datesOf(event)}${event.states ? `, for ${whom(event)}` : ""}: ${Object.entries(event.sets)
          .map(([path, value]) => word(path, value))
          .join("; ")}`
      : "left out";
    rows.push([`${name.replaceAll("-", " ")} ${what}`, () => delete S.events[name]]);
  }
  $("changes").hidden = !rows.length;
  renew($("changes"), rows, () =>
    rows.map(([text, undo]) => {
      const back = () => {
        undo();
        edited();
        $("reset").focus();
      };
      return element("li", {}, `${text} `, button("undo", back, { ariaLabel: `Undo: ${text}` }));
    }),
  );
}

// Every parameter by mechanism; made when it is first looked at.
function makeSections() {
  $("sections").replaceChildren(
    ...FACTS.schema.map(section => {
      const list = element("div"),
        home = details(`${section.title} (${Object.keys(section.keys).length})`, list);
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
      const any = () => Object.keys(section.keys).some(key => isOffered(`${section.name}.${key}`));
      DRAWN.push(() => home.classList.toggle("away", !any()));
      home.classList.toggle("away", !any());
      return home;
    }),
  );
}

function searchSections() {
  const wanted = $("search").value.trim().toLowerCase();
  for (const home of $("sections").children) {
    if (wanted) home.fill();
    const rows = [...home.querySelectorAll(".lever")];
    for (const row of rows) row.hidden = Boolean(wanted) && !row.dataset.text.includes(wanted);
    home.hidden = Boolean(wanted) && rows.every(row => row.hidden);
    if (wanted) home.open = !home.hidden;
  }
}
