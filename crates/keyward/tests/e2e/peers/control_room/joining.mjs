// Into a team and out of it again, by keyboard alone: an administrator invites a developer, who makes an account, adds
// a second factor and a token of their own app; becomes a viewer; and is removed while they look at a page.
import {
  button, done, drawn, inspect, json, keyboard, nextCode, password, plan, seen, signUp, somebody, traces,
} from "./room.mjs";

const ada = await somebody();
const theirs = keyboard(ada);
await ada.context().grantPermissions(["clipboard-read", "clipboard-write"]);
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
const team = `/teams/${plan.team}`;
await json(ada, "PUT", `${team}/apps/warehouse`, { title: "Warehouse", scopes: ["echo:read"] });
const other = await json(ada, "POST", `${team}/tokens`, { app: "warehouse", name: "Forklift", scopes: ["echo:read"] });

const inviting = ada.getByRole("dialog", { name: "Invite somebody" });
const changing = ada.getByRole("dialog", { name: "Deb", exact: true });
const gone = (locator) => locator.waitFor({ state: "detached" });
const heading = (page, name) => page.getByRole("heading", { name, level: 1 });
/** Where the keyboard is, once it has found a place after a dialog. */
const focused = async (page) => {
  await page.waitForFunction(() => document.activeElement !== document.body);
  return page.evaluate(() => (document.activeElement.matches("tbody tr") ? "row" : document.activeElement.innerText));
};
const code = (answer) => [answer.status, answer.code];
/** What the management API answers to somebody. */
const asked = (page, method, path, body = {}) =>
  page.evaluate(
    async ([method, path, body]) => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`/api/v1${path}`, { method, headers, body: method === "GET" ? undefined : JSON.stringify(body) });
      return { status: answer.status, code: (await answer.json().catch(() => ({}))).code };
    },
    [method, path, body],
  );
seen.focus = [];

// 1. The invitation. Its link is shown once; whoever leaves without it is asked.
await ada.goto(`${plan.url}${team}/people`);
await drawn(ada);
await theirs.press("c");
await theirs.write(inviting.getByLabel("Email address"), "deb@");
await theirs.press("Enter");
await inviting.locator("[aria-invalid=true]").waitFor();
await inspect(ada, "an address that is none");
await theirs.write(inviting.getByLabel("Email address"), "deb@example.com");
await theirs.choose(inviting.getByRole("combobox", { name: "Role" }), /^Viewer/);
await theirs.choose(inviting.getByRole("combobox", { name: "Role" }), /^Developer/);
await theirs.push(button(inviting, "Make link"));
const once = ada.getByRole("dialog", { name: "Give this link to deb@example.com" });
await once.waitFor();
seen.offered = await once.innerText();
await inspect(ada, "the link");
await ada.emulateMedia({ colorScheme: "dark" });
await inspect(ada, "the link in dark");
await ada.emulateMedia({ colorScheme: "light" });
await theirs.press("Escape");
const sure = ada.getByRole("alertdialog");
await sure.waitFor();
await inspect(ada, "leaving without the link");
await theirs.push(button(sure, "Stay"));
await gone(sure);
await theirs.push(button(once, "Copy link"));
await once.getByText("Copied.").waitFor();
const link = await ada.evaluate(() => navigator.clipboard.readText());
seen.copied = link === (await once.locator("code").innerText());
await theirs.push(button(once, "Done"));
await gone(once);
seen.focus.push(await focused(ada));
seen.traces = await traces(ada, link.split("#")[1]);

// 2. Deb makes an account by it, in a browser of her own.
const deb = await somebody();
const keys = keyboard(deb);
await deb.goto(link.replace("127.0.0.1", "localhost"));
await heading(deb, /^Join/).waitFor();
await deb.getByLabel("Your name").waitFor();
seen.invitation = await deb.getByRole("main").innerText();
await inspect(deb, "the invitation");
await deb.emulateMedia({ colorScheme: "dark" });
await inspect(deb, "the invitation in dark");
await deb.emulateMedia({ colorScheme: "light" });
await keys.write(deb.getByLabel("Your name"), "Deb");
await keys.write(deb.getByLabel("Password", { exact: true }), "short");
await keys.press("Enter");
await deb.locator("[aria-invalid=true]").waitFor();
await inspect(deb, "a password that is too short");
seen.kept = await deb.getByLabel("Your name").inputValue();
await keys.write(deb.getByLabel("Password", { exact: true }), password);
await keys.push(button(deb, "Make account and join"));
await deb.waitForURL(/\/teams\/acme\/overview/);
await drawn(deb);
seen.joined = deb.url().includes("#");
seen.used = code(await asked(deb, "POST", "/invitations/look", { code: link.split("#")[1] }));

// 3. She adds an authenticator app.
await keys.push(button(deb, "Account"));
const toAccount = deb.getByRole("menuitem", { name: "Your account" });
await toAccount.waitFor();
await keys.reach(toAccount, "ArrowDown");
await keys.press("Enter");
await keys.push(button(deb, "Add an authenticator app"));
const app = deb.getByRole("dialog", { name: "Add an authenticator app" });
await app.waitFor();
const secret = (await app.locator("code").first().innerText()).replace(/\s/g, "");
await keys.write(app.getByLabel("Code", { exact: true }), await nextCode(secret));
const codes = deb.getByRole("dialog", { name: "Keep these recovery codes" });
const file = deb.waitForEvent("download");
await keys.push(button(codes, "Save as a file"));
await file;
await keys.push(button(codes, "I have kept them"));
await gone(codes);

