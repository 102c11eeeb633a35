// Drives the gateway with Node's fetch. Reads a JSON plan on standard input, prints a JSON list of what came back.
// Each step: {method, url, headers, content}. `chunks` in the answer counts the pieces the body arrived in.
import { readFileSync } from "node:fs";

const results = [];
for (const step of JSON.parse(readFileSync(0, "utf8"))) {
  const answer = await fetch(step.url, { method: step.method, headers: step.headers, body: step.content });
  const decoder = new TextDecoder();
  let text = "";
  let chunks = 0;
  if (answer.body) {
    for await (const piece of answer.body) {
      chunks += 1;
      text += decoder.decode(piece, { stream: true });
    }
  }
  results.push({ status: answer.status, headers: Object.fromEntries(answer.headers), text, chunks });
}
console.log(JSON.stringify(results));
