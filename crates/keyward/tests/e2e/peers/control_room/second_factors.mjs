// Signs up, in and out by the keyboard alone: with a password, an authenticator app, a passkey and a recovery code; is
// asked for a second factor before what guards others; looks at the devices and signs out everywhere.
import fs from "node:fs";
import {
  addAuthenticator, button, dialogOn, done, drawn, inspect, keyboard, nextCode, offerPasskeys, password, plan, seen, somebody,
} from "./room.mjs";

const ada = await somebody();
const keys = keyboard(ada);
const dialog = dialogOn(ada);
const gone = (locator) => locator.waitFor({ state: "detached" });
const inside = (page) => page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));

// 1. The first user, by the link that was printed: a password that everybody takes is refused, and nothing is lost.
await ada.goto(plan.setup);
await keys.write(ada.getByLabel("Your name"), "Ada");
await keys.write(ada.getByLabel("Email address"), "ada@example.com");
await keys.write(ada.getByLabel("Password", { exact: true }), "passwordpassword");
await keys.push(button(ada, "Make account"));
await ada.locator("[aria-invalid=true]").waitFor();
seen.weak = [await ada.getByLabel("Your name").inputValue(), await ada.getByLabel("Email address").inputValue()];
await inspect(ada, "a password that is too common");
await keys.write(ada.getByLabel("Password", { exact: true }), password);
await keys.press("Enter");
await ada.waitForURL(/\/account/);
await drawn(ada);
seen.afterSetup = ada.url();
await inspect(ada, "a new account");

// 2. A passkey, in an authenticator that is a part of the browser here, and the recovery codes that come with it.
await addAuthenticator(ada);
await keys.push(button(ada, "Add a passkey"));
await keys.write(dialog.getByLabel("Name"), "Laptop");
await keys.push(button(dialog, "Make passkey"));
await ada.getByText("Laptop", { exact: true }).waitFor();
await gone(dialog);

// 3. An authenticator app guards others' access, so the passkey is asked for once its proof has grown old. Whoever says
// no has changed nothing.
fs.writeFileSync(plan.clock, "+11m");
const ahead = 11 * 60_000;
await keys.push(button(ada, "Add an authenticator app"));
const isReally = ada.getByRole("dialog", { name: "Is it really you?" });
await isReally.waitFor();
await inspect(ada, "the question for a second factor");
await keys.press("Escape");
await gone(dialog);
seen.refused = await ada.evaluate(async () => (await (await fetch("/api/v1/account")).json()).has_totp === false);
await keys.push(button(ada, "Add an authenticator app"));
await isReally.waitFor();
await keys.push(button(isReally, "Use your passkey"));
const app = ada.getByRole("dialog", { name: "Add an authenticator app" });
await app.waitFor();
const secret = (await app.locator("code").first().innerText()).replace(/\s/g, "");
await inspect(ada, "an authenticator app");
await keys.write(app.getByLabel("Code", { exact: true }), "000000");
await app.locator("[aria-invalid=true]").waitFor();
await keys.write(app.getByLabel("Code", { exact: true }), await nextCode(secret, ahead));
await gone(app);
await drawn(ada);

// 4. Recovery codes, made anew and shown once. Whoever leaves without them is asked.
const kept = ada.getByRole("dialog", { name: "Keep these recovery codes" });
if ((await kept.count()) === 0) {
  await keys.push(ada.getByRole("button", { name: /^Make (new ones|recovery codes)$/ }));
  const sure = ada.getByRole("alertdialog");
  await sure.or(kept).first().waitFor();
  if (await sure.isVisible()) await keys.push(button(sure, "Make new codes"));
}
await kept.waitFor();
const codes = await kept.getByText(/^[a-z0-9]{4}(-[a-z0-9]{4}){3}$/).allInnerTexts();
seen.codes = codes.length;
await inspect(ada, "recovery codes");
await keys.press("Escape");
await ada.getByRole("alertdialog").waitFor();
await keys.push(button(ada, "Stay"));
await gone(ada.getByRole("alertdialog"));
const file = ada.waitForEvent("download");
await keys.push(button(kept, "Save as a file"));
seen.file = (await file).suggestedFilename();
await keys.push(button(kept, "I have kept them"));
await gone(kept);

/** Out, by the menu. */
async function signOut() {
  await keys.push(button(ada, "Account"));
  const out = ada.getByRole("menuitem", { name: "Sign out" });
  await out.waitFor();
  await keys.reach(out, "ArrowUp");
  await keys.press("Enter");
  await ada.waitForURL(/\/sign-in/);
  await ada.getByLabel("Email address").waitFor();
}

