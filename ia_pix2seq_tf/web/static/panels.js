/**
 * The controls of the panels: tools of the paper, settings of the model, what is taken along, the list of keys.
 */
import { choice } from "./controls.js";
import { EMPTY } from "./history.js";
import { toHash } from "./link.js";
import { copy, jsonFile, pngFile, save, svgFile } from "./takeaway.js";
import { KEYS, say, speak, spoken, whenSpoken } from "./text.js";
import { TABS } from "./studio.js";

const LARGEST_SEED = 999_999;
const byId = (id) => document.getElementById(id);

/** Pen, eraser, undo, redo, clear. @returns {{arrange: () => void, undo: () => void, redo: () => void, clear: () => void}} */
export function setUpTools(studio, pad) {
  const { history } = studio;
  let erases = false;
  const arrange = () => {
    pad.showsMasks = studio.tab === "complete";
    pad.tool = !erases ? "pen" : pad.showsMasks ? "mask" : "eraser";
    byId("pen").setAttribute("aria-pressed", String(!erases));
    byId("eraser").setAttribute("aria-pressed", String(erases));
    byId("undo").disabled = !history.canUndo;
    byId("redo").disabled = !history.canRedo;
    byId("clear").disabled = history.drawing === EMPTY;
    pad.canvas.dataset.tool = pad.tool;
    pad.show(history.drawing);
  };
  const pick = (next) => {
    erases = next;
    arrange();
  };
  const acts = {
    undo: () => history.canUndo && (history.undo(), studio.look()),
    redo: () => history.canRedo && (history.redo(), studio.look()),
    clear: () => history.drawing !== EMPTY && studio.change(EMPTY),
  };
  byId("pen").onclick = () => pick(false);
  byId("eraser").onclick = () => pick(true);
  for (const [id, act] of Object.entries(acts)) byId(id).onclick = act;
  arrange();
  return { arrange, ...acts };
}

/** Tabs, variants, temperature, seed, draw again, stop. @returns {{show: () => void, again: () => void}} */
export function setUpSettings(studio, arranged) {
  const { model } = studio;
  const temperature = /** @type {HTMLInputElement} */ (byId("temperature")), seed = /** @type {HTMLInputElement} */ (byId("seed"));
  const able = TABS.filter((tab) => model.can[tab]);
  const tabs = choice(byId("tabs"), able.map((tab) => ({ value: tab, key: `tab.${tab}` })), (tab) => {
    studio.setTab(tab);
    arranged();
  });
  const counts = choice(byId("counts"), ["1", "4", "9"].map((value) => ({ value, text: value })), (count) => {
    studio.count = Number(count);
    studio.draw();
  });
  const show = () => {
    tabs.set(studio.tab);
    counts.set(String(studio.count));
    seed.value = String(studio.seed);
    temperature.value = String(studio.temperature);
    byId("temperature-value").textContent = studio.temperature.toFixed(2);
  };
  temperature.oninput = () => {
    studio.temperature = Number(temperature.value);
    byId("temperature-value").textContent = studio.temperature.toFixed(2);
    studio.glide();
  };
  seed.onchange = () => {
    studio.seed = Math.min(LARGEST_SEED, Math.max(0, Math.trunc(Number(seed.value)) || 0));
    show();
    studio.draw();
  };
  const again = () => {
    studio.seed = crypto.getRandomValues(new Uint32Array(1))[0] % (LARGEST_SEED + 1);
    show();
    studio.draw();
  };
  byId("again").onclick = again;
  byId("stop").onclick = () => studio.stop();
  show();
  return { show, again };
}

/** SVG, PNG, JSON and link, of the model's sketch or of your drawing. */
export function setUpTakeaway(studio, sheet, tell) {
  const { model } = studio;
  let what = "sketch";
  choice(byId("what"), ["sketch", "drawing"].map((value) => ({ value, key: `what.${value}` })), (value) => (what = value));
  const strokes = () => (what === "sketch" ? sheet.strokes : studio.strokes);
  const give = (suffix, made) => {
    if (!strokes().length) return tell({ key: "nothing" });
    const file = `${what}-${studio.seed}.${suffix}`;
    save(made(strokes()), file);
    tell({ key: "saved", values: { file } });
  };
  byId("take-svg").onclick = () => give("svg", svgFile);
  byId("take-png").onclick = () => give("png", pngFile);
  byId("take-json").onclick = () => give("json", (flat) => jsonFile(flat, what === "sketch" ? model.scale_factor : 1));
  byId("take-link").onclick = async () => {
    if (!sheet.strokes.length) return tell({ key: "nothing" });
    const hash = toHash(recipe(studio, sheet));
    history.replaceState(null, "", `#${hash}`);
    tell({ key: await copy(location.href, /** @type {HTMLInputElement} */ (byId("link-text"))) });
  };
}

/** All that it takes to draw the chosen sketch again. @returns {import("./link.js").Recipe} */
function recipe(studio, sheet) {
  const { seed, temperature, count, given } = studio;
  return { code: studio.codes[sheet.selected], seed, temperature, count, selected: sheet.selected, given };
}

/** The list of keys, and the switch of the language. */
export function setUpHeader() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("keys-dialog"));
  byId("help").onclick = () => dialog.showModal();
  byId("keys-close").onclick = () => dialog.close();
  byId("language").onclick = () => speak();
  whenSpoken(() => {
    byId("language").textContent = say("other");
    byId("language").lang = spoken() ? "en" : "zh-Hans";
    byId("keys-list").replaceChildren(...KEYS.flatMap(([key, ...meanings]) => {
      const [term, meaning] = [document.createElement("dt"), document.createElement("dd")];
      term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      meaning.textContent = meanings[spoken()];
      return [term, meaning];
    }));
  });
}
