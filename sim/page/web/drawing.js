// Curves from 0 to a top with bands, and with their numbers at their ends, as SVG.

import { markup, safe } from "./dom.js";
import { ofHundred } from "./words.js";

const LABEL_ROW = 17; // pixels between the lines of a label
export const NARROW = 560; // pixels of width below which labels have less room

export const numberOf = (value, top) => (top === 1 ? ofHundred(value) : String(Math.round(value)));
export const wordAt = (x, y, text, look) => markup("text", { x: x.toFixed(1), y: y.toFixed(1), class: look }, safe(text));

// Labels, { y, rows }, with places `at` near their own and apart from each other.
export function stack(labels, row, gap, above, below) {
  const ordered = [...labels].sort((a, b) => a.y - b.y),
    heights = ordered.map(({ rows }) => row * rows.length + gap);
  let free = above;
  return ordered.map((label, k) => {
    const most = below + row - heights.slice(k).reduce((sum, height) => sum + height, 0),
      at = Math.max(Math.min(label.y, most), free);
    free = at + heights[k];
    return { ...label, at };
  });
}

// `curves`, the last on top: { at, mean, bands, look, rows }, with the lines of their labels as `rows`; `ticks`:
// places and their words; `from`, `to`: the ends of the horizontal axis; `more`: what else is drawn, from x and y.
export function drawing({ width, height, curves, ticks, from, to, top, step, stepped, says, more = () => "" }) {
  const [left, right, above, below] = [34, width - (width < NARROW ? 104 : 170), 12, height - 24],
    x = at => left + ((at - from) / (to - from)) * (right - left),
    y = value => below - (value / top) * (below - above),
    corner = (at, value) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`,
    points = (at, values) => values.flatMap((value, k) => [...(stepped && k ? [corner(at[k], values[k - 1])] : []), corner(at[k], value)]);
  const band = (at, look, [low, high]) => markup("polygon", { class: `band ${look}`, points: [...points(at, high), ...points(at, low).reverse()].join(" ") }),
    lines = Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, k) => k * step),
    labels = curves.map(({ mean, look, rows }) => ({ y: y(mean.at(-1)) + 5, look, rows })).filter(({ rows }) => rows.length);
  const parts = [
    ...lines.map(value => markup("path", { class: "grid", d: `M${left},${y(value)}H${right}` }) + wordAt(left - 6, y(value) + 4, numberOf(value, top), "tick end")),
    ...ticks.map(([at, words]) => wordAt(x(at), height - 6, words, "tick middle")),
    ...curves.flatMap(({ at, look, bands = [] }) => bands.map(lines => band(at, look, lines))),
    ...curves.map(({ at, mean, look }) => markup("polyline", { class: `line ${look}`, points: points(at, mean).join(" ") })),
    ...stack(labels, LABEL_ROW, 12, above, below + 10).flatMap(({ look, rows, at }) =>
      rows.map((row, k) => wordAt(right + 12, at + LABEL_ROW * k, row, `${k || look === "before" ? "end-label" : "number"} ${look}`)),
    ),
    more(x, y),
  ];
  return { x, y, svg: markup("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": says }, ...parts) };
}
