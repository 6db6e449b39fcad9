/**
 * What the model draws: one SVG for each variant, in which strokes appear point by point.
 *
 * Points come from the worker faster than a hand draws. They are shown at a hand's pace; at once where motion is not
 * wanted, where the tab is in the background, and while a slider moves.
 */

const SVG = "http://www.w3.org/2000/svg";
const PACE = 45; // least points a second
const LONGEST = 1.8; // seconds that a long sketch takes
const MARGIN = 0.07; // free border, as a share of the longer side
const SMALLEST = 1e-3; // side of what is seen of a sketch without extent

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** One sketch that grows. */
class Growing {
  /** @param {SVGSVGElement} svg @param {number} given  how many points were given, not drawn */
  constructor(svg, given) {
    this.svg = svg;
    this.given = given;
    /** @type {[number, number, boolean][]} absolute points: x, y, whether the pen lifts after it */
    this.points = [];
    /** @type {number[]} strokes [n*3], flat */
    this.strokes = [];
    this.shown = 0;
    this.ended = false;
    this.box = [0, 0, 0, 0];
    this.paths = ["given", "drawn"].map((name) => part(svg, "path", name));
    this.data = ["", ""];
    this.tip = part(svg, "circle", "tip");
  }

  /** @param {ArrayLike<number>} rows @param {number} at  where the row (dx, dy, down, lifted, end) of this one starts */
  add(rows, at) {
    if (this.ended || rows[at + 4] > 0) return void (this.ended = true);
    const [x, y] = this.points.at(-1) ?? [0, 0];
    const point = [x + rows[at], y + rows[at + 1], rows[at + 3] > 0];
    this.points.push(point);
    this.strokes.push(rows[at], rows[at + 1], Number(point[2]));
    const [left, top, right, bottom] = this.box;
    this.box = [Math.min(left, point[0]), Math.min(top, point[1]), Math.max(right, point[0]), Math.max(bottom, point[1])];
  }

  /** Shows the first points. @param {number} count */
  show(count) {
    for (; this.shown < Math.min(count, this.points.length); this.shown++) {
      const [x, y] = this.points[this.shown];
      const starts = !this.shown || this.points[this.shown - 1][2];
      const path = this.shown < this.given ? 0 : 1;
      if (path && this.shown === this.given && !starts) this.data[1] += at("M", this.points[this.shown - 1]);
      this.data[path] += at(starts ? "M" : "L", [x, y]);
    }
    this.data.forEach((data, i) => this.paths[i].setAttribute("d", data));
    this.frame();
  }

  /** Fits what is seen to the points known so far, as `render.fit` does. */
  frame() {
    const [left, top, right, bottom] = this.box;
    const side = Math.max(right - left, bottom - top, SMALLEST) * (1 + 2 * MARGIN);
    const corner = [(left + right - side) / 2, (top + bottom - side) / 2];
    this.svg.setAttribute("viewBox", [...corner, side, side].map((n) => n.toPrecision(6)).join(" "));
    const [x, y] = this.points[this.shown - 1] ?? [0, 0];
    for (const [name, value] of Object.entries({ cx: x, cy: y, r: side * 0.017 })) this.tip.setAttribute(name, value);
    this.svg.classList.toggle("moving", this.shown > 0 && !(this.ended && this.shown === this.points.length));
  }
}

export class Sheet {
  /** @param {HTMLElement} host @param {(index: number) => void} chosen */
  constructor(host, chosen) {
    this.host = host;
    this.chosen = chosen;
    /** @type {Growing[]} */
    this.sketches = [];
    this.selected = 0;
    this.finished = () => {};
    document.addEventListener("visibilitychange", () => document.hidden && this.tick());
  }

  /** Begins with empty sketches. @param {number} count @param {number} given @param {boolean} atOnce */
  begin(count, given, atOnce) {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.atOnce = atOnce || stillness.matches;
    this.started = 0;
    this.complete = false;
    this.host.dataset.count = String(count);
    if (this.host.children.length !== count) this.host.replaceChildren(...Array.from({ length: count }, (_, i) => this.cell(i)));
    this.select(Math.min(this.selected, count - 1), false);
    const old = this.sketches;
    this.sketches = [...this.host.children].map((cell) => new Growing(document.createElementNS(SVG, "svg"), given));
    this.placed = this.atOnce && old.length === count ? 0 : this.place(); // a slider moves on without a flash
  }

  /** Puts the new sketches where the old ones were. */
  place() {
    [...this.host.children].forEach((cell, i) => cell.replaceChildren(this.sketches[i].svg));
    return 1;
  }

  cell(i) {
    const cell = document.createElement("button");
    cell.type = "button";
    cell.className = "sketch";
    cell.onclick = () => this.select(i);
    return cell;
  }

  /** The next row of all sketches. @param {Float32Array} rows [count*5] */
  add(rows) {
    this.sketches.forEach((sketch, i) => sketch.add(rows, 5 * i));
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.tick(now));
    if (document.hidden) this.tick();
  }

  /** All rows have come. */
  end() {
    this.complete = true;
    for (const sketch of this.sketches) sketch.ended = true;
    this.tick(performance.now());
  }

  /** Shows at once what there is, and no more of it. */
  halt() {
    this.atOnce = true;
    this.end();
  }

  /** Shows the points that are due. @param {number} [now] in ms; all of them without it */
  tick(now) {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (now) this.started ||= now;
    const seconds = (now - this.started) / 1000;
    if (!this.placed && this.complete) this.placed = this.place();
    const due = (sketch) => Math.ceil(1 + sketch.given + seconds * Math.max(PACE, sketch.points.length / LONGEST));
    const all = !now || this.atOnce || document.hidden;
    for (const sketch of this.sketches) sketch.show(all ? Infinity : due(sketch));
    if (this.sketches.some((sketch) => sketch.shown < sketch.points.length) || !this.complete) {
      if (!document.hidden) this.frame = requestAnimationFrame((time) => this.tick(time));
    } else this.finished();
  }

  /** @param {number} index @param {boolean} [tell] */
  select(index, tell = true) {
    this.selected = index;
    [...this.host.children].forEach((cell, i) => cell.setAttribute("aria-pressed", String(i === index)));
    if (tell) this.chosen(index);
  }

  /** Strokes [n*3] of the selected sketch, in model units. */
  get strokes() {
    return Float32Array.from(this.sketches[this.selected]?.strokes ?? []);
  }
}

/** A still picture of strokes [n*3]. @param {ArrayLike<number>} strokes @returns {SVGSVGElement} */
export function picture(strokes) {
  const svg = document.createElementNS(SVG, "svg");
  const sketch = new Growing(svg, 0);
  for (let i = 0; i < strokes.length; i += 3) sketch.add([strokes[i], strokes[i + 1], 0, strokes[i + 2], 0], 0);
  sketch.ended = true;
  sketch.show(Infinity);
  return svg;
}

function part(svg, tag, name) {
  svg.setAttribute("aria-hidden", "true");
  const node = svg.appendChild(document.createElementNS(SVG, tag));
  node.setAttribute("class", name);
  return node;
}

const at = (command, [x, y]) => `${command}${x.toFixed(3)} ${y.toFixed(3)}`;
