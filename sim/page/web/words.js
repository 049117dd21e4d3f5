// The text parts: glossary, published figures, what identifies the runs; and terms' tips.

function makeWords() {
  const cell = (name, text, attrs = {}) => element(name, { textContent: text, ...attrs });
  for (const node of document.querySelectorAll("[data-fact]"))
    node.textContent = { last: lastYear(), reference: scenarioOf(FACTS.reference).title }[
      node.dataset.fact
    ];
  $("glossary").replaceChildren(
    ...Object.entries(FACTS.glossary).flatMap(([word, text]) => [
      cell("dt", word, { id: `word-${word.replaceAll(" ", "-")}` }),
      cell("dd", text),
    ]),
  );
  const head = ["Published figure", "Verdict", "Observed", "Recorded in the model (90 %)", "Source"];
  const number = row =>
    `${figureOf(row)}${row.sigma ? ` ± ${formatted(row.sigma)}` : ""} ${row.unit}`;
  $("targets").replaceChildren(
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ...head.map((t, k) =>
          cell("th", t, { scope: "col", className: k < 2 || k > 3 ? "text" : "" }),
        ),
      ),
    ),
    element(
      "tbody",
      {},
      ...FACTS.evidence.map(row =>
        element(
          "tr",
          {},
          cell("td", `${row.quantity} (${row.period})`),
          cell("td", row.verdict + (row.use === "hold-out" ? ", held out" : ""), {
            className: row.verdict === "missed" ? "text missed" : "text",
          }),
          cell("td", number(row)),
          cell(
            "td",
            row.mean === null ? row.status : formattedBand(row),
          ),
          cell("td", row.source, { className: "text" }),
        ),
      ),
    ),
  );
  $("facts").replaceChildren(
    ...Object.entries(FACTS.identity).flatMap(([name, value]) => [
      cell("dt", name),
      cell("dd", value),
    ]),
  );
  $("copy-command").onclick = () => copyText(commandFor(), "Command");
  // The address of a file is nobody else's, and names the reader's folders.
  if (location.protocol === "file:") {
    $("copy-link").textContent = "Copy settings of this view";
    $("copy-link").onclick = () =>
      copyText(`#${toFragment()}`, "Settings, which stand behind the page's address,");
  } else $("copy-link").onclick = () => copyText(location.href, "Link");
  makeTips();
}

// A term's line of the glossary, on hover and on focus.
function makeTips() {
  const tip = $("tip");
  for (const node of document.querySelectorAll("[data-term]")) {
    node.tabIndex = 0;
    node.setAttribute("aria-describedby", `word-${node.dataset.term.replaceAll(" ", "-")}`);
    const show = () => {
      const box = node.getBoundingClientRect();
      tip.textContent = FACTS.glossary[node.dataset.term];
      tip.hidden = false;
      tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8)) + scrollX}px`;
      tip.style.top = `${box.bottom + scrollY + 4}px`;
    };
    const hide = () => {
      tip.hidden = true;
    };
    node.onmouseenter = node.onfocus = show;
    node.onmouseleave = node.onblur = hide;
    node.onkeydown = ({ key }) => {
      if (key === "Escape") hide();
    };
  }
}
