// The map: outlines and dots in five classes, in the Equal Earth projection, drawn as SVG.

import { FACTS, YEARS, outcomeNamed, stateNamed, unpackText } from "./data.js";
import { $, element, markup, safe, showTip, tell } from "./dom.js";
import { countryDifferences, countryMeans } from "./series.js";
import { S, choose, keyOf, reference, shortOf } from "./state.js";
import { statesOf } from "./targets.js";
import { counted } from "./words.js";

const WIDTH = 960,
  HEIGHT = 440;
const CHINA = "CHN"; // the vendor; no country of the model

// Šavrič, Patterson & Jenny 2018.
const A = [1.340264, -0.081106, 0.000893, 0.003796];
function project([longitude, latitude]) {
  const theta = Math.asin((Math.sqrt(3) / 2) * Math.sin((latitude * Math.PI) / 180)),
    square = theta * theta,
    sixth = square ** 3;
  const slope = A[0] + 3 * A[1] * square + sixth * (7 * A[2] + 9 * A[3] * square);
  const east = ((longitude * Math.PI) / 180) * Math.cos(theta) / ((Math.sqrt(3) / 2) * slope),
    north = theta * (A[0] + A[1] * square + sixth * (A[2] + A[3] * square));
  return [WIDTH / 2 + east * 176, HEIGHT * 0.565 - north * 176];
}

// Outlines by code, out of TopoJSON: arcs are steps from one point to the next.
function outlines({ transform: { scale, translate }, arcs, objects }) {
  const lines = arcs.map(arc => {
    let here = [0, 0];
    return arc.map(step => {
      here = here.map((value, k) => value + step[k]);
      return project(here.map((value, k) => value * scale[k] + translate[k]));
    });
  });
  const ring = numbers =>
    numbers.flatMap((n, k) => (n < 0 ? [...lines[~n]].reverse() : lines[n]).slice(k ? 1 : 0));
  // A ring that goes round the world leaps across the map: its parts are drawn one by one.
  const path = points =>
    points
      .map(([x, y], k) => {
        const leaps = k && Math.abs(x - points[k - 1][0]) > WIDTH / 2;
        return `${k && !leaps ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`;
      })
      .join("");
  return objects.states.geometries.map(({ id, type, arcs: parts }) => {
    const polygons = type === "MultiPolygon" ? parts : [parts];
    return [String(id), polygons.flatMap(polygon => polygon.map(numbers => path(ring(numbers)))).join("")];
  });
}

