// Takes the pictures of the documentation, each light and dark, some on a phone too.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { DESKTOP, PHONE } from "./browser.js";

const SECONDS_TO_SETTLE = 2;

export class Photographer {
  #page;
  #folder;

  // Without a folder no picture is taken.
  constructor(page, folder) {
    this.#page = page;
    this.#folder = folder;
  }

  async take(name, { phone = false } = {}) {
    if (!this.#folder) return;
    await mkdir(this.#folder, { recursive: true });
    // What the pointer lies on would look chosen.
    await this.#page.mouse.move(0, 0);
    for (const colorScheme of ["light", "dark"]) {
      await this.#page.emulateMedia({ colorScheme });
      await this.#shoot(`${name}-${colorScheme}`);
    }
    await this.#page.emulateMedia({ colorScheme: "light" });
    if (!phone) return;
    await this.#page.setViewportSize(PHONE);
    await this.#shoot(`${name}-phone`);
    await this.#page.setViewportSize(DESKTOP);
  }

  async #shoot(name) {
    await this.#settle();
    const path = join(this.#folder, `${name}.png`);
    await this.#page.screenshot({ path, animations: "disabled" });
  }

  // Charts and cards draw themselves in steps, of which nothing tells the last.
  async #settle() {
    await this.#page.waitForLoadState("networkidle");
    await new Promise((resolve) => setTimeout(resolve, SECONDS_TO_SETTLE * 1000));
  }
}
