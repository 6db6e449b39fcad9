/**
 * What goes on between the paper and the sheet: from lines to the image, its code, and the sketches drawn from it.
 *
 * @typedef {import("./text.js").Said} Said
 * @typedef {{code?: Float32Array, chance?: boolean, said: Said, own?: boolean, given?: Float32Array | null,
 *   found?: {component: number, gamma: Float32Array}}} Source
 *   what is drawn from: a code, or chance alone; `own` where it is that of your drawing;  `given`
 *   of a link; `found` what the encoder said of it
 */
import { erase, History } from "./history.js";
import { assign, gamma } from "./mixture.js";
import { raster } from "./raster.js";
import { simplify } from "./simplify.js";
import { toRows } from "./strokes.js";

export const TABS = ["redraw", "continue", "complete", "dream"];

export class Studio {
  /**
   * @param {import("./client.js").Client} client @param {object} model model.json
   * @param {object} shown where things are shown: sheet, and functions that say what has become of what
   */
  constructor(client, model, shown) {
    Object.assign(this, { client, model, shown });
    this.history = new History();
    this.tab = TABS.find((tab) => model.can[tab]) ?? "dream";
    this.count = 4;
    this.seed = 1;
    this.temperature = model.temperature;
    /** @type {Source} */
    this.source = { chance: true, said: { key: "from.chance" } };
    /** @type {Float32Array[]} codes of the sketches on the sheet */
    this.codes = [];
    /** @type {Float32Array | null} rows that the sketches on the sheet began with */
    this.given = null;
    this.strokes = new Float32Array(0);
    this.looks = 0; // at your drawing
    this.uses = 0; // of sources
    this.job = 0;
    this.draws = false;
  }

  /** @param {string} tab one of `TABS` that the model can do */
  setTab(tab) {
    this.tab = tab;
    if (tab === "dream") return this.use({ chance: true, said: { key: "from.chance" } });
    if (this.history.drawing.lines.length) return this.look();
    this.shown.say({ key: `tell.${tab}` });
  }

  /** Changes your drawing, and looks at it. @param {import("./history.js").Drawing} drawing */
  change(drawing) {
    if (drawing !== this.history.drawing) this.history.push(drawing);
    return this.look();
  }

  /** What the encoder is to read of your drawing, and the points of it. */
  read() {
    const { drawing } = this.history;
    this.strokes = simplify(drawing.lines);
    const { png_width: size } = this.model;
    const image = raster(this.strokes, size);
    return this.tab === "complete" ? erase(image, drawing, size) : image;
  }

  /** Looks at your drawing: its points, its image, its code, to draw from it unless something else is drawn from meanwhile. */
  async look() {
    const look = ++this.looks, use = this.uses;
    if (this.tab === "dream" && this.history.drawing.lines.length) this.shown.wakes();
    this.shown.changed();
    let image;
    try {
      image = this.read();
    } catch (error) {
      return this.shown.say({ key: "error.input", values: { detail: error.message } });
    }
    if (!this.strokes.length) return this.blank();
    this.shown.seen(image);
    const masked = this.tab === "complete" && this.history.drawing.masks.length > 0;
    if (image.every((grey) => grey === 255)) return this.shown.say({ key: masked ? "allErased" : "dot" });
    if (!this.model.can.encode) return this.use({ chance: true, said: { key: "from.strokes" }, own: true });
    const found = await this.shown.tried(this.client.encode(this.asked(image)));
    if (!found || look !== this.looks) return;
    this.shown.located("own", found.mu);
    if (use !== this.uses) return;
    return this.use({ code: found.mu, found, said: { key: masked ? "from.masked" : "from.drawing" }, own: true });
  }

  asked(image) {
    if (this.model.encoder_reads === "images") return { image };
    const most = this.model.max_len, points = this.strokes.length / 3;
    if (points > most) this.shown.say({ key: "tooManyRead", values: { points, most } });
    return { strokes: this.strokes.slice(0, 3 * most) };
  }

  /** Nothing is on the paper that leaves ink. */
  blank() {
    this.shown.seen(null);
    this.shown.located("own", null);
    this.shown.say({ key: this.history.drawing.lines.length ? "dot" : "cleared" });
  }

  /**
   * Draws from something.
   * @param {Source} source @param {boolean} [still] without movement
   */
  use(source, still = false) {
    this.source = source;
    this.uses++;
    if (!still) this.next = null;
    if (source.code) this.where(source.code);
    this.shown.located("now", source.own ? null : (source.code ?? null));
    return this.draw(still);
  }

  /** Draws from one thing after another, as fast as the model can: of those that come meanwhile, the last. @param {Source} [source] */
  async glide(source = this.source) {
    this.next = source;
    if (this.glides) return;
    this.glides = true;
    while (this.next) {
      const now = this.next;
      this.next = null;
      await this.use(now, true);
    }
    this.glides = false;
  }

  /** Shows the component of a code. */
  where(code) {
    const { mixture } = this.model;
    this.shown.where(mixture && (this.found(code)?.gamma ?? gamma(code, mixture)), mixture ? this.component(code) : -1);
  }

  /** What the encoder said of a code, if it is its own. */
  found = (code) => (this.source.code === code ? this.source.found : undefined);

  /** The component that a code belongs to. @param {Float32Array} code */
  component = (code) => this.found(code)?.component ?? assign(code, this.model.mixture);

  /** Draws as all settings are. @param {boolean} [still] without movement */
  async draw(still = false) {
    const job = ++this.job;
    const given = this.beginning();
    if (given === undefined) {
      this.stop();
      return this.shown.say({ key: "begin" });
    }
    const codes = await this.sources();
    if (job !== this.job) return;
    if (!codes) return this.stop();
    [this.codes, this.given] = [codes, given];
    this.shown.begins(this.source.said, given);
    this.shown.sheet.begin(this.count, given ? given.length / 5 : 0, still);
    const flat = Float32Array.from(codes.flatMap((code) => [...code]));
    this.draws = true;
    const request = { codes: flat, count: this.count, seed: this.seed, temperature: this.temperature, given };
    const done = await this.shown.tried(this.client.draw(request, (rows) => job === this.job && this.shown.sheet.add(rows)));
    if (job !== this.job) return;
    this.draws = false;
    this.shown.sheet.end();
    this.shown.drawn(Boolean(done));
  }

  /** The rows that sketches begin with: null for none, undefined where there should be some. */
  beginning() {
    if (this.source.given !== undefined) return this.source.given;
    if (this.tab !== "continue" || (this.source.chance && !this.source.own)) return null;
    if (!this.strokes.length) return this.source.own ? undefined : null;
    const most = this.model.max_len, points = this.strokes.length / 3;
    const kept = Math.min(points, most - 1);
    if (kept < points) this.shown.say({ key: "tooLong", values: { points, most, kept } });
    return toRows(this.strokes.slice(0, 3 * kept), this.model.scale_factor ?? 1);
  }

  /** A code for each sketch; those of chance are each of their own. @returns {Promise<Float32Array[] | null>} */
  async sources() {
    const each = Array.from({ length: this.count }, (_, i) => i);
    const { code } = this.source;
    if (code) return each.map(() => code);
    if (!this.model.z_size) return each.map(() => new Float32Array(0));
    const found = await this.shown.tried(Promise.all(each.map((i) => this.client.sample(null, this.seed + i))));
    if (found) this.where(found[this.shown.sheet.selected % this.count].code);
    return found && found.map((sample) => sample.code);
  }

  /** Stops what is being drawn. */
  stop() {
    this.next = null;
    this.draws = false;
    this.client.stop();
    this.shown.sheet.halt();
  }
}
