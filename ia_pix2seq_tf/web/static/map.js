/**
 * The map: all test sketches at their places, in one canvas. A press takes a mark's code, a drag those between marks.
 */
import { sized } from "./pad.js";
import { fit } from "./strokes.js";
import { hue } from "./where.js";

const NEAR = 22; // pixels of the page within which a press means a mark
const STILL = 5; // pixels that a press may move
const SMALLEST = 9, LARGEST = 44; // sides of a mark, in pixels of the page
const FILLED = 0.92; // side of a mark over that of its share of the canvas
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class MapView {
  /**
   * @param {HTMLCanvasElement} canvas @param {import("./atlas.js").Atlas} atlas
   * @param {{mark: (index: number, glides: boolean) => void, place: (x: number, y: number) => void,
   *   seen: (index: number | null) => void, end: (name: string) => void}} told
   */
  constructor(canvas, atlas, told) {
    Object.assign(this, { canvas, atlas, told });
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.paths = atlas.marks.map(({ strokes }) => new Path2D(unitPath(strokes)));
    /** @type {number | null} the mark under the pointer, or that the arrows have reached */
    this.over = null;
    /** What is marked: your drawing, what is drawn now, the ends of the way. @type {Record<string, {x: number, y: number} | null>} */
    this.places = { own: null, now: null, A: null, B: null };
    this.press = null;
    const listen = (type, handler) => canvas.addEventListener(type, handler);
    listen("pointerdown", (event) => this.down(event));
    listen("pointermove", (event) => this.move(event));
    listen("pointerup", (event) => this.up(event));
    listen("pointercancel", () => (this.press = null));
    listen("pointerleave", () => this.hover(null));
    listen("keydown", (event) => this.key(event));
    for (const type of ["focus", "blur"]) listen(type, () => this.later());
    new ResizeObserver(() => this.paint()).observe(canvas);
    this.scheme.addEventListener("change", () => this.paint());
  }

  /** Marks a place. @param {"own" | "now" | "A" | "B"} name @param {{x: number, y: number} | null} place */
  mark(name, place) {
    this.places[name] = place;
    this.later();
  }

  /** Side of a mark and border, in pixels of the page. */
  get layout() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const share = Math.sqrt((width * height) / this.atlas.marks.length);
    const side = Math.min(LARGEST, Math.max(SMALLEST, share * FILLED));
    return { width, height, side, border: side / 2 + 6 };
  }

  /** From a place, 0 to 1, to pixels of the page. */
  pixel({ x, y }) {
    const { width, height, border } = this.layout;
    return [border + x * (width - 2 * border), border + y * (height - 2 * border)];
  }

  /** Where a pointer is, 0 to 1, and the mark under it. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const { width, height, border } = this.layout;
    const within = (value) => Math.min(1, Math.max(0, value));
    const [column, row] = [event.clientX - box.left, event.clientY - box.top];
    const place = { x: within((column - border) / (width - 2 * border)), y: within((row - border) / (height - 2 * border)) };
    let best = null, least = NEAR;
    this.atlas.marks.forEach((mark, i) => {
      const [x, y] = this.pixel(mark);
      const distance = Math.hypot(x - column, y - row);
      if (distance < least) [best, least] = [i, distance];
    });
    return { place, mark: best };
  }

  down(event) {
    if (this.press || (event.pointerType === "mouse" && event.button !== 0)) return;
    this.canvas.setPointerCapture?.(event.pointerId);
    this.press = { id: event.pointerId, x: event.clientX, y: event.clientY, drags: false };
  }

  move(event) {
    const { place, mark } = this.at(event);
    if (!this.press) return this.hover(mark);
    if (event.pointerId !== this.press.id) return;
    this.press.drags ||= Math.hypot(event.clientX - this.press.x, event.clientY - this.press.y) > STILL;
    if (!this.press.drags) return;
    this.hover(null);
    this.told.place(place.x, place.y);
  }

  up(event) {
    if (event.pointerId !== this.press?.id) return;
    const { drags } = this.press;
    this.press = null;
    if (drags) return;
    const { place, mark } = this.at(event);
    if (mark === null) return this.told.place(place.x, place.y);
    this.hover(mark);
    this.told.mark(mark, false);
  }

  key(event) {
    const direction = ARROWS[event.key], letter = event.key.toUpperCase();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (direction) {
      const from = this.over ?? (this.places.now ? this.atlas.nearest(this.places.now.x, this.places.now.y, 1)[0].index : 0);
      this.hover(this.atlas.next(from, direction));
      this.told.mark(this.over, true);
    } else if (event.key === "Enter" && this.over !== null) this.told.mark(this.over, false);
    else if (letter === "A" || letter === "B") this.told.end(letter);
    else return;
    event.preventDefault();
  }

  /** @param {number | null} index */
  hover(index) {
    if (index === this.over) return;
    this.over = index;
    this.told.seen(index);
    this.later();
  }

  later() {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.frame = 0;
    const { ratio } = sized(this.canvas);
    const context = this.canvas.getContext("2d");
    const { width, height, side } = this.layout;
    this.style = getComputedStyle(this.canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.lineJoin = context.lineCap = "round";
    this.atlas.marks.forEach((_, i) => this.sketch(context, i, side, 1));
    this.marked(context);
    if (this.over !== null) this.enlarged(context, this.over, Math.max(64, side * 2));
  }

  /** One sketch at its place. */
  sketch(context, index, side, line) {
    const [x, y] = this.pixel(this.atlas.marks[index]);
    this.draw(context, index, x, y, side, line);
  }

  draw(context, index, x, y, side, line) {
    context.save();
    context.translate(x - side / 2, y - side / 2);
    context.scale(side, side);
    context.lineWidth = line / side;
    context.strokeStyle = hue(this.atlas.marks[index].component, this.scheme.matches);
    context.stroke(this.paths[index]);
    context.restore();
  }

  /** The mark under the pointer, on a card within the canvas. */
  enlarged(context, index, side) {
    const { width, height } = this.layout;
    const [x, y] = this.pixel(this.atlas.marks[index]);
    const [left, top] = [[x, width], [y, height]].map(([at, extent]) => Math.min(Math.max(at - side / 2, 1), extent - side - 1));
    context.fillStyle = this.style.getPropertyValue("--sheet");
    context.strokeStyle = this.style.getPropertyValue("--seal");
    context.lineWidth = 1.5;
    context.beginPath();
    context.roundRect(left, top, side, side, 8);
    context.fill();
    context.stroke();
    this.draw(context, index, left + side / 2, top + side / 2, side * 0.82, 1.8);
  }

  /** The way, its ends, your drawing as a ring, what is drawn now as a cross. */
  marked(context) {
    const { A, B, own, now } = this.places;
    const [seal, sheet] = ["--seal", "--sheet"].map((color) => this.style.getPropertyValue(color));
    context.strokeStyle = seal;
    if (A && B) {
      context.setLineDash([4, 5]);
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(...this.pixel(A));
      context.lineTo(...this.pixel(B));
      context.stroke();
      context.setLineDash([]);
    }
    if (own) for (const [color, line] of [[sheet, 7], [seal, 3]]) circle(context, this.pixel(own), 13, color, line);
    if (now) for (const [color, line] of [[sheet, 6], [seal, 2.5]]) cross(context, this.pixel(now), 6, color, line);
    for (const [name, place] of Object.entries({ A, B })) if (place) badge(context, this.pixel(place), name, seal, sheet);
  }
}

