// The part of the controls in which the countries are chosen that a change is for.

import { FACTS, statesByName } from "./data.js";
import { $, button, element, fine, option, tell } from "./dom.js";
import { chosen } from "./boxes.js";
import { S, choose, onChange } from "./state.js";
import { tidyWhere, whom } from "./targets.js";

export function makeForWhom() {
  const { names, facts, limits } = FACTS.conditions,
    show = [];
  const set = (name, value) => {
    const next = { ...S.where };
    if (value === undefined || value.length === 0) delete next[name];
    else next[name] = value;
    choose({ where: tidyWhere(next) ?? S.where });
  };
  const ticks = (name, legend) => {
    const boxes = names[name].map(value => {
      const tick = element("input", { type: "checkbox", value });
      tick.onchange = () => set(name, boxes.filter(b => b.checked).map(b => b.value));
      return tick;
    });
    show.push(() => boxes.forEach(b => (b.checked = Boolean(S.where[name]?.includes(b.value)))));
    const labels = boxes.map(b => element("label", { className: "tick" }, b, b.value));
    return element("fieldset", {}, element("legend", { textContent: legend }), ...labels);
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
    input.onchange = () => set(name, Number(input.value) > 0 ? Number(input.value) : undefined);
    show.push(() => (input.value = S.where[name] ?? ""));
    return element("label", { className: "field" }, label, input);
  };
  const singles = element("span", { className: "choices" });
  const add = choice(
    "Single countries",
    [["", "add …"], ...statesByName().map(state => [state.iso3, state.name])],
    () => "",
    iso3 => set("iso3", [...(S.where.iso3 ?? []), iso3]),
  );
  show.push(() =>
    singles.replaceChildren(
      ...(S.where.iso3 ?? []).map(iso3 => {
        const { name } = FACTS.states.find(state => state.iso3 === iso3);
        const drop = () => set("iso3", S.where.iso3.filter(code => code !== iso3));
        return button(`${name} ×`, drop, { ariaLabel: `Leave out ${name}` });
      }),
    ),
  );
  $("for-whom").replaceChildren(
    ticks("region", "Region"),
    ticks("regime", `Regime in ${FACTS.observed_until}`),
    yesNo("ally", "Allied with the West", "allies", "no allies"),
    yesNo("bri", "Belt and Road", "members", "no members"),
    limit("income_from", "Income a head from US$"),
    limit("income_below", "and below US$"),
    limit("aid_from", "Western aid from % of GNI"),
    limit("aid_below", "and below %"),
    add,
    singles,
    button("All countries again", () => choose({ where: {} })),
    fine(facts.ally.replace("Whether allied", "Allied")),
  );
  onChange(live => {
    if (live) return;
    show.forEach(draw => draw());
    const target = chosen();
    tell("for-shown", target ? (target.states ? whom(target) : "all countries") : "nobody");
    const held = statesByName().filter(state => target?.states?.includes(state.iso3));
    const note = `${held.map(state => state.name).join(", ")}. What is one for the whole world, such as China's courses or prices, is not offered.`;
    tell("for-names", target ? (target.states ? note : "") : "No country meets all of these conditions: nothing can be changed for them.");
  });
}
