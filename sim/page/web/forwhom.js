// The part of the controls in which the countries are chosen that a change is for.

import { FACTS, statesByName } from "./data.js";
import { $, button, element, option, tell } from "./dom.js";
import { chosen } from "./boxes.js";
import { S, choose, onChange } from "./state.js";
import { tidyWhere, whom } from "./targets.js";

const EITHER = [["", "either"], ["true", "yes"], ["false", "no"]];

// A list, a yes or no, or a number for every condition that `where` in a file may have.
export function makeForWhom() {
  const { names, facts, limits } = FACTS.conditions,
    named = { iso3: statesByName().map(state => [state.iso3, state.name]) },
    show = [];
  const set = (name, value) => {
    const { [name]: _, ...others } = S.where;
    choose({ where: tidyWhere(value === undefined || value.length === 0 ? others : { ...others, [name]: value }) ?? S.where });
  };
  const field = (name, label, input, write) => {
    input.onchange = () => set(name, write());
    return element("label", { className: "field" }, label, input);
  };
  const select = (choices, more = {}) => element("select", more, ...choices.map(([value, text]) => option(value, text)));
  const lists = Object.keys(names).map(name => {
    const list = select(named[name] ?? names[name].map(value => [value, value]), { multiple: true, size: 4 });
    show.push(() => [...list.options].forEach(each => (each.selected = Boolean(S.where[name]?.includes(each.value)))));
    const label = { region: "Regions", regime: `Regimes of ${FACTS.observed_until}`, iso3: "Single countries" }[name];
    return field(name, label, list, () => [...list.selectedOptions].map(each => each.value));
  });
  const choices = Object.entries(facts).map(([name, doc]) => {
    const choice = select(EITHER);
    show.push(() => (choice.value = String(S.where[name] ?? "")));
    return field(name, doc.replace("Whether ", "").replace(/\.$/, "?"), choice, () => ({ true: true, false: false })[choice.value]);
  });
  const numbers = Object.entries(limits).map(([name, doc]) => {
    const number = element("input", { type: "number", min: 1, step: "any" });
    show.push(() => (number.value = S.where[name] ?? ""));
    return field(name, doc, number, () => (Number(number.value) > 0 ? Number(number.value) : undefined));
  });
  $("for-whom").replaceChildren(...lists, ...choices, ...numbers, button("All countries again", () => choose({ where: {} })));
  onChange(live => {
    if (live) return;
    show.forEach(draw => draw());
    const target = chosen(),
      there = statesByName().filter(state => target?.states?.includes(state.iso3)).map(state => state.name);
    const note = there.length ? `${there.join(", ")}. What is one for the whole world, such as China's prices, is not offered.` : "";
    tell("for-shown", target ? (target.states ? whom(target) : "all countries") : "nobody");
    tell("for-names", target ? note : "No country meets all of these conditions: nothing can be changed for them.");
  });
}
