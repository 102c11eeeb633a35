// A token is changed while it is in use, by keyboard alone: less, more, for longer, and by two at once. The gateway is
// asked after each. The clocks of the server and the page are moved on where a proof has to grow old.
import fs from "node:fs";
import { button, dialogOn, done, inspect, json, keyboard, plan, seen, signUp, somebody } from "./room.mjs";

const ada = await somebody();
const keys = keyboard(ada);
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
await ada.clock.install();

const made = await json(ada, "POST", `/teams/${plan.team}/tokens`, {
  app: "shop",
  name: "Storefront",
  scopes: ["echo:read", "echo:write"],
});
const path = `/teams/${plan.team}/tokens/${made.token.id}`;
const show = () => json(ada, "GET", path);

/** What the gateway answers to reading and to writing. */
const calls = () =>
  Promise.all(
    ["GET", "POST"].map(async (method) => {
      const headers = { authorization: `Bearer ${made.secret}` };
      const answer = await fetch(`${plan.gateway}/echo/v1/echo`, { method, headers });
      return answer.ok ? answer.status : `${answer.status} ${(await answer.json()).code}`;
    }),
  );

const changes = ada.getByRole("region", { name: "What changes" });
const save = button(ada, "Save changes");
const proof = dialogOn(ada).filter({ hasText: "passkey" });
const title = (name) => ada.getByRole("heading", { name, level: 1, exact: true });
const scope = (name) => ada.getByRole("checkbox", { name: new RegExp(`^${name}`) });
seen.focus = [];

async function open() {
  await keys.push(ada.getByRole("link", { name: "Edit", exact: true }));
  await title(/^Edit/).waitFor();
}

/** Saves, with the second factor where it is asked for; whether it was. */
async function saved(name) {
  await keys.push(save);
  await proof.or(title(name)).waitFor();
  const asked = await proof.isVisible();
  if (asked) {
    await inspect(ada, "the second factor");
    await keys.push(proof.getByRole("button", { name: /passkey/i }));
  }
  await title(name).waitFor();
  seen.focus.push(await ada.locator(":focus").innerText());
  return asked;
}

// 1. Another name, and less.
seen.before = await calls();
await ada.goto(plan.url + path);
await title("Storefront").waitFor();
await open();
await keys.write(ada.getByLabel("Name", { exact: true }), "Storefront, reading");
await keys.push(scope("echo:write"), "Space");
seen.less = await changes.innerText();
await inspect(ada, "less than before");
await ada.emulateMedia({ colorScheme: "dark" });
await inspect(ada, "less than before, in dark");
await ada.emulateMedia({ colorScheme: "light" });
await saved("Storefront, reading");
seen.afterLess = await calls();

// 2. More, when the proof has grown old; and for longer.
fs.writeFileSync(plan.clock, "+11m");
await ada.clock.fastForward(11 * 60_000);
await open();
await keys.push(scope("echo:admin"), "Space");
await keys.pick(ada.getByRole("radiogroup", { name: "Expiry" }), "90 days");
seen.more = await changes.innerText();
await inspect(ada, "more than before");
seen.untilProved = await calls();
seen.asked = await saved("Storefront, reading");
seen.afterMore = await calls();
const { name, scopes, expires_at } = await show();
seen.token = { name, scopes, days: Math.round((Date.parse(expires_at) - Date.now()) / 86_400_000) };

// 3. Somebody else was quicker: both are put together.
await open();
await keys.write(ada.getByLabel("Name", { exact: true }), "Storefront north");
const control = plan.url.replace("localhost", "127.0.0.1");
const elsewhere = await fetch(`${control}/api/v1${path}`, {
  method: "PATCH",
  headers: { authorization: `Bearer ${plan.operator}`, "content-type": "application/json" },
  body: JSON.stringify({ description: "In the north", scopes: ["echo:read"] }),
});
seen.elsewhere = elsewhere.status;
await keys.push(save);
const conflict = dialogOn(ada).filter({ hasText: "In the north" });
await conflict.waitFor();
seen.conflict = await conflict.innerText();
await inspect(ada, "two at once");
seen.kept = (await show()).name;
await keys.push(conflict.getByRole("button", { name: "Put both together" }));
await conflict.waitFor({ state: "detached" });
seen.focus.push(await ada.locator(":focus").evaluate((on) => on.innerText || on.tagName));
seen.together = await changes.innerText();
await saved("Storefront north");
const both = await show();
seen.both = { name: both.name, description: both.description, scopes: both.scopes };
seen.atLast = await calls();

await done();
