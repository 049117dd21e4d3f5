// Chart and map: Vega views that are made once and then fed.

const VIEWS_MADE = { panels: [], map: null };
let SPECS;
const OPTIONS = {
  mode: "vega",
  renderer: "svg",
  actions: false,
  ast: true,
  tooltip: { theme: "custom" },
};

async function loadVega() {
  const [code, specs] = await Promise.all([unpackText("vega"), unpackText("specs")]);
  SPECS = JSON.parse(specs);
  const script = element("script", { type: "module", textContent: code });
  const loaded = new Promise(resolve => addEventListener("vega", resolve, { once: true }));
  document.head.append(script);
  await loaded;
}

const copyOf = spec => JSON.parse(JSON.stringify(spec));
const widthOf = node => Math.max(200, Math.floor(node.clientWidth));

// As many panels as are needed, each with a view.
async function makePanels(count) {
  const home = $("panels");
  home.className = count === 1 ? "one" : "";
  while (VIEWS_MADE.panels.length < count) {
    const caption = element("figcaption"),
      box = element("div", { role: "img" });
    const figure = element("figure", { className: "panel" }, caption, box);
    home.append(figure);
    const { view } = await vegaEmbed(box, copyOf(SPECS.curve), OPTIONS);
    view.addEventListener("click", (_, item) => {
      if (item?.datum?.year) choose({ year: item.datum.year });
    });
    VIEWS_MADE.panels.push({ figure, caption, box, view });
  }
  VIEWS_MADE.panels.forEach((panel, k) => {
    panel.figure.hidden = k >= count;
  });
}

async function drawChart() {
  const shown = panels(),
    unit = outcomeNamed(S.outcome).unit,
    signed = S.diff;
  await makePanels(shown.length);
  const there = shown.flatMap(p => p.lines).filter(l => l.series);
  const [least, most] = span(there, signed);
  const years = YEARS(),
    height = shown.length === 1 ? 320 : 150;
  await Promise.all(
    shown.map((panel, k) => {
      const { figure, caption, box, view } = VIEWS_MADE.panels[k],
        lines = panel.lines.filter(l => l.series);
      caption.textContent = panel.title;
      const at = (s, y) => ({ mean: s.mean[y], low: s.low[y], high: s.high[y] });
      const rows = lines.flatMap((l, n) =>
        years.map((year, y) => ({
          line: l.name,
          colour: l.colour,
          dash: l.dash.length ? l.dash : [1, 0],
          year,
          text: formattedBand(at(l.series, y), unit, signed),
          ...at(l.series, y),
          n,
        })),
      );
      view
        .data("lines", rows)
        .data("bands", S.bands ? rows.filter(r => r.n === lines.length - 1) : []);
      view.data("now", [{ year: S.year }]).data("observed", signed ? [] : observedFor(panel.title));
      view
        .signal("least", least)
        .signal("most", most)
        .signal("first", years[0])
        .signal("last", years.at(-1))
        .width(widthOf(figure))
        .height(height);
      const last = lines.at(-1);
      box.setAttribute(
        "aria-label",
        last
          ? `${outcomeNamed(S.outcome).label}, ${panel.title || whoTold()}: ${last.name}, ` +
              `${formattedBand(at(last.series, years.length - 1), unit, signed)} at the end of ${years.at(-1)}`
          : "No numbers yet",
      );
      return view.runAsync();
    }),
  );
  drawLegend(shown);
  drawNumbers(shown, unit);
}

function span(lines, signed) {
  let least = signed ? 0 : Infinity,
    most = signed ? 0 : -Infinity;
  for (const { series, grey } of lines)
    for (const values of S.bands && !grey ? [series.low, series.high] : [series.mean])
      for (const value of values) {
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
  if (!Number.isFinite(least)) return [0, 1];
  if (least > 0 && least < most / 2) least = 0; // from zero, unless that wastes half the room
  const room = (most - least || Math.abs(most) || 1) * 0.04;
  return [least === 0 ? 0 : least - room, most + room];
}

// Published figures of the outcome and group on screen.
function observedFor(group) {
  const [kind, name] = S.who === "world" ? ["world", "world"] : S.who.split(/:(.*)/s);
  const wanted = kind === "each" ? [name, group] : [kind, name];
  const same = kind => kind.replace("-rated", "");
  return FACTS.evidence
    .filter(
      row =>
        row.mark &&
        row.mark[0] === S.outcome &&
        same(row.mark[1]) === wanted[0] &&
        row.mark[2] === wanted[1],
    )
    .map(row => ({
      year: row.mark[3],
      value: row.observed,
      low: row.observed - 2 * (row.sigma ?? 0),
      high: row.observed + 2 * (row.sigma ?? 0),
      quantity: row.quantity,
      source: row.source,
      text: formatted(row.observed, outcomeNamed(S.outcome).unit),
    }));
}

function drawLegend(shown) {
  const many = shown.length > 1;
  $("legend").replaceChildren(
    ...(many ? shown[0].lines.filter(l => l.grey) : shown[0].lines).map(l => {
      const swatch = `<svg width="28" height="8" aria-hidden="true"><line x1="0" x2="28" y1="4" y2="4" stroke="${l.colour}" stroke-width="3" stroke-dasharray="${l.dash}"/></svg>`;
      const item = element("li", { innerHTML: swatch });
      item.append(l.name + (l.series ? "" : " (being run)"));
      return item;
    }),
  );
  if (many) $("legend").append(element("li", { textContent: `coloured: ${titleOf()}` }));
}

function drawNumbers(shown, unit) {
  const lines = shown.flatMap(p =>
    p.lines
      .filter(l => l.series)
      .map(l => ({ ...l, title: p.title ? `${p.title}, ${l.name}` : l.name })),
  );
  const head = element(
    "tr",
    {},
    element("th", { scope: "col", textContent: "End of" }),
    ...lines.map(l => element("th", { scope: "col", textContent: l.title })),
  );
  const rows = YEARS().map((year, y) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", textContent: year }),
      ...lines.map(l =>
        element("td", {
          textContent: formattedBand(
            { mean: l.series.mean[y], low: l.series.low[y], high: l.series.high[y] },
            unit,
            S.diff,
          ),
        }),
      ),
    ),
  );
  $("numbers").replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  $("download-series").onclick = () =>
    download(
      `entrench-${S.outcome}.csv`,
      csv([
        ["year", "line", "mean", "q05", "q95"],
        ...lines.flatMap(l =>
          YEARS().map((year, y) => [
            year,
            l.title,
            l.series.mean[y],
            l.series.low[y],
            l.series.high[y],
          ]),
        ),
      ]),
    );
}

