// The table of countries, to be sorted. It is the map for keyboards and screen readers.

import { FACTS, outcomeNamed } from "./data.js";
import { $, button, element } from "./dom.js";
import { countryDifferences, countryMeans, nowIn, runsShown } from "./series.js";
import { S, choose, reference, shortOf, titleOf } from "./state.js";
import { counted, formatted } from "./words.js";

let SORT = { column: 0, up: true };

// { name, read } of each column; those without a `unit` are texts.
export function tableColumns() {
  const outcomes = [...new Set([S.outcome, ...FACTS.mapped])].filter(name => name in FACTS.bits),
    differences = S.diff ? countryDifferences() : null;
  const shares = outcomes.map(name => {
    const means = countryMeans(S, name);
    return { name: outcomeNamed(name).label, unit: "share", read: i => (means ? nowIn(means[i]) : null) };
  });
  const change = { name: `Difference from ${shortOf(reference())}`, unit: "share", differs: true, read: i => differences[i] };
  // Of countries that are hatched on the map there are no numbers.
  const isClaimed = i => !FACTS.no_claim.includes(FACTS.states[i].iso3),
    claimed = column => ({ ...column, read: i => (isClaimed(i) ? column.read(i) : null) });
  return [
    { name: "Country", read: i => FACTS.states[i].name },
    ...[...(differences ? [change] : []), ...shares].map(claimed),
    { name: "Region", read: i => FACTS.states[i].region },
    { name: `Regime ${FACTS.observed_until}`, read: i => FACTS.states[i].regime },
  ];
}

export function drawTable() {
  const columns = tableColumns();
  SORT.column = Math.min(SORT.column, columns.length - 1);
  const { unit, read } = columns[SORT.column],
    compare = (a, b) => (unit ? (read(a) ?? -1) - (read(b) ?? -1) : read(a).localeCompare(read(b))),
    rows = FACTS.states.map((_, i) => i).sort((a, b) => (SORT.up ? 1 : -1) * compare(a, b) || a - b);
  const head = columns.map((c, k) => {
    const isSorted = k === SORT.column;
    const sort = () => {
      SORT = { column: k, up: isSorted ? !SORT.up : !c.unit };
      drawTable();
      $("countries").querySelectorAll("th button")[k].focus();
    };
    const [sign, ariaSort] = !isSorted ? ["", "none"] : SORT.up ? [" ▲", "ascending"] : [" ▼", "descending"];
    return element("th", { scope: "col", className: c.unit ? "" : "text", ariaSort }, button(c.name + sign, sort));
  });
  const caption = `Shares of ${runsShown()} model runs at the end of ${S.year}, of ${counted(rows.length, "country")}: “${titleOf()}”`;
  $("countries").replaceChildren(
    element("caption", { textContent: caption, className: "fine" }),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows.map(i => rowOfCountry(i, columns))),
  );
}

function rowOfCountry(i, [, ...columns]) {
  const { iso3, name } = FACTS.states[i];
  const told = c => (c.differs && c.read(i) === 0 ? "no difference beyond chance" : c.unit ? formatted(c.read(i), c.unit, c.differs) : c.read(i));
  const cells = columns.map(c => element("td", { className: c.unit ? "" : "text", textContent: told(c) }));
  const head = element("th", { scope: "row" }, button(name, () => choose({ state: iso3 })));
  return element("tr", {}, head, ...cells);
}
