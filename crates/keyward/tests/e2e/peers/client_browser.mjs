// Drives pages in a real browser, which holds to CORS: each step opens a page of its origin and calls from there, with
// `fetch` or with the client of gRPC-Web. Prints what the page got to know.
import { createRequire } from "node:module";
import fs from "node:fs";
import http from "node:http";

const require = createRequire(`${process.argv[2]}/`);
const { chromium } = require("playwright-core");
const library = fs.readFileSync(require.resolve("grpc-web"), "utf8");
const plan = JSON.parse(fs.readFileSync(0, "utf8"));

const page = "<!doctype html><script>var module = { exports: {} }, exports = module.exports;</script>" +
  "<script src=/grpc-web.js></script>";
const pages = http.createServer((request, response) => {
  const isLibrary = request.url === "/grpc-web.js";
  response.setHeader("content-type", isLibrary ? "text/javascript" : "text/html");
  response.end(isLibrary ? library : page);
});
await new Promise((listening) => pages.listen(plan.page_port, "127.0.0.1", listening));

async function fetched(step) {
  try {
    const answer = await fetch(step.url, { method: step.method, headers: step.headers, credentials: step.credentials });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
  } catch (error) {
    return { error: String(error) };
  }
}

function called(step) {
  const { GrpcWebClientBase, MethodDescriptor, MethodType } = window.module.exports;
  const client = new GrpcWebClientBase({ format: "binary" });
  const write = (text) => new TextEncoder().encode(text);
  const read = (bytes) => new TextDecoder().decode(bytes);
  const method = new MethodDescriptor("/shop.Orders/Say", MethodType.UNARY, String, String, write, read);
  return new Promise((done) => {
    const said = { };
    const call = client.rpcCall(step.url, step.say, step.headers, method, (error, answer) => {
      if (error) done({ error: { code: error.code, message: error.message, metadata: error.metadata } });
      else said.answer = answer;
    });
    call.on("metadata", (metadata) => { said.headers = metadata; });
    call.on("status", (status) => { said.status = status; });
    call.on("end", () => done(said));
  });
}

const browser = await chromium.launch({ executablePath: plan.browser, args: ["--no-sandbox", "--disable-gpu"] });
const results = [];
for (const step of plan.steps) {
  const tab = await browser.newPage();
  await tab.goto(step.page);
  results.push(await tab.evaluate(step.say === undefined ? fetched : called, step));
  await tab.close();
}
await browser.close();
pages.close();
console.log(JSON.stringify(results));
