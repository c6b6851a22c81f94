// From nothing to an entry: application credentials, config flow, consent.

export const TO_HUAWEI = "Go on in the browser";

export async function addCredentials({ user, environment }) {
  await user.open("/config/application_credentials", "Add Application Credentials");
  await user.press("Add Application Credentials");
  await user.press("Integration *");
  // The list has the bare domain for as long as the names are on their way.
  await user.search("Search", "smartpvms");
  await user.option(/smartpvms/i);
  // The form is drawn anew with these words, and forgets what was typed before.
  await user.sees(/has nine digits/);
  await user.fill("Name", "Simulator");
  await user.fill("OAuth client ID", environment.CLIENT_ID);
  await user.fill("OAuth client secret", environment.CLIENT_SECRET);
  await user.finish("Add");
  await user.page.getByRole("rowheader", { name: "Simulator" }).waitFor();
}

export async function addIntegration({ user, environment, picture }) {
  await user.openDialog(
    "/config/integrations/dashboard",
    "Add integration",
    async () => {
      await user.press("Add integration");
      await user.search("Search for a brand name", "FusionSolar");
      await user.press("FusionSolar SmartPVMS");
    },
    "I have no access yet",
  );
  await picture("config-flow");
  await user.choose("OAuth Connect");
  await user.press(/^Server/);
  await user.option("Other");
  await user.fill("Own address", environment.CLOUD_URL);
  await user.press("Submit");
  await user.sees("The registered redirect");
  await user.press("Submit");
  await consent(user, environment);
  await user.sees("Which plants are to be in Home Assistant?");
  await user.press("Submit");
  await user.seesTicked("checkbox", "Meter-1");
  await user.press("Submit");
  await user.seesTicked("radio", /^All years and today live/);
  await picture("energy-offer");
  await user.press("Submit");
  await user.toggle(/^Allow control/, true);
  await user.press("Submit");
  await user.sees("Name and assign");
  await user.finish("Skip and finish");
  await user.seesNot("Name and assign");
}

// Go to the cloud's page in a window of its own, allow everything, and come back.
export async function consent(user, environment) {
  const [page] = await Promise.all([
    user.page.context().waitForEvent("page"),
    user.choose(TO_HUAWEI),
  ]);
  await page.getByRole("heading", { name: "Authorise access" }).waitFor();
  await page.getByRole("textbox", { name: "User name" }).fill(environment.OWNER);
  await page.getByRole("textbox", { name: "Password" }).fill(environment.OWNER_PASSWORD);
  await page.getByRole("checkbox", { name: /^Control APIs/ }).check();
  await page.getByRole("button", { name: "Allow" }).click();
}
