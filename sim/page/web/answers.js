// The question at the top and its answer: from what is stored or from all runs, never from a part of
// them.

function answerFor(s) {
  const resolved = resolvedOf(s),
    since = withdrawnSince(resolved);
  return since === null ? whatChanges(s) : whatStays(s, since, Math.min(...withdrawals(resolved)));
}

function whatStays(s, since, date) {
  const here = leftFor(s, since),
    other = besideFor(s, since),
    there = other && leftFor(other, since);
  if (!here || (other && !there)) return null;
  const begin = Number.isInteger(date)
    ? `the beginning of ${date}`
    : `quarter ${1 + (date % 1) * QUARTERS} of ${Math.floor(date)}`;
  const until = untilOf(since),
    goesOn = other && !withdrawals(resolvedOf(other)).length ? ", where China goes on offering," : "";
  return (
    `China offers until ${begin}. Of the systems that work at the end of ${since}, <strong>${percent(here[0])}</strong> ` +
    `(90% of runs: ${percent(here[1])} to ${percent(here[2])}) still work ${counted(until - since, "year")} later, ` +
    `at the end of ${until}${other ? `; in “${safe(titleOf(other))}”${goesOn} it is ${percent(there[0])}` : ""}.`
  );
}

// What a change does to the number of working systems.
function whatChanges(s) {
  const begin = `At the end of ${lastYear()},`;
  if (keyOf(s) === FACTS.reference) {
    const { mean, low, high } = seriesFor(s, FACTS.outcome, "world", "world", false),
      last = values => formatted(values.at(-1));
    return `${begin} <strong>${last(mean)}</strong> of ${FACTS.states.length} countries have a Chinese system that works (90% of runs: ${last(low)} to ${last(high)}).`;
  }
  const change = changeFor(s);
  if (!change) return null;
  const [mean, low, high] = change,
    than = `would have a working Chinese system ${mean ? "than" : "as"} in “${safe(titleOf(reference()))}”`;
  if (!mean && !low && !high) return `${begin} as many countries ${than}, in all runs.`;
  const unsure = low * high > 0 ? "" : " Runs disagree even on the direction.";
  const size = formatted(Math.abs(mean)),
    countries = `${size} ${mean < 0 ? "fewer" : "more"} countr${size === "1" ? "y" : "ies"}`;
  return `${begin} <strong>${countries}</strong> ${than} (90% of runs: ${formatted(low, "", true)} to ${formatted(high, "", true)}).${unsure}`;
}

// Titles come out of files: they are text, never markup.
const safe = text => text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);

// When the offer is withdrawn from all states.
const withdrawals = resolved =>
  resolved.events.filter(e => e.sets[FACTS.offer] === false && !e.states).map(e => e.date);

// The last year that ends before the offer is withdrawn; null where it is not.
function withdrawnSince(resolved) {
  const since = Math.floor(Math.min(...withdrawals(resolved))) - 1;
  return YEARS().slice(0, -1).includes(since) ? since : null;
}
const untilOf = since => Math.min(since + FACTS.keep, lastYear());

const wayIn = s => FACTS.ways.find(way => way.scenario === keyOf(s));

// What stands beside what stays: the scenario without the reader's changes, if its offer ends in the
// same year; else what the way in says, or the reference.
function besideFor(s, since) {
  const base = plain(s.base);
  if (isEdited(s) && withdrawnSince(resolvedOf(base)) === since) return base;
  if (wayIn(s)?.beside) return plain(wayIn(s).beside);
  return keyOf(s) === FACTS.reference ? null : reference();
}

function leftFor(s, since) {
  const lefts = Object.values(FACTS.scenarios).map(x => x.answers?.left),
    of = isEdited(s) ? null : scenarioOf(s.base).answers?.left;
  if (of?.since === since) return of.here;
  if (keyOf(s) === FACTS.reference) {
    const stored = lefts.find(left => left?.since === since && left.reference);
    if (stored) return stored.reference;
  }
  const mine = Runs.of(keyOf(s), true);
  if (!mine) return null;
  const values = leftOf(mine.kept, since, untilOf(since));
  return values.length ? triple(values) : [null, null, null];
}
const triple = values => {
  const { mean, low, high } = summary(values);
  return [mean, low, high];
};

function changeFor(s) {
  if (!isEdited(s) && scenarioOf(s.base).answers?.change) return scenarioOf(s.base).answers.change;
  const series = seriesFor(s, FACTS.outcome, "world", "world", true);
  return series ? [series.mean.at(-1), series.low.at(-1), series.high.at(-1)] : null;
}

function drawAnswer() {
  const way = wayIn(S),
    [asked] = scenarioOf(S.base).question.split(/(?<=\?) /),
    text = answerFor(S),
    pending = !text && canRun(S) && canRun(reference());
  tell("question", way?.words ?? (isEdited() ? "What if this were so?" : asked || scenarioOf(S.base).title));
  $("answer").classList.toggle("stale", pending);
  if (!pending) $("answer").innerHTML = text ?? "This page cannot run that.";
  else if (!$("answer").textContent) $("answer").textContent = "Being computed …";
  $("rests").hidden = withdrawnSince(resolvedOf()) === null;
  for (const button of $("ways").children) button.ariaPressed = String(button.textContent === way?.words);
}