/** The address and a password, and on. */
async function byPassword(page, typed) {
  const their = keyboard(page);
  await their.write(page.getByLabel("Email address"), "ada@example.com");
  await their.write(page.getByLabel("Password", { exact: true }), typed);
  await their.press("Enter");
}

// 5. In again: by a wrong password, the right one and a code, and by the passkey.
await signOut();
seen.afterSignOut = await ada.evaluate(async () => (await fetch("/api/v1/account")).status);
await byPassword(ada, "wrong wrong wrong");
await ada.getByText("do not belong together").waitFor();
await inspect(ada, "a wrong password");
await byPassword(ada, password);
const code = ada.getByLabel("Code of your authenticator app");
await code.waitFor();
await inspect(ada, "one more step");
await ada.emulateMedia({ colorScheme: "dark" });
await inspect(ada, "one more step in dark");
await ada.emulateMedia({ colorScheme: "light" });
await keys.write(code, await nextCode(secret, ahead));
await inside(ada);
seen.byCode = new URL(ada.url()).pathname;
await signOut();
await keys.push(button(ada, "Sign in with a passkey"));
await inside(ada);
seen.byPasskey = new URL(ada.url()).pathname;
// And by the passkey that the browser offers where one types who one is.
await offerPasskeys(ada, true);
await ada.evaluate(() => fetch("/api/v1/session", { method: "DELETE" }));
await ada.goto(`${plan.url}/sign-in`);
await inside(ada);
seen.onOffer = new URL(ada.url()).pathname;
await offerPasskeys(ada, false);

// 6. Elsewhere, with a recovery code: it is used up by that.
const phone = await somebody({ viewport: { width: 390, height: 844 } });
const thumbs = keyboard(phone);
for (const [number, used] of [codes[0], codes[0], codes[1]].entries()) {
  if (number === 1) await phone.evaluate(() => fetch("/api/v1/session", { method: "DELETE" }));
  if (number < 2) {
    await phone.goto(`${plan.url}/sign-in`);
    await byPassword(phone, password);
    await thumbs.push(button(phone, "Use a recovery code"));
  }
  await thumbs.write(phone.getByLabel("Recovery code"), used);
  await thumbs.press("Enter");
  if (number === 1) {
    await phone.getByText("none of your recovery codes").waitFor();
    await inspect(phone, "a recovery code that was used");
  } else {
    await inside(phone);
  }
}
await phone.goto(`${plan.url}/teams/${plan.team}/apps/-/new`);
await drawn(phone);
await thumbs.write(phone.getByLabel("Name", { exact: true }), "typed-here");

// 7. The devices, and out everywhere else: what was typed there is still there.
await ada.goto(`${plan.url}/account`);
await button(ada, "Sign out everywhere else").waitFor();
await inspect(ada, "devices");
seen.left = await ada.getByText("8 left").count();
await keys.push(button(ada, "Sign out everywhere else"));
await keys.push(button(ada.getByRole("alertdialog"), "Sign out everywhere else"));
await gone(ada.getByRole("alertdialog"));
await gone(button(ada, "Sign out everywhere else"));
seen.elsewhere = await phone.evaluate(async () => (await fetch("/api/v1/account")).status);
await thumbs.press("Control+Enter");
await phone.keyboard.press("Enter");
const ended = phone.getByRole("dialog", { name: "Your session has ended" });
await ended.waitFor();
await inspect(phone, "a session that was ended");
seen.typed = await phone.getByLabel("Name", { exact: true, includeHidden: true }).inputValue();

// 8. Without any second factor left, it is the password that proves who one is.
for (const [name, confirm] of [
  ["Remove authenticator app", "Remove authenticator app"],
  ["Remove Laptop", "Remove passkey"],
]) {
  await keys.push(ada.getByRole("button", { name: new RegExp(`^${name}`) }).first());
  await keys.push(button(ada.getByRole("alertdialog"), confirm));
  await gone(ada.getByRole("alertdialog"));
}
seen.hasSecond = await ada.evaluate(async () => {
  const { has_totp, passkeys } = await (await fetch("/api/v1/account")).json();
  return has_totp || passkeys.length > 0;
});

// Nothing that signs somebody in lies where scripts or the next user of the machine would find it.
seen.storage = await ada.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage, cookie: document.cookie }));
seen.secrets = [password, secret, ...codes];
await done();
