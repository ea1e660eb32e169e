// What the landing page and the cell show in Firefox, as JSON for test_firefox.py: numbers, what
// changes them, and what the page complains of.
//   node look.mjs PROGRAM ADDRESS

import { createRequire } from "node:module";

const { default: puppeteer } = await import(
  createRequire(`${process.env.MODULES}/`).resolve("puppeteer-core")
);
const [program, address] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: program,
  headless: true,
  args: ["--width=1280", "--height=800"],
  extraPrefsFirefox: { "ui.prefersReducedMotion": 1 },
});
const page = await browser.newPage();
const said = [];
page.on("pageerror", (error) => said.push(String(error)));
page.on("console", (message) => message.type() === "error" && said.push(message.text()));
await page.setViewport({ width: 1280, height: 800 });
await page.goto(`${address}#cell=1&h0=0.3&t=2&loss=every`);
await page.waitForSelector(".living-cell svg");

const numbers = () =>
  page.$$eval(".living-cell svg [data-wire]", (all) =>
    all.map((one) => [one.dataset.wire, one.querySelector(".lc-number").textContent]),
  );
const text = (query) => page.$eval(query, (one) => one.textContent);
const seen = { forward: await numbers() };
seen.bottom = await page.$eval(
  ".lh-verdict",
  (one) => one.getBoundingClientRect().bottom + scrollY,
);
await page.$eval(".lh-switch", (one) => one.click());
seen.gauge = [await text(".lh-truth b"), await text(".lh-arrives b")];
await page.$eval("[data-value=backward]", (one) => one.click());
seen.backward = await numbers();
await page.$eval(".living-cell svg .lc-y", (one) => one.focus());
await page.keyboard.press("ArrowUp");
seen.target = await page.$eval(".living-cell svg .lc-y", (one) => one.ariaValueNow);
await page.$eval("[data-story=explode]", (one) => one.click());
await new Promise((done) => setTimeout(done, 500));
seen.verdict = await text(".lc-verdict");
seen.address = await page.evaluate(() => location.hash);
seen.said = said;
console.log(JSON.stringify(seen));
await browser.close();
