// Chart and map: Vega views that are made once and then fed.

const VIEWS_MADE = { panels: [], map: null };
let SPECS;
const OPTIONS = { mode: "vega", renderer: "svg", actions: false, ast: true, tooltip: { theme: "custom" } };

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
    const panel = { figure, caption, box, view };
    box.onpointermove = box.onpointerdown = event => pointAt(panel, event);
    box.onpointerleave = () => pointAt(panel, null);
    box.onclick = event => {
      const year = yearAt(panel, event);
      if (year !== null) choose({ year });
    };
    VIEWS_MADE.panels.push(panel);
  }
  VIEWS_MADE.panels.forEach((panel, k) => (panel.figure.hidden = k >= count));
}

// The year nearest to the pointer, anywhere in the plot; null outside of it.
function yearAt({ box }, { clientX, clientY }) {
  const area = box.querySelector(".background").getBoundingClientRect(),
    place = (clientX - area.left) / area.width;
  const inside = place > -0.01 && place < 1.01 && clientY >= area.top && clientY <= area.bottom;
  return inside ? YEARS()[Math.round(Math.min(1, Math.max(0, place)) * (YEARS().length - 1))] : null;
}

// Shows the values of the year under the pointer, or, without an event, those of none.
function pointAt(panel, event) {
  const year = event && yearAt(panel, event),
    tip = $("tip");
  tip.hidden = year === null;
  panel.view.data("now", [{ year: year ?? S.year }]).run();
  if (year === null) return;
  renew(tip, panel.told(year), lines => lines.map(textContent => element("div", { textContent })));
  const right = event.clientX + 16 + tip.offsetWidth < innerWidth;
  tip.style.left = `${scrollX + (right ? event.clientX + 16 : Math.max(4, event.clientX - 16 - tip.offsetWidth))}px`;
  tip.style.top = `${scrollY + event.clientY + 16}px`;
}

// The unit of what the chart shows: in one country "countries" are a share of runs.
const unitShown = () => {
  const outcome = outcomeNamed(S.outcome);
  return S.who.startsWith("state:") ? unitOfState(outcome) : outcome.unit;
};
const WIDE = { past: "re-run of the past", ahead: "scenario from here" },
  NARROW = { past: "past", ahead: "scenario" };
const inYear = (s, year) => {
  const y = YEARS().indexOf(year);
  return { mean: s.mean[y], low: s.low[y], high: s.high[y] };
};

async function drawChart() {
  const shown = panels(),
    unit = unitShown(),
    signed = S.diff,
    observed = shown.map(p => (signed ? [] : observedFor(p.title)));
  await makePanels(shown.length);
  const years = YEARS(),
    every = shown.flatMap(p => p.lines),
    [least, most] = span(every, observed.flat(), signed);
  await Promise.all(
    shown.map((panel, k) => {
      const made = VIEWS_MADE.panels[k],
        lines = panel.lines.filter(l => l.series);
      const told = (l, year) => `${l.name}: ${formattedBand(inYear(l.series, year), unit, signed)}`;
      made.caption.textContent = panel.title;
      made.told = year => [
        `End of ${year}`,
        ...lines.map(l => told(l, year)),
        ...observed[k].filter(row => row.year === year).map(row => row.told),
      ];
      const rows = lines.flatMap((l, n) =>
        years.map(year => ({
          line: l.name,
          colour: l.colour,
          dash: l.dash.length ? l.dash : [1, 0],
          year,
          ...inYear(l.series, year),
          n,
        })),
      );
      const marks = observed[k].flatMap(row => marksOf(row, (most - least) / 14));
      made.view
        .data("lines", rows)
        .data(
          "bands",
          rows.filter(r => r.n === lines.length - 1),
        )
        .data("now", [{ year: S.year }])
        .data("border", [{ year: FACTS.observed_until, ...(shown.length === 1 ? WIDE : NARROW) }])
        .data("observed", marks)
        .signal("share", isShare(unit))
        .signal("least", least)
        .signal("most", most)
        .signal("first", years[0])
        .signal("last", years.at(-1))
        .width(widthOf(made.figure))
        .height(shown.length === 1 ? 320 : 150);
      const last = lines.at(-1),
        shows = `${outcomeNamed(S.outcome).label}, ${panel.title || whoTold()}`;
      made.box.ariaLabel = last ? `${shows}: ${told(last, S.year)} at the end of ${S.year}` : "No numbers";
      return made.view.runAsync();
    }),
  );
  drawLegend(shown, unit);
  drawNumbers(shown, unit);
  const published = observed.flat().filter(row => row.recorded);
  const recorded = published.sort((a, b) => a.year - b.year).map(row => row.recorded);
  const note = `Points: published figures, with two standard errors; an arrow: at least, or at most, so many. They count what somebody recorded. In “${titleOf(reference())}” the model's observer, which misses as much, recorded ${recorded.join("; ")}.`;
  tell("points", recorded.length ? note : "");
}

