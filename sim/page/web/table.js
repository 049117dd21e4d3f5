// The table of states: sorted, searched, downloaded. It is the map for keyboards and screen readers.

let SORT = { column: 0, up: true };

function tableColumns() {
  const outcomes = [...new Set([...FACTS.mapped.slice(0, 3), S.outcome])].filter(n => outcomeNamed(n).of === "country");
  const years = YEARS().length,
    y = YEARS().indexOf(S.year),
    columns = [
      { name: "Country", text: true, read: i => FACTS.states[i].name },
      { name: "Region", text: true, read: i => FACTS.states[i].region },
      { name: "Regime 2024", text: true, read: i => FACTS.states[i].regime },
    ];
  for (const name of outcomes) {
    const outcome = outcomeNamed(name),
      unit = unitOfState(outcome),
      means = stateMeans(S, name);
    columns.push({ name: outcome.label, unit, read: i => (means ? means[i * years + y] : null) });
  }
  const differences = S.diff ? differencesByState() : null;
  if (differences)
    columns.push({
      name: `Difference from ${titleOf(reference())}`,
      unit: unitOfState(outcomeNamed(S.outcome)),
      differs: true,
      read: i => differences[i],
    });
  return columns;
}

function drawTable() {
  const columns = tableColumns(),
    wanted = $("find").value.trim().toLowerCase();
  SORT.column = Math.min(SORT.column, columns.length - 1);
  const sorted = columns[SORT.column],
    sign = SORT.up ? 1 : -1;
  const compare = (a, b) =>
    sorted.text
      ? sorted.read(a).localeCompare(sorted.read(b))
      : (sorted.read(a) ?? -Infinity) - (sorted.read(b) ?? -Infinity);
  const isFound = i =>
    columns.some(c => c.text && c.read(i).toLowerCase().includes(wanted)) ||
    FACTS.states[i].iso3.toLowerCase() === wanted;
  const every = FACTS.states.map((_, i) => i),
    rows = every.filter(isFound).sort((a, b) => sign * compare(a, b) || a - b);
  const head = columns.map((c, k) => {
    const sort = () => {
      SORT = { column: k, up: k === SORT.column ? !SORT.up : Boolean(c.text) };
      drawTable();
      $("states").querySelectorAll("th button")[k].focus();
    };
    const arrow = k === SORT.column ? (SORT.up ? " ▲" : " ▼") : "",
      look = { scope: "col", className: c.text ? "text" : "" },
      cell = element("th", look, button(c.name + arrow, sort));
    cell.ariaSort = k === SORT.column ? (SORT.up ? "ascending" : "descending") : "none";
    return cell;
  });
  const body = rows.map(i => {
    const cells = columns.map((c, k) => {
      const told = c.text ? c.read(i) : c.differs ? valueTold(c.read(i), c.unit) : formatted(c.read(i), c.unit);
      if (k) return element("td", { className: c.text ? "text" : "", textContent: told });
      const tell = () => choose({ state: FACTS.states[i].iso3 }, "story");
      return element("td", {}, button(c.read(i), tell));
    });
    return element("tr", {}, ...cells);
  });
  const title = `${titleOf()}, end of ${S.year}: ${counted(rows.length, "country")}`;
  $("states").replaceChildren(
    element("caption", { textContent: title, className: "fine" }),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
  $("download-states").onclick = () =>
    download(
      `entrench-countries-${S.year}.csv`,
      csv([
        ["iso3", ...columns.map(c => c.name)],
        ...rows.map(i => [FACTS.states[i].iso3, ...columns.map(c => c.read(i) ?? "")]),
      ]),
    );
}
