// Somebody of one team opens every address of another team's things. Prints each answer of the management API that
// shows something of that team, and what the pages say.
import { dialogOn, done, drawn, inspect, json, plan, seen, signUp, somebody } from "./room.mjs";

const vera = await somebody();
await signUp(vera, plan.invitation, { name: "Vera" });
await json(vera, "PUT", `/teams/${plan.other}/apps/own`, {});
seen.leaks = [];
seen.found = [];
vera.on("response", async (response) => {
  const { pathname } = new URL(response.url());
  if (!pathname.startsWith("/api/v1/teams/")) return;
  if (response.ok() && !pathname.startsWith(`/api/v1/teams/${plan.other}`)) seen.found.push(pathname);
  const text = await response.text().catch(() => "");
  for (const word of plan.planted) if (text.includes(word)) seen.leaks.push(`${word} in ${pathname}`);
});

seen.pages = {};
for (const path of plan.paths) {
  await vera.goto(plan.url + path);
  await drawn(vera);
  await vera.locator("main h1", { hasText: /\S/ }).first().waitFor();
  const text = await vera.getByRole("main").innerText();
  seen.pages[path] = (await vera.locator("main h1").first().innerText()).trim();
  // What stands in the address may be repeated, and nothing else.
  for (const word of plan.planted) if (text.includes(word) && !path.includes(word)) seen.leaks.push(`${word} on ${path}`);
}
await inspect(vera, "another team's page");

// Nor is anything of theirs found by what one has oneself: the search over all, the switch of team.
await vera.goto(`${plan.url}/teams/${plan.other}/overview`);
await drawn(vera);
await vera.keyboard.press("Control+K");
await dialogOn(vera).waitFor();
const searched = vera.waitForResponse((answer) => answer.url().includes(`q=${plan.planted[0]}&`));
await vera.keyboard.type(plan.planted[0]);
await searched;
await vera.getByText(`Nothing fits “${plan.planted[0]}”.`).or(vera.getByRole("option")).first().waitFor();
seen.palette = await dialogOn(vera).getByRole("option").filter({ hasText: plan.planted[0] }).count();
await vera.keyboard.press("Escape");
seen.memberships = (await json(vera, "GET", "/session")).memberships.map(({ team }) => team.name);

// The same, asked for past the pages: by every way of asking.
seen.answers = await vera.evaluate(async (requests) => {
  const answers = [];
  for (const [method, path, sent = {}] of requests) {
    const headers = method === "GET" ? {} : { "content-type": "application/json" };
    const body = method === "GET" || method === "DELETE" ? undefined : JSON.stringify(sent);
    const answer = await fetch(`/api/v1${path}`, { method, headers, body });
    answers.push([method, path, (await answer.json()).code]);
  }
  return answers;
}, plan.requests);
await done();
