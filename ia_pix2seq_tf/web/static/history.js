/**
 * Your drawing, pure: lines, what was rubbed out, undo and redo.
 *
 * A point is [x, y] in sides of the paper, 0 to 1. A line is an array of points; a dot is two equal ones. Drawings
 * are never changed: each step of the pen or the eraser makes a new one that shares the lines which stay.
 *
 * @typedef {[number, number]} Point
 * @typedef {{lines: Point[][], masks: Point[][]}} Drawing  masks: ways of the eraser that hide pixels from the encoder
 */

/** @type {Drawing} */
export const EMPTY = { lines: [], masks: [] };
export const ERASER = 0.035; // radius of the eraser, in sides of the paper
const DOT = 0.006; // a line that stays within this of its start is a dot: fingers tremble
const MOST_STEPS = 400; // what undo remembers

export class History {
  constructor() {
    /** @type {Drawing[]} */
    this.steps = [EMPTY];
    this.at = 0;
  }

  get drawing() {
    return this.steps[this.at];
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.steps.length - 1;
  }

  /** @param {Drawing} drawing */
  push(drawing) {
    this.steps = [...this.steps.slice(0, this.at + 1), drawing].slice(-MOST_STEPS);
    this.at = this.steps.length - 1;
  }

  undo() {
    this.at -= this.canUndo ? 1 : 0;
  }

  redo() {
    this.at += this.canRedo ? 1 : 0;
  }
}

/** A drawing with one more line. @param {Drawing} drawing @param {Point[]} points */
export function withLine(drawing, points) {
  return { ...drawing, lines: [...drawing.lines, isDot(points) ? [points[0], points[0]] : points] };
}

/** A drawing in which one more way of the eraser hides pixels. @param {Drawing} drawing @param {Point[]} way */
export const withMask = (drawing, way) => ({ ...drawing, masks: [...drawing.masks, way] });

/** Whether a line leaves no ink. @param {Point[]} points */
export function isDot(points) {
  const [x, y] = points[0];
  return points.every((point) => Math.hypot(point[0] - x, point[1] - y) < DOT);
}

/**
 * A drawing from which an eraser has taken what lay under its way; lines fall into the pieces that stay.
 * @param {Drawing} drawing @param {Point[]} way @param {number} [radius]
 */
export function without(drawing, way, radius = ERASER) {
  const dense = densified(way, radius);
  const lines = drawing.lines.flatMap((line) => pieces(line, dense, radius));
  return lines.length === drawing.lines.length && lines.every((line, i) => line === drawing.lines[i])
    ? drawing
    : { ...drawing, lines };
}

/** The parts of a line that a way does not touch. @returns {Point[][]} */
function pieces(line, way, radius) {
  const { low, high } = bounds(line);
  const near = way.some((p) => [0, 1].every((axis) => p[axis] > low[axis] - radius && p[axis] < high[axis] + radius));
  if (!near) return [line];
  const dense = densified(line, radius / 3);
  const stays = dense.map((point) => distance(point, way) > radius);
  if (stays.every(Boolean)) return [line];
  const kept = [[]];
  dense.forEach((point, i) => (stays[i] ? kept.at(-1).push(point) : kept.push([])));
  return kept.filter((piece) => piece.length > 1);
}

/** The corners of the box around points. @param {Point[]} points */
export function bounds(points) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (const point of points) {
    for (const axis of [0, 1]) {
      low[axis] = Math.min(low[axis], point[axis]);
      high[axis] = Math.max(high[axis], point[axis]);
    }
  }
  return { low, high };
}

/** A line with points no farther apart than a step. @param {Point[]} line @param {number} step @returns {Point[]} */
export function densified(line, step) {
  const dense = [line[0]];
  for (let i = 1; i < line.length; i++) {
    const [a, b] = [line[i - 1], line[i]];
    const parts = Math.max(1, Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1]) / step));
    for (let k = 1; k <= parts; k++) dense.push(k === parts ? b : [a[0] + ((b[0] - a[0]) * k) / parts, a[1] + ((b[1] - a[1]) * k) / parts]);
  }
  return dense;
}

/** How far a point lies from a way. @param {Point} point @param {Point[]} way */
export function distance([x, y], way) {
  let least = way.length ? Math.hypot(x - way[0][0], y - way[0][1]) : Infinity;
  for (let i = 1; i < way.length; i++) {
    const [[ax, ay], [bx, by]] = [way[i - 1], way[i]];
    const [dx, dy] = [bx - ax, by - ay];
    const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(x - ax - t * dx, y - ay - t * dy));
  }
  return least;
}

/**
 * An image in which masks have made pixels white, as `sampling.masks.erase`.
 * @param {Uint8Array} image  [size*size] of the lines, laid out as by raster.js @param {Drawing} drawing
 * @param {number} size @param {number} [margin] of the layout, in pixels
 */
export function erase(image, { lines, masks }, size, margin = 1.5) {
  const points = lines.flat();
  if (!masks.length || !points.length) return image;
  const { low, high } = bounds(points);
  const extent = [0, 1].map((axis) => high[axis] - low[axis]);
  const longest = Math.max(...extent);
  const unit = longest / (size - 2 * margin);
  const place = (pixel, axis) => (pixel + 0.5 - margin) * unit + low[axis] - (longest - extent[axis]) / 2;
  return image.map((grey, i) => {
    const point = /** @type {Point} */ ([place(i % size, 0), place(Math.floor(i / size), 1)]);
    return grey < 255 && masks.some((way) => distance(point, way) <= ERASER) ? 255 : grey;
  });
}
