// The journey of a new owner: from the credentials to the removal of the entry.
//
// Started by `python -m scripts.browser`, which tells in the environment where
// everything is. Exit code 0 if every step came to its end and no page complained.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

import { Browser } from "./browser.js";
import {
  breakAndMend,
  changeOptions,
  charge,
  openDevice,
  plan,
  removeEntry,
  seeEnergy,
  seePlan,
} from "./living_with_it.js";
import { Photographer } from "./pictures.js";
import { addCredentials, addIntegration } from "./setting_up.js";
import { User } from "./user.js";

const environment = process.env;

const STEPS = [
  ["Add application credentials", addCredentials],
  ["Add the integration and consent", addIntegration],
  ["Open the page of the plant", openDevice],
  ["See its sources in the Energy dashboard", seeEnergy],
  ["Charge now", charge],
  ["Make a day plan", plan],
  ["See it in the calendar", seePlan],
  ["Lose the consent and give it anew", breakAndMend],
  ["Change the options", changeOptions],
  ["Remove the entry", removeEntry],
];

async function main() {
  const began = Date.now();
  const browser = await Browser.launch(new Date(environment.NOW).getTime());
  const page = await browser.open();
  const user = new User(page, environment.HOME_URL);
  const photographer = new Photographer(page, environment.PICTURES);
  const stage = {
    user,
    environment,
    scene: {},
    now: () => browser.now(),
    later: (seconds) => later(browser, seconds),
    picture: (name, options) => photographer.take(name, options),
  };
  let passed = true;
  try {
    await user.logIn(environment.HOME_USER, environment.HOME_PASSWORD);
    for (const [name, step] of STEPS) {
      await step(stage);
      console.log(`[${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s] ${name}`);
    }
  } catch (error) {
    passed = false;
    console.error(error);
    await keep(page);
  }
  for (const complaint of browser.complaints) console.error(`Console: ${complaint}`);
  await browser.close();
  return passed && !browser.complaints.length;
}

// Let time pass for the plant, the cloud, Home Assistant and its user.
async function later(browser, seconds) {
  const response = await fetch(`${environment.TIME_URL}/later`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ seconds }),
  });
  if (!response.ok) throw new Error(`Time stands still: ${response.status}`);
  await browser.later(seconds);
}

// Keep what the page shows, so that it can be seen why a step failed.
async function keep(page) {
  const folder = environment.FAILURES;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, "page.png") });
  const tree = await page.locator("body").ariaSnapshot();
  console.error(tree.split("\n- dialog").at(-1).slice(-4000));
}

process.exitCode = (await main()) ? 0 : 1;
