// What guards others asks anew for a second factor when the last proof is more than ten minutes old: of Tom the code of
// his authenticator app, of Ada her passkey. Whoever says no has changed nothing, and still has what they typed. The
// server's clock is moved on.
import fs from "node:fs";
import { button, done, drawn, inspect, json, keyboard, nextCode, password, plan, seen, signUp, somebody } from "./room.mjs";

const team = `/teams/${plan.team}`;
const gone = (locator) => locator.waitFor({ state: "detached" });
const heading = (page, name) => page.getByRole("heading", { name, level: 1 });
const visit = async (page, path) => {
  await page.goto(plan.url + path);
  await drawn(page);
};
let minutes = 0;
/** Lets every proof grow old. */
function wait() {
  minutes += 11;
  fs.writeFileSync(plan.clock, `+${minutes}m`);
}
/** What there is, read past the pages. */
async function found(path) {
  const headers = { authorization: `Bearer ${plan.operator}` };
  const answer = await fetch(`${plan.url.replace("localhost", "127.0.0.1")}/api/v1${team}${path}`, { headers });
  return answer.ok ? answer.json() : answer.status;
}

const ada = await somebody();
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
const tom = await somebody();
await tom.goto(`${plan.url}/sign-in`);
await json(tom, "POST", "/invitations/accept", { code: plan.invitation.split("#")[1], name: "Tom", password });
const { secret } = await json(tom, "POST", "/account/totp");
await json(tom, "POST", "/account/totp/confirm", { code: await nextCode(secret) });

/** The question over the page, once it is there; and the answer of who would rather not. */
const question = (page) => page.getByRole("dialog", { name: "Is it really you?" });
async function refuse(page, keys, where) {
  await question(page).waitFor();
  await inspect(page, where);
  await page.emulateMedia({ colorScheme: "dark" });
  await inspect(page, `${where} in dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await keys.press("Escape");
  await gone(question(page));
  await page.waitForFunction(() => document.activeElement !== document.body);
  seen.focus.push(await page.evaluate(() => document.activeElement.innerText));
}
seen.focus = [];

// 1. Tom rotates a token: by a code, and not by a wrong one.
const his = keyboard(tom);
wait();
await visit(tom, `${team}/tokens/${plan.token}/rotate`);
const reason = tom.getByLabel("Reason");
await his.pick(tom.getByRole("radiogroup", { name: "Overlap" }), "7 days");
await his.write(reason, "Once a quarter");
const rotate = button(tom, "Rotate token");
await his.push(rotate);
await refuse(tom, his, "a code is asked for");
seen.rotate = [
  await reason.inputValue(),
  await tom.getByRole("radio", { name: "7 days" }).getAttribute("aria-checked"),
  (await found(`/tokens/${plan.token}`)).successor ?? null,
];
await his.push(rotate);
const code = question(tom).getByLabel("Code of your authenticator app");
await code.and(tom.locator(":focus")).waitFor();
await tom.keyboard.type("000000");
await question(tom).locator("[aria-invalid=true]").waitFor();
seen.wrong = await question(tom).innerText();
await inspect(tom, "a wrong code");
await his.write(code, await nextCode(secret, minutes * 60_000));
await heading(tom, "Copy the token now").waitFor();
seen.rotated = typeof (await found(`/tokens/${plan.token}`)).successor;
await his.push(button(tom, "I have stored it"));

// 2. He deletes a policy. The question before stays as it was, and so does the policy.
wait();
await visit(tom, `${team}/policies/hours`);
await his.push(button(tom, "More actions"));
const item = tom.getByRole("menuitem", { name: /^Delete/ });
await item.waitFor();
await his.reach(item, "ArrowDown");
await his.press("Enter");
const sure = tom.getByRole("dialog", { name: "Delete hours?" });
await his.push(button(sure, "Delete policy"));
await refuse(tom, his, "a code is asked for before something is deleted");
seen.delete = [await sure.isVisible(), (await found("/policies/hours")).name];
await his.push(button(sure, "Delete policy"));
await code.and(tom.locator(":focus")).waitFor();
await tom.keyboard.type(await nextCode(secret, minutes * 60_000));
await gone(sure);
await heading(tom, "Policies").waitFor();
seen.deleted = await found("/policies/hours");

// 3. Ada lets an app do more. What she typed stays.
const hers = keyboard(ada);
await visit(ada, `${team}/apps/warehouse/edit`);
await hers.write(ada.getByLabel(/^Description/), "Fetches and stores");
await hers.find(ada.getByRole("combobox", { name: "Scopes" }), "echo:write", /echo:write/);
const save = button(ada, "Save changes");
await hers.push(save);
await refuse(ada, hers, "a passkey is asked for");
const scopes = async () => (await found("/apps/warehouse")).spec.scopes.join();
seen.widen = [
  await ada.getByLabel(/^Description/).inputValue(),
  await button(ada, "Remove echo:write").count(),
  await scopes(),
];
await hers.push(save);
await button(question(ada), "Use your passkey").and(ada.locator(":focus")).waitFor();
await hers.press("Enter");
await heading(ada, /^warehouse/).waitFor();
seen.widened = await scopes();

// 4. She looks at what passed in a call, which is somebody's data.
wait();
await visit(ada, `${team}/calls?call=${plan.request}`);
const pane = ada.getByRole("complementary", { name: /^Call / });
const show = button(pane, "Show what passed");
await hers.push(show);
await refuse(ada, hers, "a passkey is asked for before something is revealed");
seen.reveal = [await pane.getByText("/echo/v1/echo?page=2").count(), await show.isVisible()];
await hers.push(show);
await question(ada).waitFor();
await hers.press("Enter");
await pane.getByText(/GET \/echo\/v1\/echo\?page=2/).first().waitFor();
seen.revealed = await pane.innerText();
await inspect(ada, "what passed in a call");
// And for ten minutes nothing asks again.
await ada.reload();
await hers.push(show);
await pane.getByText(/GET \/echo\/v1\/echo\?page=2/).first().waitFor();
seen.again = await question(ada).count();
await done();
