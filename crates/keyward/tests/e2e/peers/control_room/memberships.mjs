// In more than one team, by keyboard alone: a second invitation is accepted by who is signed in, teams are switched, a
// role of the team's own is given and shown, a team asks for a second factor; and invitations that let in no more.
import fs from "node:fs";
import {
  button, dialogOn, done, inspect, json, keyboard, nextCode, password, plan, seen, signUp, somebody,
} from "./room.mjs";

const ada = await somebody();
const theirs = keyboard(ada);
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
const team = `/teams/${plan.team}`;

const gone = (locator) => locator.waitFor({ state: "detached" });
const heading = (page, name) => page.getByRole("heading", { name, level: 1 });
const row = (page, text) => page.locator("tbody tr").filter({ hasText: text });
/** What has the focus, once the keyboard has a place again. */
const focused = async (page) => {
  await page.waitForFunction(() => document.activeElement !== document.body);
  return page.evaluate(() => document.activeElement.innerText.split("\n")[0]);
};
const here = (link) => link.replace("127.0.0.1", "localhost");
/** An invitation made past the pages: its link. */
async function invite(email) {
  return here((await json(ada, "POST", `${team}/invitations`, { email, role: "viewer" })).link);
}
/** Goes to the row that has a text. */
async function toRow(keys, wanted) {
  await keys.reach(wanted.page().locator("tbody tr[tabindex='0']"));
  await keys.reach(wanted, "ArrowDown");
}
/** Both looks of a page. */
async function inspectBoth(page, where) {
  await inspect(page, where);
  await page.emulateMedia({ colorScheme: "dark" });
  await inspect(page, `${where}, in dark`);
  await page.emulateMedia({ colorScheme: "light" });
}
seen.focus = [];

// 1. Fay is in one team, with a password alone: there is nothing to switch. Then she is invited to another, by a link
// that is for nobody else.
const fay = await somebody();
const keys = keyboard(fay);
const overview = heading(fay, /^(Overview|First steps)$/);
await fay.goto(`${plan.url}/sign-in`);
await json(fay, "POST", "/invitations/accept", { code: plan.first.split("#")[1], name: "Fay", password });
await fay.goto(`${plan.url}${team}/overview`);
await overview.waitFor();
seen.switches = await fay.getByRole("button", { name: /Switch team/ }).count();
const second = here(plan.second);
await ada.goto(second);
await button(ada, "Sign out and go on").waitFor();
seen.forAnother = await ada.getByRole("main").innerText();
await inspectBoth(ada, "an invitation for somebody else");
await fay.goto(second);
await heading(fay, "Join Elsewhere").waitFor();
await inspect(fay, "an invitation of who is signed in");
await keys.push(button(fay, "Join"));
await fay.waitForURL(/\/teams\/elsewhere\/overview$/);
await overview.waitFor();

// 2. From team to team, by the menu and by the palette. What was looked at last comes first the next time.
await keys.push(fay.getByRole("button", { name: /^Switch team/ }));
const choice = fay.getByRole("menuitemradio", { name: plan.team });
await choice.waitFor();
await inspect(fay, "the teams to choose from");
await keys.reach(choice, "ArrowDown");
await keys.press("Enter");
await fay.waitForURL(new RegExp(`${team}/overview$`));
await overview.waitFor();
seen.focus.push(await focused(fay));
await keys.press("Control+K");
await dialogOn(fay).waitFor();
await fay.keyboard.type("elsewh");
await fay.getByRole("option", { name: "Switch to Elsewhere" }).waitFor();
await keys.press("Enter");
await fay.waitForURL(/\/teams\/elsewhere\/overview$/);
await overview.waitFor();
await fay.goto(plan.url);
await fay.waitForURL(/\/teams\/elsewhere\/overview$/);

// 3. A role of the team's own: it is among the roles with what it may do, and can be given.
await ada.goto(`${plan.url}${team}/people`);
await theirs.reach(ada.getByRole("tab", { selected: true }));
await theirs.reach(ada.getByRole("tab", { name: "Roles" }), "ArrowRight");
await theirs.press("Enter");
const table = ada.getByRole("region", { name: "What each role may do" });
await table.getByRole("columnheader", { name: "on-call" }).waitFor();
seen.roles = await table.getByRole("columnheader").allInnerTexts();
const at = seen.roles.indexOf("on-call");
seen.rights = {};
for (const line of await table.locator("tbody tr").all()) {
  const [noun] = (await line.getByRole("rowheader").innerText()).split("\n");
  seen.rights[noun] = (await line.getByRole("cell").nth(at - 1).innerText()).split("\n")[0];
}
seen.policy = await ada.getByRole("listitem").filter({ hasText: "Who watches at night." }).innerText();
await inspectBoth(ada, "roles");
await theirs.press("c");
const inviting = dialogOn(ada);
await theirs.choose(inviting.getByRole("combobox", { name: "Role" }), /^on-call/);
seen.offered = await inviting.getByRole("combobox", { name: "Role" }).innerText();
await theirs.press("Escape");
await gone(inviting);
await theirs.reach(ada.getByRole("tab", { selected: true }));
await theirs.reach(ada.getByRole("tab", { name: "Members" }), "ArrowLeft");
await theirs.press("Enter");
await row(ada, "Fay").waitFor();
await toRow(theirs, row(ada, "Fay"));
await theirs.press("Enter");
await theirs.choose(dialogOn(ada).getByRole("combobox", { name: "Role" }), /^on-call/);
await theirs.push(button(dialogOn(ada), "Save"));
await gone(dialogOn(ada));
await row(ada, /Fay.*on-call/s).waitFor();
await fay.goto(`${plan.url}${team}/overview`);
await fay.getByRole("link", { name: "Tokens", exact: true }).waitFor();
seen.navigation = await fay.getByRole("navigation").getByRole("link").allInnerTexts();
await inspect(fay, "the overview of a role of one's own");
await keys.push(button(fay, "Account"));
seen.account = await fay.getByRole("menu").innerText();
await keys.press("Escape");
await gone(fay.getByRole("menu"));

