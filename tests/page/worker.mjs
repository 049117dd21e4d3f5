// Runs a page's worker outside a browser: node worker.mjs PAGE OUTCOME KIND SCENARIO...
// Prints, by scenario, the last year's values of each history, by group.
import fs from "node:fs";
import vm from "node:vm";
import zlib from "node:zlib";

const [page, outcome, kind, ...names] = process.argv.slice(2);
const html = fs.readFileSync(page, "utf8");
const blob = name => {
  const [, packed] = html.match(new RegExp(`id="blob-${name}">([^<]*)<`));
  return zlib.gunzipSync(Buffer.from(packed, "base64"));
};
const facts = JSON.parse(blob("facts"));
const [, worker] = html.match(/<script[^>]*id="worker-code"[^>]*>([\s\S]*?)<\/script>/);
const said = [];
const context = vm.createContext({ WebAssembly, performance, postMessage: m => said.push(m) });
vm.runInContext(`${worker}\nthis.laidOver = laidOver;`, context);
const module = await WebAssembly.compile(blob("wasm"));
context.onmessage({ data: { module, facts: facts.engine, arrays: new Uint8Array(blob("arrays")) } });

const found = {};
const years = facts.engine.years.length;
for (const name of names) {
  const resolved = context.laidOver(facts.scenarios[name], { set: {}, values: {}, events: {} });
  context.onmessage({ data: { id: 1, key: name, resolved, replicates: [0, 1], point: false } });
  const answer = said.pop();
  if (answer.failed) throw new Error(answer.failed);
  let at = 0;
  for (const part of facts.engine.order) {
    if (part.outcome === outcome && part.kind === kind)
      found[name] = answer.values.map(values =>
        Array.from(values.slice(at + (years - 1) * part.count, at + years * part.count)),
      );
    at += part.count * years;
  }
}
console.log(JSON.stringify(found));
