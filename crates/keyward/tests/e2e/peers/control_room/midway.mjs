// What happens in the middle of work: the session ends while something is typed, and somebody else saves first. By
// keyboard alone; what was typed is still there, and is sent.
import {
  button, dialogOn, done, drawn, inspect, json, keyboard, password, plan, seen, signUp, somebody,
} from "./room.mjs";

const ada = await somebody();
const keys = keyboard(ada);
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });

const main = ada.getByRole("main");
const title = (name) => ada.getByRole("heading", { name, level: 1 });
const save = button(ada, "Save changes");
const signIn = dialogOn(ada).filter({ hasText: "Your session has ended" });
const app = () => json(ada, "GET", `/teams/${plan.team}/apps/shop`);
const focused = () => ada.evaluate(() => document.activeElement.innerText?.split("\n")[0] || document.activeElement.tagName);
const text = (label) => ada.getByLabel(label);

/** Ends the session past the page; its cookie stays or goes. */
async function end(keepCookie) {
  const cookies = await ada.context().cookies();
  await ada.evaluate(() => fetch("/api/v1/session", { method: "DELETE" }));
  if (keepCookie) await ada.context().addCookies(cookies);
}

/** Signs in over the page, with the password and then the passkey. */
async function again() {
  await signIn.waitFor();
  await inspect(ada, "the session has ended");
  await keys.write(signIn.getByLabel("Password", { exact: true }), password);
  await keys.press("Enter");
  await keys.push(signIn.getByRole("button", { name: "Use your passkey" }));
  await signIn.waitFor({ state: "detached" });
}

// 1. The session ends elsewhere: first nobody signs in, then they do.
await ada.goto(`${plan.url}/teams/${plan.team}/apps/shop/edit`);
await drawn(ada);
await keys.write(text(/^Description/), "Sells things");
await end(true);
await keys.push(save);
await signIn.waitFor();
seen.asked = await signIn.innerText();
await keys.press("Escape");
await signIn.waitFor({ state: "detached" });
seen.refused = [await main.getByRole("alert").first().innerText(), await text(/^Description/).inputValue(), await focused()];
await inspect(ada, "not signed in again");
await keys.push(save);
await ada.emulateMedia({ colorScheme: "dark" });
await again();
await ada.emulateMedia({ colorScheme: "light" });
await title(/^shop/).waitFor();
seen.sent = [(await app()).spec.description, new URL(ada.url()).pathname];

// 2. The cookie is gone, in a form that is not about what is there already.
await ada.goto(`${plan.url}/teams/${plan.team}/tokens/new`);
await drawn(ada);
await keys.write(text("Name"), "Till");
await keys.find(ada.getByRole("combobox", { name: "App" }), "shop", /shop/);
await end(false);
await keys.push(button(main, "Create token"));
await again();
await title("Copy the token now").waitFor();
seen.made = (await json(ada, "GET", `/teams/${plan.team}/tokens`)).items.map(({ name }) => name).filter((name) => name === "Till");

// 3. Somebody else saves first: in another place, and in the same one.
const elsewhere = async (method, path, body) => {
  const headers = { authorization: `Bearer ${plan.operator}`, "content-type": "application/json" };
  const answer = await fetch(`${plan.url.replace("localhost", "127.0.0.1")}/api/v1/teams/${plan.team}${path}`, {
    method, headers, body: body && JSON.stringify(body),
  });
  return answer.status;
};
await ada.goto(`${plan.url}/teams/${plan.team}/apps/shop/edit`);
await drawn(ada);
await keys.write(text(/^Title/), "The shop");
await keys.write(text(/^Description/), "Sells my things");
const { spec } = await app();
seen.elsewhere = await elsewhere("PUT", "/apps/shop", {
  ...spec, description: "Sells their things", labels: { cost: "north" },
});
await keys.push(save);
const conflict = dialogOn(ada).filter({ hasText: "Somebody else changed" });
await conflict.waitFor();
seen.conflict = await conflict.innerText();
await inspect(ada, "two at once");
seen.unwritten = (await app()).spec.title ?? null;
await keys.pick(conflict.getByRole("radiogroup", { name: "description" }), "Keep theirs");
await keys.push(button(conflict, "Put both together"));
await conflict.waitFor({ state: "detached" });
seen.together = [await text(/^Title/).inputValue(), await text(/^Description/).inputValue(), await focused()];
await keys.push(save);
await title(/^The shop/).waitFor();
const { title: name, description, labels } = (await app()).spec;
seen.both = { title: name, description, labels };

// 4. A name that somebody else took meanwhile.
await ada.goto(`${plan.url}/teams/${plan.team}/apps/-/new`);
await drawn(ada);
await keys.write(text(/^Title/), "Night job");
await elsewhere("PUT", "/apps/night-job", {});
await keys.push(button(main, "Create app"));
await main.getByText("There is one of this name already.").first().waitFor();
await ada.waitForFunction(() => document.activeElement.matches("input"));
seen.taken = [
  await text(/^Title/).inputValue(),
  await ada.evaluate(() => [document.activeElement.getAttribute("aria-invalid"), document.activeElement.labels[0].innerText]),
];
await inspect(ada, "a name that is taken");
await keys.write(ada.locator(":focus"), "night-job-2");
await keys.push(button(main, "Create app"));
await title(/^Night job/).waitFor();

// 5. What is changed was deleted meanwhile: nothing is made of it again unasked.
await ada.goto(`${plan.url}/teams/${plan.team}/apps/night-job/edit`);
await drawn(ada);
await keys.write(text(/^Title/), "Gone");
seen.deleted = await elsewhere("DELETE", "/apps/night-job");
await keys.push(save);
await main.getByRole("alert").first().waitFor();
seen.gone = [await main.getByRole("alert").first().innerText(), await text(/^Title/).inputValue()];
await inspect(ada, "deleted meanwhile");
await done();
