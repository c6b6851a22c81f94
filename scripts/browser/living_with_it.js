// What an owner does with an entry: look, charge, plan, mend, change, remove.

import { consent, TO_HUAWEI } from "./setting_up.js";

const INTEGRATION = "/config/integrations/integration/smartpvms";
const PLANT = "Home Berlin";
const NO_REPAIRS = /no repairs/i;
const BEAT = 300;
const MOST_BEATS = 8;

export async function openDevice({ user, scene, picture }) {
  await user.open(INTEGRATION, /\d entities/);
  await user.press(new RegExp(`^${PLANT}.*entities`));
  await user.sees("Service info");
  // All three kinds of its entities, none of them without a value.
  await user.seesRow("PV power", /\d\sW/);
  await user.seesRow("Battery state of charge", /\d\s?%/);
  await user.seesRow("Total yield", /\d\skWh/);
  scene.device = new URL(user.page.url()).pathname;
  await picture("device", { phone: true });
}

// What the config flow offered and the owner accepted is in the Energy dashboard.
export async function seeEnergy({ user, picture }) {
  await user.open("/energy", "Energy distribution");
  for (const source of ["Solar total", "Battery total", "Grid total"]) await user.sees(source);
  await picture("energy", { phone: true });
  await user.page.getByRole("tab", { name: "Now" }).click();
  await user.sees("Power sources");
  for (const source of ["Solar", "Grid", "Battery", "Consumption"]) await user.sees(source);
  await picture("energy-now");
}

export async function charge({ user, later, scene, picture }) {
  await user.open(scene.device, "Service info");
  await user.setNumber("Forced duration", 20);
  await user.pressRow("Charge now");
  await user.seesRow("Last command", "Running");
  // The cloud publishes the power of some minutes ago.
  await until(later, () => user.showsRow("Battery power", /-2,500\sW/));
  await user.seesRow("Last command", "Running");
  await picture("running-command");
  await until(later, () => user.showsRow("Last command", "Success"));
}

export async function plan({ user, later, scene, now }) {
  const tomorrow = new Date(now() + 24 * 3600 * 1000).toISOString().slice(0, 10);
  await user.open("/config/tools/action", "YAML mode");
  await user.press("YAML mode");
  await user.page.getByRole("textbox").last().fill(
    [
      "action: smartpvms.set_battery_plan",
      "data:",
      // The last part of the page's address, as the documentation says.
      `  device_id: ${scene.device.split("/").at(-1)}`,
      "  grid_charge_power: 2000",
      "  gaps: self_use",
      "  slots:",
      `    - {start: "${tomorrow} 02:00", end: "${tomorrow} 05:00", action: charge}`,
      `    - {start: "${tomorrow} 05:00", end: "${tomorrow} 07:00", action: hold}`,
    ].join("\n"),
  );
  await user.press("Perform action");
  await user.sees("Response");
  await user.open(scene.device, "Service info");
  await user.seesRow("Last command", "Running");
  await until(later, () => user.showsRow("Last command", "Success"));
  await user.seesRow("Battery plan slot", "Self-use");
}

export async function seePlan({ user, picture }) {
  await user.open("/calendar", "02:00");
  await user.sees("Charge");
  await user.sees("Hold");
  await picture("battery-plan", { phone: true });
}

export async function breakAndMend({ user, later, environment }) {
  // Time for the consent to be one that has lasted.
  await later(BEAT);
  await withdrawConsent(environment);
  await later(BEAT);
  const expired = new RegExp(`Authentication expired for ${PLANT}`);
  await user.open("/config/repairs", expired);
  await user.seesNot(/The consent of/);
  await user.again(
    async () => {
      await user.open("/config/repairs", expired);
      await user.choose(expired);
    },
    () => user.submitUntil(TO_HUAWEI, ["Sign in again", "The registered redirect"]),
  );
  await consent(user, environment);
  await user.sees("Re-authentication was successful");
  await user.finish("Close");
  await later(BEAT);
  await user.open("/config/repairs", NO_REPAIRS);
}

// Home Assistant's tokens end, as when the owner withdraws the consent.
async function withdrawConsent(environment) {
  const response = await fetch(`${environment.CLOUD_URL}/_simulator/grant`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  if (!response.ok) throw new Error(`The simulator answers ${response.status}`);
}

export async function changeOptions({ user, scene }) {
  await user.openDialog(
    INTEGRATION,
    PLANT,
    () => user.press("Configure"),
    "How much to show",
  );
  await user.choose("Control");
  await user.toggle(/^Allow control/, false);
  await user.press("Submit");
  await user.sees("Options successfully saved.");
  await user.finish("Finish");
  await user.open(scene.device, "Service info");
  await user.seesRow("PV power", /\d\sW/);
  await user.seesNot("Charge now");
}

export async function removeEntry({ user }) {
  await user.open(INTEGRATION, /\d entities/);
  // The first menu is that of the page.
  await user.page.getByRole("button", { name: "Menu" }).nth(1).click();
  await user.option("Delete");
  await user.sees(`Delete ${PLANT}?`);
  await user.press("Delete");
  await user.sees(/also delete application credentials/);
  await user.finish("Remove");
  await user.sees("No entries");
  await user.open("/config/application_credentials", "No data");
}

// Let beats pass until something is so.
async function until(later, isSo) {
  for (let beat = 0; beat < MOST_BEATS; beat += 1) {
    await later(BEAT);
    if (await isSo()) return;
  }
  throw new Error(`Not after ${MOST_BEATS} beats`);
}
