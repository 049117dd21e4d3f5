// From runs to what is shown: mean and 90% band, as sim/results/writing/summary.py computes them.

const LOW = 0.05,
  HIGH = 0.95;

// A quantile of ascending numbers, on the line between two neighbours, like numpy's.
function quantile(ordered, probability) {
  const place = probability * (ordered.length - 1),
    below = Math.floor(place),
    share = place - below;
  const low = ordered[below],
    high = ordered[Math.min(below + 1, ordered.length - 1)],
    rise = high - low;
  return share < 0.5 ? low + rise * share : high - rise * (1 - share);
}

function summary(values) {
  const ordered = Float64Array.from(values).sort();
  let sum = 0;
  for (const value of values) sum += value;
  return { mean: sum / values.length, low: quantile(ordered, LOW), high: quantile(ordered, HIGH) };
}

// One series over the years, from a function (run, year) → value.
function seriesOf(runs, read) {
  const years = YEARS().length,
    mean = [],
    low = [],
    high = [];
  for (let y = 0; y < years; y++) {
    const spread = summary(Array.from({ length: runs }, (_, r) => read(r, y)));
    mean.push(spread.mean);
    low.push(spread.low);
    high.push(spread.high);
  }
  return { mean, low, high };
}

// Kept fields of states: raw[state * width + field].
let KEPT_AT = null;
function keptOf(raw, state, name) {
  KEPT_AT ??= Object.fromEntries(FACTS.kept.map((field, at) => [field, at]));
  return raw[state * FACTS.kept.length + KEPT_AT[name]];
}

// Whether a state's system worked at the end of a year.
const workedIn = (raw, state, year) => keptOf(raw, state, `${FACTS.states_from_kept.working}${year}`) === 1;

// Whether what an outcome counts had happened in a state by the end of a year.
function isSoIn(raw, state, year, outcome) {
  const date = FACTS.dates[outcome];
  if (!date) return workedIn(raw, state, year);
  const when = keptOf(raw, state, date);
  return when >= 0 && when < year + 1;
}

// Share of runs in which something had happened in each state by the end of each year.
function shareByState(kept, outcome) {
  const years = YEARS(),
    states = FACTS.states.length,
    shares = new Float64Array(states * years.length);
  for (const raw of kept)
    for (let i = 0; i < states; i++)
      years.forEach((year, y) => {
        if (isSoIn(raw, i, year, outcome)) shares[i * years.length + y] += 1 / kept.length;
      });
  return shares;
}

// The chance that so many ups and downs, or a more uneven split, are a fair coin's.
function signTest(ups, downs) {
  const tosses = ups + downs;
  let term = 0.5 ** tosses,
    sum = 0;
  for (let k = 0; k <= Math.min(ups, downs); k++) {
    sum += term;
    term *= (tosses - k) / (k + 1);
  }
  return Math.min(1, 2 * sum);
}

// Which of several tests stand out when, of those that do, one in twenty may be chance (Benjamini and
// Hochberg 1995).
function beyondChance(chances) {
  const ordered = [...chances].sort((a, b) => a - b),
    last = ordered.findLastIndex((p, k) => p <= (0.05 * (k + 1)) / ordered.length);
  return chances.map(p => last >= 0 && p <= ordered[last]);
}

// Of the systems that work at the end of a year, the share that works at that of another, by run.
function leftOf(kept, since, until) {
  return kept.flatMap(raw => {
    let then = 0,
      still = 0;
    for (let i = 0; i < FACTS.states.length; i++)
      if (workedIn(raw, i, since)) {
        then++;
        if (workedIn(raw, i, until)) still++;
      }
    return then ? [still / then] : [];
  });
}

// What became of each state, as sim/page/stored.py tells it.
function fatesOf(kept) {
  const quartiles = [0.25, 0.5, 0.75],
    contract_outcomes_by_country = { first_trained: [], first_adopted: [], opened: [] };
  for (const key of Object.keys(FACTS.ends)) contract_outcomes_by_country[key] = [];
  for (let i = 0; i < FACTS.states.length; i++) {
    for (const name of ["first_trained", "first_adopted"]) {
      const ordered = kept
        .map(raw => keptOf(raw, i, name))
        .map(d => (d < 0 ? Infinity : Math.floor(d)))
        .sort((a, b) => a - b);
      contract_outcomes_by_country[name].push(
        quartiles.map(q => ordered[roundEven(q * (ordered.length - 1))]).map(y => (Number.isFinite(y) ? y : null)),
      );
    }
    const signed = kept.filter(raw => keptOf(raw, i, "opened") > 0);
    contract_outcomes_by_country.opened.push(kept.reduce((sum, raw) => sum + keptOf(raw, i, "opened"), 0) / kept.length);
    for (const key of Object.keys(FACTS.ends))
      contract_outcomes_by_country[key].push(signed.length ? signed.filter(raw => keptOf(raw, i, key) > 0).length / signed.length : null);
  }
  return contract_outcomes_by_country;
}
// Python rounds halves to even numbers.
const roundEven = x => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
