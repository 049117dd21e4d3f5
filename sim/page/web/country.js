// One country: finding it as people write its name, what is documented, what happens to its like.

import { FACTS, membersOf, outcomeNamed, stateNamed } from "./data.js";
import { $, button, described, details, element, fine, para, scroller, tableOf } from "./dom.js";
import { pin } from "./map.js";
import { countryDifferences, countryMeans, nowIn, runsShown } from "./series.js";
import { S, canRun, choose, keyOf, reference, shortOf } from "./state.js";
import { counted, fill, inClass, inWords, percent } from "./words.js";

const MOST_FOUND = 6;

const plainly = text => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/’/g, "'").toLowerCase().trim();

// Names in other languages, which the browser knows by two letters: those whose English name is the country's.
const FOREIGN = new Map(); // iso3 → names
function findForeignNames() {
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
    [english, ...others] = ["en", ...FACTS.languages].map(language => new Intl.DisplayNames(language, { type: "region", fallback: "none" })),
    byEnglish = new Map(letters.flatMap(a => letters.map(b => [plainly(english.of(a + b) ?? "").replace("&", "and"), a + b])));
  for (const { iso3, name } of FACTS.states) {
    const code = [name, ...otherNames(iso3)].map(each => byEnglish.get(plainly(each))).find(Boolean);
    FOREIGN.set(iso3, code ? others.map(names => names.of(code)) : []);
  }
}
const otherNames = iso3 => Object.keys(FACTS.names).filter(other => FACTS.names[other] === iso3);

// Slips of a letter between two words, the beginnings of the second counting as much as the whole.
function slips(typed, word) {
  let row = Array.from({ length: word.length + 1 }, (_, k) => k);
  for (let i = 1; i <= typed.length; i++) {
    const next = [i];
    for (let k = 1; k <= word.length; k++)
      next[k] = Math.min(next[k - 1] + 1, row[k] + 1, row[k - 1] + (typed[i - 1] === word[k - 1] ? 0 : 1));
    row = next;
  }
  return Math.min(row.at(-1), ...row.slice(typed.length).map(slip => slip + 0.5));
}

// Countries that a text may mean, the likeliest first.
function findCountries(text) {
  const typed = plainly(text);
  if (!typed) return [];
  if (!FOREIGN.size) findForeignNames();
  const most = typed.length < 4 ? 0.5 : typed.length < 7 ? 1.5 : 2.5;
  const score = word => (word === typed ? -2 : word.startsWith(typed) ? -1 : typed.length > 2 && word.includes(typed) ? 0 : slips(typed, word));
  const scored = FACTS.states.map(({ name, iso3 }) => {
    const words = [name, iso3, ...otherNames(iso3), ...FOREIGN.get(iso3)];
    return { iso3, name, score: Math.min(...words.map(word => score(plainly(word)))) };
  });
  return scored
    .filter(found => found.score <= most)
    .sort((a, b) => a.score - b.score || a.name.localeCompare(b.name, "en"))
    .slice(0, MOST_FOUND);
}

let picked = false; // a country that has just been chosen: its card, drawn in the next frame, is read next

export function readNext(iso3) {
  picked = true;
  choose({ state: iso3 });
}

export function makeCountry() {
  const input = $("country");
  const pick = iso3 => {
    input.value = "";
    $("found").replaceChildren();
    readNext(iso3);
  };
  input.oninput = () => {
    const found = findCountries(input.value).map(({ iso3, name }) => button(name, () => pick(iso3))),
      none = input.value.trim() ? ["The model has no country of that name."] : [];
    $("found").replaceChildren(...(found.length ? found : none).map(part => element("li", {}, part)));
    if (!found.length && none.length && S.state) choose({ state: "" });
  };
  // The card is below the map and the table in which a country is clicked.
  $("map").addEventListener("click", ({ target }) => (picked = stateNamed(target.dataset.id) >= 0));
  $("countries").addEventListener("click", ({ target }) => (picked = Boolean(target.closest("tbody th"))));
  input.onkeydown = ({ key }) => {
    const [first] = findCountries(input.value);
    if (key === "Enter" && first) pick(first.iso3);
  };
}

const monthOf = date => `${["early", "spring", "summer", "autumn"][Math.round((date % 1) * 4) % 4]} ${Math.floor(date)}`;
const ADDRESS = /(https?:\S+?)(?=\)?(?:\s|$))/; // in brackets at the end of a source
const linked = (words, url) => (/^https?:/.test(url) ? element("a", { href: url, rel: "noreferrer", textContent: words }) : words);

