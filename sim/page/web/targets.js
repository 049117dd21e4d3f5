// Whom a change is for: the states that meet conditions, as `where` in a scenario file names them.
// Conditions are { region: [names], bri: true, income_below: 4000 … }; none of them: all states.

const conditionNames = () => Object.values(FACTS.conditions).flatMap(Object.keys);

// Conditions in the one order that they have everywhere, or null where one cannot be.
function tidyWhere(given) {
  const { names, facts } = FACTS.conditions,
    where = {};
  if (Object.keys(given).some(name => !conditionNames().includes(name))) return null;
  for (const name of conditionNames()) {
    const value = given[name];
    if (value === undefined) continue;
    if (name in names) {
      const known = names[name];
      if (!Array.isArray(value) || !value.length || !value.every(v => known.includes(v))) return null;
      where[name] = known.filter(v => value.includes(v));
    } else if (name in facts ? typeof value !== "boolean" : !(Number.isFinite(value) && value > 0)) return null;
    else where[name] = value;
  }
  return where;
}

// Codes of the states that meet all conditions; see `_matching` in sim/scenario/scope.py.
function statesOf(where) {
  const { names, facts } = FACTS.conditions;
  return FACTS.states
    .filter(
      state =>
        Object.keys(names).every(name => !where[name] || where[name].includes(state[name])) &&
        Object.keys(facts).every(name => (where[name] ?? state[name]) === state[name]) &&
        state.income >= (where.income_from ?? 0) &&
        state.income < (where.income_below ?? Infinity),
    )
    .map(state => state.iso3);
}

// Conditions as `--set` has them in brackets: "region=South Asia|Oceania,bri=true".
const labelOf = where =>
  Object.entries(where)
    .map(([name, value]) => `${name}=${[value].flat().join("|")}`)
    .join(",");
const keyFor = (path, where) => (where && Object.keys(where).length ? `${path}[${labelOf(where)}]` : path);

// The conditions in such a text, or null.
function whereIn(text) {
  const given = {};
  for (const part of text.split(",")) {
    const [name, value] = part.split(/=(.*)/s);
    if (!value || name in given) return null;
    if (name in FACTS.conditions.facts) given[name] = { true: true, false: false }[value];
    else if (name in FACTS.conditions.limits) given[name] = Number(value);
    else given[name] = value.split("|");
  }
  return tidyWhere(given);
}

// { where, states } of conditions; {} where there are none; null where they are wrong or nobody's.
function targetOf(where) {
  const tidied = where ? tidyWhere(where) : {};
  if (!tidied) return null;
  if (!Object.keys(tidied).length) return {};
  const states = statesOf(tidied);
  return states.length ? { where: tidied, states } : null;
}

// Whom the controls are for at present.
const isForAll = () => !Object.keys(S.where).length;
const chosen = () => targetOf(S.where);

// Whether a value can be changed for those chosen: what is one for the world cannot be for some.
const canBeFor = (path, where) => !where || !parameterAt(path).of_world;
function isOffered(path) {
  const { of_world, vendor } = parameterAt(path);
  return Boolean(chosen()) && (isForAll() || !of_world) && (!S.vendor || vendor === S.vendor);
}

// In words: "South Asia or Oceania, members of …".
function whereInWords(where) {
  const words = {
    region: v => v.join(" or "),
    regime: v => `${v.join(" or ")} in ${FACTS.observed_until}`,
    iso3: v => v.map(code => FACTS.states[stateNamed(code)].name).join(", "),
    bri: v => (v ? "in the Belt and Road Initiative" : "not in the Belt and Road Initiative"),
    ally: v => (v ? "allies of the West" : "not allied with the West"),
    income_below: v => `income a head below US$ ${v.toLocaleString("en")}`,
    income_from: v => `income a head from US$ ${v.toLocaleString("en")}`,
  };
  return Object.entries(where)
    .map(([name, value]) => words[name](value))
    .join("; ");
}

// Whom a value or an event is for: "South Asia; in the Belt and Road Initiative (4 states)".
function whom({ where, states }) {
  const count = states.length;
  const alone = where.iso3 && Object.keys(where).length === 1 && count <= 3;
  return whereInWords(where) + (alone ? "" : ` (${counted(count, "country")})`);
}

// The name of an event for those chosen: "bans", or "bans-for-region-south-asia".
function nameFor(name) {
  if (isForAll()) return name;
  const label = labelOf(S.where),
    plainly = label.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"),
    short = `${name}-for-${plainly.slice(0, 48)}`;
  for (let k = 1; ; k++) {
    const one = k === 1 ? short : `${short}-${k}`,
      known = eventNow(one);
    if (!known || labelOf(known.where ?? {}) === label) return one;
  }
}

