// Without any network: pages that were not open yet say so in place of leaving the control room, what was typed stays,
// and all goes on when the network is back. By keyboard alone, without loading the window anew.
import { button, done, drawn, inspect, json, keyboard, plan, seen, signUp, somebody } from "./room.mjs";

const ada = await somebody();
const keys = keyboard(ada);
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
const main = ada.getByRole("main");
const title = (name) => ada.getByRole("heading", { name, level: 1 });
const focused = () => ada.evaluate(() => document.activeElement.innerText?.split("\n")[0]);

await ada.goto(`${plan.url}/teams/${plan.team}/apps/-/new`);
await drawn(ada);
await keys.write(ada.getByLabel("Title", { exact: true }), "Kiosk");
let loads = 0;
ada.on("load", () => loads++);

// A page whose code was never loaded.
await ada.context().setOffline(true);
await keys.push(ada.getByRole("link", { name: "Policies" }));
await title("Keyward does not answer").waitFor();
seen.said = await main.innerText();
await inspect(ada, "a page that cannot be loaded");
const inVain = ada.waitForEvent("requestfailed", (request) => request.method() === "HEAD");
await keys.push(button(main, "Try again"));
await inVain;
await title("Keyward does not answer").waitFor();
await ada.context().setOffline(false);
await keys.push(button(main, "Try again"));
await title("Policies").waitFor();
seen.focus = await focused();

// What was typed, and cannot be saved.
await ada.context().setOffline(true);
await ada.goBack();
await title("New app").waitFor();
seen.typed = await ada.getByLabel("Title", { exact: true }).inputValue();
await keys.push(button(ada, "Create app"));
await main.getByRole("alert").waitFor();
seen.notSaved = await main.getByRole("alert").innerText();
await inspect(ada, "an app that cannot be saved");
await ada.context().setOffline(false);
await keys.push(button(ada, "Create app"));
await title("Kiosk").waitFor();
seen.saved = (await json(ada, "GET", `/teams/${plan.team}/apps/kiosk`)).spec.title;
seen.loads = loads;
await done();