// What the axis spans: lines, bands where they are drawn, and published figures.
function span(lines, observed, signed) {
  const there = lines.filter(l => l.series),
    values = there.flatMap(({ series, grey }) => (grey ? [...series.mean] : [...series.low, ...series.high]));
  for (const { low, high } of observed) values.push(low, high);
  let least = Math.min(...values, signed ? 0 : Infinity),
    most = Math.max(...values, signed ? 0 : -Infinity);
  if (!Number.isFinite(least)) return [0, 1];
  if (least > 0 && least < most / 2) least = 0; // from zero, unless that wastes half the room
  const room = (most - least || Math.abs(most) || 1) * 0.04;
  return [least === 0 ? 0 : least - room, most + room];
}

// Published figures of the outcome and group on screen.
function observedFor(group) {
  const [kind, name] = whose(),
    wanted = kind === "each" ? [name, group] : [kind, name],
    counted = [S.outcome, ...(FACTS.counted_as[S.outcome] ?? [])],
    unit = unitShown();
  return FACTS.evidence
    .filter(
      ({ mark }) =>
        mark && counted.includes(mark[0]) && mark[1].replace("-rated", "") === wanted[0] && mark[2] === wanted[1],
    )
    .map(row => {
      const value = figureOf(row, unit),
        recorded = row.mean === null ? "" : formattedBand(row, unit),
        real = row.real === null ? "" : `, real in the model ${formattedBand(realOf(row), unit)}`;
      return {
        year: row.mark[3],
        value: row.observed,
        bound: row.bound,
        low: row.observed - 2 * (row.sigma ?? 0),
        high: row.observed + 2 * (row.sigma ?? 0),
        told: `Published: ${row.quantity}, ${value} (${row.source})`,
        recorded: recorded && `${recorded} by ${row.mark[3]}, published ${value}${real}`,
      };
    });
}
const realOf = row => ({ mean: row.real, low: row.real_low, high: row.real_high });
const BOUNDS = { lower: "at least ", upper: "at most " };
const figureOf = (row, unit) => (BOUNDS[row.bound] ?? "") + formatted(row.observed, unit);

// A published figure as marks: a point with its error, or an arrow away from a bound.
function marksOf({ year, value, low, high, bound }, arrow) {
  if (!(bound in BOUNDS)) return [{ year, value, low, high, shape: "circle" }];
  const up = bound === "lower",
    end = up ? value + arrow : value - arrow,
    ends = { low: Math.min(value, end), high: Math.max(value, end) };
  return [
    { year, value: end, ...ends, shape: up ? "triangle-up" : "triangle-down" },
    { year, value, low: value, high: value, shape: "stroke" },
  ];
}