function chooseStates(where, vendor = S.vendor) {
  choose({ where, vendor });
  if ($("dates").open) drawEvents();
}

// The part of the controls in which the states, and the vendor, are chosen.
function makeTargets() {
  const { names, facts, limits } = FACTS.conditions,
    show = [];
  const set = (name, value) => {
    const next = { ...S.where };
    if (value === undefined || value.length === 0) delete next[name];
    else next[name] = value;
    chooseStates(tidyWhere(next) ?? S.where);
  };
  const ticks = name => {
    const boxes = names[name].map(value => {
      const tick = element("input", { type: "checkbox", value });
      const ticked = () => boxes.filter(b => b.checked).map(b => b.value);
      tick.onchange = () => set(name, ticked());
      return tick;
    });
    show.push(() => boxes.forEach(b => (b.checked = Boolean(S.where[name]?.includes(b.value)))));
    return element(
      "fieldset",
      {},
      element("legend", { textContent: { region: "Region", regime: `Regime in ${FACTS.observed_until}` }[name] }),
      ...boxes.map(b => element("label", { className: "tick" }, b, b.value)),
    );
  };
  const choice = (label, choices, read, write) => {
    const select = element("select", {}, ...choices.map(([value, text]) => option(value, text)));
    select.onchange = () => write(select.value);
    show.push(() => (select.value = read()));
    return element("label", { className: "field" }, label, select);
  };
  const yesNo = (name, label, yes, no) =>
    choice(
      label,
      Object.entries({ "": "either", true: yes, false: no }),
      () => String(S.where[name] ?? ""),
      value => set(name, { true: true, false: false }[value]),
    );
  const limit = (name, label) => {
    const input = element("input", { type: "number", min: 1, step: "any", title: limits[name] });
    input.onchange = () => {
      const value = Number(input.value);
      set(name, value > 0 ? value : undefined);
      input.value = S.where[name] ?? "";
    };
    show.push(() => (input.value = S.where[name] ?? ""));
    return element("label", { className: "field" }, label, input);
  };
  const single = choice(
    "Single countries",
    [["", "add one …"], ...statesByName().map(s => [s.iso3, s.name])],
    () => "",
    code => code && set("iso3", [...(S.where.iso3 ?? []), code]),
  );
  const picked = element("div", { className: "buttons" });
  show.push(() =>
    renew(picked, S.where.iso3 ?? [], codes =>
      codes.map(code => {
        const { name } = FACTS.states[stateNamed(code)],
          others = () => S.where.iso3.filter(c => c !== code);
        const leaveOut = () => {
          set("iso3", others());
          single.querySelector("select").focus();
        };
        return button(`${name} ×`, leaveOut, { ariaLabel: `Leave out ${name}` });
      }),
    ),
  );
  const vendors = [...new Set(allPaths().map(path => parameterAt(path).vendor))];
  const vendor = choice(
    "Vendor",
    [["", "any"], ...vendors.filter(Boolean).map(v => [v, `${v} alone`])],
    () => S.vendor,
    value => chooseStates(S.where, value),
  );
  const all = () => {
    chooseStates({}, "");
    $("for").querySelector("summary").focus();
  };
  $("for-whom").replaceChildren(
    ticks("region"),
    ticks("regime"),
    yesNo("ally", "Allied with the West", "allies", "all others"),
    yesNo("bri", "Belt and Road Initiative", "members", "all others"),
    limit("income_from", "Income a head, US$, from"),
    limit("income_below", "and below"),
    single,
    picked,
    vendor,
    element("p", { className: "buttons" }, button("All countries, any vendor", all)),
    fine(facts.ally.replace("Whether allied", "Allied")),
  );
  DRAWN.push(() => {
    show.forEach(draw => draw());
    const target = chosen(),
      whose = S.vendor ? `${S.vendor}, ` : "";
    const names = statesByName()
      .filter(state => target?.states?.includes(state.iso3))
      .map(state => state.name);
    tell("for-shown", whose + (target ? (target.states ? whom(target) : "all countries") : "nobody"));
    const note = target?.states
      ? `${names.length} of ${FACTS.states.length} countries. What is one for the whole world, such as China's courses or prices, is not offered.`
      : "";
    tell("for-states", target ? note : "No country meets all of these conditions: nothing can be changed for them.");
    tell("for-names", names.length > 3 ? `${names.join(", ")}.` : "");
  });
}