/** The path of strokes in a square of side 1, as `pathData` writes it. @param {number[]} strokes */
function unitPath(strokes) {
  let { x, y, scale } = fit(strokes, 1, 0.06);
  let path = "";
  for (let i = 0; i < strokes.length; i += 3) {
    x += strokes[i] * scale;
    y += strokes[i + 1] * scale;
    path += `${i === 0 || strokes[i - 1] > 0.5 ? "M" : "L"}${x.toFixed(4)} ${y.toFixed(4)}`;
  }
  return path;
}

function circle(context, [x, y], radius, color, line) {
  Object.assign(context, { strokeStyle: color, lineWidth: line });
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

function cross(context, [x, y], reach, color, line) {
  Object.assign(context, { strokeStyle: color, lineWidth: line });
  context.beginPath();
  for (const turn of [-1, 1]) {
    context.moveTo(x - reach, y - turn * reach);
    context.lineTo(x + reach, y + turn * reach);
  }
  context.stroke();
}

function badge(context, [x, y], text, fill, ink) {
  context.fillStyle = fill;
  context.beginPath();
  context.arc(x, y, 10, 0, 2 * Math.PI);
  context.fill();
  Object.assign(context, { fillStyle: ink, font: "bold 13px system-ui, sans-serif", textAlign: "center", textBaseline: "middle" });
  context.fillText(text, x, y + 0.5);
}
