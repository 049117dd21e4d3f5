// Numbers and dates as people read them.

import { FACTS, lastYear, parameterAt } from "./data.js";
import { QUARTERS, keyParts } from "./parameters.js";

export const fill = (sentence, values) => FACTS.sentences[sentence].replace(/{(\w+)}/g, (_, name) => values[name]);

// No more digits than some hundred runs carry; shares in per cent.
export const isShare = unit => unit.startsWith("share");
export function formatted(value, unit = "", signed = false) {
  if (value === null || !Number.isFinite(value)) return "–";
  const scaled = isShare(unit) ? 100 * value : value,
    digits = Math.max(0, Math.min(unit === "countries" ? 1 : 3, 1 - Math.floor(Math.log10(Math.abs(scaled) || 1))));
  const text = Math.abs(scaled).toLocaleString("en", {
    maximumFractionDigits: isShare(unit) ? (Math.abs(scaled) < 1 ? 1 : 0) : digits,
  });
  const sign = scaled < 0 && text !== "0" ? "−" : signed && text !== "0" ? "+" : "";
  return sign + text + (isShare(unit) ? (signed ? "\u00a0points" : "%") : "");
}
// A share of runs is one number, without a band.
export const formattedBand = (s, unit, signed) =>
  formatted(s.mean, unit, signed) +
  (s.low === s.high ? "" : ` (${formatted(s.low, unit, signed)} to ${formatted(s.high, unit, signed)})`);
export const counted = (count, word) =>
  `${count} ${String(count) === "1" ? word : word.replace(/y$|$/, end => (end ? "ies" : "s"))}`;
// "hybrid regimes", "full democracies": countries of a regime.
export const inClass = regime => (/y$/.test(regime) ? regime.replace(/y$/, "ies") : `${regime} regimes`);
// Names, as many as a title has room for.
export const inList = names => (names.length > 3 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : names.join(", "));
// Words in lines of so many letters.
export const wrapped = (text, most) => text.match(new RegExp(`.{1,${most}}(?:\\s|$)|\\S{${most}}`, "g")) ?? [];
export const percent = share => (share === null ? "–" : `${Math.round(100 * share)}%`);
export const ofHundred = share => String(Math.round(100 * share));

// "28 fewer countries": a difference in words.
export function fewerOrMore(change) {
  const size = String(Math.round(Math.abs(change)));
  if (size === "0") return "as many countries";
  return `${size} ${change < 0 ? "fewer" : "more"} ${size === "1" ? "country" : "countries"}`;
}
// A share as people say it: about 3 in 4.
const NEAR = 0.03,
  EDGE = 0.05;
export function inWords(share) {
  if (share > 1 - EDGE) return "nearly all";
  if (share < EDGE) return "fewer than 1 in 20";
  const away = ([count, of]) => Math.abs(count / of - share),
    nearest = FACTS.fractions.reduce((best, pair) => (away(pair) < away(best) ? pair : best));
  return away(nearest) <= NEAR ? (nearest[1] > 2 ? `about ${nearest.join(" in ")}` : "about half") : percent(share);
}

export const when = date =>
  `${FACTS.quarters[Math.round((date % 1) * QUARTERS) % QUARTERS]} ${Math.floor(date)}`;

// A parameter's value in a unit that people use: per cent, years, times a price.
const tidy = value => String(Number(Number(value).toPrecision(Math.abs(value) < 1 ? 2 : 3))).replace("-", "−");
export function inUnit(value, { unit, kind }) {
  if (kind === "bool") return value ? "on" : "off";
  if (kind === "date") return value > lastYear() ? "never" : String(value);
  if (unit.startsWith("share")) return `${tidy(100 * value)}%${unit === "share" ? "" : unit.slice(5)}`;
  if (unit.startsWith("multiple of")) return `${tidy(value)} × the ${unit === "multiple of capital cost" ? "price" : unit.slice(12)}`;
  if (unit === "year") return String(value);
  return `${tidy(value)} ${unit}`;
}
// "1 to 3 × the price": the unit stands once.
export function rangeInUnit([low, high], field) {
  const last = inUnit(high, field);
  return `${inUnit(low, field).replace(last.replace(/^\S+/, ""), "")} to ${last}`;
}
// A dated event's name in words.
export function eventTitle(name) {
  const words = name.replace(/-(?=\d{4}$)/, " of ").replaceAll("-", " ");
  return FACTS.event_titles[name] ?? words[0].toUpperCase() + words.slice(1);
}
// What a key names, and the value that it has now.
export function changeInWords(key, value, field) {
  const [name, path] = keyParts(key),
    what = path === "date" ? "begins" : parameterAt(path).doc.replace(/\.$/, "");
  return `${name ? `${eventTitle(name)}: ` : ""}${what}${field ? ` → ${inUnit(value, field)}` : ""}`;
}
// Whom a value or an event of a scenario is for.
export const whom = ({ where, states }) =>
  `${counted(states.length, "country")} (${Object.entries(where).map(([name, value]) => `${name}: ${[value].flat().join(" or ")}`).join("; ")})`;