// 4. The team asks its members for a second factor. Fay, who has none, is asked for one before anything else. She is
// signed in elsewhere, too.
const away = await somebody();
await away.goto(`${plan.url}/sign-in`);
await json(away, "POST", "/session", { email: "fay@example.com", password });
await theirs.push(ada.getByRole("link", { name: "Settings", exact: true }));
const rule = ada.getByRole("checkbox", { name: /^Ask members for a second factor/ });
await theirs.push(rule, "Space");
await theirs.push(button(ada, "Save settings"));
await ada.getByText("Settings saved").first().waitFor();
const answered = [];
fay.on("request", async (request) => {
  const answer = request.url().includes(`/api/v1${team}`) && (await request.response().catch(() => undefined));
  if (answer && answer.ok()) answered.push(request.url());
});
const asks = heading(fay, `${plan.team} asks for a second factor`);
seen.asks = [];
for (const path of ["overview", "tokens", "settings"]) {
  await fay.goto(`${plan.url}${team}/${path}`);
  await asks.waitFor();
  seen.asks.push(await fay.getByRole("main").innerText());
}
await fay.waitForLoadState("networkidle");
seen.answered = [...answered];
await inspectBoth(fay, "a team that asks for a second factor");
await keys.push(fay.getByRole("link", { name: "Add a second factor" }));
await button(fay, "Add an authenticator app").waitFor();
seen.needed = await fay.getByText(/for a second factor\./).first().innerText();
await inspect(fay, "the account of who needs a second factor");
await keys.push(button(fay, "Add an authenticator app"));
const app = fay.getByRole("dialog", { name: "Add an authenticator app" });
await app.waitFor();
const secret = (await app.locator("code").first().innerText()).replace(/\s/g, "");
await keys.write(app.getByLabel("Code", { exact: true }), await nextCode(secret));
const codes = fay.getByRole("dialog", { name: "Keep these recovery codes" });
const recovery = await codes.getByRole("listitem").first().innerText();
const file = fay.waitForEvent("download");
await keys.push(button(codes, "Save as a file"));
await file;
await keys.push(button(codes, "I have kept them"));
await gone(codes);
seen.focus.push(await focused(fay));
await gone(fay.getByText(/for a second factor\./));
// Who has added one has proved it; where she was signed in before, it is still to be proved.
await keys.push(fay.getByRole("link", { name: /^Back to/ }));
await overview.waitFor();
const her = keyboard(away);
await away.goto(`${plan.url}${team}/overview`);
await her.push(button(away, "Prove your second factor"));
const proving = away.getByRole("dialog", { name: "Is it really you?" });
await her.push(button(proving, "Use a recovery code"));
await her.write(proving.getByLabel("Recovery code"), recovery);
await inspect(away, "the question for a second factor that a team asks for");
await her.press("Enter");
await gone(proving);
await away.getByRole("link", { name: "Tokens", exact: true }).waitFor();
await fay.getByRole("link", { name: "Tokens", exact: true }).waitFor();
seen.focus.push(await focused(fay));
seen.back = (await json(fay, "GET", "/session")).memberships.map((one) => one.needs_second_factor);

// 5. An invitation is withdrawn while its link is open: what was begun says so at its end.
const cleo = await somebody({ viewport: { width: 390, height: 844 } });
const hers = keyboard(cleo);
await cleo.goto(await invite("cleo@example.com"));
await cleo.getByLabel("Your name").waitFor();
await inspect(cleo, "an invitation on a phone");
await ada.goto(`${plan.url}${team}/people?tab=invitations`);
await row(ada, "cleo@example.com").waitFor();
await inspect(ada, "invitations");
await theirs.push(button(ada, "Withdraw the invitation for cleo@example.com"));
await inspect(ada, "withdrawing an invitation");
await theirs.push(button(ada.getByRole("alertdialog"), "Withdraw"));
await gone(ada.getByRole("alertdialog"));
await gone(row(ada, "cleo@example.com"));
seen.focus.push(await focused(ada));
await hers.write(cleo.getByLabel("Your name"), "Cleo");
await hers.write(cleo.getByLabel("Password", { exact: true }), password);
await hers.press("Enter");
const dead = "This invitation no longer works";
await heading(cleo, dead).waitFor();
await inspectBoth(cleo, "an invitation that was withdrawn");
seen.dead = await cleo.getByRole("main").innerText();
await hers.push(cleo.getByRole("link", { name: "Go to sign in" }));
await heading(cleo, "Sign in").waitFor();

// 6. Three days on, one that nobody used does not work either. Loaded anew, a page has no code any more.
const late = await invite("dora@example.com");
const dora = await somebody();
await dora.goto(late);
await dora.getByLabel("Your name").waitFor();
seen.address = dora.url().includes("#");
await dora.reload();
await heading(dora, "This link is not complete").waitFor();
seen.reloaded = await dora.getByRole("main").innerText();
await inspect(dora, "an invitation that was loaded anew");
fs.writeFileSync(plan.clock, "+73h");
await dora.goto(late);
await heading(dora, dead).waitFor();
await inspect(dora, "an invitation that is over");
await done();
