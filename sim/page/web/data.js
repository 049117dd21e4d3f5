// What the page carries: facts as JSON, and blocks of bytes that are unpacked when they are asked for.

const $ = id => document.getElementById(id);
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

const button = (textContent, onclick, more = {}) =>
  element("button", { type: "button", textContent, onclick, ...more });
const para = (textContent, more = {}) => element("p", { textContent, ...more });
const fine = textContent => para(textContent, { className: "fine" });
const details = (title, ...parts) => element("details", {}, element("summary", { textContent: title }), ...parts);
const option = (value, textContent) => element("option", { value, textContent });
const options = (label, items) => element("optgroup", { label }, ...items);

// Head and body of a table, of texts and nodes; the first cell of a row is its head.
const tableRow = cells => element("tr", {}, ...cells);
const headCell = (scope, content) => element("th", { scope }, content);
const tableOf = (heads, rows) => [
  element("thead", {}, tableRow(heads.map(head => headCell("col", head)))),
  element(
    "tbody",
    {},
    ...rows.map(([first, ...cells]) =>
      tableRow([headCell("row", first), ...cells.map(cell => element("td", {}, cell))]),
    ),
  ),
];

const described = rows =>
  rows.flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { textContent: value })]);

// Text and parts are put in only where they differ, so that nothing is read out twice and no button
// loses the focus while runs come in.
const tell = (id, text) => {
  if ($(id).textContent !== text) $(id).textContent = text;
};
function renew(home, rows, make) {
  const key = JSON.stringify(rows);
  if (home.dataset.key === key) return;
  home.dataset.key = key;
  home.replaceChildren(...make(rows));
}

async function unpack(id) {
  const raw = Uint8Array.from(atob($(`blob-${id}`).textContent), c => c.charCodeAt(0));
  const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
const unpackText = async id => new TextDecoder().decode(await unpack(id));

let FACTS; // everything in words and numbers; see sim/page/build.py
// Names of scenarios, groups and parameters are keys, and an address may ask for any name at all: no
// object here inherits anything.
const withoutHeirlooms = (_, value) =>
  value && typeof value === "object" && !Array.isArray(value) ? byName(value) : value;
const YEARS = () => FACTS.years;
const outcomeNamed = name => FACTS.outcomes.find(o => o.name === name);
const statesByName = () => [...FACTS.states].sort((a, b) => a.name.localeCompare(b.name, "en"));
const stateNamed = iso3 => FACTS.states.findIndex(s => s.iso3 === iso3);

// Groups of a kind that an outcome has: { cell: first of them in the stored order, names }.
function placeOf(outcome, kind) {
  return FACTS.order.find(part => part.outcome === outcome && part.kind === kind);
}

// Stored statistics of a scenario: for each series mean, low and high by year.
function decodeSeries(bytes) {
  const years = YEARS().length,
    count = FACTS.order.reduce((n, part) => n + part.count, 0);
  const scales = new Float32Array(bytes.slice(0, 4 * count).buffer);
  const high = bytes.subarray(4 * count),
    size = count * 3 * years,
    series = [];
  for (let s = 0, at = 0; s < count; s++) {
    const parts = [];
    for (let k = 0; k < 3; k++) {
      let step = 0;
      parts.push(
        Float64Array.from({ length: years }, () => {
          const folded = (high[at] << 8) | high[size + at];
          at++;
          step += (folded >>> 1) ^ -(folded & 1);
          return (step / FACTS.steps) * scales[s];
        }),
      );
    }
    series.push({ mean: parts[0], low: parts[1], high: parts[2] });
  }
  return series;
}

// Numbers as people read them: no more digits than a hundred runs carry; shares in per cent.
const isShare = unit => unit.startsWith("share");
function formatted(value, unit = "", signed = false) {
  if (value === null || !Number.isFinite(value)) return "–";
  const scaled = isShare(unit) ? 100 * value : value;
  const digits = Math.max(0, 1 - Math.floor(Math.log10(Math.abs(scaled) || 1)));
  const text = Math.abs(scaled).toLocaleString("en", {
    maximumFractionDigits: isShare(unit) ? (Math.abs(scaled) < 1 ? 1 : 0) : Math.min(digits, 3),
  });
  const sign = scaled < 0 && text !== "0" ? "−" : signed && text !== "0" ? "+" : "";
  return sign + text + (isShare(unit) ? (signed ? "\u00a0pp" : "%") : "");
}
// A share of runs is one number, without a band.
const formattedBand = (s, unit, signed) =>
  formatted(s.mean, unit, signed) +
  (s.low === s.high ? "" : ` (${formatted(s.low, unit, signed)} to ${formatted(s.high, unit, signed)})`);
const counted = (count, word) => `${count} ${count === 1 ? word : word.replace(/y$|$/, end => (end ? "ies" : "s"))}`;
const percent = share => (share === null ? "–" : `${Math.round(100 * share)}%`);

function download(name, text) {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
const csvCell = value => {
  const text = String(typeof value === "number" ? Number(value.toPrecision(6)) : value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const csv = rows => rows.map(row => row.map(csvCell).join(",")).join("\n") + "\n";

async function copyText(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // opened from disk, some browsers refuse; the old way works
    const box = element("textarea", { value: text });
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  $("said").textContent = $("status").textContent = `${what} copied.`;
}
