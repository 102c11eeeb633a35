// An auditor reads everything and changes nothing, by keyboard alone: each page of the navigation and the first thing on
// it are opened by somebody who runs the team and by an auditor, and what they are offered there is compared.
import { button, dialogOn, done, drawn, inspect, json, keyboard, plan, seen, signUp, somebody } from "./room.mjs";

const team = `/teams/${plan.team}`;
const ada = await somebody();
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
const eve = await somebody();
await signUp(eve, plan.auditor, { name: "Eve" });

// What a page asks for and may not have is a mistake of the page.
const refused = [];
eve.on("response", (answer) => {
  const { pathname } = new URL(answer.url());
  if (pathname.startsWith("/api/v1") && answer.status() >= 400) refused.push(`${answer.status()} ${pathname}`);
});

const heading = (page) => page.locator("main h1").first();
/** What one can press on a page, and in the menu of the first thing on it. */
async function offers(page, keys) {
  const all = page.locator("main").locator("a, button");
  const names = await all.evaluateAll((some) => some.map((one) => one.getAttribute("aria-label") ?? one.textContent.trim()));
  const menu = page.locator("main").getByRole("button", { name: /^Actions for/ }).first();
  if (await menu.count()) {
    await keys.push(menu);
    await page.getByRole("menuitem").first().waitFor();
    names.push(...(await page.getByRole("menuitem").allInnerTexts()));
    await keys.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });
  }
  return [...new Set(names)].filter((name) => name !== "");
}

/** Opens every page of the navigation and the first thing of those that are lists: what is offered on each. */
async function walk(page, look) {
  const keys = keyboard(page);
  const pages = {};
  async function note(name) {
    await drawn(page);
    await page.waitForFunction(() => !document.querySelector("main [aria-busy=true], main .skeleton"));
    pages[name] = await offers(page, keys);
    await look?.(name);
  }
  await page.goto(`${plan.url}${team}/overview`);
  await drawn(page);
  const links = page.getByRole("navigation").getByRole("link");
  await links.filter({ hasText: "Settings" }).waitFor();
  for (const name of await links.allInnerTexts()) {
    const link = links.filter({ hasText: new RegExp(`^${name}$`) });
    await keys.push(link);
    await page.waitForURL(`**${await link.getAttribute("href")}*`);
    await heading(page).filter({ hasText: name === "Overview" ? /./ : name }).waitFor();
    await note(name);
    if (!plan.lists.includes(name)) continue;
    const list = page.url();
    const row = page.locator("main tbody tr[tabindex='0']").first();
    await row.waitFor();
    await keys.push(row);
    await page.waitForURL((url) => url.href !== list);
    await heading(page).filter({ hasNotText: new RegExp(`^${name}$`), hasText: /\S/ }).waitFor();
    await note(`one of ${name}`);
  }
  return pages;
}

const byAda = await walk(ada);
seen.eve = await walk(eve, (name) => inspect(eve, `${name} as an auditor`));
seen.more = {};
for (const [name, offered] of Object.entries(byAda)) seen.more[name] = offered.filter((one) => !seen.eve[name]?.includes(one));

// The tabs of people: who is invited, and what each role may do, with one's own among them.
const keys = keyboard(eve);
await eve.goto(`${plan.url}${team}/people`);
await keys.reach(eve.getByRole("tab", { selected: true }));
await keys.press("ArrowRight");
await keys.press("Enter");
await eve.getByRole("row").filter({ hasText: "gil@example.com" }).waitFor();
seen.invitations = await offers(eve, keys);
await keys.press("ArrowRight");
await keys.press("Enter");
await eve.getByRole("columnheader", { name: "Auditor" }).waitFor();
seen.role = await eve.getByRole("columnheader").filter({ hasText: "You" }).innerText();

// Neither the keys nor the palette nor an address lead to a form.
await eve.goto(`${plan.url}${team}/tokens`);
await drawn(eve);
await keys.press("c");
await keys.press("Control+K");
await dialogOn(eve).waitFor();
await eve.keyboard.type("create");
await eve.getByText("Nothing", { exact: false }).or(eve.getByRole("option")).first().waitFor();
seen.palette = await eve.getByRole("option").allInnerTexts();
await keys.press("Escape");
seen.stays = new URL(eve.url()).pathname;
seen.forms = {};
for (const path of plan.forms) {
  await eve.goto(`${plan.url}${team}/${path}`);
  await heading(eve).waitFor();
  seen.forms[path] = await heading(eve).innerText();
}

seen.refused = [...refused];

// The same past the pages: nothing is changed, whatever is asked.
seen.answers = await eve.evaluate(async ([team, requests]) => {
  const answers = [];
  for (const [method, path, body] of requests) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`/api/v1${team}${path}`, { method, headers, body: JSON.stringify(body) });
    answers.push([method, path, (await answer.json()).code]);
  }
  return answers;
}, [team, plan.requests]);
await done();
