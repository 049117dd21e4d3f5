// One country: finding it as people write its name, what is documented, what happens to its like.

import { FACTS, YEARS, outcomeNamed, stateNamed } from "./data.js";
import { $, button, described, details, element, fine, para, scroller, tableOf } from "./dom.js";
import { spark, pin } from "./map.js";
import { countryDifferences, countryMeans, runsShown } from "./series.js";
import { S, canRun, choose, keyOf, onChange, reference, shortOf } from "./state.js";
import { chance, counted, inWords, percent } from "./words.js";

const MOST_FOUND = 6;

const plainly = text =>
  text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/’/g, "'")
    .toLowerCase()
    .trim();

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
export function findCountries(text) {
  const typed = plainly(text);
  if (!typed) return [];
  const most = typed.length < 4 ? 0.5 : typed.length < 7 ? 1.5 : 2.5,
    others = Object.entries(FACTS.names);
  const scored = FACTS.states.map(state => {
    const words = [state.name, state.iso3, ...others.filter(([, iso3]) => iso3 === state.iso3).map(([name]) => name)].map(plainly);
    const score = word =>
      word === typed ? -2 : word.startsWith(typed) ? -1 : typed.length > 2 && word.includes(typed) ? 0 : slips(typed, word);
    return { iso3: state.iso3, name: state.name, score: Math.min(...words.map(score)) };
  });
  return scored
    .filter(found => found.score <= most)
    .sort((a, b) => a.score - b.score || a.name.localeCompare(b.name, "en"))
    .slice(0, MOST_FOUND);
}

export function makeCountry() {
  const input = $("country");
  const show = () => {
    const found = findCountries(input.value);
    $("found").replaceChildren(
      ...found.map(({ iso3, name }) => element("li", {}, button(name, () => pickCountry(iso3)))),
      ...(found.length || !input.value.trim() ? [] : [element("li", { textContent: "No country of the model is called so." })]),
    );
  };
  input.oninput = show;
  input.onkeydown = ({ key }) => {
    const [first] = findCountries(input.value);
    if (key === "Enter" && first) pickCountry(first.iso3);
  };
  onChange(live => live || drawCountry());
}
function pickCountry(iso3) {
  $("country").value = "";
  $("found").replaceChildren();
  choose({ state: iso3 });
  $("card-title").focus();
}

const monthOf = date => `${["early", "spring", "summer", "autumn"][Math.round((date % 1) * 4) % 4]} ${Math.floor(date)}`;
const WHAT = { trained: "First course documented", adopted: "Contract documented", left: "Given up, documented" };

export function drawCountry() {
  const at = stateNamed(S.state),
    body = $("card");
  if (at < 0) return body.replaceChildren(fine("Type a name, or click a country on the map: what is documented of it comes first, then what the model makes of countries like it."));
  const state = FACTS.states[at],
    facts = FACTS.documented.filter(fact => fact.iso3 === S.state);
  const title = element("h3", { id: "card-title", tabIndex: -1, textContent: state.name });
  const known = facts.length
    ? facts.map(fact =>
        element(
          "p",
          { className: "known-fact" },
          element("strong", { textContent: `${WHAT[fact.what]}: ${monthOf(fact.date)}${fact.vendor ? `, ${fact.vendor}` : ""}${fact.stage ? ` (${fact.stage})` : ""}. ` }),
          element("small", { textContent: fact.source }),
        ),
      )
    : [para("No contract of it is among those that sources document one by one. That is no sign that there is none.")];
  const held = facts.length && FACTS.held ? fine("All model runs are held to this: it happens in each of them, at that date.") : "";
  const means = FACTS.mapped.map(name => [name, countryMeans(S, name), countryMeans(reference(), name)]),
    isPending = means.some(([, here]) => !here) && canRun(S);
  body.classList.toggle("stale", isPending);
  if (isPending && body.dataset.of === S.state) return;
  body.dataset.of = S.state;
  const buttons = element("p", { className: "buttons" }, button("Show on the chart", () => pin(S.state)));
  if (canRun(S)) buttons.append(button(`Change something for ${state.name} alone`, () => forAlone(S.state)));
  body.replaceChildren(
    title,
    ...known,
    held,
    ...likeIt(at, means),
    ...chances(at, means, facts),
    buttons,
    details("What is known of it", element("dl", {}, ...described(Object.entries(state.facts)))),
  );
}
function forAlone(iso3) {
  choose({ where: { iso3: [iso3] } });
  $("for").open = true;
  $("for").querySelector("summary").focus();
}

const valueOf = (means, i, year = S.year) => means?.[i * YEARS().length + YEARS().indexOf(year)] ?? null;
const average = (means, members) => means && members.reduce((sum, i) => sum + valueOf(means, i), 0) / members.length;

// What the model is about: countries like it.
function likeIt(at, means) {
  const { region, regime } = FACTS.states[at],
    every = FACTS.states.map((_, i) => i),
    near = every.filter(i => FACTS.states[i].region === region && FACTS.states[i].regime === regime),
    like = near.length > 2 ? near : every.filter(i => FACTS.states[i].regime === regime);
  const share = average(means.find(([name]) => name === FACTS.outcome)?.[1], like);
  if (share === null || share === undefined) return [];
  const where = near.length > 2 ? ` in ${region}` : "";
  return [
    para(
      `Of ${counted(like.length, "country")} like it (${regime}${where}), ${inWords(share)} have a Chinese system that works at the end of ${S.year}, on average over model runs of “${shortOf()}”.`,
    ),
  ];
}

// Chances of the country itself, with how sure a share of so many runs can be.
function chances(at, means, facts) {
  const runs = runsShown() || FACTS.runs,
    isReference = keyOf() === FACTS.reference;
  const rows = means
    .filter(([name, here]) => here && !(name === "adopters" && facts.some(fact => fact.what === "adopted")))
    .map(([name, here, there]) => [
      outcomeNamed(name).label,
      chance(valueOf(here, at), runs),
      ...(isReference ? [] : [there ? inWords(valueOf(there, at)) : "–"]),
    ]);
  const heads = [`By the end of ${S.year}`, shortOf(), ...(isReference ? [] : [shortOf(reference())])],
    [, here, there] = means.find(([name]) => name === FACTS.outcome) ?? [];
  const curve = from => from && YEARS().map(year => valueOf(from, at, year));
  const picture = element("div", { innerHTML: here ? spark(curve(here), curve(there)) : "" });
  const changes = isReference ? null : countryDifferences(S, FACTS.outcome),
    verdict = changes && fine(changes[at] ? `The difference is beyond chance: ${percent(Math.abs(changes[at]))} of runs ${changes[at] < 0 ? "fewer" : "more"}.` : "The difference between the two may be chance.");
  return [
    scroller("Chances of the country", element("table", {}, ...tableOf(heads, rows))),
    fine("Shares of model runs in which it happens to a country like this. No statement about its government's plans."),
    picture,
    verdict ?? "",
  ];
}
