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

/** The map of a model; or a sentence that says why there is none. @returns {Promise<{atlas?: object, lack?: import("./text.js").Said}>} */
async function mapOf(model) {
  if (!model.can.map) return { lack: { key: "noMap" } };
  try {
    return { atlas: await readAtlas() };
  } catch (error) {
    return { lack: { key: "badMap", values: { detail: error.message } } };
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
  const sketchpad = new Page(client, model, await mapOf(model));
  page.inert = false;
  addEventListener("hashchange", () => sketchpad.begin());
  await sketchpad.begin();
}

start().catch(alarm);
