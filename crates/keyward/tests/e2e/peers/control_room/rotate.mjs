// A token gets a new secret while a client calls with it, by keyboard alone: both are watched until nobody uses the old
// one, and not one call fails. Two clocks, the server's and the page's, are moved on where hours would pass.
import fs from "node:fs";
import { button, dialogOn, done, inspect, json, keyboard, plan, seen, signUp, somebody, traces } from "./room.mjs";

const ada = await somebody();
const keys = keyboard(ada);
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
await ada.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: plan.url });
await ada.clock.install();

const first = await json(ada, "POST", `/teams/${plan.team}/tokens`, {
  app: "shop",
  name: "Storefront",
  scopes: ["echo:read"],
});
const old = first.token.id;
const show = () => json(ada, "GET", `/teams/${plan.team}/tokens/${old}`);

// The client, which knows nothing of all this.
const client = { key: first.secret, calls: 0, failed: [], on: true };
async function call(key) {
  const answer = await fetch(`${plan.gateway}/echo/v1/echo`, {
    headers: { authorization: `Bearer ${key}`, "user-agent": "storefront/1.4" },
  });
  return answer.ok ? answer.status : `${answer.status} ${(await answer.json()).code}`;
}
async function run() {
  while (client.on) {
    const status = await call(client.key).catch(String);
    client.calls += 1;
    if (status !== 200) client.failed.push(status);
    await new Promise((waited) => setTimeout(waited, 150));
  }
}
const running = run();

let gone = 0;
/** Lets so many minutes pass. */
async function pass(minutes) {
  gone += minutes;
  fs.writeFileSync(plan.clock, `+${gone}m`);
  await ada.clock.fastForward(minutes * 60_000);
}

/** Looks at the page until `ready` holds. It reads anew every 15 seconds, which pass quickly here. */
async function until(what, ready) {
  for (let tries = 0; tries < 60; tries++) {
    if (await ready()) return;
    await ada.clock.fastForward(15_000);
    await new Promise((waited) => setTimeout(waited, 250));
  }
  throw new Error(`never seen: ${what}`);
}

/** Proves the passkey where that is asked for. */
async function prove() {
  const proof = dialogOn(ada).filter({ hasText: "passkey" });
  await proof.waitFor();
  await keys.push(proof.getByRole("button", { name: /passkey/i }));
  await proof.waitFor({ state: "detached" });
}

const side = (title) => ada.locator("section").filter({ has: ada.getByRole("heading", { name: title, exact: true }) });
const calls = async (title) => parseInt((await side(title).locator("p").innerText()).replaceAll(",", ""), 10);
const who = ada.getByRole("table", { name: "Who still uses the old token" });

// 1. The choice, and the new secret. What was proved before has grown old.
await pass(11);
await ada.goto(`${plan.url}/teams/${plan.team}/tokens`);
await keys.push(ada.getByRole("link", { name: "Storefront" }));
await keys.push(ada.getByRole("link", { name: "Rotate…" }));
await ada.getByRole("heading", { name: "Rotate Storefront" }).waitFor();
await keys.pick(ada.getByRole("radiogroup", { name: "Overlap" }), "None");
seen.none = await ada.getByText("refused at once").innerText();
await keys.pick(ada.getByRole("radiogroup", { name: "Overlap" }), "1 hour");
await keys.pick(ada.getByRole("radiogroup", { name: "Overlap" }), "1 day");
seen.overlap = await ada.getByText("The old token works until").innerText();
await keys.write(ada.getByLabel("Reason"), "Once a year");
await inspect(ada, "the choice");
await keys.push(button(ada, "Rotate token"));
await prove();
await ada.getByRole("heading", { name: "Copy the token now" }).waitFor();
await keys.push(button(ada, "Copy token"));
await ada.getByText("Put it where it belongs").waitFor();
const fresh = await ada.evaluate(() => navigator.clipboard.readText());
await inspect(ada, "the new secret");
seen.both = [await call(first.secret), await call(fresh)];
await keys.push(button(ada, "Go to the token"));
await keys.push(ada.getByRole("link", { name: "Watch the rotation" }).first());
await ada.getByRole("heading", { name: "Rotation of Storefront" }).waitFor();
seen.left = await traces(ada, fresh);

// 2. Both side by side, and who has not changed over.
await until("calls with the old token", async () => (await calls("Old token")) > 10);
seen.atFirst = { old: await calls("Old token"), new: await calls("New token"), who: await who.innerText() };
await inspect(ada, "the rotation");
await ada.emulateMedia({ colorScheme: "dark" });
await inspect(ada, "the rotation in dark");
await ada.emulateMedia({ colorScheme: "light" });
const before = await show();
await keys.push(button(ada, "Extend"));
await ada.getByRole("menuitem", { name: "by 1 day" }).waitFor();
await inspect(ada, "the ways to extend");
await keys.reach(ada.getByRole("menuitem", { name: "by 1 day" }), "ArrowDown");
await keys.press("Enter");
await ada.getByText(/^The old token works until/).waitFor();
const after = await show();
seen.extended = (Date.parse(after.expires_at) - Date.parse(before.expires_at)) / 3_600_000;
seen.focus = [await ada.locator(":focus").innerText()];

// 3. The client changes over, and the old token falls silent.
client.key = fresh;
await until("calls with the new token", async () => (await calls("New token")) > 5);
await pass(6);
await until("no calls with the old token", async () => (await calls("Old token")) === 0 && (await calls("New token")) > 0);
seen.silent = { old: await calls("Old token"), new: await calls("New token"), who: await who.innerText() };
await pass(61);
await ada.getByText("Nobody in the last hour. You can end the overlap.").waitFor();
await inspect(ada, "the rotation, nobody left");

// 4. The end of it.
await keys.push(button(ada, "End now"));
const question = ada.getByRole("alertdialog");
await question.waitFor();
seen.question = await question.innerText();
await inspect(ada, "the question");
seen.untilThen = await call(first.secret);
await keys.push(button(question, "End now"));
await prove();
await ada.getByText("The overlap is over").waitFor();
await question.waitFor({ state: "detached" });
seen.focus.push(await ada.locator(":focus").innerText());
await inspect(ada, "the rotation, over");
seen.atLast = [await call(first.secret), await call(fresh)];
client.on = false;
await running;
seen.client = { calls: client.calls, failed: client.failed };

await done();
