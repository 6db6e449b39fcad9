/**
 * The page, once the model is there: what its parts tell one another.
 */
import { choice, foldable, keys } from "./controls.js";
import { examples, toFlat } from "./examples.js";
import { isDot, withLine, withMask, without } from "./history.js";
import { fromHash } from "./link.js";
import { MapView } from "./map.js";
import { calm, mention, tell, tried } from "./notices.js";
import { Pad } from "./pad.js";
import { setUpSettings, setUpTakeaway, setUpTools } from "./panels.js";
import { picture, Sheet } from "./sheet.js";
import { Studio } from "./studio.js";
import { fill, name, say, whenSpoken } from "./text.js";
import { Way } from "./way.js";
import { called, Where } from "./where.js";

const EXAMPLES = 7; // drawings to begin with
const byId = (id) => document.getElementById(id);

/** The page, once the model is there. */
export class Page {
  /** @param {import("./client.js").Client} client @param {any} model model.json @param {any} map atlas, or what it lacks */
  constructor(client, model, { atlas = null, lack = null }) {
    Object.assign(this, { client, model, atlas, lack });
    this.sheet = new Sheet(byId("sheet"), (index) => this.chosen(index));
    this.pad = new Pad(/** @type {HTMLCanvasElement} */ (byId("pad")), {
      begun: () => (byId("invitation").hidden = true),
      finished: (tool, points) => this.drew(tool, points),
    });
    this.studio = new Studio(client, model, {
      sheet: this.sheet,
      say: tell,
      tried,
      seen: (image) => this.seen(image),
      where: (gamma, component) => this.where?.show(gamma, component),
      located: (mark, code) => this.map?.mark(mark, code && this.atlas.placeOf(code)),
      changed: () => this.changed(),
      wakes: () => this.toTab(model.can.redraw ? "redraw" : "continue"),
      begins: (said) => this.begins(said),
      drawn: (whole) => this.drawn(whole),
    });
    this.tools = setUpTools(this.studio, this.pad);
    this.settings = setUpSettings(this.studio, () => this.tools.arrange());
    setUpTakeaway(this.studio, this.sheet, tell);
    this.sheet.finished = () => this.rests();
    this.setUpWhere();
    this.setUpMap();
    this.setUpExamples();
    this.setUpKeys();
    fill(document);
    foldable(document.querySelectorAll(".panel"));
    whenSpoken(() => this.speak());
  }

  /** What a component is called. @param {number} number */
  component = (number) => called(this.model.components?.find((each) => each.number === number), number);

  /** What a mark of the map is called. @param {number} index */
  markName(index) {
    const mark = this.atlas.marks[index];
    const category = this.model.categories?.[mark.category] ?? "";
    if (!(mark.component >= 0)) return category;
    const component = this.component(mark.component);
    return component.includes(category) ? component : `${category} (${component})`;
  }

  setUpWhere() {
    const { can, components } = this.model;
    byId("where").hidden = !can.encode && !can.components;
    byId("page").classList.toggle("small-set", byId("where").hidden && !can.map && !can.interpolate);
    byId("sees-figure").hidden = !can.encode;
    if (this.model.encoder_reads !== "images") byId("sees").dataset.label = byId("sees-caption").dataset.text = "strokesSeen";
    byId("whence").hidden = byId("kinds").hidden = !can.components;
    this.whence = "centre";
    if (!can.components) return;
    choice(byId("whence"), ["centre", "sample"].map((value) => ({ value, key: value })), (value) => (this.whence = value));
    this.where = new Where(byId("components"), components, (component) => this.drawFrom(component));
  }

  /** Draws from the centre of a component, or from a sample of it. */
  async drawFrom({ number }) {
    const { studio, whence } = this;
    const code = whence === "centre" ? Float32Array.from(this.model.mixture.means[number]) : (await tried(this.client.sample(number, studio.seed)))?.code;
    if (!code) return;
    if (studio.tab === "dream" || studio.tab === "complete") this.toTab("redraw");
    if (whence === "sample") [studio.seed] = crypto.getRandomValues(new Uint32Array(1)).map((value) => value % 1_000_000);
    this.settings.show();
    studio.use({ code, said: { key: `from.${whence}`, values: { name: this.component(number) } } });
  }

  /** Goes to a tab without drawing. */
  toTab(tab) {
    if (!this.model.can[tab]) return;
    this.studio.tab = tab;
    this.settings.show();
    this.tools.arrange();
  }

  setUpMap() {
    const { can } = this.model;
    byId("map").hidden = !can.map && !can.interpolate;
    for (const id of ["map-frame", "map-hint"]) byId(id).hidden = !this.atlas;
    byId("way").hidden = !can.interpolate;
    if (can.interpolate) {
      this.way = new Way(this.client, Boolean(this.model.mixture), {
        current: () => this.current(),
        settings: () => this.studio,
        ends: (ends) => this.atlas && Object.entries(ends).forEach(([end, { code }]) => this.map.mark(end, this.atlas.placeOf(code))),
        step: (code, t, still) => this.from({ code, said: { key: "from.way", values: { percent: Math.round(100 * t) } } }, still),
      });
    }
    if (!this.atlas) return;
    this.map = new MapView(/** @type {HTMLCanvasElement} */ (byId("map-canvas")), this.atlas, {
      mark: (index, glides) => this.from({ code: this.atlas.code(index), said: this.fromMark(index) }, glides),
      place: (x, y) => this.from({ code: this.atlas.codeAt(x, y), said: this.fromPlace(x, y) }, true),
      seen: (index) => this.overMark(index),
      end: (end) => this.way?.set(end),
    });
  }

