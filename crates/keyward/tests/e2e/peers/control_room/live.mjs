// Follows calls live by the keyboard alone: what comes appears, filters hold, one is opened and walked from, and all
// of them are taken along as a file.
import fs from "node:fs";
import { button, done, drawn, inspect, keyboard, plan, seen, signUp, somebody } from "./room.mjs";

const page = await somebody({ acceptDownloads: true });
await signUp(page, plan.setup, { name: "Ada", email: "ada@example.com" });
const keys = keyboard(page);
const rows = page.locator("tr[data-row]");
const main = page.getByRole("main");

async function call(path, { method = "GET", token = plan.token } = {}) {
  const headers = token ? { "x-api-key": token } : {};
  const answer = await fetch(plan.gateway + path, { method, headers });
  await answer.arrayBuffer();
  return answer.status;
}

// Nothing has happened yet, and that is said.
await page.goto(`${plan.url}/teams/${plan.team}/calls`);
await drawn(page);
seen.empty = await main.getByText("No calls in this time").count();
await inspect(page, "no calls");

// It is followed, and what comes appears without a reload.
await keys.push(button(page, "Live"));
await page.locator("button[aria-pressed=true]", { hasText: "Live" }).waitFor();
await page.waitForURL(/live=true/);
seen.statuses = [
  await call("/echo/v1/echo"),
  await call("/echo/v1/echo", { method: "POST" }),
  await call("/echo/v1/status/503"),
  await call("/echo/v1/echo", { token: null }),
];
await rows.nth(3).waitFor();
seen.rows = (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
await inspect(page, "live calls");
await page.emulateMedia({ colorScheme: "dark" });
await inspect(page, "live calls in dark");
await page.emulateMedia({ colorScheme: "light" });

// With a filter, which stands in the address, only what fits it appears.
await keys.press("f");
await page.keyboard.type("decision");
await keys.press("Enter");
await page.getByPlaceholder("Decision").or(page.getByLabel("Decision")).first().waitFor();
await page.keyboard.type("refused");
await keys.press("Enter");
await page.waitForURL(/decision=refused/);
await rows.nth(2).waitFor({ state: "detached" });
await call("/echo/v1/echo");
await call("/echo/v1/echo", { token: "kw_nonsense" });
await rows.filter({ hasText: "401" }).nth(1).waitFor();
seen.filtered = await rows.count();
seen.filteredAllowed = await rows.filter({ hasText: "200" }).count();
seen.address = page.url();

// Whoever gets the link sees the same.
const again = await page.context().newPage();
await again.goto(seen.address);
await again.locator("tr[data-row]").nth(2).waitFor();
seen.shared = await again.locator("tr[data-row]").count();
await again.close();

// One is opened, the arrows go on to its neighbours, Escape goes back to the list.
const pane = page.getByRole("complementary", { name: /^Call / });
await keys.reach(page.locator("tr[data-row][tabindex='0']"));
await keys.reach(rows.filter({ hasText: "POST" }), "ArrowDown");
await keys.press("Enter");
await pane.waitFor();
await pane.getByText("scope_missing").first().waitFor();
seen.waterfall = await pane.getByText("In all").count();
seen.explained = await pane.getByText(/echo:write|echo:admin/).count();
await inspect(page, "a call");
const opened = new URL(page.url()).searchParams.get("call");
await keys.press("ArrowUp");
await page.waitForURL((url) => url.searchParams.get("call") !== opened);
seen.walked = await pane.getByText("scope_missing").count();
await keys.press("Escape");
await pane.waitFor({ state: "detached" });
seen.closed = !page.url().includes("call=");

// It is stopped, and nothing comes any more.
await keys.press("l");
await page.waitForURL((url) => !url.search.includes("live"));
seen.stopped = await page.locator("button[aria-pressed=false]", { hasText: "Live" }).count();

// A file has what fits, and nothing else.
await keys.push(button(page, "Export"));
await page.getByRole("menuitem", { name: /CSV/ }).waitFor();
const download = page.waitForEvent("download");
await keys.reach(page.getByRole("menuitem", { name: /CSV/ }), "ArrowDown");
await keys.press("Enter");
seen.file = fs.readFileSync(await (await download).path(), "utf8").trim().split("\r\n").length;

// From a chart to the calls it is made of.
await page.goto(`${plan.url}/teams/${plan.team}/analytics?range=1h`);
await drawn(page);
await inspect(page, "analytics");
await keys.push(main.getByRole("link", { name: /scope_missing/ }));
await page.waitForURL(/\/calls\?.*code=scope_missing/);
await rows.first().waitFor();
seen.fromChart = await rows.count();

await done();
