// Published figures beside what the runs recorded: in a sentence beside the chart, and as a table.

import { FACTS } from "./data.js";
import { $, element, tableOf, tell } from "./dom.js";
import { figureOf, realOf } from "./chart.js";
import { fill, formatted, formattedBand } from "./words.js";

export function makeEvidence() {
  const judged = FACTS.evidence.filter(row => row.verdict !== "not judged"),
    missed = judged.filter(row => row.verdict === "missed"),
    fitted = judged.filter(row => row.verdict === "fitted").length,
    named = row => `${row.quantity} (${row.period})`;
  $("targets").replaceChildren(
    ...tableOf(
      ["Published figure", "Verdict", "Observed", "Recorded in the model (90%)", "Real in the model (90%)", "Source"],
      FACTS.evidence.map(row => [
        named(row),
        element("span", { className: row.verdict }, row.verdict + (row.use === "hold-out" ? ", held out" : "")),
        `${figureOf(row)}${row.sigma ? ` ± ${formatted(row.sigma)}` : ""} ${row.unit}`,
        row.mean === null ? "–" : formattedBand(row),
        row.real === null ? "–" : formattedBand(realOf(row)),
        row.source,
      ]),
    ),
  );
  const names = missed.map(named).join("; ") || "none";
  tell("judged", fill("judged", { judged: judged.length, met: judged.length - missed.length, fitted, names }));
}
