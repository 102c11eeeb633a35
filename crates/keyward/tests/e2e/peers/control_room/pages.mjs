// Looks at every page in light, dark and narrow, as somebody who may see all, and as somebody invited who may see some.
import { done, drawn, inspect, plan, seen, signUp, somebody } from "./room.mjs";

seen.pages = [];
seen.wide = [];

/** Visits a page, waits until it is drawn, and holds it against axe. */
async function visit(page, path, how) {
  await page.goto(plan.url + path);
  try {
    await drawn(page);
  } catch {
    seen.errors.push(`${path} stays empty`);
    return;
  }
  seen.pages.push(path);
  await inspect(page, `${path} ${how}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) seen.wide.push(`${path} ${how}: ${over}`);
}

const ada = await somebody();
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });

// Every page, in light, in dark, and narrow.
for (const scheme of ["light", "dark"]) {
  await ada.emulateMedia({ colorScheme: scheme });
  for (const path of plan.paths) await visit(ada, path, `in ${scheme}`);
}
await ada.setViewportSize({ width: 390, height: 844 });
for (const path of plan.paths) await visit(ada, path, "in dark, narrow");

// Somebody invited sees what their role lets them see.
const vera = await somebody();
await signUp(vera, plan.invitation, { name: "Vera" });
await vera.goto(`${plan.url}/teams/${plan.team}/tokens`);
await vera.locator("main h1").first().waitFor();
seen.viewerMayCreate = await vera.getByRole("link", { name: /create token|new token/i }).count();
seen.foreignTeam = await vera.evaluate(async () => (await fetch("/api/v1/teams/keyward/tokens")).status);
await done();