// ---- the map

async function makeMap() {
  const spec = copyOf(SPECS.map);
  spec.data.find(d => d.name === "shapes").values = JSON.parse(await unpackText("shapes"));
  const { view } = await vegaEmbed($("map"), spec, OPTIONS);
  view.addEventListener("click", (_, item) => {
    const iso3 = item?.datum?.iso3;
    if (iso3) choose({ state: iso3 }, "story");
  });
  return view;
}

// Values of all states in the year of the slider, and their differences if asked for.
function mapValues() {
  const means = stateMeans(S, S.outcome),
    other = S.diff ? stateMeans(reference(), S.outcome) : null;
  if (!means || (S.diff && !other)) return null;
  const years = YEARS().length,
    y = YEARS().indexOf(S.year);
  return FACTS.states.map((_, i) => means[i * years + y] - (other ? other[i * years + y] : 0));
}

// In one state "states" that have something are a chance.
const unitOfState = outcome =>
  outcome.unit === "states" || outcome.form === "share" ? "share" : outcome.unit;

async function drawMap() {
  const values = mapValues(),
    outcome = outcomeNamed(S.outcome),
    unit = unitOfState(outcome);
  VIEWS_MADE.map ??= await makeMap();
  const scale = colourScale(values, S.diff, unit);
  const rows = FACTS.states.map((state, i) => ({
    iso3: state.iso3,
    name: state.name,
    lon: state.at[0],
    lat: state.at[1],
    colour: values ? scale.colour(values[i]) : null,
    text: values ? formatted(values[i], unit, S.diff) : "being run",
  }));
  const width = widthOf($("map"));
  VIEWS_MADE.map
    .data(
      "values",
      rows.concat({ iso3: "CHN", name: "China (the vendor)", colour: null, text: "" }),
    )
    .data(
      "dots",
      rows.filter(r => FACTS.dots.includes(r.iso3)),
    )
    .width(width)
    .height(Math.round(width * 0.5));
  await VIEWS_MADE.map.runAsync();
  $("scale").innerHTML =
    `<span>${formatted(scale.least, unit, S.diff)}</span><i style="background:${scale.css}"></i><span>${formatted(scale.most, unit, S.diff)}</span>`;
  $("scale").append(element("span", { textContent: mapTitle(outcome) }));
  $("map").setAttribute(
    "aria-label",
    `Map: ${mapTitle(outcome)}, end of ${S.year}. ${highest(values, unit)}`,
  );
}

function mapTitle(outcome) {
  const chance = unitOfState(outcome) === "share" && outcome.unit === "states" ? "Chance: " : "";
  return `${chance}${outcome.label.toLowerCase()}${S.diff ? `, difference from ${titleOf(reference())}` : ""}`;
}

function highest(values, unit) {
  if (!values) return "";
  const order = values
    .map((v, i) => [v, i])
    .sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]))
    .slice(0, 5);
  return (
    "Highest: " +
    order.map(([v, i]) => `${FACTS.states[i].name} ${formatted(v, unit, S.diff)}`).join(", ") +
    "."
  );
}

// Blues from none to all; for differences blue for less, vermillion for more.
function colourScale(values, signed, unit) {
  const size = values ? Math.max(...values.map(Math.abs)) : 1;
  const most = signed
      ? Math.max(0.1, size)
      : isShare(unit) || unit.startsWith("index")
        ? 1
        : size || 1,
    least = signed ? -most : unit.startsWith("index -1") ? -1 : 0;
  const stops = signed ? FACTS.diverging : FACTS.sequential;
  const css = `linear-gradient(90deg, ${stops.map(rgb => `rgb(${rgb})`).join(", ")})`;
  const colour = value => {
    const place = Math.min(1, Math.max(0, (value - least) / (most - least))) * (stops.length - 1),
      at = Math.min(stops.length - 2, Math.floor(place));
    return `rgb(${stops[at].map((c, k) => Math.round(c + (stops[at + 1][k] - c) * (place - at)))})`;
  };
  return { colour, css, least, most };
}