function drawLegend(shown, unit) {
  const many = shown.length > 1,
    partial = !isStored(keyOf()) && !Runs.of(keyOf(), true);
  $("legend").replaceChildren(
    ...(many ? shown[0].lines.filter(l => l.grey) : shown[0].lines).map(l => {
      const swatch = `<svg width="28" height="8" aria-hidden="true"><line x1="0" x2="28" y1="4" y2="4" stroke="${l.colour}" stroke-width="3" stroke-dasharray="${l.dash}"/></svg>`;
      const item = element("li", { innerHTML: swatch }),
        value =
          l.series && !many ? `: ${formattedBand(inYear(l.series, S.year), unit, S.diff)} at the end of ${S.year}` : "";
      item.append(l.name + (l.series ? value : canRun(S) ? " (being run)" : " (not in this page)"));
      return item;
    }),
  );
  if (many) $("legend").append(element("li", { textContent: `coloured: ${titleOf()}` }));
  if (partial && shown.some(p => p.lines.at(-1).series))
    $("legend").append(element("li", { textContent: `first of ${FACTS.runs} runs` }));
}

function drawNumbers(shown, unit) {
  const lines = shown.flatMap(p =>
    p.lines.filter(l => l.series).map(l => ({ ...l, title: p.title ? `${p.title}, ${l.name}` : l.name })),
  );
  $("numbers").replaceChildren(
    ...tableOf(
      ["End of", ...lines.map(l => l.title)],
      YEARS().map(year => [String(year), ...lines.map(l => formattedBand(inYear(l.series, year), unit, S.diff))]),
    ),
  );
  $("download-series").onclick = () =>
    download(
      `entrench-${S.outcome}.csv`,
      csv([
        ["year", "line", "mean", "q05", "q95"],
        ...lines.flatMap(l =>
          YEARS().map((year, y) => [year, l.title, l.series.mean[y], l.series.low[y], l.series.high[y]]),
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
  if (S.diff) return differencesByState();
  const means = stateMeans(S, S.outcome),
    years = YEARS().length,
    y = YEARS().indexOf(S.year);
  return means && FACTS.states.map((_, i) => means[i * years + y]);
}

// In one country "countries" that have something are a chance.
const unitOfState = outcome => (outcome.unit === "countries" || outcome.form === "share" ? "share" : outcome.unit);

async function drawMap() {
  const values = mapValues(),
    outcome = outcomeNamed(S.outcome),
    unit = unitOfState(outcome);
  VIEWS_MADE.map ??= await makeMap();
  const scale = colourScale(values, S.diff, unit);
  const rows = FACTS.states.map(({ iso3, name, at: [lon, lat] }, i) => ({
    iso3,
    name,
    lon,
    lat,
    colour: values ? scale.colour(values[i]) : null,
    text: values ? `${valueTold(values[i], unit)} at the end of ${S.year}` : "",
  }));
  const width = widthOf($("map")),
    dots = rows.filter(r => FACTS.dots.includes(r.iso3));
  VIEWS_MADE.map
    .data("values", rows.concat({ iso3: "CHN", name: "China (the vendor)", colour: null, text: "" }))
    .data("dots", dots)
    .width(width)
    .height(Math.round(width * 0.5));
  await VIEWS_MADE.map.runAsync();
  $("scale").innerHTML =
    `<span>${formatted(scale.least, unit, S.diff)}</span><i style="background:${scale.css}"></i><span>${formatted(scale.most, unit, S.diff)}</span>`;
  $("scale").append(element("span", { textContent: mapTitle(outcome, values) }));
  $("map").ariaLabel = `Map: ${mapTitle(outcome, values)}, end of ${S.year}. The table has the values.`;
}

function mapTitle(outcome, values) {
  const chance = unitOfState(outcome) === "share" && outcome.unit === "countries" ? "Share of runs: " : "";
  const clear = values?.filter(Boolean).length,
    differs = `, difference from ${titleOf(reference())}: beyond chance in ${counted(clear, "country")} (sign test, false discoveries below 5%)`;
  return `${chance}${outcome.label}${S.diff && values ? differs : ""}`;
}
const valueTold = (value, unit) => (S.diff && !value ? "no difference beyond chance" : formatted(value, unit, S.diff));

// Blues from none to all; for differences blue for less, vermillion for more.
function colourScale(values, signed, unit) {
  const size = values ? Math.max(...values.map(Math.abs)) : 1;
  const most = signed ? Math.max(0.1, size) : isShare(unit) || unit.startsWith("index") ? 1 : size || 1,
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
