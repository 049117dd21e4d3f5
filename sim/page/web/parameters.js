// From a scenario and a reader's changes to the parameters of every period. Used by page and workers.
// Precedence, lowest first: default < plausible set (by replicate) < scenario < what the reader sets.

const FIRST_YEAR = 2000,
  QUARTERS = 4;
const quarterOf = date => Math.floor((date - FIRST_YEAR) * QUARTERS);

// A scenario with changes laid over, as a file that extends it would: an event that is changed is
// written anew and so comes last; where several events set a parameter, the later in the list wins.
function laidOver(scenario, edits) {
  const kept = scenario.events.filter(event => !(event.name in edits.events));
  const written = Object.values(edits.events).filter(event => event !== null);
  return { fixed: { ...scenario.fixed, ...edits.set }, events: [...kept, ...written] };
}

function inForce(event, quarter) {
  return (
    quarter >= quarterOf(event.date) && !(event.until !== null && quarter >= quarterOf(event.until))
  );
}

// Parameters of each stretch between events: [{ first: quarter, values: path → value }].
// `plausible`: the values that the replicate's set gives, by path.
function periodsOf(resolved, defaults, plausible, first, quarters) {
  const dates = resolved.events
    .flatMap(e => [e.date, e.until])
    .filter(d => d !== null)
    .map(quarterOf);
  const starts = [...new Set([first, ...dates])].filter(q => q >= first && q < first + quarters);
  const base = { ...defaults, ...plausible, ...resolved.fixed };
  return starts
    .sort((a, b) => a - b)
    .map(start => {
      const values = { ...base };
      for (const event of resolved.events)
        if (inForce(event, start)) Object.assign(values, event.sets);
      return { first: start, values };
    });
}
