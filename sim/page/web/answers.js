// The question at the top and its answer, computed from the runs on screen.

const ANSWERS = {
  // What stays when the offer stops.
  left(s) {
    const since = withdrawnSince(resolvedOf(s));
    if (since === null)
      return "In this scenario China keeps offering. Set an end to the offer to see what stays.";
    const here = leftFor(s, since),
      base = keyOf(s) === FACTS.reference ? null : leftFor(reference(), since);
    if (!here) return null;
    const stands = withdrawals(resolvedOf(reference())).length ? "" : ", where China goes on offering,";
    const text = `Of the systems that work at the end of ${since}, <strong>${band(here)}</strong> still work ten years later`;
    return base
      ? `${text}; in “${safe(titleOf(reference()))}”${stands} it is ${percent(base[0])}.`
      : `${text}.`;
  },
  // Who is reached next, and who could be held back.
  next(s) {
    const base = nextFor(reference()),
      here = keyOf(s) === FACTS.reference ? null : nextFor(s);
    if (!base) return null;
    const names = order => order.map(i => safe(FACTS.states[i].name)).join(", ");
    const all = base.map((_, i) => i),
      top = [...all].sort((a, b) => base[b] - base[a]).slice(0, 5);
    const text = `Most likely to buy a first Chinese system from ${FACTS.recent + 1} to ${FACTS.ahead}: <strong>${names(top)}</strong> (${percent(base[top[4]])} to ${percent(base[top[0]])} of histories).`;
    if (!here) return text;
    const held = [...all]
      .sort((a, b) => base[b] - here[b] - (base[a] - here[a]))
      .slice(0, 3)
      .filter(i => base[i] - here[i] > 0.05);
    return held.length
      ? `${text} “${safe(titleOf(s))}” holds back most: <strong>${names(held)}</strong> (${held.map(i => formatted(here[i] - base[i], "share", true)).join(", ")}).`
      : `${text} “${safe(titleOf(s))}” holds none of them back by more than 5 points.`;
  },
  // What a change does to the number of working systems.
  change(s) {
    const year = lastYear();
    if (keyOf(s) === FACTS.reference) {
      const now = seriesFor(s, FACTS.outcome, "world", "world", false);
      return now
        ? `At the end of ${year}, <strong>${formatted(now.mean.at(-1))}</strong> of ${FACTS.states.length} states have a Chinese system that works (90 % of histories: ${formatted(now.low.at(-1))} to ${formatted(now.high.at(-1))}).`
        : null;
    }
    const change = changeFor(s);
    if (!change) return null;
    const [mean, low, high] = change,
      word = mean < 0 ? "fewer" : "more",
      sure = low * high > 0 ? "" : " Histories disagree even on the direction.";
    return `At the end of ${year}, <strong>${formatted(Math.abs(mean))} ${word} states</strong> would have a working Chinese system than in “${safe(titleOf(reference()))}” (90 % of histories: ${formatted(low, "", true)} to ${formatted(high, "", true)}).${sure}`;
  },
};

// Titles come out of files: they are text, never markup.
const safe = text => text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
const band = ([mean, low, high]) =>
  `${percent(mean)} (90 % of histories: ${percent(low)} to ${percent(high)})`;

// When the offer is withdrawn from all states.
const withdrawals = resolved =>
  resolved.events.filter(e => e.sets[FACTS.offer] === false && !e.states).map(e => e.date);

// The last year end before the offer is withdrawn; null where it is not, or too late to look ten years on.
function withdrawnSince(resolved) {
  const dates = withdrawals(resolved);
  const since = dates.length ? Math.ceil(Math.min(...dates)) - 1 : null;
  return since !== null && YEARS().includes(since) && YEARS().includes(since + FACTS.keep)
    ? since
    : null;
}

const triple = values => {
  const s = summary(values);
  return [s.mean, s.low, s.high];
};

function leftFor(s, since) {
  const mine = Runs.of(keyOf(s));
  if (mine) return triple(leftOf(mine.kept, since));
  const stored = Object.values(FACTS.scenarios)
    .map(x => x.answers?.left)
    .find(left => left?.since === since);
  if (!isEdited(s) && scenarioOf(s.base).answers?.left?.since === since)
    return scenarioOf(s.base).answers.left.here;
  return keyOf(s) === FACTS.reference ? (stored?.reference ?? null) : null;
}

function nextFor(s) {
  const mine = Runs.of(keyOf(s));
  if (mine) return (mine.next ??= nextOf(mine.kept));
  return isEdited(s) ? null : (scenarioOf(s.base).answers?.next ?? null);
}

function changeFor(s) {
  if (!isEdited(s) && scenarioOf(s.base).answers?.change) return scenarioOf(s.base).answers.change;
  const series = seriesFor(s, FACTS.outcome, "world", "world", true);
  return series ? [series.mean.at(-1), series.low.at(-1), series.high.at(-1)] : null;
}

function drawAnswer() {
  const way = FACTS.ways.find(w => w.kind === S.way && w.scenario === S.base);
  const kind = way ? S.way : "change",
    [asked] = scenarioOf(S.base).question.split(/(?<=\?) /);
  $("question").textContent = isEdited()
    ? "What if this were so?"
    : way
      ? way.words
      : asked || scenarioOf(S.base).title;
  $("answer").innerHTML = ANSWERS[kind](S) ?? "Being computed …";
  for (const button of $("ways").children)
    button.ariaPressed = String(button.value === way?.kind && !isEdited());
}
