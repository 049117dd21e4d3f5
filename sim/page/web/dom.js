// Elements of the page: finding, making, filling.

export const $ = id => document.getElementById(id);
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
export const button = (textContent, onclick, more = {}) =>
  element("button", { type: "button", textContent, onclick, ...more });
export const para = (textContent, more = {}) => element("p", { textContent, ...more });
export const fine = textContent => para(textContent, { className: "fine" });
export const details = (title, ...parts) =>
  element("details", {}, element("summary", { textContent: title }), ...parts);
export const option = (value, textContent) => element("option", { value, textContent });
export const scroller = (label, ...parts) => element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: label }, ...parts);

// Head and body of a table, of texts and nodes; the first cell of a row is its head.
const tableRow = cells => element("tr", {}, ...cells);
const headCell = (scope, content) => element("th", { scope }, content);
const bodyRow = ([first, ...cells]) =>
  tableRow([headCell("row", first), ...cells.map(cell => element("td", {}, cell))]);
export const tableOf = (heads, rows) => [
  element("thead", {}, tableRow(heads.map(head => headCell("col", head)))),
  element("tbody", {}, ...rows.map(bodyRow)),
];
export const described = rows => rows.flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { textContent: value })]);

// Text and parts are put in only where they differ, so that nothing is read out twice and no button
// loses the focus while runs come in.
export function tell(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}
export function renew(home, rows, make) {
  const key = JSON.stringify(rows);
  if (home.dataset.key === key) return;
  home.dataset.key = key;
  home.replaceChildren(...make(rows));
}

// Titles come out of files: they are text, never markup.
export const safe = text => String(text).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);

// An element as markup, as drawings are made of: safe attributes, and markup inside.
export function markup(name, attributes, ...inside) {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return `<${name}${given.map(([key, value]) => ` ${key}="${safe(value)}"`).join("")}>${inside.join("")}</${name}>`;
}

export function say(text, bad = false) {
  tell("status", text);
  $("status").classList.toggle("bad", bad);
}

export function download(name, content, type) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  tell("said", `${name} saved.`);
}
const csvCell = value => {
  const text = String(typeof value === "number" ? Number(value.toPrecision(4)) : (value ?? ""));
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
export const csv = rows => rows.map(row => row.map(csvCell).join(",")).join("\n") + "\n";

export async function copyText(text, what) {
  const copied = navigator.clipboard?.writeText(text).then(() => `${what} copied.`);
  tell("said", await (copied ?? Promise.reject()).catch(() => "This browser does not let the page copy."));
}

// The pointer's label, near the pointer and inside the window.
export function showTip(event, html) {
  const tip = $("tip");
  tip.hidden = !html;
  if (!html) return;
  tip.innerHTML = html;
  const right = event.clientX + 16 + tip.offsetWidth < innerWidth,
    below = event.clientY + 16 + tip.offsetHeight < innerHeight;
  tip.style.left = `${scrollX + (right ? event.clientX + 16 : Math.max(4, event.clientX - 16 - tip.offsetWidth))}px`;
  tip.style.top = `${scrollY + (below ? event.clientY + 16 : Math.max(4, event.clientY - 16 - tip.offsetHeight))}px`;
}