export function drawCountry() {
  const at = stateNamed(S.state),
    body = $("card");
  if (at < 0) return body.replaceChildren();
  const state = FACTS.states[at],
    facts = FACTS.documented.filter(fact => fact.iso3 === S.state),
    scenarios = keyOf() === FACTS.reference ? [S] : [S, reference()],
    means = FACTS.mapped.map(name => [name, ...scenarios.map(of => countryMeans(of, name))]),
    isPending = means.some(([, here]) => !here);
  body.classList.toggle("stale", isPending && canRun());
  if (isPending && body.dataset.of === S.state) return;
  body.dataset.of = S.state;
  const wasRead = document.activeElement?.id === "card-title";
  const known = facts.map(({ what, date, vendor, stage, source }) => {
    const told = `${FACTS.documented_as[what]}: ${monthOf(date)}${vendor ? `, ${vendor}` : ""}${stage ? ` (${stage})` : ""}. `;
    return element("p", { className: "known-fact" }, element("strong", { textContent: told }), element("small", {}, ...(source ?? "").split(ADDRESS).map(part => linked(part, part))));
  });
  if (!facts.length && !FACTS.fates[S.state]) known.push(para(fill("undocumented", {})));
  else if (facts.length && FACTS.held) known.push(fine(fill("imposed", {})));
  body.replaceChildren(
    element("h3", { id: "card-title", tabIndex: -1, textContent: state.name }),
    ...known,
    ...fatesOf(S.state),
    ...(FACTS.no_claim.includes(S.state) ? [para(fill("no_claim", state))] : isPending ? [] : [likeIt(at, means.find(([name]) => name === FACTS.outcome)[1]), ...sharesOf(at, means, scenarios, facts)]),
    button("Show on the chart", () => pin(S.state), { hidden: FACTS.no_claim.includes(S.state) }),
    details("What is known of it", element("dl", {}, ...described(Object.entries(state.facts)))),
  );
  if (picked || wasRead) $("card-title").focus({ preventScroll: true });
  if (picked) body.scrollIntoView({ block: "nearest" });
  picked = false;
}

// What became of its systems, by the record of fates, with an address for each report.
function fatesOf(iso3) {
  const systems = FACTS.fates[iso3] ?? [],
    list = systems.map(({ place, maker, url, events }) =>
      element("li", {}, `${place}, `, linked(maker, url), ...events.flatMap(([date, words, outlet, source]) => ["; ", `${date} ${words} (`, linked(outlet || "from memory", source), ")"])));
  return systems.length ? [para(fill("fates", { count: systems.length })), element("ul", { className: "fates" }, ...list)] : [];
}

// What the model is about: countries like it.
function likeIt(at, means) {
  const { region, regime } = FACTS.states[at],
    [near, every] = [`both:${region}:${regime}`, `regime:${regime}`].map(membersOf),
    [like, where] = near.length >= FACTS.fewest ? [near, ` in ${region}`] : [every, ""],
    share = like.reduce((sum, i) => sum + nowIn(means[i]), 0) / like.length;
  const words = { count: counted(like.length, "country"), kind: inClass(regime) + where, share: inWords(share), year: S.year, scenario: shortOf() };
  return para(fill("like", words));
}

// Shares of runs of the country itself, with how sure a share of so many runs can be.
function sharesOf(at, means, scenarios, facts) {
  const runs = runsShown() || FACTS.runs,
    isKnown = name => name === "adopters" && facts.some(fact => fact.what === "adopted"),
    told = of => (of ? `${percent(nowIn(of[at]))} of ${runs} runs` : "–"),
    rows = means.filter(([name]) => !isKnown(name)).map(([name, ...columns]) => [FACTS.card[name] ?? outcomeNamed(name).label, ...columns.map(told)]),
    change = scenarios.length > 1 ? countryDifferences(S, FACTS.outcome)?.[at] : undefined;
  return [
    scroller("Shares of model runs", element("table", {}, ...tableOf([`By the end of ${S.year}`, ...scenarios.map(of => shortOf(of))], rows))),
    fine(fill("no_statement", FACTS.states[at])),
    change === undefined ? "" : fine(fill(change ? "beyond" : "within", { share: percent(Math.abs(change)), more: change < 0 ? "fewer" : "more" })),
  ];
}