/** The rows of people, or of tokens, as they read. */
const rows = async (page) => (await page.locator("tbody tr").allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
/** Goes to the row that has a text. */
async function toRow(keys, row) {
  const page = row.page();
  await keys.reach(page.locator("tbody tr[tabindex='0']"));
  if (!(await row.evaluate((on) => on === document.activeElement))) await keys.reach(row, "ArrowDown");
}
const row = (page, text) => page.getByRole("row").filter({ hasText: text });

// 4. Without an app of her own, there is no token that she may make. Ada gives her one.
seen.before = [(await asked(deb, "POST", `${team}/tokens`, { app: "shop", name: "x" })).code];
await deb.goto(`${plan.url}${team}/tokens`);
await row(deb, "Forklift").waitFor();
seen.before.push(await deb.getByRole("link", { name: "Create token" }).count());
await ada.reload();
await row(ada, "Deb").waitFor();
seen.member = (await rows(ada)).find((text) => text.includes("Deb"));
await toRow(theirs, row(ada, "Deb"));
await theirs.press("Enter");
await theirs.find(changing.getByRole("combobox", { name: "Own apps" }), "shop", "shop");
await inspect(ada, "the role of a member");
await theirs.push(button(changing, "Save"));
await gone(changing);
seen.focus.push(await focused(ada));
await row(ada, /Deb.*shop/s).waitFor();

// 5. Her app's tokens are hers, and no others.
await deb.reload();
await row(deb, "Forklift").waitFor();
await keys.press("c");
await heading(deb, "Create token").waitFor();
await keys.write(deb.getByLabel("Name", { exact: true }), "Counter");
const apps = deb.getByRole("combobox", { name: "App" });
seen.app = await apps.inputValue();
await keys.reach(apps);
await keys.press("ArrowDown");
await deb.getByRole("option").first().waitFor();
seen.apps = await deb.getByRole("option").count();
await keys.press("Escape");
await keys.pick(deb.getByRole("radiogroup", { name: "Access to echo" }), "Read");
await keys.push(button(deb, "Create token"));
await heading(deb, "Copy the token now").waitFor();
await keys.push(button(deb, "Show"));
const token = await deb.locator("main code").first().innerText();
const called = await fetch(`${plan.gateway}/echo/v1/echo`, { headers: { authorization: `Bearer ${token}` } });
seen.called = called.status;
await keys.push(button(deb, "I have stored it"));
await heading(deb, "Counter").waitFor();
const doings = (page) => page.locator("header").filter({ has: page.getByRole("heading", { level: 1 }) }).locator("a, button").allInnerTexts();
seen.own = await doings(deb);
await inspect(deb, "a token of one's own app");
const foreign = `${team}/tokens/${other.token.id}`;
await deb.goto(plan.url + foreign);
await heading(deb, "Forklift").waitFor();
await drawn(deb);
seen.foreign = await doings(deb);
await deb.goto(`${plan.url}${foreign}/edit`);
await heading(deb, "Not one of your tokens").waitFor();
await inspect(deb, "a token of another app");
await keys.push(deb.getByRole("link", { name: "Open" }));
await heading(deb, "Forklift").waitFor();
seen.refused = [
  code(await asked(deb, "POST", `${foreign}/revoke`, { reason: "x" })),
  code(await asked(deb, "POST", `${team}/tokens`, { app: "warehouse", name: "x", scopes: ["echo:read"] })),
];
await keys.press("g");
await keys.press("t");
await row(deb, "Counter").waitFor();
await inspect(deb, "tokens of a developer");

// 6. A viewer sees what there is. What she may do no longer is gone.
await toRow(theirs, row(ada, "Deb"));
await theirs.press("Enter");
await theirs.choose(changing.getByRole("combobox", { name: "Role" }), /^Viewer/);
await theirs.push(button(changing, "Save"));
await gone(changing);
await row(ada, /Deb.*Viewer/s).waitFor();
await deb.reload();
await row(deb, "Counter").waitFor();
seen.viewer = [
  await deb.getByRole("link", { name: "Create token" }).count(),
  (await asked(deb, "POST", `${team}/tokens`, { app: "shop", name: "x", scopes: ["echo:read"] })).code,
];
await deb.goto(`${plan.url}${team}/tokens/new`);
await heading(deb, "Your role does not allow this").waitFor();
seen.forbidden = await deb.getByRole("main").innerText();
await inspect(deb, "what a role does not allow");

// 7. She is removed while she looks at a page: what she does next says so.
await deb.goto(`${plan.url}${team}/tokens`);
await row(deb, "Counter").waitFor();
await theirs.push(button(ada, "Actions for Deb"));
const remove = ada.getByRole("menuitem", { name: /^Remove/ });
await remove.waitFor();
await theirs.reach(remove, "ArrowDown");
await theirs.press("Enter");
await sure.waitFor();
await inspect(ada, "removing a member");
await theirs.push(button(sure, "Remove from the team"));
await gone(sure);
await gone(row(ada, "Deb"));
seen.focus.push(await focused(ada));
await keys.press("g");
await keys.press("p");
await heading(deb, "You are no longer in acme").waitFor();
await inspect(deb, "a team that one is in no more");
await keys.push(deb.getByRole("link", { name: "Go to the start page" }));
await heading(deb, "You belong to no team yet").waitFor();
seen.after = [code(await asked(deb, "GET", `${team}/tokens`)), (await json(deb, "GET", "/session")).memberships.length];
await deb.goto(`${plan.url}${team}/tokens`);
seen.closed = await heading(deb, /./).innerText();
seen.works = (await fetch(`${plan.gateway}/echo/v1/echo`, { headers: { authorization: `Bearer ${token}` } })).status;
await done();
