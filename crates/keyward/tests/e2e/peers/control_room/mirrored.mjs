// The pages in the pseudo-language, whose words are longer and which is written from right to left: nothing is wider
// than the window, and no word runs out of its place.
import { done, drawn, inspect, plan, seen, signUp, somebody } from "./room.mjs";

const ada = await somebody();
await signUp(ada, plan.setup, { name: "Ada", email: "ada@example.com" });
await ada.evaluate(() => localStorage.setItem("keyward.locale", "pseudo"));

seen.pages = [];
seen.wide = [];
seen.over = [];
for (const [width, height] of [[1440, 900], [390, 844]]) {
  await ada.setViewportSize({ width, height });
  for (const path of plan.paths) {
    await ada.goto(plan.url + path);
    await drawn(ada);
    await ada.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
    const found = await ada.evaluate(() => {
      const root = document.documentElement;
      const isSeen = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 1;
      const says = (one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      const scrolls = (one) => one && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement));
      const over = [...document.body.querySelectorAll("*")].filter((one) => {
        if (!says(one) || !isSeen(one) || one.closest(".sr-only")) return false;
        if (one.clientWidth > 0 && getComputedStyle(one).overflowX === "visible" && one.scrollWidth > one.clientWidth + 1) return true;
        const { left, right } = one.getBoundingClientRect();
        return (left < -1 || right > root.clientWidth + 1) && !scrolls(one);
      });
      return { direction: root.dir, wide: root.scrollWidth - root.clientWidth, over: over.map((one) => one.outerHTML.slice(0, 160)) };
    });
    seen.pages.push([path, found.direction]);
    if (found.wide > 0) seen.wide.push(`${path} at ${width}: ${found.wide}`);
    for (const one of found.over) seen.over.push(`${path} at ${width}: ${one}`);
    await inspect(ada, `${path} from right to left at ${width}`);
  }
}
await done();
