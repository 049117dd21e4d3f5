// The text parts: glossary, published figures, what identifies the runs.

function makeWords() {
  const cell = (name, text, attrs = {}) => element(name, { textContent: text, ...attrs });
  for (const node of document.querySelectorAll("[data-fact]"))
    node.textContent = { last: lastYear(), reference: scenarioOf(FACTS.reference).title }[node.dataset.fact];
  $("glossary").replaceChildren(
    ...Object.entries(FACTS.glossary).flatMap(([word, text]) => [
      cell("dt", word, { id: `word-${word.replaceAll(" ", "-")}` }),
      cell("dd", text),
    ]),
  );
  const verdict = ({ verdict, use }) => {
    const text = verdict + (use === "hold-out" ? ", held out" : "");
    return verdict === "missed" ? element("strong", { className: "missed" }, text) : text;
  };
  const error = row => (row.sigma ? ` ± ${formatted(row.sigma)}` : "");
  $("targets").replaceChildren(
    ...tableOf(
      ["Published figure", "Verdict", "Observed", "Recorded in the model (90%)", "Real in the model (90%)", "Source"],
      FACTS.evidence.map(row => [
        `${row.quantity} (${row.period})`,
        verdict(row),
        `${figureOf(row)}${error(row)} ${row.unit}`,
        row.mean === null ? "–" : formattedBand(row),
        row.real === null ? "–" : formattedBand(realOf(row)),
        row.source,
      ]),
    ),
  );
  $("facts").replaceChildren(...described(Object.entries(FACTS.identity)));
  $("copy-command").onclick = () => copyText(commandFor(), "Command");
  // The address of a file is nobody else's, and names the reader's folders.
  if (location.protocol === "file:") {
    $("copy-link").textContent = "Copy settings of this view";
    $("copy-link").onclick = () => copyText(`#${toFragment()}`, "Settings, which stand behind the page's address,");
  } else $("copy-link").onclick = () => copyText(location.href, "Link");
}