let made = null;
export async function makeMap() {
  if (made) return made;
  const shapes = outlines(JSON.parse(await unpackText("shapes"))).filter(([id]) => id !== "ATA");
  made = shapes;
  const place = iso3 => project(FACTS.states[stateNamed(iso3)].at);
  const circle = (iso3, r, look) => {
    const [cx, cy] = place(iso3);
    return markup("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r, ...look });
  };
  const hatch = markup(
    "pattern",
    { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    markup("rect", { width: 6, height: 6, class: "hatch-ground" }),
    markup("line", { x1: 0, x2: 0, y1: 0, y2: 6 }),
  );
  const documented = new Set(FACTS.documented.map(fact => fact.iso3).filter(iso3 => stateNamed(iso3) >= 0));
  $("map").innerHTML = markup(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" },
    markup("defs", {}, hatch),
    ...shapes.map(([id, d]) => markup("path", { "data-id": id, d })),
    ...FACTS.dots.map(iso3 => circle(iso3, 4, { "data-id": iso3, class: "dot" })),
    ...[...documented].map(iso3 => circle(iso3, 3, { class: "documented" })),
  );
  $("map").onclick = ({ target }) => {
    if (stateNamed(target.dataset.id) >= 0) pin(target.dataset.id);
  };
  $("map").onpointermove = event => showTip(event, tipFor(event.target.dataset.id));
  $("map").onpointerleave = () => showTip(null, "");
  return made;
}

// Puts a country on the chart, and tells of it.
export function pin(iso3) {
  const who = `state:${iso3}`,
    others = S.who.filter(each => each !== who && each !== "world");
  choose({ state: iso3, who: S.view === "chart" || others.length ? [...others, who].slice(-6) : [who] });
}

// Values of all countries in the year of the slider, or their differences if asked for.
export function mapValues() {
  if (S.diff) return countryDifferences();
  const means = countryMeans(S, S.outcome),
    y = YEARS().indexOf(S.year);
  return means && FACTS.states.map((_, i) => means[i * YEARS().length + y]);
}

const makesNoClaim = () =>
  new Set(statesOf(FACTS.no_claim).filter(iso3 => !FACTS.documented.some(fact => fact.iso3 === iso3)));

// Five classes of shares, or of differences: { names, place }.
const LEVELS = { names: ["0 to 20%", "20 to 40%", "40 to 60%", "60 to 80%", "80 to 100%"], place: v => Math.min(4, Math.floor(5 * v + 1e-9)) };
const CHANGES = {
  names: ["below −10 pp", "less", "none beyond chance", "more", "above +10 pp"],
  place: v => 2 + Math.sign(v) * (Math.abs(v) > 0.1 ? 2 : 1),
};

export async function drawMap() {
  const values = mapValues();
  await makeMap();
  const hatched = makesNoClaim(),
    classes = S.diff ? CHANGES : LEVELS;
  for (const shape of $("map").querySelectorAll("[data-id]")) {
    const { id } = shape.dataset,
      i = stateNamed(id),
      isChosen = S.who.includes(`state:${id}`) || S.state === id;
    const look = id === CHINA ? "sender" : i < 0 ? "nowhere" : hatched.has(id) ? "hatched" : values ? `${S.diff ? "d" : "k"}${classes.place(values[i])}` : "nowhere";
    shape.setAttribute("class", `${shape.tagName === "circle" ? "dot" : ""} ${look} ${isChosen ? "chosen" : ""}`);
  }
  const swatch = (look, name) => element("li", {}, element("i", { className: look }), name);
  $("scale").replaceChildren(
    ...classes.names.map((name, k) => swatch(`${S.diff ? "d" : "k"}${k}`, name)),
    swatch("hatched", "the model claims nothing: rich allies of the West, for whom it missed its own check"),
    swatch("documented", "documented contract"),
    swatch("sender", "China, the seller"),
  );
  tell("map-title", mapTitle(values));
  $("map").firstElementChild.setAttribute("aria-label", `${mapTitle(values)} The table has the values.`);
}

export function mapTitle(values) {
  const clear = values?.filter(Boolean).length;
  const differs = `difference from “${shortOf(reference())}”, run by run: beyond chance in ${counted(clear, "country")} (sign test, false discoveries below 5%)`;
  const what = S.diff && values ? differs : "share of model runs in which it is so";
  return `${outcomeNamed(S.outcome).label} at the end of ${S.year}: ${what}.`;
}

// "Kenya: in 63 of 100 model runs …", with a small curve.
function tipFor(id) {
  if (id === CHINA) return "China: the seller, no country of the model.";
  const i = stateNamed(id);
  if (i < 0) return "";
  const { name } = FACTS.states[i];
  if (makesNoClaim().has(id)) return `${safe(name)}: the model claims nothing here.`;
  const means = countryMeans(S, S.outcome),
    there = countryMeans(reference(), S.outcome),
    width = YEARS().length,
    y = YEARS().indexOf(S.year);
  if (!means) return safe(name);
  const told = from => `${Math.round(100 * from[i * width + y])} of 100 model runs`;
  const beside = there && keyOf() !== FACTS.reference ? `; ${told(there)} in “${safe(shortOf(reference()))}”` : "";
  const fact = FACTS.documented.find(each => each.iso3 === id),
    known = fact ? markup("div", {}, `Documented: ${safe(fact.vendor ?? fact.what)}, ${Math.floor(fact.date)}.`) : "";
  const curve = from => Array.from({ length: width }, (_, k) => from[i * width + k]);
  return `<b>${safe(name)}</b>: ${safe(outcomeNamed(S.outcome).label.toLowerCase())} in ${told(means)} at the end of ${S.year}${beside}.${known}${spark(curve(means), there ? curve(there) : null)}`;
}

// A small curve: the scenario, and in grey the reference.
export function spark(values, beside) {
  const most = Math.max(1, ...values, ...(beside ?? [])),
    width = YEARS().length - 1;
  const line = (of, look) =>
    markup("polyline", { class: look, points: of.map((v, k) => `${((k / width) * 140).toFixed(1)},${(34 - (v / most) * 30).toFixed(1)}`).join(" ") });
  return markup("svg", { class: "spark", viewBox: "0 0 140 36", "aria-hidden": "true" }, beside ? line(beside, "line r") : "", line(values, "line s0"));
}
