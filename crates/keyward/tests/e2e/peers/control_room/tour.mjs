// Walks through the control room of a company with a history and takes the pictures of docs/tour.md, each in light and
// dark.
import fs from "node:fs";
import path from "node:path";
import { button, dialogOn, done, drawn, json, password, plan, seen, somebody } from "./room.mjs";

seen.pictures = [];
const page = await somebody({ deviceScaleFactor: 1.5, timezoneId: "Europe/Berlin" });
const cdp = await page.context().newCDPSession(page);
const token = (name) => plan.tokens[name];

/** Goes to a page of the team and waits until it is drawn. */
async function open(where) {
  await page.goto(`${plan.url}/teams/${plan.team}/${where}`);
  await drawn(page);
}

/** Takes what is seen, in light and dark. */
async function take(name) {
  await page.mouse.move(1439, 899);
  await page.evaluate(() => document.activeElement?.blur());
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.evaluate(async () => {
      await document.fonts.ready;
      // Charts are drawn anew in other colours.
      for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame);
    });
    const { data } = await cdp.send("Page.captureScreenshot", { format: "webp", quality: 80 });
    const file = `${name}-${scheme}.webp`;
    fs.writeFileSync(path.join(plan.folder, file), Buffer.from(data, "base64"));
    seen.pictures.push(file);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
}

await page.goto(`${plan.url}/sign-in`);
await json(page, "POST", "/session", { email: "platform@example.com", password });

// Something of today: a call that is refused, and a change.
const refused = await fetch(`${plan.gateway}/shipments/v2/shipments`, {
  method: "POST",
  headers: { authorization: `Bearer ${token("Kiosk on the corner")[1]}` },
});
const { request_id: why } = await refused.json();
const { limits } = await json(page, "PATCH", `/teams/${plan.team}/tokens/${token("Birch bookshop")[0]}`, {
  limits: { quotas: [{ limit: 8000, period: "day" }] },
});
seen.changed = limits.quotas[0].limit;

await open("overview?span=7d");
await page.getByText("Weakened").waitFor();
await take("overview");

await open("tokens");
await take("tokens");

await open("tokens/new");
await page.getByText("Server", { exact: true }).click();
await page.getByLabel("Name", { exact: true }).fill("Depot east");
await page.getByRole("combobox", { name: "App", exact: true }).click();
await page.getByRole("option", { name: /Depot scanners/ }).click();
await page.getByLabel("Where will it run?").fill("Handhelds of the depot at the east gate");
await page.getByText("90 days", { exact: true }).click();
await page.getByRole("button", { name: "Add my address" }).click();
await page.evaluate(() => scrollTo(0, 0));
await take("create");

await button(page, "Create token").click();
await page.getByText("Copy the token now").first().waitFor();
await button(page, "Test now").click();
await page.getByText("answered after").waitFor();
await page.evaluate(() => scrollTo(0, 0));
await take("reveal");
await button(page, "I have stored it").click();
await page.waitForURL(/tokens\/[A-Za-z0-9]{12}$/);

await open(`tokens/${token("Tracking widget")[0]}?tab=usage&range=7d`);
await take("usage");

await open(`tokens/${token("Nightly invoices")[0]}?tab=scopes&range=7d`);
await take("scopes");

await open(`tokens/${token("Depot south")[0]}/rotate`);
await take("rotation");

await open(`tokens/${token("Depot harbour")[0]}`);
await button(page, "Revoke…").click();
await dialogOn(page).getByText("in the last hour").waitFor();
await take("revoke");
await page.keyboard.press("Escape");

await open(`calls?call=${why}`);
await page.getByText("To have it pass").waitFor();
await take("calls");

await open("analytics?range=7d");
await take("analytics");

await open("apis/shipments.v2");
await take("api");

await open("upstreams/labels");
await page.getByText("Down", { exact: true }).waitFor();
await take("upstream");

await open("audit");
await page.getByRole("row").filter({ hasText: "Birch bookshop" }).first().click();
await page.getByText("8000").or(page.getByText("8,000")).first().waitFor();
await take("audit");

await open("people?tab=roles");
await take("roles");

await done();
