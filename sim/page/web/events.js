// The part of the controls that changes dated events.

// Dated events: their dates and what they set; and a new one.
function drawEvents() {
  const events = resolvedOf().events;
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
      const value = input.value === "" ? null : Math.round(4 * input.value) / 4;
      if (takeEvent(S, JSON.stringify({ ...event, [key]: value }))) return edited();
      $("said").textContent = "A date must lie within the years of the run, and an end after its beginning.";
      input.value = event[key] ?? "";
    };
    return element("label", { className: "field" }, label, input);
  };
  const rows = events.map(event => {
    const changes = Object.entries(event.sets)
        .map(([path, value]) => `${parameterAt(path).doc} → ${value}`)
        .join(" "),
      what = event.states ? `For ${whom(event)}: ${changes}` : changes;
    const drop = () => {
      if (eventBase(event.name)) S.events[event.name] = null;
      else delete S.events[event.name];
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
        button("remove", drop, { ariaLabel: `Remove the event ${event.name}` }),
      ),
    );
  });
  $("events").replaceChildren(...rows, newEvent());
}

function newEvent() {
  const whose = $("for-shown").textContent;
  if (!chosen()) return element("p", { className: "fine", textContent: "No country is chosen for a new event." });
  const path = element(
    "select",
    { ariaLabel: "What changes" },
    ...FACTS.schema
      .map(section =>
        options(
          section.title,
          Object.entries(section.keys)
            .filter(([key]) => isOffered(`${section.name}.${key}`))
            .map(([key, f]) => option(`${section.name}.${key}`, f.doc.slice(0, 70))),
        ),
      )
      .filter(group => group.children.length),
  );
  const date = element("input", { type: "number", step: 0.25, value: FACTS.observed_until + 2, ariaLabel: "from" }),
    value = element("input", { type: "text", size: 6, ariaLabel: "value" });
  path.onchange = () => {
    value.value = parameterAt(path.value).default;
  };
  path.onchange();
  const add = () => {
    const field = parameterAt(path.value),
      name = nameFor(`change-of-${path.value.replaceAll(/[._]/g, "-")}`),
      event = { name, date: +date.value, sets: { [path.value]: value.value }, ...chosen() };
    if (takeEvent(S, JSON.stringify(event))) return edited();
    $("said").textContent =
      `Allowed: ${field.kind === "bool" ? "true or false" : `${field.low} to ${field.high}`}, from a quarter of a year within the run.`;
  };
  return element(
    "fieldset",
    {},
    element("legend", { textContent: `Another change at a date, for ${whose}` }),
    path,
    element("label", { className: "field" }, "from ", date),
    element("label", { className: "field" }, "to ", value),
    button("Add", add),
  );
}
