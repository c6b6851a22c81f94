// What a user does in Home Assistant, found by what is to be read on the screen.

const ATTEMPTS = 4;
const PATIENCE = { timeout: 15000 };

export class User {
  #page;
  #home;

  constructor(page, home) {
    this.#page = page;
    this.#home = home;
  }

  get page() {
    return this.#page;
  }

  // Open a page, which has to show a text: a page of Home Assistant whose words come too
  // late stays without them, until it is loaded again.
  async open(path, text) {
    await this.again(
      () => this.#goTo(path),
      () => this.sees(text, PATIENCE),
    );
  }

  async #goTo(path) {
    await this.#page.goto(`${this.#home}${path}`);
  }

  async logIn(name, password) {
    await this.#goTo("/");
    await this.fill("Username", name);
    await this.fill("Password", password);
    await this.press("Log in");
    await this.#page.getByRole("link", { name: "Settings" }).first().waitFor();
  }

  // A dialog is the last thing on its page, hence the last of what has the same name.
  async press(name) {
    await this.#page.getByRole("button", { name, exact: typeof name === "string" }).last().click();
  }

  // Press what closes a dialog. That is a step back in the browser's history, which
  // would undo where the user goes next.
  async finish(name) {
    await this.again(
      () => this.press(name),
      () => this.#page.waitForFunction(() => !history.state?.dialog, null, PATIENCE),
    );
  }

  // Do something once more if nothing comes of it for a while, as a user does: a page
  // of Home Assistant that is still loading its words may miss a click.
  async again(act, outcome) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await act();
        return await outcome();
      } catch (error) {
        if (error.name !== "TimeoutError" || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async choose(text) {
    await this.#page.getByText(text, { exact: typeof text === "string" }).last().click();
  }

  async option(name) {
    const option = this.#page.getByRole("option", { name });
    await option.or(this.#page.getByRole("menuitem", { name })).last().click();
  }

  async fill(name, value) {
    await this.#page.getByRole("textbox", { name }).last().fill(value);
  }

  async search(placeholder, text) {
    await this.#page.getByPlaceholder(placeholder, { exact: true }).last().fill(text);
  }

  async toggle(name, on) {
    const found = this.#page.getByRole("switch", { name });
    await found.press("Space");
    if ((await found.isChecked()) !== on) throw new Error(`${name} does not move`);
  }

  async setNumber(name, value) {
    const field = this.#page.getByRole("spinbutton", { name });
    await field.fill(String(value));
    await field.press("Tab");
  }

  async pressRow(name) {
    await this.#row(name).getByRole("button", { name: "Press" }).click();
  }

  async seesRow(name, value) {
    await this.#row(name).filter({ hasText: value }).first().waitFor();
  }

  // Whether a row comes to show a value within some seconds.
  async showsRow(name, value) {
    try {
      await this.#row(name).filter({ hasText: value }).first().waitFor({ timeout: 4000 });
      return true;
    } catch (error) {
      if (error.name === "TimeoutError") return false;
      throw error;
    }
  }

  // A line of the page of a device: the name of an entity, and what it shows or offers.
  #row(name) {
    return this.#page
      .locator("hui-generic-entity-row")
      .filter({ has: this.#page.getByText(name, { exact: true }) });
  }

  async seesTicked(role, name) {
    await this.#page.getByRole(role, { name, checked: true }).waitFor();
  }

  async sees(text, options) {
    await this.#page
      .getByText(text, { exact: typeof text === "string" })
      .filter({ visible: true })
      .first()
      .waitFor(options);
  }

  // Open a page by a text of it, and there a dialog, which has to show another.
  async openDialog(path, text, open, shown) {
    await this.again(
      async () => {
        await this.open(path, text);
        await open();
      },
      () => this.sees(shown, PATIENCE),
    );
  }

  // Submit forms, known by what is to be read in them, until something else is shown.
  async submitUntil(text, forms) {
    for (;;) {
      const shown = await this.#firstOf([text, ...forms]);
      if (shown === text) return;
      await this.press("Submit");
      await this.seesNot(shown);
    }
  }

  async #firstOf(texts) {
    const seen = texts.map((text) => this.sees(text, PATIENCE).then(() => text));
    return Promise.any(seen).catch((error) => {
      throw error.errors[0];
    });
  }

  async seesNot(text) {
    await this.#page
      .getByText(text, { exact: typeof text === "string" })
      .first()
      .waitFor({ state: "hidden" });
  }
}
