// The table of countries: sorted, searched, saved. It is the map for keyboards and screen readers.

import { FACTS, YEARS, outcomeNamed } from "./data.js";
import { $, button, csv, download, element } from "./dom.js";
import { findCountries } from "./country.js";
import { pin } from "./map.js";
import { countryDifferences, countryMeans, runsShown } from "./series.js";
import { S, choose, reference, shortOf, titleOf } from "./state.js";
import { counted, formatted } from "./words.js";

let SORT = { column: 0, up: true };

function tableColumns() {
  const outcomes = [...new Set([S.outcome, ...FACTS.mapped])].filter(name => name in FACTS.bits),
    y = YEARS().indexOf(S.year);
  const columns = [
    { name: "Country", text: true, read: i => FACTS.states[i].name },
    ...outcomes.map(name => {
      const means = countryMeans(S, name),
        { label } = outcomeNamed(name);
      return { name: label, unit: "share", read: i => means?.[i * YEARS().length + y] ?? null };
    }),
    { name: "Region", text: true, read: i => FACTS.states[i].region },
    { name: `Regime ${FACTS.observed_until}`, text: true, read: i => FACTS.states[i].regime },
  ];
  const differences = S.diff ? countryDifferences() : null;
  if (differences)
    columns.splice(1, 0, {
      name: `Difference from ${shortOf(reference())}`,
      unit: "share",
      differs: true,
      read: i => differences[i],
    });
  return columns;
}

export function drawTable() {
  const columns = tableColumns(),
    wanted = $("find").value.trim().toLowerCase();
  SORT.column = Math.min(SORT.column, columns.length - 1);
  const sorted = columns[SORT.column],
    sign = SORT.up ? 1 : -1;
  const compare = (a, b) =>
    sorted.text ? sorted.read(a).localeCompare(sorted.read(b)) : (sorted.read(a) ?? -Infinity) - (sorted.read(b) ?? -Infinity);
  const near = findCountries(wanted).map(found => found.iso3);
  const isWanted = i =>
    !wanted || near.includes(FACTS.states[i].iso3) || columns.some(c => c.text && c.read(i).toLowerCase().includes(wanted));
  const rows = FACTS.states
    .map((_, i) => i)
    .filter(isWanted)
    .sort((a, b) => sign * compare(a, b) || a - b);
  const head = columns.map((c, k) => {
    const sort = () => {
      SORT = { column: k, up: k === SORT.column ? !SORT.up : Boolean(c.text) };
      drawTable();
      $("countries").querySelectorAll("th button")[k].focus();
    };
    const arrow = k === SORT.column ? (SORT.up ? " ▲" : " ▼") : "",
      cell = element("th", { scope: "col", className: c.text ? "text" : "" }, button(c.name + arrow, sort));
    cell.ariaSort = k === SORT.column ? (SORT.up ? "ascending" : "descending") : "none";
    return cell;
  });
  $("countries").replaceChildren(
    element("caption", { textContent: `${titleOf()}, end of ${S.year}: ${counted(rows.length, "country")}, shares of ${runsShown()} model runs`, className: "fine" }),
    element("thead", {}, element("tr", {}, element("th", { scope: "col", textContent: "On the chart" }), ...head)),
    element("tbody", {}, ...rows.map(i => rowOf(i, columns))),
  );
  $("save-countries").onclick = () =>
    download(
      `entrench-countries-${S.year}.csv`,
      csv([
        ["iso3", ...columns.map(c => (c.unit ? `${c.name} (share of runs)` : c.name)), "scenario", "end of year", "runs", "version"],
        ...rows.map(i => [FACTS.states[i].iso3, ...columns.map(c => c.read(i)), titleOf(), S.year, runsShown(), FACTS.version]),
      ]),
      "text/csv",
    );
}

function rowOf(i, columns) {
  const { iso3, name } = FACTS.states[i],
    who = `state:${iso3}`,
    tick = element("input", { type: "checkbox", checked: S.who.includes(who), ariaLabel: `${name} on the chart` });
  tick.onchange = () => (tick.checked ? pin(iso3) : choose({ who: S.who.filter(each => each !== who) }));
  const told = c => (c.text ? c.read(i) : c.differs && !c.read(i) ? "no difference beyond chance" : formatted(c.read(i), c.unit, c.differs));
  const cells = columns.map((c, k) =>
    k
      ? element("td", { className: c.text ? "text" : "", textContent: told(c) })
      : element("th", { scope: "row" }, button(name, () => choose({ state: iso3 }))),
  );
  return element("tr", {}, element("td", {}, tick), ...cells);
}
