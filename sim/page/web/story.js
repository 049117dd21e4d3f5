// One state's story: what is known of it, what happens to it, its neighbours, its like.

const lastYear = () => YEARS().at(-1);

function fatesFor(s) {
  const stored = scenarioOf(s.base).contract_outcomes_by_country;
  if (!isEdited(s) && stored) return stored;
  const mine = Runs.of(keyOf(s), true);
  return mine ? (mine.contract_outcomes_by_country ??= fatesOf(mine.kept)) : null;
}

function quartilesTold([low, middle, high]) {
  const year = y => y ?? `not by ${lastYear()}`;
  if (low === null) return `in fewer than a quarter of runs by ${lastYear()}`;
  return `${year(middle)} (half of runs: ${low} to ${year(high)})`;
}

function drawStory() {
  $("state").value = S.state;
  const body = $("story-body"),
    at = stateNamed(S.state);
  if (at < 0) {
    const hint =
      "Choose a country here, on the map or in the table: its profile, what happens to it, and its neighbours.";
    return body.replaceChildren(fine(hint));
  }
  const state = FACTS.states[at],
    years = YEARS().length,
    y = YEARS().indexOf(S.year);
  const shares = FACTS.mapped
    .slice(0, 3)
    .map(name => ({ name, means: stateMeans(S, name), base: stateMeans(reference(), name) }));
  const of = means => (means ? means[at * years + y] : null),
    pending = shares.some(s => !s.means);
  body.classList.toggle("stale", pending);
  if (pending && body.dataset.state === S.state && canRun(S)) return;
  body.dataset.state = S.state;
  const parts = [element("h3", { textContent: `${state.name}: ${titleOf()}, end of ${S.year}` })];
  const [trained, adopted, works] = shares.map(s => percent(of(s.means)));
  parts.push(
    para(`Trained in ${trained} of runs, bought a Chinese system in ${adopted}, and has one that works in ${works}.`),
  );
  if (FACTS.engine) {
    const own = () => {
      chooseStates({ iso3: [state.iso3] }, "");
      $("for").querySelector("summary").focus();
    };
    const text = `Change something for ${state.name} alone`;
    parts.push(element("p", { className: "buttons" }, button(text, own)));
  }
  const contract_outcomes_by_country = fatesFor(S);
  if (contract_outcomes_by_country) {
    parts.push(
      facts([
        ["first course", quartilesTold(contract_outcomes_by_country.first_trained[at])],
        ["first Chinese contract", quartilesTold(contract_outcomes_by_country.first_adopted[at])],
        ["contracts", `${formatted(contract_outcomes_by_country.opened[at])} a run`],
        ...Object.entries(FACTS.ends).map(([key, label]) => [
          label,
          contract_outcomes_by_country[key][at] === null ? "–" : `${percent(contract_outcomes_by_country[key][at])} of runs with a contract`,
        ]),
      ]),
    );
  }
  parts.push(
    element("h3", { textContent: "Compared with" }),
    beside(at, shares, y),
    element("h3", { textContent: "What drives it" }),
    facts(Object.entries(state.facts)),
  );
  body.replaceChildren(...parts);
}

const facts = rows => element("dl", {}, ...described(rows));

// The state, its region, its regime and its neighbours, in the three outcomes.
function beside(at, shares, y) {
  const years = YEARS().length,
    state = FACTS.states[at];
  const mean = (means, members) =>
    means && members.length ? members.reduce((sum, i) => sum + means[i * years + y], 0) / members.length : null;
  const like = key => FACTS.states.map((_, i) => i).filter(i => FACTS.states[i][key] === state[key]);
  const rows = [
    [state.name, [at]],
    ...(keyOf() === FACTS.reference ? [] : [[`the same in ${titleOf(reference())}`, [at], true]]),
    [`${state.region} (mean)`, like("region")],
    [`${state.regime} (mean)`, like("regime")],
    ...state.neighbours.map(i => [FACTS.states[i].name, [i], false, true]),
  ];
  const label = (name, [first], isLink) =>
    isLink ? button(`${name} (neighbour)`, () => choose({ state: FACTS.states[first].iso3 }, "story")) : name;
  const parts = tableOf(
    ["who", ...shares.map(s => outcomeNamed(s.name).label)],
    rows.map(([name, members, base, isLink]) => [
      label(name, members, isLink),
      ...shares.map(s => percent(mean(base ? s.base : s.means, members))),
    ]),
  );
  const look = { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "The country compared with others" };
  return element("div", look, element("table", {}, ...parts));
}