  /** Draws from a code that is not your drawing's. */
  from(source, glides) {
    if (["dream", "complete"].includes(this.studio.tab)) this.toTab("redraw");
    if (glides) this.studio.glide(source);
    else this.studio.use(source);
  }

  fromMark = (index) => ({ key: "from.mark", values: { name: { key: "mark", values: { number: this.atlas.marks[index].number, name: this.markName(index) } } } });

  fromPlace = (x, y) => ({ key: "from.place", values: { name: { key: "between", values: { name: this.markName(this.atlas.nearest(x, y, 1)[0].index) } } } });

  /** What is drawn now, as an end of the way. @returns {import("./way.js").End | null} */
  current() {
    const { studio, sheet } = this;
    const code = studio.codes[sheet.selected];
    const { strokes } = sheet.sketches[sheet.selected] ?? {};
    return code?.length ? { code, strokes: () => strokes, said: studio.source.said } : null;
  }

  overMark(index) {
    byId("map-info").textContent = index === null ? "" : say("mark", { number: this.atlas.marks[index].number, name: this.markName(index) });
  }

  setUpExamples() {
    this.examples = examples(this.atlas, EXAMPLES, (index) => this.markName(index));
    byId("examples").replaceChildren(...this.examples.map(({ lines }) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.onclick = () => this.studio.change({ lines, masks: [] });
      button.append(picture(toFlat(lines)));
      return button;
    }));
  }

  setUpKeys() {
    const { tools, settings, studio } = this;
    keys({
      "Ctrl+z": tools.undo, "Ctrl+Shift+z": tools.redo, "Ctrl+y": tools.redo, Delete: tools.clear, " ": settings.again,
      Escape: () => studio.stop(),
    });
  }

  /** A line of the pen, or a way of the eraser, has ended. */
  drew(tool, points) {
    const { studio } = this;
    const change = { pen: withLine, eraser: without, mask: withMask }[tool];
    studio.change(change(studio.history.drawing, points));
    if (tool === "pen" && isDot(points)) tell({ key: "dot" });
  }

  /** Your drawing is another. */
  changed() {
    this.tools.arrange();
    const { lines } = this.studio.history.drawing;
    byId("invitation").hidden = lines.length > 0;
    name(byId("pad"), lines.length ? say("padName", { lines: lines.length }) : say("padEmpty"));
  }

  /** Shows the image that the encoder reads, or of the strokes that it reads, pixel for pixel. @param {Uint8Array | null} image */
  seen(image) {
    const canvas = /** @type {HTMLCanvasElement} */ (byId("sees")), { png_width: size } = this.model;
    const pixels = new ImageData(size, size);
    pixels.data.fill(255);
    image?.forEach((grey, i) => pixels.data.fill(grey, 4 * i, 4 * i + 3));
    Object.assign(canvas, { width: size, height: size });
    canvas.getContext("2d").putImageData(pixels, 0, 0);
  }

  begins(said) {
    this.said = said;
    if (said.key !== "from.way") this.way?.at();
    byId("stop").disabled = false;
    byId("caption").textContent = say(said);
    mention({ key: "drawing" });
  }

  /** All points are known. @param {boolean} whole  not stopped */
  drawn(whole) {
    this.nameSketches();
    if (whole) calm();
    if (!whole) mention({ key: "stopped" });
    else this.chosen(this.sheet.selected, mention);
    if (!this.studio.next) this.way?.refresh();
  }

  /** All points are shown. */
  rests() {
    byId("stop").disabled = true;
  }

  nameSketches() {
    [...byId("sheet").children].forEach((cell, i) => {
      name(cell, say("sketch", { number: i + 1, name: this.fallsInto(i), points: this.sheet.sketches[i]?.points.length ?? 0 }));
    });
  }

  /** What the sketch on the sheet is called. */
  fallsInto(index) {
    const code = this.studio.codes[index];
    return this.model.mixture && code ? this.component(this.studio.component(code)) : this.model.categories?.length === 1 ? this.model.categories[0] : say("sketchAlone");
  }

  /** A sketch on the sheet is the chosen one. @param {number} index @param {typeof tell} [says] */
  chosen(index, says = tell) {
    says({ key: "drawn", values: { name: this.fallsInto(index), points: this.sheet.sketches[index]?.points.length ?? 0 } });
    if (this.studio.source.chance && this.studio.codes[index]?.length) this.studio.where(this.studio.codes[index]);
  }

  speak() {
    if (this.said) byId("caption").textContent = say(this.said);
    [...byId("examples").children].forEach((button, i) => name(button, say("example", { name: this.examples[i].name })));
    const lacks = (id, said) => Object.assign(byId(id), { hidden: !said, textContent: said ? say(said) : "" });
    const { can } = this.model;
    lacks("where-none", can.components ? null : "noComponents");
    lacks("map-none", this.lack);
    if (this.map) this.overMark(this.map.over);
    this.changed();
    this.nameSketches();
  }

  /** What is drawn first: the sketch of a link, or of chance. */
  begin() {
    const { studio } = this;
    let linked = null;
    try {
      linked = fromHash(location.hash, this.model.z_size);
    } catch {
      tell({ key: "badLink" });
    }
    if (!linked) return studio.draw();
    const { code, given, ...settings } = linked;
    Object.assign(studio, settings);
    this.sheet.selected = linked.selected;
    this.settings.show();
    return studio.use({ code, given, said: { key: "from.link" } });
  }
}
