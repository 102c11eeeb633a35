// Uses the control room in a real browser as people do: sets it up, adds second factors, signs in by each of them,
// makes a token and calls with it, revokes it, invites somebody, and looks at every page. Prints what it saw.
import { addAuthenticator, button, done, drawn, inspect, nextCode, password, plan, seen, signOut, somebody } from "./room.mjs";

seen.pages = [];

/** Visits a page, waits until it is drawn, and holds it against axe. */
async function visit(page, path, scheme) {
  await page.goto(plan.url + path);
  try {
    await drawn(page);
  } catch {
    seen.errors.push(`${path} stays empty`);
    return;
  }
  seen.pages.push(path);
  await inspect(page, `${path} in ${scheme}`);
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
await addAuthenticator(ada);

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

await done();
