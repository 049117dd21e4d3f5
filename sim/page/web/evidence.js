// Published figures beside what the runs recorded: as dots beside the chart, and as a table.

import { FACTS } from "./data.js";
import { $, element, tableOf, tell } from "./dom.js";
import { figureOf, realOf } from "./chart.js";
import { fill, formatted, formattedBand } from "./words.js";

export function makeEvidence() {
  const judged = FACTS.evidence.filter(row => row.verdict !== "not judged"),
    missed = judged.filter(row => row.verdict === "missed"),
    fitted = judged.filter(row => row.verdict === "fitted").length,
    rowId = row => `target-${row.target}`,
    named = row => `${row.quantity} (${row.period})`;
  $("targets").replaceChildren(
    ...tableOf(
      ["Published figure", "Verdict", "Observed", "Recorded in the model (90%)", "Real in the model (90%)", "Source"],
      FACTS.evidence.map(row => [
        element("span", { id: rowId(row) }, named(row)),
        element("span", { className: row.verdict }, row.verdict + (row.use === "hold-out" ? ", held out" : "")),
        `${figureOf(row)}${row.sigma ? ` ± ${formatted(row.sigma)}` : ""} ${row.unit}`,
        row.mean === null ? "–" : formattedBand(row),
        row.real === null ? "–" : formattedBand(realOf(row)),
        row.source,
      ]),
    ),
  );
  $("dots").replaceChildren(
    ...judged.map(row => {
      const title = `${named(row)}: ${row.verdict}`;
      return element("li", {}, element("a", { href: `#${rowId(row)}`, className: row.verdict, title, ariaLabel: title }));
    }),
  );
  const names = missed.map(named).join("; ") || "none";
  tell("judged", fill("judged", { judged: judged.length, met: judged.length - missed.length, fitted, names }));
}
