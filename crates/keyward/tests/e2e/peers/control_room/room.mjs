// What the scripts of the control room share: the plan they were given, a browser, people in it, their second factors,
// and a keyboard. A script ends with `done()`, which prints what was seen.
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import fs from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const plan = JSON.parse(fs.readFileSync(0, "utf8"));
export const seen = { violations: [], errors: [], axe: [] };
export const password = "correct horse battery";

const quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const browser = await chromium.launch({ executablePath: plan.browser, args: quiet });

export async function done() {
  await browser.close();
  console.log(JSON.stringify(seen));
}

/** A page of somebody who is not signed in. What breaks the policy of the pages, or their scripts, is noted. */
export async function somebody(options = {}) {
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

/** The dialog that is open. What tells in passing that something happened is one by its role, too, and is none. */
export const dialogOn = (page) => page.getByRole("dialog").and(page.locator(":not([aria-modal=false])"));

export const button = (at, name) => at.getByRole("button", { name, exact: true });

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

/** A code that was not used: each is good once, and none before it. The server's clock may be ahead. */
let used = 0;
export async function nextCode(secret, ahead = 0) {
  const step = () => Math.floor((Date.now() + ahead) / 30_000);
  while (step() <= used) await new Promise((waited) => setTimeout(waited, 250));
  used = step();
  return totp(secret, used * 30_000);
}

/**
 * Puts an authenticator into the page's browser: it makes passkeys and answers with them, without being asked. It would
 * take every offer to sign in, too: the browser makes none but after `offerPasskeys`.
 */
export async function addAuthenticator(page) {
  await page.addInitScript(() => {
    if (!("PublicKeyCredential" in window)) return;
    PublicKeyCredential.isConditionalMediationAvailable = async () => sessionStorage.getItem("offers") === "yes";
  });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Has the browser offer passkeys among what it fills in, or not. */
export async function offerPasskeys(page, offers) {
  await page.evaluate((offers) => sessionStorage.setItem("offers", offers ? "yes" : "no"), offers);
}

/**
 * Signs somebody up by a link, past the pages for it, and gives them a passkey. `who` has a name and, by a link of setup,
 * an email address.
 */
export async function signUp(page, link, who) {
  const [path, code] = new URL(link.replace("127.0.0.1", "localhost")).href.split("#");
  await page.goto(`${plan.url}/sign-in`);
  const way = path.endsWith("/setup") ? "setup" : "invitations/accept";
  await json(page, "POST", `/${way}`, { code, password, ...who });
  await addAuthenticator(page);
  await page.goto(`${plan.url}/account`);
  await button(page, "Add a passkey").click();
  const dialog = dialogOn(page);
  await dialog.getByLabel("Name").fill("Laptop");
  await button(dialog, "Make passkey").click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Laptop", { exact: true }).waitFor();
}

/** One request to the management API by who is signed in on the page; has to succeed. */
export async function json(page, method, path, body) {
  const answer = await page.evaluate(
    async ([method, path, body]) => {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const response = await fetch(`/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
      const text = await response.text();
      return { status: response.status, text };
    },
    [method, path, body],
  );
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.text && JSON.parse(answer.text);
}

/** Signs out past the menus. */
export async function signOut(page) {
  await page.evaluate(() => fetch("/api/v1/session", { method: "DELETE" }));
  await page.goto(`${plan.url}/sign-in`);
}

/** Waits until the page is drawn. Streams of calls never let the network rest: what is drawn by then has to do. */
export async function drawn(page) {
  await page.locator("main h1").first().waitFor();
  await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {});
}

/** In which of all the places that outlive a page, or are seen of it, a secret is. */
export async function traces(page, secret) {
  const places = await page.evaluate(async () => {
    const cached = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) cached.push(request.url, await (await cache.match(request)).text());
    }
    return {
      address: location.href,
      history: JSON.stringify(history.state),
      local: JSON.stringify({ ...localStorage }),
      session: JSON.stringify({ ...sessionStorage }),
      cookies: document.cookie,
      databases: JSON.stringify(await indexedDB.databases()),
      caches: cached.join(),
      document: document.documentElement.outerHTML,
      fields: [...document.querySelectorAll("input, textarea")].map((field) => field.value).join(),
      title: document.title,
    };
  });
  return Object.keys(places).filter((place) => places[place].includes(secret));
}

/** Kept, since the end of any session of a page is the end of its authenticator. */
const sessions = new WeakMap();

/** Holds what is drawn against its content security policy and against axe. */
export async function inspect(page, where) {
  await settled(page);
  const policy = await page.evaluate(() => window.__violations);
  seen.violations.push(...policy.map((text) => `${where}: ${text}`));
  // A toast may begin to leave while it is judged: what is found has to be there still.
  let found = await findings(page);
  for (let again = 0; again < 2 && found.length > 0; again++) {
    await settled(page);
    found = await findings(page);
  }
  for (const one of found) seen.axe.push({ where, ...one });
}

/** Waits until nothing moves: a colour on its way to another is none to judge. */
async function settled(page) {
  await page.evaluate(async () => {
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
    const moving = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
    await Promise.all(moving.map((one) => one.finished.catch(() => {})));
  });
}

/** What axe finds. It runs past the policy of the page, which would let nothing foreign run. */
async function findings(page) {
  if (!sessions.has(page)) sessions.set(page, await page.context().newCDPSession(page));
  const evaluated = await sessions.get(page).send("Runtime.evaluate", {
    expression: `${axe}; axe.run(document, { resultTypes: ["violations"] }).then((found) => JSON.stringify(
      found.violations.map((one) => ({ id: one.id, at: one.nodes.slice(0, 3).map((node) => node.target.join(" ")) }))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(evaluated.result.value);
}

/** The keyboard of a page: everything is reached with Tab and the arrows, and nothing with the mouse. */
export function keyboard(page) {
  const press = (key) => page.keyboard.press(key);
  const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

  /** Presses a key until `locator` has the focus. */
  async function reach(locator, key = "Tab") {
    await locator.first().waitFor();
    for (let pressed = 0; pressed < 250; pressed++) {
      if (await isFocused(locator.first())) return;
      await press(key);
    }
    throw new Error(`${key} does not lead to ${locator}`);
  }

  return {
    press,
    reach,
    /** Goes to a button, link, tab or choice and does what it is for. */
    async push(locator, key = "Enter") {
      await reach(locator);
      await press(key);
    },
    /** Goes to a field and replaces what stands in it. */
    async write(locator, text) {
      await reach(locator);
      await press("Control+A");
      await press("Delete");
      await page.keyboard.type(text);
    },
    /** Goes to a list that opens, and takes the choice that is called so. */
    async choose(locator, name) {
      await reach(locator);
      await press("Enter");
      const option = page.getByRole("option", { name });
      await option.first().waitFor();
      const isMarked = () => option.first().evaluate((element) => element.hasAttribute("data-highlighted"));
      if (!(await isMarked())) await press("Home");
      for (let pressed = 0; pressed < 100 && !(await isMarked()); pressed++) await press("ArrowDown");
      await press("Enter");
    },
    /** Goes to a group of choices of which one holds, and moves on to the one that is called so. */
    async pick(group, name) {
      await group.waitFor();
      const held = group.getByRole("radio", { checked: true });
      await reach((await held.count()) > 0 ? held : group.getByRole("radio"));
      const wanted = group.getByRole("radio", { name });
      for (let pressed = 0; pressed < 20; pressed++) {
        if ((await wanted.getAttribute("aria-checked")) === "true") return;
        await press("ArrowRight");
      }
      throw new Error(`the arrows do not lead to ${wanted}`);
    },
    /** Goes to a field that finds by typing, and takes what is called so. */
    async find(locator, text, name) {
      await reach(locator);
      await press("Control+A");
      await page.keyboard.type(text);
      await page.getByRole("option", { name }).first().waitFor();
      await press("ArrowDown");
      await press("Enter");
    },
  };
}
