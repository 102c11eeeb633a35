// The birth of a token, by keyboard alone: what it may do, its secret once, the first call, and that the secret is
// nowhere afterwards. What the page says does the same, the command and the request, is run and compared.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { button, done, inspect, json, keyboard, plan, seen, signUp, somebody, traces } from "./room.mjs";

const ada = await somebody();
const keys = keyboard(ada);
const asked = [];
ada.on("request", (request) => asked.push(request.url()));
ada.on("response", (response) => {
  const made = response.request().method() === "POST" && response.url().endsWith("/tokens");
  if (made) seen.kept = response.headers()["cache-control"];
});
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
await json(ada, "PUT", `/teams/${plan.team}/apps/kiosk`, { title: "Kiosk", scopes: ["echo:read"] });

const summary = ada.getByRole("region", { name: "This token" });
const link = (name) => ada.getByRole("link", { name, exact: true });
const cdp = await ada.context().newCDPSession(ada);
const { targetInfo } = await cdp.send("Target.getTargetInfo");
/** Lets the page write to the clipboard and read it, or not. */
async function clipboard(setting) {
  for (const name of ["clipboard-write", "clipboard-read"]) {
    const permission = { permission: { name }, setting, origin: plan.url };
    await cdp.send("Browser.setPermission", { ...permission, browserContextId: targetInfo.browserContextId });
  }
}
const copied = () => ada.evaluate(() => navigator.clipboard.readText());
const call = (token) => fetch(`${plan.gateway}/echo/v1/echo`, { headers: { authorization: `Bearer ${token}` } });

const focused = () => ada.evaluate(() => document.activeElement.innerText.split("\n")[0]);
seen.focus = [];

/** Goes to the form and fills it in. */
async function fill(name) {
  await keys.push(link("Tokens"));
  await ada.getByRole("heading", { name: "Tokens", level: 1 }).waitFor();
  await keys.push(link("Create token").first());
  await keys.pick(ada.getByRole("radiogroup", { name: "Start from" }), /^Server/);
  await keys.write(ada.getByLabel("Name", { exact: true }), name);
  await keys.find(ada.getByRole("combobox", { name: "App" }), "shop", "shop");
  await keys.write(ada.getByLabel("Where will it run?"), "On Ada's desk");
  await keys.pick(ada.getByRole("radiogroup", { name: "Access to echo" }), "Read");
  await keys.pick(ada.getByRole("radiogroup", { name: "Expiry" }), "30 days");
  await keys.push(button(ada, "Add my address"));
  await keys.write(ada.getByLabel("Calls at a rate"), "50");
  await keys.choose(ada.getByRole("combobox", { name: "Window of the rate" }), "second");
}

// 1. The form, with what it comes to beside it.
await ada.goto(`${plan.url}/teams/${plan.team}/overview`);
await fill("Desk");
seen.summary = await summary.innerText();
await inspect(ada, "the form, filled in");
await ada.emulateMedia({ colorScheme: "dark" });
await inspect(ada, "the form in dark");
await ada.emulateMedia({ colorScheme: "light" });
const shown = (name) => summary.getByRole("tabpanel", { name, exact: true }).locator("code").innerText();
await keys.reach(summary.getByRole("tab", { selected: true }));
const command = await shown("Command line");
await keys.press("ArrowRight");
await keys.press("Enter");
const request = await shown("API");
await keys.push(button(ada, "Create token"));

// 2. The secret, hidden. Whoever leaves now is asked first.
await ada.getByRole("heading", { name: "Copy the token now" }).waitFor();
const token = ada.locator("main code").first();
const said = ada.locator("main").getByRole("status").first();
seen.hidden = await token.innerText();
seen.focus.push(await focused());
await inspect(ada, "the secret, hidden");
await ada.emulateMedia({ colorScheme: "dark" });
await inspect(ada, "the secret in dark");
await ada.emulateMedia({ colorScheme: "light" });
const question = ada.getByRole("alertdialog");
await keys.push(link("Apps"));
await question.waitFor();
seen.asks = await question.innerText();
await inspect(ada, "the question");
await keys.push(button(question, "Stay"));
await question.waitFor({ state: "detached" });
seen.focus.push(await focused());
await ada.goBack();
await question.waitFor();
await keys.press("Escape");
await question.waitFor({ state: "detached" });
seen.stays = [await ada.getByRole("heading", { level: 1 }).innerText(), new URL(ada.url()).pathname];

