// How fast the pages of the control room are, in Debian's Chromium: what a first view takes from a cold cache, how a
// long list scrolls, and what Lighthouse thinks. `node web.mjs PACKAGES < plan.json`, where PACKAGES holds
// playwright-core. The scenario `web` of run.py makes the plan. Prints the figures as JSON.
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const packages = process.argv[2];
const require = createRequire(`${packages}/`);
const { chromium } = require("playwright-core");
const plan = JSON.parse(fs.readFileSync(0, "utf8"));
const quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const figures = { browser: undefined, load: [os.loadavg()[0]] };

/** A browser with a profile of its own, in which nobody was before. */
async function browsed(use, args = []) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "keyward-web-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: plan.browser,
    args: [...quiet, ...args],
    viewport: { width: 1440, height: 900 },
  });
  try {
    figures.browser = context.browser()?.version() ?? figures.browser;
    return await use(context);
  } finally {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
}

/** Signs in past the page for it, so that nothing of the pages is in the cache yet. */
async function signIn(context) {
  const answer = await context.request.post(`${plan.url}/api/v1/session`, {
    data: { email: plan.email, password: plan.password },
    headers: { "sec-fetch-site": "same-origin" },
  });
  if (answer.status() >= 300) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(answer.headers()["set-cookie"]);
  await context.addCookies([
    { name, value, url: plan.url.replace("http:", "https:"), httpOnly: true, secure: true, sameSite: "Lax" },
  ]);
}

/** Milliseconds from asking for a page until something is drawn, the largest thing is, and what it is about. */
async function firstView(where) {
  return browsed(async (context) => {
    await signIn(context);
    const page = context.pages()[0] ?? (await context.newPage());
    await page.addInitScript(() => {
      window.__largest = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.__largest = entry.startTime;
      }).observe({ type: "largest-contentful-paint", buffered: true });
    });
    await page.goto(plan.url + where.path);
    await page.locator(where.until).first().waitFor();
    const whole = await page.evaluate(() => new Promise((drawn) => {
      requestAnimationFrame(() => requestAnimationFrame(() => drawn(performance.now())));
    }));
    await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {});
    return page.evaluate((whole) => {
      const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
      const bytes = performance.getEntriesByType("resource").reduce((sum, one) => sum + one.transferSize, 0);
      return { first: painted, largest: window.__largest, whole, bytes };
    }, whole);
  });
}

/** Begins to note how long frames take; what it gives ends that and tells. */
async function frames(page) {
  await page.evaluate(() => {
    const seen = (window.__frames = { frames: [], long: [], going: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.long.push(entry.duration);
    }).observe({ type: "longtask" });
    let last = performance.now();
    const frame = (now) => {
      seen.frames.push(now - last);
      last = now;
      if (seen.going) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  return () =>
    page.evaluate(() => {
      window.__frames.going = false;
      return window.__frames;
    });
}

/**
 * Goes to the end of a list until it is loaded whole, as one does with the scroll bar, and then turns the wheel through
 * it. Tells how long each frame took meanwhile, and each page of the list.
 */
async function scroll(list) {
  return browsed(async (context) => {
    await signIn(context);
    const page = context.pages()[0] ?? (await context.newPage());
    const asked = [];
    page.on("requestfinished", (request) => {
      const { requestStart, responseEnd } = request.timing();
      if (request.url().includes(list.api)) asked.push(responseEnd - requestStart);
    });
    await page.goto(plan.url + list.path);
    await page.locator("tbody tr[data-row]").first().waitFor();
    await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {});

    const loading = await frames(page);
    const began = Date.now();
    const rows = await page.evaluate(
      ([wanted, most]) =>
        new Promise((done) => {
          const table = document.querySelector("table[aria-rowcount]");
          const until = performance.now() + most;
          const turn = () => {
            scrollTo(0, document.documentElement.scrollHeight);
            const rows = Number(table.getAttribute("aria-rowcount"));
            if (rows >= wanted || performance.now() > until) done(rows);
            else requestAnimationFrame(turn);
          };
          turn();
        }),
      [list.rows, 180_000],
    );
    const loaded = { seconds: (Date.now() - began) / 1000, ...(await loading()) };

    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
    await page.mouse.move(700, 500);
    await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {});
    const turning = await frames(page);
    const from = await page.evaluate(() => scrollY);
    const begun = Date.now();
    for (let turn = 0; Date.now() - begun < 20_000; turn++) {
      await page.mouse.wheel(0, list.step);
      const due = begun + ((turn + 1) * 1000) / 60;
      if (due > Date.now()) await new Promise((waited) => setTimeout(waited, due - Date.now()));
    }
    const turned = await turning();
    const passed = ((await page.evaluate(() => scrollY)) - from) / 20;
    return { rows, asked, loaded, wheel: { pixels_per_second: passed, ...turned } };
  });
}

/** What Lighthouse gives for pages, with the presets for desktops and for phones. */
async function lighthouse({ packages, pages }) {
  const program = createRequire(`${packages}/`).resolve("lighthouse");
  const { default: run, desktopConfig } = await import(pathToFileURL(program).href);
  const port = 9333;
  return browsed(async (context) => {
    const given = [];
    for (const { path: where, signed_in: signedIn } of pages) {
      if (signedIn && (await context.cookies()).length === 0) await signIn(context);
      for (const [device, config] of [["desktop", desktopConfig], ["mobile", undefined]]) {
        const flags = { port, logLevel: "error", onlyCategories: ["performance", "accessibility", "best-practices"] };
        const { lhr } = await run(plan.url + where, flags, config);
        const scores = Object.fromEntries(Object.entries(lhr.categories).map(([id, { score }]) => [id, score === null ? null : Math.round(score * 100)]));
        const lost = Object.values(lhr.audits)
          .filter(({ score, scoreDisplayMode }) => score !== null && score < 0.9 && scoreDisplayMode !== "informative")
          .map(({ id, score, displayValue }) => ({ id, score, displayValue }));
        given.push({ page: where, device, ...scores, final: lhr.finalDisplayedUrl, lost });
      }
    }
    return given;
  }, [`--remote-debugging-port=${port}`]);
}

figures.views = [];
for (const view of plan.views ?? []) {
  const taken = [];
  for (let round = 0; round < plan.rounds; round++) taken.push(await firstView(view));
  figures.views.push({ page: view.path, taken });
}
figures.scrolls = [];
for (const list of plan.scrolls ?? []) figures.scrolls.push({ page: list.path, ...(await scroll(list)) });
if (plan.lighthouse) figures.lighthouse = await lighthouse(plan.lighthouse);
figures.load.push(os.loadavg()[0]);
console.log(JSON.stringify(figures));
