/**
 * Starts the page: loads the model, then the map, and says so where that fails.
 */
import { readAtlas } from "./atlas.js";
import { Client } from "./client.js";
import { alarm, tell } from "./notices.js";
import { Page } from "./page.js";
import { setUpHeader } from "./panels.js";
import { fill, speak, spoken, whenSpoken } from "./text.js";

const byId = (id) => document.getElementById(id);

/** The map of a model that has one; null, and a sentence, where it cannot be read. */
async function atlasOf(model) {
  if (!model.can.map) return null;
  try {
    return await readAtlas();
  } catch (error) {
    alarm({ key: "badMap", values: { detail: error.message } });
    return null;
  }
}

async function start() {
  const page = byId("page");
  byId("cold").hidden = true;
  page.hidden = false;
  page.inert = true;
  setUpHeader();
  whenSpoken(() => fill(document));
  speak(spoken());
  tell({ key: "loading" });
  const client = new Client((refusal) => {
    page.inert = true;
    alarm(refusal);
  });
  const { model } = await client.load();
  byId("model-title").textContent = model.title;
  const sketchpad = new Page(client, model, await atlasOf(model));
  page.inert = false;
  await sketchpad.begin();
}

start().catch(alarm);
