// Uses the control room in a real browser as people do: sets it up, adds second factors, signs in by each of them,
// makes a token and calls with it, revokes it, invites somebody, and looks at every page. Prints what it saw.
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import fs from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const plan = JSON.parse(fs.readFileSync(0, "utf8"));
const password = "correct horse battery";
const seen = { violations: [], errors: [], axe: [], pages: [] };

const browser = await chromium.launch({ executablePath: plan.browser, args: ["--no-sandbox"] });

/** The code an authenticator app shows (RFC 6238). */
function totp(secret, at) {
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A code that was not used: each is good once, and none before it. */
let used = 0;
async function nextCode(secret) {
  while (Math.floor(Date.now() / 30_000) <= used) await new Promise((done) => setTimeout(done, 250));
  used = Math.floor(Date.now() / 30_000);
  return totp(secret, Date.now());
}

async function somebody(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.addInitScript(() => {
    window.__violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  page.on("pageerror", (error) => seen.errors.push(`${page.url()}: ${error}`));
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted Type/i.test(message.text())) seen.violations.push(message.text());
  });
  return page;
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Visits a page, waits until it is drawn, and holds it against axe. */
async function visit(page, path, scheme) {
  await page.goto(plan.url + path);
  try {
    await page.locator("main h1").first().waitFor();
  } catch {
    seen.errors.push(`${path} stays empty`);
    return;
  }
  // Streams of calls never let the network rest: what is drawn by then has to do.
  await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {});
  const policy = await page.evaluate(() => window.__violations);
  seen.violations.push(...policy.map((text) => `${path}: ${text}`));
  seen.pages.push(path);
  // Past the policy of the page, which would let nothing foreign run.
  const session = await page.context().newCDPSession(page);
  const evaluated = await session.send("Runtime.evaluate", {
    expression: `${axe}; axe.run(document, { resultTypes: ["violations"] }).then((found) => JSON.stringify(
      found.violations.map((one) => ({ id: one.id, at: one.nodes.slice(0, 3).map((node) => node.target.join(" ")) }))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  for (const found of JSON.parse(evaluated.result.value ?? "[]")) seen.axe.push({ path, scheme, ...found });
  await session.detach();
}

// The first user, by the link that was printed.
const ada = await somebody();
await ada.goto(plan.setup);
await ada.getByLabel("Your name").fill("Ada");
await ada.getByLabel("Email address").fill("ada@example.com");
await ada.getByLabel("Password", { exact: true }).fill(password);
await button(ada, "Make account").click();
await ada.waitForURL(/\/account/);
seen.afterSetup = ada.url();

// An authenticator app.
await button(ada, "Add an authenticator app").click();
const secret = (await ada.locator("dialog code, [role=dialog] code").first().innerText()).replace(/\s/g, "");
await ada.getByLabel("Code", { exact: true }).fill(await nextCode(secret));
await button(ada, "I have kept them").waitFor();
seen.recoveryCodes = await ada.getByRole("dialog").getByText(/^[a-z0-9]{4}(-[a-z0-9]{4}){3}$/).count();
await button(ada, "Copy codes").click().catch(() => {});
await button(ada, "I have kept them").click();
await ada.getByRole("dialog").waitFor({ state: "detached" }).catch(() => {});

// A passkey, in an authenticator that is a part of the browser here.
const cdp = await ada.context().newCDPSession(ada);
await cdp.send("WebAuthn.enable");
await cdp.send("WebAuthn.addVirtualAuthenticator", {
  options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
});

/** Answers the question for a second factor, where it comes. */
async function stepUp(page) {
  const code = page.getByRole("dialog").getByLabel("Code of your authenticator app");
  await code.fill(await nextCode(secret));
  const go = page.getByRole("dialog").getByRole("button", { name: "Go on" });
  if (await go.isVisible().catch(() => false)) await go.click().catch(() => {});
}
await button(ada, "Add a passkey").click();
await ada.getByRole("dialog").first().waitFor();
if (await ada.getByLabel("Code of your authenticator app").isVisible().catch(() => false)) await stepUp(ada);
await ada.getByRole("dialog").getByLabel("Name").fill("Laptop");
await button(ada, "Make passkey").click();
await ada.getByText("Laptop", { exact: true }).waitFor();
seen.passkey = "Laptop";

/** Signs out past the menus: how these look is not what this is about. */
async function signOut(page) {
  await page.evaluate(() => fetch("/api/v1/session", { method: "DELETE" }));
  await page.goto(`${plan.url}/sign-in`);
}

// In again: by password and code, then by passkey.
await signOut(ada);
await ada.getByLabel("Email address").fill("ada@example.com");
await ada.getByLabel("Password", { exact: true }).fill("wrong wrong wrong");
await button(ada, "Sign in").click();
await ada.getByText("do not belong together").waitFor();
seen.wrongPassword = true;
await ada.getByLabel("Password", { exact: true }).fill(password);
await button(ada, "Sign in").click();
await ada.getByLabel("Code of your authenticator app").fill(await nextCode(secret));
await ada.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
seen.byCode = new URL(ada.url()).pathname;
await signOut(ada);
await button(ada, "Sign in with a passkey").click();
await ada.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
seen.byPasskey = new URL(ada.url()).pathname;

// Every page, in light and in dark.
for (const scheme of ["light", "dark"]) {
  await ada.emulateMedia({ colorScheme: scheme });
  for (const path of plan.paths) await visit(ada, path, scheme);
}
await ada.emulateMedia({ colorScheme: "light" });

// Somebody else is invited, joins, and sees what their role lets them see.
const invited = await ada.evaluate(
  async (team) => {
    const made = await fetch(`/api/v1/teams/${team}/invitations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "vera@example.com", role: "viewer" }),
    });
    return made.json();
  },
  plan.team,
);
const vera = await somebody();
await vera.goto(invited.link.replace("127.0.0.1", "localhost"));
await vera.getByLabel("Your name").fill("Vera");
await vera.getByLabel("Password", { exact: true }).fill(password);
await button(vera, "Make account and join").click();
await vera.waitForURL((url) => !url.pathname.startsWith("/invitation"));
await vera.goto(`${plan.url}/teams/${plan.team}/tokens`);
await vera.locator("main h1").first().waitFor();
seen.viewerMayCreate = await vera.getByRole("link", { name: /create token|new token/i }).count();
const foreign = await vera.evaluate(async () => (await fetch("/api/v1/teams/keyward/tokens")).status);
seen.foreignTeam = foreign;

// Nothing that signs somebody in lies where scripts or the next user of the machine would find it.
seen.storage = await ada.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage, cookie: document.cookie }));
seen.secret = secret;

await browser.close();
console.log(JSON.stringify(seen));
