// The part of the controls that changes dated events.

// Dated events: their dates and what they set; and a new one.
function drawEvents() {
  const events = resolvedOf().events;
  const dateInput = (event, key, label) => {
    const limits = { type: "number", step: 0.25, min: FACTS.years[0], max: lastYear() + 0.75 };
    const input = element("input", { ...limits, value: event[key] ?? "", ariaLabel: `${event.name}: ${label}` });
    input.onchange = () => {
      const value = input.value === "" ? null : Math.round(4 * input.value) / 4;
      if (takeEvent(S, JSON.stringify({ ...event, [key]: value }))) return edited();
      $("said").textContent = "A date must lie within the years of the run, and an end after its beginning.";
      input.value = event[key] ?? "";
    };
    return element("label", { className: "field" }, label, input);
  };
  const rows = events.map(event => {
    const changes = Object.entries(event.sets).map(([path, value]) => changeInWords(path, value)),
      what = (event.states ? `For ${whom(event)}: ` : "") + changes.join("; ");
    const drop = () => {
      if (eventBase(event.name)) S.events[event.name] = null;
      else delete S.events[event.name];
      edited();
    };
    const name = element("div", { className: "name", textContent: event.name.replaceAll("-", " ") }),
      dates = [dateInput(event, "date", "from"), dateInput(event, "until", "until")],
      remove = button("remove", drop, { ariaLabel: `Remove the event ${event.name}` });
    const choices = element("div", { className: "choices" }, ...dates, remove);
    return element("div", { className: "lever" }, name, fine(what), choices);
  });
  $("events").replaceChildren(...rows, newEvent());
}

function newEvent() {
  const whose = $("for-shown").textContent;
  if (!chosen()) return fine("No country is chosen for a new event.");
  const offered = allPaths().filter(isOffered);
  const groups = FACTS.schema.map(({ name, title }) => {
    const own = offered.filter(path => path.startsWith(`${name}.`));
    return options(title, own.map(path => option(path, parameterAt(path).doc.slice(0, 70))));
  });
  const filled = groups.filter(group => group.children.length),
    path = element("select", { ariaLabel: "What changes" }, ...filled);
  const date = element("input", { type: "number", step: 0.25, value: FACTS.observed_until + 2, ariaLabel: "from" }),
    value = element("input", { type: "text", size: 6, ariaLabel: "value" });
  path.onchange = () => (value.value = parameterAt(path.value).default);
  path.onchange();
  const add = () => {
    const field = parameterAt(path.value),
      name = nameFor(`change-of-${path.value.replaceAll(/[._]/g, "-")}`),
      event = { name, date: +date.value, sets: { [path.value]: value.value }, ...chosen() };
    if (takeEvent(S, JSON.stringify(event))) return edited();
    const allowed = field.kind === "bool" ? "true or false" : `${field.low} to ${field.high}`;
    $("said").textContent = `Allowed: ${allowed}, from a quarter of a year within the run.`;
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
