// From the first start to the first call, by keyboard alone: the printed link, an account, a team, and the steps that
// the overview leads through. Calls that do not come through are explained by the page as they come in.
import { button, dialogOn, done, drawn, inspect, keyboard, password, plan, seen, somebody, traces } from "./room.mjs";

const ada = await somebody();
const keys = keyboard(ada);
const dialog = dialogOn(ada);
const main = ada.getByRole("main");
const link = (name) => main.getByRole("link", { name, exact: true });
const heading = (name) => ada.getByRole("heading", { name: new RegExp(`^${name}`), level: 1 });

/** Notes which of the first steps are done, once the named one is to do. */
async function steps(now) {
  await heading("First steps").waitFor();
  const list = main.getByRole("listitem");
  if (now) await main.locator("[aria-current=step]").filter({ hasText: now }).waitFor();
  const states = await list.evaluateAll((items) =>
    items.map((item) => {
      const isNow = item.getAttribute("aria-current") === "step";
      const state = item.querySelector("[aria-label=Done]") ? "done" : isNow ? "now" : "later";
      return `${item.querySelector("h2").textContent}: ${state}`;
    }),
  );
  seen.steps.push(states);
}
seen.steps = [];

/** Looked at in light and dark. */
async function look(where) {
  await inspect(ada, where);
  await ada.emulateMedia({ colorScheme: "dark" });
  await inspect(ada, `${where} in dark`);
  await ada.emulateMedia({ colorScheme: "light" });
}

// 1. The link that was printed, and an account by it.
await ada.goto(plan.setup.replace("127.0.0.1", "localhost"));
await keys.write(ada.getByLabel("Your name"), "Ada");
await look("setup");
await keys.write(ada.getByLabel("Email address"), "ada@example.com");
await keys.write(ada.getByLabel("Password", { exact: true }), password);
await keys.push(button(ada, "Make account"));
await link("Go on to the first steps").waitFor();
await drawn(ada);
await look("a new account");
await keys.push(link("Go on to the first steps"));

// 2. A team.
await steps("Make a team");
await look("nothing is done");
await keys.push(link("Make a team"));
await keys.write(dialog.getByLabel("Title"), "Acme");
await look("a new team");
await keys.push(button(dialog, "Create team"));
await ada.waitForURL(/\/teams\/acme\/overview/);

// 3. An upstream, at an address where nothing listens.
await steps("Say where calls go");
await look("a team");
await keys.push(link("Create upstream"));
await heading("New upstream").waitFor();
await keys.write(ada.getByLabel("Name", { exact: true }), "orders");
await keys.write(ada.getByLabel("Address", { exact: true }), plan.nowhere);
await look("an upstream");
await keys.push(button(ada, "Create upstream"));

// 4. An api with a scope, and a route that asks for it.
await steps("Publish an api");
await look("an upstream is there");
await keys.push(link("Create api"));
await heading("New api").waitFor();
await keys.write(ada.getByLabel("Title", { exact: true }), "Orders");
await keys.write(ada.getByLabel("Api", { exact: true }), "orders");
await keys.write(ada.getByLabel("Base path", { exact: true }), "/orders");
await keys.find(ada.getByRole("combobox", { name: "Upstream" }), "orders", "orders");
await keys.pick(ada.getByRole("radiogroup", { name: "Lifecycle" }), /^Published/);
await keys.push(button(ada, "Add a scope"));
await keys.write(ada.getByLabel("Scope", { exact: true }), "orders:read");
await keys.write(ada.getByLabel("What it allows: orders:read"), "Read orders.");
await keys.push(button(ada, "Add a route"));
await keys.write(dialog.getByLabel("Path", { exact: true }), "/echo");
await keys.write(dialog.getByLabel("Name", { exact: true }), "read");
await keys.pick(dialog.getByRole("radiogroup", { name: "Scopes" }), "All of these");
await keys.find(dialog.getByRole("combobox", { name: "Scopes" }), "orders", /orders:read/);
await look("a route");
await keys.push(button(dialog, "Done"));
await dialog.waitFor({ state: "detached" });
await look("an api");
await keys.push(button(ada, "Create api"));

// 5. An app, and a token of it.
await steps("Create a token");
await look("an api is there");
await keys.push(link("Create app"));
await heading("New app").waitFor();
await keys.write(ada.getByLabel("Title", { exact: true }), "Shop");
await keys.find(ada.getByRole("combobox", { name: "Scopes" }), "orders", /orders:read/);
await look("an app");
await keys.push(button(ada, "Create app"));
await link("Create token").waitFor();
await steps("Create a token");
await keys.push(link("Create token"));
await heading("Create token").waitFor();
await keys.write(ada.getByLabel("Name", { exact: true }), "Till");
await keys.pick(ada.getByRole("radiogroup", { name: "Access to orders" }), "Read");
await look("a token");
await keys.push(button(ada, "Create token"));
await heading("Copy the token now").waitFor();
await keys.push(button(ada, "Show"));
const secret = await main.locator("code").first().innerText();
await look("the secret");
await keys.push(button(ada, "I have stored it"));

// 6. The page waits for the first call. It comes without a token, then with half of one, then whole.
await steps("Make the first call");
await main.getByText("Waiting for a call").waitFor();
await look("waiting");
seen.command = await main.locator("code").first().innerText();
let loads = 0;
ada.on("load", () => loads++);
const said = main.locator("[aria-live=polite]");
seen.calls = [];
/** A call, and what the page has to say of it, as it comes. */
async function call(token, expected) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`${plan.gateway}/orders/v1/echo`, { headers });
  await answer.arrayBuffer();
  await said.getByText(expected).waitFor();
  if (answer.status >= 400) await said.getByRole("term").waitFor();
  seen.calls.push([answer.status, await said.innerText()]);
  await look(`the call was answered with ${answer.status}: ${expected}`);
}
await call(undefined, "The call came without a token.");
await call(secret.slice(0, -1), "What was sent is no whole token");
await call(secret, "Keyward could not connect to your service");

// 7. The upstream gets its right address; back at the steps, the call comes through.
await keys.push(link("Edit upstream orders"));
await heading("Edit orders").waitFor();
await keys.write(ada.getByLabel("Address", { exact: true }), plan.upstream);
await keys.push(button(ada, "Save changes"));
await steps("Make the first call");
await main.getByText("Waiting for the next call").waitFor();
await call(secret, "It works");
await steps();
await keys.push(button(ada, "Go to the overview"));
await heading("Overview").waitFor();
await drawn(ada);
await look("the overview");
seen.loads = loads;
seen.traces = await traces(ada, secret);

// 8. The installation's own team has no first steps any more.
await ada.goto(`${plan.url}/teams/keyward/overview`);
await drawn(ada);
seen.installation = await ada.getByRole("heading", { level: 1 }).innerText();

await done();
