// Handing on what is on screen: the page itself, a link, a picture, numbers, a brief, a command.

import { FACTS, YEARS, lastYear, outcomeNamed } from "./data.js";
import { $, copyText, csv, download, element, markup, safe, tableOf, tell } from "./dom.js";
import { chartLines, unitShown, whoInWords } from "./chart.js";
import { mapTitle, mapValues } from "./map.js";
import { runsShown } from "./series.js";
import { commandFor, needsFile, scenarioFile } from "./scenario_file.js";
import { S, titleOf, toFragment } from "./state.js";
import { formattedBand } from "./words.js";

// The page as it came, before anything changed it.
const PRISTINE = document.documentElement.outerHTML;

export function makeShare() {
  $("save-page").onclick = savePage;
  $("copy-command").onclick = () => copyText(commandFor(), "Command");
  $("copy-file").onclick = () => copyText(scenarioFile(), "Scenario file");
  $("save-svg").onclick = () => download(`${pictureName()}.svg`, picture().text, "image/svg+xml");
  $("save-png").onclick = savePng;
  $("save-csv").onclick = saveNumbers;
  $("print").onclick = () => print();
  // The address of a file is nobody else's, and names the reader's folders.
  const isFile = location.protocol === "file:",
    made = () => `#${["made=" + FACTS.version, toFragment()].filter(Boolean).join("&")}`;
  if (isFile) $("copy-link").textContent = "Copy settings of this view";
  $("copy-link").onclick = () =>
    isFile
      ? copyText(made(), "Settings, which stand behind the page's address,")
      : copyText(location.href.split("#")[0] + made(), "Link");
  tell(
    "citation",
    `Cite as: The Entrench developers (${FACTS.made.slice(0, 4)}), Entrench, version ${FACTS.version}: an agent-based model of how Chinese police training and surveillance systems spread. Page of ${FACTS.made}, seed ${FACTS.seed}.`,
  );
}

export function drawShare() {
  tell("command", commandFor());
  $("file-part").hidden = !needsFile();
  tell("file", needsFile() ? scenarioFile() : "");
  document.title = `Entrench: ${titleOf()}`;
  drawNumbers();
}

// The same file, which begins with the reader's scenario, its answer and its chart.
function savePage() {
  const copy = new DOMParser().parseFromString(PRISTINE, "text/html");
  copy.documentElement.dataset.start = `#${toFragment()}`;
  copy.title = document.title;
  for (const id of ["answer", "detail", "bars", "steps", "chart"]) copy.getElementById(id).innerHTML = $(id).innerHTML;
  download("entrench-my-scenario.html", `<!doctype html>\n${copy.documentElement.outerHTML}`, "text/html");
}

// ---- pictures

const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "visibility", "paint-order", "font-size", "font-weight", "text-anchor"];
const pictureName = () => `entrench-${S.outcome}-${S.view === "map" ? `map-${S.year}` : "chart"}`;
const caption = () =>
  `Source: Entrench ${FACTS.version}, “${titleOf()}”, ${runsShown()} model runs, seed ${FACTS.seed}; bands hold 90% of runs. ` +
  "Scenarios, not forecasts: they follow from assumptions, and published figures test few of them.";

// Words in lines of so many letters.
function wrapped(text, most) {
  const lines = [""];
  for (const word of text.split(" "))
    if ((lines.at(-1) + word).length > most) lines.push(word);
    else lines.push(`${lines.pop()} ${word}`.trim());
  return lines.filter(Boolean);
}

// The drawing by itself, in light colours, with title, answer, source and caveat in it.
function picture() {
  const isMap = S.view === "map",
    drawn = $(isMap ? "map" : "chart").firstElementChild,
    root = document.documentElement,
    theme = root.dataset.theme;
  root.dataset.theme = "light";
  const copy = drawn.cloneNode(true),
    sources = [drawn, ...drawn.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((node, k) => {
    const looks = getComputedStyle(sources[k]);
    node.removeAttribute("class");
    node.setAttribute("style", STYLES.map(name => `${name}:${looks.getPropertyValue(name)}`).join(";"));
  });
  const keys = [...(isMap ? $("scale").children : [])]
    .slice(0, 5)
    .map(item => ({ fill: getComputedStyle(item.firstChild).backgroundColor, words: item.textContent }));
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  copy.querySelector("#cross")?.remove();
  const [, , width, height] = drawn.getAttribute("viewBox").split(" ").map(Number),
    title = isMap ? mapTitle(mapValues()) : $("stage-title").textContent,
    lines = wrapped(title, width / 9),
    told = wrapped(`${$("answer").textContent} ${$("detail").textContent}`, width / 6.6),
    notes = wrapped(caption(), width / 5.8);
  const head = 14 + 20 * lines.length + 16 * told.length,
    foot = 20 + 14 * notes.length + (keys.length ? 24 : 0);
  const text = (x, y, size, content, more = "") => markup("text", { x, y, style: `font-size:${size}px;fill:#222;${more}` }, safe(content));
  const key = ({ fill, words }, k) => {
    const at = { x: 16 + k * (width / 5.3), y: head + height + 2 };
    return markup("rect", { ...at, width: 16, height: 11, style: `fill:${fill};stroke:#888` }) + text(at.x + 22, at.y + 10, 11, words);
  };
  copy.setAttribute("y", head);
  copy.setAttribute("height", height);
  const parts = [
    markup("rect", { width, height: head + height + foot, style: "fill:#fff" }),
    ...lines.map((line, k) => text(16, 24 + 20 * k, 16, line, "font-weight:700")),
    ...told.map((line, k) => text(16, 22 + 20 * lines.length + 16 * k, 12.5, line)),
    new XMLSerializer().serializeToString(copy),
    ...keys.map(key),
    ...notes.map((line, k) => text(16, head + height + foot - 14 * (notes.length - k) + 4, 11, line)),
  ];
  const size = { width, height: head + height + foot };
  return { ...size, text: markup("svg", { xmlns: "http://www.w3.org/2000/svg", ...size, viewBox: `0 0 ${size.width} ${size.height}`, "font-family": "system-ui, sans-serif" }, ...parts) };
}
async function savePng() {
  const { text, width, height } = picture(),
    image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = element("canvas", { width: 2 * width, height: 2 * height }),
    context = canvas.getContext("2d");
  context.scale(2, 2);
  context.drawImage(image, 0, 0, width, height);
  canvas.toBlob(blob => download(`${pictureName()}.png`, blob, "image/png"));
}

// ---- numbers

const numbersShown = () => chartLines().filter(line => line.series);
function drawNumbers() {
  const lines = numbersShown(),
    unit = unitShown();
  const row = (year, y) => [
    String(year),
    ...lines.map(({ series: { mean, low, high } }) => formattedBand({ mean: mean[y], low: low[y], high: high[y] }, unit, S.diff)),
  ];
  $("numbers").replaceChildren(...tableOf(["End of", ...lines.map(line => line.name)], YEARS().map(row)));
}
function saveNumbers() {
  const outcome = outcomeNamed(S.outcome),
    rows = numbersShown().flatMap(({ name, series: { mean, low, high } }) =>
      YEARS().map((year, y) => [
        year, name, mean[y], low[y], high[y],
        S.diff ? "difference" : "level", outcome.name, unitShown(), S.who.map(whoInWords).join("; "), titleOf(), runsShown(), FACTS.version,
      ]),
    );
  const heads = ["end of year", "line", "mean", "q05", "q95", "what", "outcome", "unit", "of", "scenario", "runs", "version"];
  download(`entrench-${S.outcome}-${lastYear()}.csv`, csv([heads, ...rows]), "text/csv");
}
