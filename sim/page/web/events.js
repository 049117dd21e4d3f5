// The part of the controls that changes dated events.

// Dated events: their dates and what they set; and a new one.
function drawEvents() {
  const events = resolvedOf().events,
    dropped = scenarioOf(S.base).events.filter(e => S.events[e.name] === null);
  const dateInput = (event, key, label) => {
    const input = element("input", {
      type: "number",
      step: 0.25,
      min: FACTS.years[0],
      max: lastYear() + 0.75,
      value: event[key] ?? "",
      ariaLabel: `${event.name}: ${label}`,
    });
    input.onchange = () => {
      const value = input.value === "" && key === "until" ? null : Math.round(4 * input.value) / 4,
        next = { ...event, [key]: value };
      if (
        (value === null || (value >= FACTS.years[0] && value < lastYear() + 1)) &&
        (next.until === null || next.until > next.date)
      ) {
        S.events[event.name] = next;
        edited();
      } else {
        $("said").textContent =
          "A date must lie within the years of the run, and an end after its beginning.";
        input.value = event[key] ?? "";
      }
    };
    return element("label", { className: "field" }, label, input);
  };
  const rows = events.map(event => {
    const changes = Object.entries(event.sets)
        .map(([path, value]) => `${parameterAt(path).doc} → ${value}`)
        .join(" "),
      what = event.states ? `For ${whom(event)}: ${changes}` : changes;
    const drop = element("button", {
      type: "button",
      textContent: "remove",
      ariaLabel: `Remove the event ${event.name}`,
    });
    drop.onclick = () => {
      if (eventBase(event.name)) S.events[event.name] = null;
      else delete S.events[event.name];
      edited();
    };
    const undo = element("button", {
      type: "button",
      textContent: "undo",
      hidden: !(event.name in S.events),
      ariaLabel: `Undo changes of ${event.name}`,
    });
    undo.onclick = () => {
      delete S.events[event.name];
      edited();
    };
    const only = element("button", { type: "button" }),
      target = chosen(),
      paths = Object.keys(event.sets);
    only.hidden =
      !target ||
      keyFor("", target.where) === keyFor("", event.where) ||
      !paths.every(path => canBeFor(path, target.where));
    only.textContent = isForAll() ? "make it for all states" : "make it for the states chosen";
    only.ariaLabel = `${event.name}: ${only.textContent}`;
    only.onclick = () => {
      const { where, states, ...rest } = event;
      S.events[event.name] = { ...rest, ...target };
      edited();
    };
    return element(
      "div",
      { className: "lever" },
      element("div", { className: "name", textContent: event.name.replaceAll("-", " ") }),
      element("p", { className: "fine", textContent: what }),
      element(
        "div",
        { className: "choices" },
        dateInput(event, "date", "from"),
        dateInput(event, "until", "until"),
        only,
        drop,
        undo,
      ),
    );
  });
  const back = dropped.map(event => {
    const button = element("button", {
      type: "button",
      textContent: `bring back ${event.name.replaceAll("-", " ")}`,
    });
    button.onclick = () => {
      delete S.events[event.name];
      edited();
    };
    return button;
  });
  $("events").replaceChildren(...rows, ...back, newEvent());
}

function newEvent() {
  const whose = $("for-shown").textContent;
  if (!chosen())
    return element("p", { className: "fine", textContent: "No state is chosen for a new event." });
  const path = element(
    "select",
    { ariaLabel: "What changes" },
    ...FACTS.schema.map(section =>
      element(
        "optgroup",
        { label: section.title },
        ...Object.entries(section.keys)
          .filter(([key]) => isOffered(`${section.name}.${key}`))
          .map(([key, f]) =>
            element("option", { value: `${section.name}.${key}`, textContent: f.doc.slice(0, 70) }),
          ),
      ),
    ).filter(group => group.children.length),
  );
  const date = element("input", {
      type: "number",
      step: 0.25,
      value: FACTS.observed_until + 2,
      ariaLabel: "from",
    }),
    value = element("input", { type: "text", size: 6, ariaLabel: "value" });
  const add = element("button", { type: "button", textContent: "Add" });
  path.onchange = () => {
    value.value = parameterAt(path.value).default;
  };
  path.onchange();
  add.onclick = () => {
    const field = parameterAt(path.value),
      fit = fitted(path.value, value.value),
      name = nameFor(`change-of-${path.value.replaceAll(/[._]/g, "-")}`);
    const probe = { events: {}, base: S.base };
    if (fit !== undefined)
      takeEvent(
        probe,
        JSON.stringify({
          ...{ name, date: +date.value, until: null, sets: { [path.value]: fit } },
          ...chosen(),
        }),
      );
    if (!probe.events[name]) {
      $("said").textContent =
        `Allowed: ${field.kind === "bool" ? "true or false" : `${field.low} to ${field.high}`}, from a quarter of a year within the run.`;
      return;
    }
    S.events[name] = probe.events[name];
    edited();
  };
  return element(
    "fieldset",
    {},
    element("legend", { textContent: `Another change at a date, for ${whose}` }),
    path,
    element("label", { className: "field" }, "from ", date),
    element("label", { className: "field" }, "to ", value),
    add,
  );
}
