// Published figures beside what the runs recorded: as dots beside the chart, and as a table.

import { FACTS } from "./data.js";
import { $, described, element, tableOf, tell } from "./dom.js";
import { figureOf, realOf } from "./chart.js";
import { formatted, formattedBand } from "./words.js";

export function makeEvidence() {
  const judged = FACTS.evidence.filter(row => row.verdict !== "not judged"),
    missed = judged.filter(row => row.verdict === "missed"),
    fitted = judged.filter(row => row.verdict === "fitted");
  const rowId = row => `target-${row.target}`;
  const verdict = ({ verdict, use }) => {
    const text = verdict + (use === "hold-out" ? ", held out" : "");
    return verdict === "missed" ? element("strong", { className: "missed" }, text) : text;
  };
  $("targets").replaceChildren(
    ...tableOf(
      ["Published figure", "Verdict", "Observed", "Recorded in the model (90%)", "Real in the model (90%)", "Source"],
      FACTS.evidence.map(row => [
        element("span", { id: rowId(row), tabIndex: -1 }, `${row.quantity} (${row.period})`),
        verdict(row),
        `${figureOf(row)}${row.sigma ? ` ± ${formatted(row.sigma)}` : ""} ${row.unit}`,
        row.mean === null ? "–" : formattedBand(row),
        row.real === null ? "–" : formattedBand(realOf(row)),
        row.source,
      ]),
    ),
  );
  $("dots").replaceChildren(
    ...judged.map(row => {
      const title = `${row.quantity} (${row.period}): ${row.verdict}`;
      return element("li", {}, element("a", { href: `#${rowId(row)}`, className: row.verdict, title, ariaLabel: title }));
    }),
  );
  const names = missed.length ? `: ${missed.map(row => `${row.quantity} (${row.period})`).join("; ")}` : "";
  tell(
    "dots-told",
    `Held against ${judged.length} published figures: ${judged.length - missed.length} met, of which ${fitted.length} were used to tune the model; ${missed.length} missed${names}.`,
  );
  $("facts").replaceChildren(...described(Object.entries(FACTS.identity)));
  const cell = (name, text, attrs = {}) => element(name, { textContent: text, ...attrs });
  $("glossary").replaceChildren(
    ...Object.entries(FACTS.glossary).flatMap(([word, text]) => [
      cell("dt", word, { id: `word-${word.replaceAll(" ", "-")}` }),
      cell("dd", text),
    ]),
  );
}
