// A Chromium that shows Home Assistant at Home Assistant's own time.

import process from "node:process";

import { chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const SECONDS_TO_APPEAR = 60;

export const DESKTOP = { width: 1280, height: 960 };
export const PHONE = { width: 390, height: 844 };

// What a browser or Home Assistant itself complains of, none of it about the integration.
const NOT_OURS = [
  // The icons of other integrations are on the internet, which may be out of reach.
  /404 .*\/api\/brands\/(?!integration\/smartpvms\/)/,
  // A browser asks every site for it, and the simulator has none.
  /404 .*\/favicon\.ico/,
];

export class Browser {
  #browser;
  #complaints = [];
  #contexts = [];
  #moved;

  constructor(browser, now) {
    this.#browser = browser;
    this.#moved = now - Date.now();
  }

  static async launch(now) {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      // Inside a container root has no sandbox, and shared memory is small.
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    });
    return new Browser(browser, now);
  }

  async close() {
    await this.#browser.close();
  }

  get complaints() {
    return this.#complaints;
  }

  // Set the clocks of all pages forward; what waits in them waits as long as ever.
  async later(seconds) {
    this.#moved += seconds * 1000;
    for (const context of this.#contexts) await context.clock.setSystemTime(this.now());
  }

  now() {
    return Date.now() + this.#moved;
  }

  // Open a page of a user's own.
  async open() {
    const context = await this.#browser.newContext({
      viewport: DESKTOP,
      colorScheme: "light",
      reducedMotion: "reduce",
      locale: "en-GB",
      timezoneId: process.env.TIME_ZONE,
    });
    context.setDefaultTimeout(SECONDS_TO_APPEAR * 1000);
    await context.clock.install({ time: this.now() });
    this.#contexts.push(context);
    context.on("console", (message) => {
      if (message.type() === "error") {
        this.#complain(message.text(), message.location().url);
      }
    });
    context.on("weberror", (error) => this.#complain(String(error.error()), ""));
    return context.newPage();
  }

  #complain(text, source) {
    const complaint = `${text} (${source})`;
    if (!NOT_OURS.some((each) => each.test(complaint))) this.#complaints.push(complaint);
  }
}
