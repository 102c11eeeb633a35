// The end of tokens, by keyboard alone: one that is in use, with its receipt; three at once; some that are disabled
// and come back. And the lists that an address stands for.
import fs from "node:fs";
import { button, dialogOn, done, inspect, json, keyboard, plan, seen, signUp, somebody } from "./room.mjs";

const ada = await somebody();
const keys = keyboard(ada);
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
// What was proved by that has grown old.
fs.writeFileSync(plan.clock, "+11m");
await ada.clock.install();
await ada.clock.fastForward(11 * 60_000);

const list = `${plan.url}/teams/${plan.team}/tokens`;
const focused = () => ada.locator(":focus").evaluate((on) => (on.matches("tbody tr") ? "row" : on.innerText.split("\n")[0]));
const search = () => new URL(ada.url()).search;
const dialog = dialogOn(ada);
const call = async (token) => {
  const answer = await fetch(`${plan.gateway}/echo/v1/echo`, { headers: { authorization: `Bearer ${token}` } });
  return answer.ok ? answer.status : `${answer.status} ${(await answer.json()).code}`;
};

/** Makes a token past the pages. */
async function make(name, more = {}) {
  const body = { app: "shop", name, scopes: ["echo:read"], ...more };
  const made = await json(ada, "POST", `/teams/${plan.team}/tokens`, body);
  return { id: made.token.id, secret: made.secret };
}

/** Waits until the page of the API that tells calls has counted them. */
async function counted({ id }, calls) {
  const from = new Date(Date.now() - 3_600_000).toISOString();
  for (let tries = 0; tries < 200; tries++) {
    const usage = await json(ada, "GET", `/teams/${plan.team}/tokens/${id}/usage?from=${from}`);
    if (usage.calls >= calls) return;
    await ada.waitForTimeout(100);
  }
  throw new Error(`${calls} calls of ${id} are not counted`);
}

/** The names in the list, once it is what `search` says. */
async function names(page, wanted) {
  const table = page.getByRole("table", { name: "Tokens of the team" });
  const links = table.locator("tbody a");
  for (let tries = 0; tries < 100; tries++) {
    const found = (await links.allInnerTexts()).sort();
    if (JSON.stringify(found) === JSON.stringify(wanted)) return found;
    await page.waitForTimeout(100);
  }
  return (await links.allInnerTexts()).sort();
}

/** Goes along the rows to the one of a token. */
async function toRow(name) {
  const row = ada.getByRole("row").filter({ has: ada.getByRole("link", { name, exact: true }) });
  await keys.reach(ada.locator("tbody tr[tabindex='0']"));
  const wanted = Number(await row.getAttribute("aria-rowindex"));
  const place = () => ada.evaluate(() => document.activeElement.ariaRowIndex);
  for (let at = Number(await place()); at !== wanted; at += Math.sign(wanted - at)) {
    await keys.press(wanted < at ? "ArrowUp" : "ArrowDown");
    await ada.waitForFunction((before) => document.activeElement.ariaRowIndex !== before, String(at));
  }
}

const shop = await make("Shop window");
const soon = new Date(Date.now() + 3 * 86_400_000).toISOString();
const others = {};
for (const name of ["Till 1", "Till 2", "Till 3"]) others[name] = await make(name, { expires_at: soon });
await make("Archive");
for (let calls = 0; calls < 4; calls++) seen.before = await call(shop.secret);
await counted(shop, 4);