// 3. Where the browser lets nothing be copied, the page says so, and marks it for the keyboard.
await clipboard("denied");
await keys.push(button(ada, "Copy token"));
await said.getByText("did not let").waitFor();
seen.notCopied = await said.innerText();
const secret = await token.innerText();
await inspect(ada, "the secret, not copied");
await keys.press("Control+C");
await said.getByText("Put it where it belongs").waitFor();
await clipboard("granted");
seen.byKeyboard = (await copied()) === secret;

// 4. Copied by the page, and used as it says.
await ada.evaluate(() => navigator.clipboard.writeText(""));
await keys.push(button(ada, "Hide"));
seen.hiddenAgain = !(await ada.content()).includes(secret);
await keys.push(button(ada, "Copy token"));
await ada.waitForFunction(async () => (await navigator.clipboard.readText()) !== "");
seen.onClipboard = (await copied()) === secret;
seen.direct = (await call(await copied())).status;
const tabs = ada.getByRole("tablist", { name: "How to use it" });
const code = ada.getByRole("tabpanel").locator("code");
const curl = await code.first().innerText();
const env = { ...process.env, KEYWARD_TOKEN: secret };
seen.curl = execFileSync("sh", ["-c", `exec ${curl}`], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
  .split("\r\n")[0];
seen.snippets = {};
await keys.reach(tabs.getByRole("tab", { selected: true }));
for (const name of ["Environment", "Python", "JavaScript", "Go", "Rust", "PHP"]) {
  await keys.press("ArrowRight");
  await keys.press("Enter");
  await ada.getByRole("tab", { name, selected: true }).waitFor();
  seen.snippets[name] = await ada.getByRole("tabpanel", { name, exact: true }).locator("code").innerText();
  if (name !== "Environment") continue;
  await keys.push(button(ada, "Copy Environment"));
  seen.settings = (await copied()) === `KEYWARD_TOKEN=${secret}`;
  await keys.reach(tabs.getByRole("tab", { selected: true }), "Shift+Tab");
}
seen.javascript = execFileSync(process.execPath, ["--input-type=module", "-e", seen.snippets.JavaScript], {
  env,
  encoding: "utf8",
});

// 5. The first call, made by Keyward.
await keys.push(button(ada, "Test now"));
await ada.getByText("answered after").waitFor();
await ada.getByRole("list").filter({ hasText: "Scopes" }).waitFor();
seen.tested = await ada.locator("main").getByText(/^(200|Allowed|No check stood against it.)$/).allInnerTexts();
seen.focus.push(await focused());
await inspect(ada, "the first call");

// 6. Away, and the secret is nowhere.
await keys.push(button(ada, "Go to the token"));
await ada.waitForURL(/tokens\/[A-Za-z0-9]{12}$/);
await ada.getByRole("heading", { name: "Desk", level: 1 }).waitFor();
seen.focus.push(await focused());
const left = await traces(ada, secret);
await ada.goBack();
await ada.getByRole("heading", { name: "Create token" }).waitFor();
seen.nameAfterBack = await ada.getByLabel("Name", { exact: true }).inputValue();
seen.left = [...left, ...(await traces(ada, secret))];
seen.asked = asked.filter((url) => url.includes(secret));

// 7. The list knows it, with its last use.
const row = ada.getByRole("row").filter({ hasText: "Desk" });
for (let tries = 0; tries < 30; tries++) {
  await ada.goto(`${plan.url}/teams/${plan.team}/tokens`);
  await row.first().waitFor();
  seen.row = await row.first().innerText();
  if (seen.row.includes("127.0.0.1")) break;
  await ada.waitForTimeout(300);
}
await inspect(ada, "the list");

// 8. The command and the request make the same token.
const cli = {
  ...process.env,
  KEYWARD_URL: plan.url.replace("localhost", "127.0.0.1"),
  KEYWARD_TOKEN: plan.operator,
  PATH: `${path.dirname(plan.program)}:${process.env.PATH}`,
};
for (const line of [command, request]) {
  execFileSync("sh", ["-c", line], { env: cli, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}
seen.equivalents = [command, request];
const { items } = await json(ada, "GET", `/teams/${plan.team}/tokens?q=Desk`);
seen.same = items.map(({ app, name, description, scopes, restrictions, limits, expires_at }) => ({
  app,
  name,
  description,
  scopes,
  restrictions,
  limits,
  days: Math.round((Date.parse(expires_at) - Date.now()) / 86_400_000),
}));
seen.secret = secret;

await done();
