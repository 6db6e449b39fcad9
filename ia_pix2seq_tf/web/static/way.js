/**
 * From A to B: two codes, a slider between them, and a strip of nine sketches under one seed.
 *
 * @typedef {{code: Float32Array, strokes: () => ArrayLike<number>, said: import("./text.js").Said}} End  strokes: those
 *   that there are of it by now
 */
import { positions, WAYS } from "./codes.js";
import { choice } from "./controls.js";
import { picture } from "./sheet.js";
import { toStrokes } from "./strokes.js";
import { name, say, whenSpoken } from "./text.js";

const STEPS = 9;
const byId = (id) => document.getElementById(id);

export class Way {
  /**
   * @param {import("./client.js").Client} client @param {boolean} straight  which way to begin with
   * @param {{current: () => End | null, step: (code: Float32Array, t: number, still: boolean) => void,
   *   ends: (ends: Record<string, End>) => void, settings: () => {seed: number, temperature: number, draws: boolean}}} told
   */
  constructor(client, straight, told) {
    Object.assign(this, { client, told });
    /** @type {Record<string, End>} */
    this.ends = {};
    this.way = straight ? "linear" : "spherical";
    this.drawn = "";
    this.slider = /** @type {HTMLInputElement} */ (byId("along"));
    this.buttons = { A: byId("set-a"), B: byId("set-b") };
    for (const [end, button] of Object.entries(this.buttons)) button.onclick = () => this.set(end);
    this.slider.oninput = () => this.go(Number(this.slider.value), true);
    const ways = choice(byId("ways"), [{ value: "linear", key: "linear" }, { value: "spherical", key: "spherical" }], (way) => {
      this.way = way;
      this.refresh();
    });
    ways.set(this.way);
    this.cells = positions(STEPS).map((t) => {
      const cell = Object.assign(document.createElement("button"), { type: "button", disabled: true });
      cell.onclick = () => this.go(t, false);
      return cell;
    });
    byId("strip").append(...this.cells);
    whenSpoken(() => this.speak());
  }

  get whole() {
    return Boolean(this.ends.A && this.ends.B);
  }

  /** Makes what is drawn now one of the ends. @param {string} end */
  set(end) {
    const current = this.told.current();
    if (!current) return;
    this.ends[end] = current;
    this.slider.disabled = !this.whole;
    this.slider.value = end === "A" ? "0" : "1";
    for (const cell of this.cells) cell.disabled = !this.whole;
    this.speak();
    this.told.ends(this.ends);
    this.refresh();
  }

  /** The code at a step of the way. @param {number} t */
  code = (t) => (t <= 0 ? this.ends.A.code : t >= 1 ? this.ends.B.code : WAYS[this.way](this.ends.A.code, this.ends.B.code, t));

  go(t, still) {
    if (!this.whole) return;
    this.slider.value = String(t);
    this.sayStep();
    this.at(t);
    this.told.step(this.code(t), t, still);
  }

  /** Marks a step of the strip, if one is there. @param {number} [t] */
  at(t) {
    this.cells.forEach((cell, i) => cell.setAttribute("aria-current", String(i === t * (STEPS - 1))));
  }

  /** Shows the ends, and draws the strip if something has changed since; once nothing else is being drawn. */
  async refresh() {
    for (const [end, { strokes }] of Object.entries(this.ends)) {
      const button = this.buttons[end];
      button.replaceChildren(picture(strokes()), button.querySelector(".badge"));
    }
    const { seed, temperature, draws } = this.told.settings();
    if (!this.whole || draws) return;
    const recipe = [seed, temperature, this.way, this.ends.A.code.join(), this.ends.B.code.join()].join(";");
    if (recipe === this.drawn) return;
    this.drawn = recipe;
    const steps = positions(STEPS).map(this.code);
    const codes = Float32Array.from(steps.flatMap((code) => [...code]));
    const rows = steps.map(() => []);
    const request = { codes, count: STEPS, seed, temperature, given: null, chances: steps.map(() => 0) };
    const done = await this.client.draw(request, (all) => rows.forEach((own, i) => own.push(...all.subarray(5 * i, 5 * i + 5)))).catch(() => null);
    if (this.drawn !== recipe) return;
    if (!done) return void (this.drawn = ""); // the model drew something else first; it comes back here after that
    this.cells.forEach((cell, i) => cell.replaceChildren(picture(toStrokes(rows[i]))));
  }

  /** Says where the slider stands. */
  sayStep() {
    this.slider.setAttribute("aria-valuetext", say("step", { percent: Math.round(100 * Number(this.slider.value)) }));
  }

  speak() {
    this.sayStep();
    for (const [end, button] of Object.entries(this.buttons)) {
      name(button, this.ends[end] ? say("endIs", { end, name: this.ends[end].said }) : say("setEnd", { end }));
    }
    this.cells.forEach((cell, i) => name(cell, say("step", { percent: Math.round((100 * i) / (STEPS - 1)) })));
    const { A, B } = this.ends;
    byId("way-hint").textContent = A && B ? say("wayIs", { a: A.said, b: B.said }) : say("wayHint");
  }
}