// 1. One that is in use: who uses it is shown, and its name is asked for.
await ada.goto(list);
await ada.getByRole("link", { name: "Shop window" }).waitFor();
await toRow("Shop window");
await keys.press("Enter");
await ada.getByRole("heading", { name: "Shop window", level: 1 }).waitFor();
await keys.push(button(ada, "Revoke…"));
await dialog.getByText("in the last hour, from").waitFor();
seen.warned = await dialog.innerText();
await inspect(ada, "the question");
const revoke = button(dialog, "Revoke token");
const typed = dialog.getByLabel("Type Shop window to go on");
await keys.write(dialog.getByLabel("Reason"), "Shop closed");
await keys.write(typed, "shop window");
await keys.press("Enter");
seen.wrongName = [await revoke.isDisabled(), await call(shop.secret)];
await keys.write(typed, "Shop window");
await ada.emulateMedia({ colorScheme: "dark" });
await inspect(ada, "the question in dark");
await ada.emulateMedia({ colorScheme: "light" });
await keys.push(revoke);
const proof = dialogOn(ada).filter({ hasText: "passkey" });
await proof.waitFor();
seen.proof = await proof.innerText();
await inspect(ada, "the second factor");
seen.untilProved = await call(shop.secret);
await keys.push(proof.getByRole("button", { name: /passkey/i }));
await dialog.getByText("The token is revoked").waitFor();
seen.after = await call(shop.secret);
seen.receipt = await dialog.innerText();
seen.nodes = (await json(ada, "GET", "/nodes")).nodes?.map(({ node }) => node);
await inspect(ada, "the receipt");
await ada.emulateMedia({ colorScheme: "dark" });
await inspect(ada, "the receipt in dark");
await ada.emulateMedia({ colorScheme: "light" });
await keys.push(button(dialog, "Done"));
await dialog.waitFor({ state: "detached" });
await ada.getByText("It was revoked").waitFor();
seen.banner = await ada.getByText("It was revoked").innerText();
seen.focus = [await focused()];
await keys.reach(ada.getByRole("tab", { selected: true }));
await keys.press("ArrowLeft");
await keys.press("Enter");
await ada.getByText("token.revoke", { exact: true }).waitFor();
seen.trail = await ada.getByRole("list", { name: "What happened to the token" }).getByRole("listitem").first().innerText();

// 2. Lists that an address stands for.
await ada.goto(list);
await keys.choose(ada.getByRole("combobox", { name: "Status" }), "Revoked");
seen.revoked = [await names(ada, ["Shop window"]), search()];
await keys.choose(ada.getByRole("combobox", { name: "Status" }), "Any status");
await keys.push(button(ada, "Expires within 7 days"));
const tills = ["Till 1", "Till 2", "Till 3"];
seen.expiring = [await names(ada, tills), search()];
const shared = await ada.context().newPage();
await shared.goto(ada.url());
seen.shared = await names(shared, tills);
await shared.close();
await inspect(ada, "the list, filtered");
await keys.push(button(ada, "Expires within 7 days"));
await keys.push(button(ada, "Unused for 90 days"));
// Nothing is old enough here.
await button(ada, "Clear all filters").waitFor();
seen.unused = search();
await inspect(ada, "the list with nothing in it");
await keys.push(button(ada, "Clear all filters"));
seen.all = [await names(ada, ["Archive", "Shop window", ...tills]), search()];

// 3. Several: disabled, brought back, and revoked for good.
const all = () => Promise.all(tills.map((name) => call(others[name].secret)));
async function select() {
  for (const name of tills) {
    await toRow(name);
    await keys.press("Space");
  }
  const bar = ada.getByRole("toolbar", { name: "3 selected" });
  await bar.waitFor();
  return bar;
}
await all();
await counted(others["Till 3"], 1);
await inspect(ada, "the list");
await keys.push(button(await select(), "Disable"));
await ada.getByText("Disabled 3 tokens").waitFor();
seen.disabled = await all();
await inspect(ada, "what was done, with a way back");
await keys.push(button(ada, "Undo"));
for (let tries = 0; tries < 100 && (await all()).some((status) => status !== 200); tries++) await ada.waitForTimeout(50);
seen.enabled = await all();
await ada.getByText("Disabled 3 tokens").waitFor({ state: "detached" });
await ada.locator("tbody tr:focus").waitFor();
seen.focus.push(await focused());
const bar = await select();
await inspect(ada, "three of the list");
await keys.push(button(bar, "Revoke…"));
await dialog.getByText("with 3 of these tokens").waitFor();
seen.many = await dialog.innerText();
await keys.write(dialog.getByLabel(/^Type 3/), "2");
seen.wrongCount = await button(dialog, "Revoke 3 tokens").isDisabled();
await keys.write(dialog.getByLabel(/^Type 3/), "3");
await keys.press("Enter");
await dialog.getByText("3 tokens are revoked").waitFor();
seen.gone = await all();
await inspect(ada, "the receipt of three");
await keys.press("Escape");
await dialog.waitFor({ state: "detached" });
seen.focus.push(await focused());
await ada.goto(`${list}?status=revoked`);
seen.revokedAtLast = await names(ada, ["Shop window", ...tills]);

await done();
