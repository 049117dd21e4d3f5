// The map: outlines and dots in classes, drawn as SVG in tenths of a pixel; sim/page/contents.py makes the outlines.

import { FACTS, outcomeNamed, stateNamed, unpackText } from "./data.js";
import { $, element, markup, safe, showTip, tell } from "./dom.js";
import { countryDifferences, countryMeans, nowIn } from "./series.js";
import { S, choose, keyOf, reference, shortOf } from "./state.js";
import { counted, fill, ofHundred } from "./words.js";

const CHINA = "CHN"; // the vendor; no country of the model

async function makeMap() {
  const shapes = (await unpackText("shapes")).split("\n").map(line => line.split(/ (.*)/));
  const circle = (iso3, r, look) => {
    const [cx, cy] = FACTS.states[stateNamed(iso3)].at;
    return markup("circle", { cx, cy, r, ...look });
  };
  const hatch = markup(
    "pattern",
    { id: "hatch", width: 60, height: 60, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    markup("rect", { width: 60, height: 60, class: "hatch-ground" }),
    markup("line", { x1: 0, x2: 0, y1: 0, y2: 60 }),
  );
  const drawn = [
    ...shapes.map(([id, d]) => markup("path", { "data-id": id, d })),
    ...FACTS.dots.map(iso3 => circle(iso3, 40, { "data-id": iso3, class: "dot" })),
    ...[...new Set(FACTS.documented.map(fact => fact.iso3))].map(iso3 => circle(iso3, 30, { class: "documented" })),
  ];
  const frame = { viewBox: `0 0 ${FACTS.map_size.join(" ")}`, role: "img" };
  $("map").innerHTML = markup("svg", frame, markup("defs", {}, hatch), markup("g", { transform: "scale(0.1)" }, ...drawn));
  $("map").onclick = ({ target }) => {
    if (stateNamed(target.dataset.id) >= 0) pin(target.dataset.id);
  };
  $("map").onpointermove = event => showTip(event, tipFor(event.target.dataset.id));
  $("map").onpointerleave = () => showTip(null, "");
}

// Puts a country on the chart, and tells of it.
export function pin(iso3) {
  const who = `state:${iso3}`,
    others = S.who.filter(each => each !== who && each !== "world");
  choose({ state: iso3, who: S.view === "chart" || others.length ? [...others, who].slice(-6) : [who] });
}

// Values of all countries in the year of the slider, or their differences if asked for.
export function mapValues() {
  return S.diff ? countryDifferences() : countryMeans(S, S.outcome)?.map(nowIn);
}

// Classes of shares, or of differences: { names, classOf }.
const LEVELS = { names: ["0 to 20%", "20 to 40%", "40 to 60%", "60 to 80%", "80 to 100%"], classOf: v => `k${Math.min(4, Math.floor(5 * v + 1e-9))}` };
const CHANGES = {
  names: ["−30 points or more", "−20 to −30", "−10 to −20", "less", "none beyond chance", "more", "+10 or more"],
  classOf: v => `d${v < 0 ? Math.max(0, 3 - Math.floor(-10 * v + 1e-9)) : v === 0 ? 4 : v < 0.1 ? 5 : 6}`,
};

export async function drawMap() {
  const values = mapValues(),
    { names, classOf } = S.diff ? CHANGES : LEVELS;
  if (!$("map").firstChild) await makeMap();
  const lookOf = id => {
    if (id === CHINA) return "sender";
    if (FACTS.no_claim.includes(id)) return "hatched";
    return values && stateNamed(id) >= 0 ? classOf(values[stateNamed(id)]) : "nowhere";
  };
  for (const shape of $("map").querySelectorAll("[data-id]")) {
    const { id } = shape.dataset,
      isChosen = S.who.includes(`state:${id}`) || S.state === id;
    shape.setAttribute("class", `${shape.tagName === "circle" ? "dot" : ""} ${lookOf(id)} ${isChosen ? "chosen" : ""}`);
  }
  const swatch = (look, name) => element("li", {}, element("i", { className: look }), name);
  $("scale").replaceChildren(
    ...names.map((name, k) => swatch(`${S.diff ? "d" : "k"}${k}`, name)),
    ...Object.entries(FACTS.map_key).map(([look, name]) => swatch(look, name)),
  );
  tell("map-title", mapTitle(values));
  $("map").firstElementChild.setAttribute("aria-label", `${mapTitle(values)} The table has the values.`);
}

export function mapTitle(values) {
  const clear = values?.filter(Boolean).length,
    words = { label: outcomeNamed(S.outcome).label, year: S.year, than: shortOf(reference()), clear: counted(clear, "country") };
  return fill(S.diff && values ? "map_change" : "map_share", words);
}

// "Kenya has a working Chinese system … in 63 of 100 model runs."
function tipFor(id) {
  const i = stateNamed(id);
  if (i < 0) return "";
  const name = safe(FACTS.states[i].name);
  if (FACTS.no_claim.includes(id)) return `${name}: the model claims nothing here.`;
  const [here, there] = [S, reference()].map(of => countryMeans(of, S.outcome)?.[i]);
  if (!here) return name;
  const told = curve => ofHundred(nowIn(curve)),
    other = there && keyOf() !== FACTS.reference ? `; in ${told(there)} of “${safe(shortOf(reference()))}”` : "";
  const fact = FACTS.documented.find(each => each.iso3 === id),
    known = fact ? markup("div", {}, `Documented: ${safe(fact.vendor ?? fact.what)}, ${Math.floor(fact.date)}.`) : "";
  return `<b>${name}</b> ${FACTS.verbs[S.outcome]} at the end of ${S.year} in ${told(here)} of 100 model runs${other}.${known}`;
}
