// Answers that are late, that are failures, and that do not come at all: what pages say, that what was there or was
// typed stays, and that trying again works, by keyboard alone. The server is asked for real but for those answers.
import { button, dialogOn, done, drawn, inspect, json, keyboard, plan, seen, signUp, somebody } from "./room.mjs";

const ada = await somebody();
const keys = keyboard(ada);
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
await ada.clock.install();

const main = ada.getByRole("main");
const title = ada.locator("main h1");
const again = button(main, "Try again").first();
const busy = main.locator("[aria-busy=true]").first();
const home = `/api/v1/teams/${plan.team}`;

const focused = () =>
  ada.evaluate(() => {
    const on = document.activeElement;
    return on === document.body ? "nothing" : on.matches("tbody tr") ? "row" : on.tagName.toLowerCase();
  });

/** Waits until the focus has found a place again, if it does, and says where it is. */
async function settled() {
  const isSomewhere = () => document.activeElement !== document.body;
  await ada.waitForFunction(isSomewhere, undefined, { timeout: 2000 }).catch(() => {});
  return focused();
}

/** Has requests for a path answered by `how` until what it gives is called. */
async function answered(path, how) {
  const meant = (url) => url.pathname === path;
  await ada.route(meant, how);
  return () => ada.unroute(meant);
}

const broken = (status, code, detail) => (route) =>
  route.fulfill({
    status,
    contentType: "application/problem+json",
    body: JSON.stringify({ type: "about:blank", title: "Not now", status, detail, code, request_id: "r-1" }),
  });
const unavailable = broken(503, "store_unavailable", "The store does not answer.");
const gone = (route) => route.abort("connectionrefused");

seen.loading = {};
seen.failed = {};
seen.stale = {};
for (const [place, path, label, key] of plan.pages) {
  const page = `/teams/${plan.team}/${place}`;
  const content = main.getByRole("table", { name: label }).or(main.getByRole("heading", { name: label, level: 2 })).first();

  // Late: something stands where the answer will.
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  const asked = ada.waitForRequest((request) => new URL(request.url()).pathname === home + path);
  let through = await answered(home + path, async (route) => {
    await held;
    await route.continue();
  });
  await ada.goto(plan.url + page);
  await asked;
  await busy.waitFor();
  await main.locator(".skeleton").first().waitFor();
  // A page of one thing does not know yet what it is called.
  const top = async () => ((await title.count()) > 0 ? (await title.boundingBox()).y : null);
  const before = await top();
  if (before !== null) await inspect(ada, `${page}, late`);
  release();
  await content.waitFor();
  await busy.waitFor({ state: "detached" });
  seen.loading[place] = before === null ? 0 : Math.abs((await top()) - before);
  await through();

  // A failure, then nothing at all, then the answer.
  through = await answered(home + path, unavailable);
  await ada.reload();
  const alert = main.getByRole("alert").first();
  await alert.waitFor();
  const failure = await alert.innerText();
  await inspect(ada, `${page}, failed`);
  await through();
  through = await answered(home + path, gone);
  await keys.push(again);
  await alert.filter({ hasText: "Keyward does not answer" }).waitFor();
  const unreachable = await alert.innerText();
  await inspect(ada, `${page}, unreachable`);
  await through();
  await keys.push(again);
  await content.waitFor();
  seen.failed[place] = [failure, unreachable, await settled()];

  // What is there stays when it cannot be refreshed.
  through = await answered(home + path, unavailable);
  await ada.clock.fastForward(61_000);
  if (key) await keys.press(key);
  else await ada.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  const stale = main.getByRole("status").filter({ hasText: "Could not refresh" }).first();
  await stale.waitFor();
  await inspect(ada, `${page}, stale`);
  const kept = await content.isVisible();
  await through();
  await keys.push(button(stale, "Try again"));
  await stale.waitFor({ state: "detached" });
  seen.stale[place] = [kept, await content.isVisible(), await settled()];
}

if (!plan.form) {
  await done();
  process.exit();
}

// In dark, the same once.
await ada.emulateMedia({ colorScheme: "dark" });
let through = await answered(`${home}/apps`, unavailable);
await ada.goto(`${plan.url}/teams/${plan.team}/apps`);
await main.getByRole("alert").waitFor();
await inspect(ada, "a failure in dark");
await through();
await ada.emulateMedia({ colorScheme: "light" });

// Not even who it is can be told: the page says so, and goes on from there.
through = await answered("/api/v1/session", unavailable);
await ada.goto(`${plan.url}/teams/${plan.team}/apps`);
await again.or(button(ada, "Try again")).first().waitFor();
seen.whole = await ada.locator("h1").first().innerText();
await inspect(ada, "nothing known at all");
await through();
await keys.push(button(ada, "Try again"));
await main.getByRole("table", { name: "Apps" }).waitFor();

// What was typed stays, however often it cannot be saved.
await ada.goto(`${plan.url}/teams/${plan.team}/apps/shop/edit`);
await drawn(ada);
const words = ada.getByLabel(/^Description/);
await keys.write(words, "Sells things");
const note = main.getByRole("alert").first();
const save = button(ada, "Save changes");
seen.typed = [];
for (const [how, says] of [
  [gone, "Keyward does not answer"],
  [unavailable, "Not now"],
  [broken(500, "internal", ""), "Something went wrong at Keyward"],
]) {
  const onlySaving = (route) => (route.request().method() === "PUT" ? how(route) : route.continue());
  through = await answered(`${home}/apps/shop`, onlySaving);
  await keys.push(save);
  await note.filter({ hasText: says }).waitFor();
  seen.typed.push([await note.innerText(), await words.inputValue(), await focused()]);
  await inspect(ada, "not saved");
  await through();
}
await keys.push(save);
await title.filter({ hasText: /^shop/ }).waitFor();
seen.saved = (await json(ada, "GET", `/teams/${plan.team}/apps/shop`)).spec.description;
await done();
