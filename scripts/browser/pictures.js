// Takes the pictures of the documentation: each light and dark, and some on a phone.

import { join } from "node:path";

const SECONDS_TO_SETTLE = 2;

export class Photographer {
  #browser;
  #page;
  #folder;

  // Without a folder no picture is taken.
  constructor(browser, page, folder) {
    this.#browser = browser;
    this.#page = page;
    this.#folder = folder;
  }

  async take(name) {
    if (!this.#folder) return;
    for (const colorScheme of ["light", "dark"]) {
      await this.#page.emulateMedia({ colorScheme });
      await this.#settle();
      await this.#page.screenshot({
        path: join(this.#folder, `${name}-${colorScheme}.png`),
        animations: "disabled",
      });
    }
    await this.#page.emulateMedia({ colorScheme: "light" });
  }

  // Charts and cards draw themselves in steps, of which nothing tells the last.
  async #settle() {
    await this.#page.waitForLoadState("networkidle");
    await new Promise((resolve) => setTimeout(resolve, SECONDS_TO_SETTLE * 1000));
  }
}
