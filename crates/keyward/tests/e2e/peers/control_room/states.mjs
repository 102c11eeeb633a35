// What pages say when there is nothing to show: a team that has nothing yet, filters that nothing fits, addresses that
// lead nowhere, and what somebody's role does not let them do.
import { button, dialogOn, done, drawn, inspect, json, keyboard, plan, seen, signUp, somebody } from "./room.mjs";

const ada = await somebody();
const keys = keyboard(ada);
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });

const main = (page) => page.getByRole("main");
const heading = (page) => page.locator("main h1").first();

async function visit(page, path) {
  await page.goto(plan.url + path);
  await drawn(page);
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
}

/** What the keyboard is at: never the page as a whole, which would begin anew at the top. */
const focused = (page) =>
  page.evaluate(() => {
    const on = document.activeElement;
    return on === document.body ? "nothing" : on.matches("tbody tr") ? "row" : on.tagName.toLowerCase();
  });

// 1. Nothing yet. What a page offers to begin with is reached by keyboard.
seen.empty = {};
seen.begun = {};
for (const [place, action] of plan.empty) {
  await visit(ada, `/teams/${plan.fresh}/${place}`);
  seen.empty[place] = await main(ada).innerText();
  await inspect(ada, `${place} of a team that has nothing`);
  await ada.emulateMedia({ colorScheme: "dark" });
  await inspect(ada, `${place} of a team that has nothing, in dark`);
  await ada.emulateMedia({ colorScheme: "light" });
  if (action === "") continue;
  const empty = main(ada).getByRole("heading", { level: 2 }).locator("..");
  await keys.push(empty.getByRole("link", { name: action }).or(empty.getByRole("button", { name: action })));
  const dialog = dialogOn(ada);
  await dialog.or(heading(ada).and(ada.locator(":focus"))).first().waitFor();
  const begun = (await dialog.isVisible()) ? dialog.getByRole("heading") : heading(ada);
  seen.begun[place] = await begun.innerText();
}

// 2. Filters that nothing fits, and the way out of them.
seen.noResult = {};
for (const [place, label] of plan.filtered) {
  await visit(ada, `/teams/${plan.team}/${place}`);
  const table = main(ada).getByRole("table");
  await table.waitFor();
  const before = await table.locator("tbody tr").count();
  const field = main(ada).getByLabel(label, { exact: true });
  await keys.write(field, "nothing-is-called-so");
  const applied = main(ada).getByRole("heading", { name: "Nothing matches" });
  await applied.waitFor();
  await inspect(ada, `${place} with no result`);
  await keys.push(button(main(ada), "Clear all filters"));
  await table.waitFor();
  const again = await table.locator("tbody tr").count();
  const isSomewhere = () => document.activeElement !== document.body;
  await ada.waitForFunction(isSomewhere, undefined, { timeout: 2000 }).catch(() => {});
  seen.noResult[place] = [again === before, new URL(ada.url()).search, await field.inputValue(), await focused(ada)];
}

// 3. What is not there.
seen.absent = {};
for (const path of plan.absent) {
  await visit(ada, path);
  const again = await button(main(ada), "Try again").count();
  seen.absent[path] = [await heading(ada).innerText(), again];
  await inspect(ada, `${path}, which leads nowhere`);
}
await keys.push(main(ada).getByRole("link", { name: "Go to the start page" }));
await ada.waitForURL(/\/overview$/);

// 4. What a role does not let one do.
seen.forbidden = {};
for (const [role, link] of Object.entries(plan.invitations)) {
  const vera = await somebody();
  await signUp(vera, link, { name: role });
  seen.forbidden[role] = {};
  for (const path of plan.forbidden) {
    await visit(vera, `/teams/${plan.team}/${path}`);
    seen.forbidden[role][path] = await main(vera).innerText();
    await inspect(vera, `${path} for ${role}`);
  }
  await vera.context().close();
}
await done();
