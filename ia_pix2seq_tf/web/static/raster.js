/**
 * Strokes to pixels as cairo draws them: twin of `render.py`. No canvas is read back.
 *
 * The line is the union of each segment's rectangle and of the outer joins between segments, miters up to `MITER_LIMIT`
 * and else bevels, with butt ends. Its area in each pixel is measured on cairo's fifteen scan lines a pixel, at the
 * middle of each, exactly along them. As in cairo offsets, and corners about
 * their point, are rounded one by one to 1/256 pixel.
 */
import { fit } from "./strokes.js";

const MARGIN = 1.5; // free border, in pixels
const FIXED_POINT = 256; // steps per pixel of cairo's coordinates
const ROWS = 15; // cairo's scan lines a pixel
const MITER_LIMIT = 4;
const PAPER = 255;

/**
 * Draws strokes black on white.
 * @param {import("./strokes.js").Strokes} strokes `[n*3]` in any unit
 * @param {number} [size] width and height, in pixels
 * @param {number} [lineWidth] in pixels
 * @returns {Uint8Array} `[size*size]`, 255 is paper
 */
export function raster(strokes, size = 48, lineWidth = 1) {
  const spans = Array.from({ length: size * ROWS }, () => /** @type {number[][]} */ ([]));
  for (const line of lines(strokes, size)) {
    for (const polygon of outline(line, lineWidth / 2)) scan(polygon, spans, size);
  }
  return shade(spans, size);
}

/**
 * The lines that the pen draws, as points in pixels; neighbours differ, so that a tap is a line of one point.
 * @param {import("./strokes.js").Strokes} strokes
 * @param {number} size
 * @returns {number[][][]}
 */
export function lines(strokes, size) {
  const { x, y, scale } = fit(strokes, size, MARGIN);
  let [column, row] = [rint(x * FIXED_POINT), rint(y * FIXED_POINT)];
  const found = [];
  for (let i = 0; i < strokes.length; i += 3) {
    const [dx, dy] = [rint(strokes[i] * scale * FIXED_POINT), rint(strokes[i + 1] * scale * FIXED_POINT)];
    const point = [(column += dx) / FIXED_POINT, (row += dy) / FIXED_POINT];
    if (i === 0 || strokes[i - 1] > 0.5) found.push([point]);
    else if (dx || dy) found[found.length - 1].push(point);
  }
  return found;
}

/**
 * The convex polygons whose union is a line of that half width.
 * @param {number[][]} points
 * @param {number} half
 * @returns {number[][][]}
 */
function outline(points, half) {
  const polygons = [];
  let before = null;
  for (let i = 1; i < points.length; i++) {
    const [[ax, ay], [bx, by]] = [points[i - 1], points[i]];
    const length = Math.hypot(bx - ax, by - ay);
    const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
    const [nx, ny] = [-uy * half, ux * half].map((value) => rint(value * FIXED_POINT) / FIXED_POINT);
    polygons.push([[ax + nx, ay + ny], [bx + nx, by + ny], [bx - nx, by - ny], [ax - nx, ay - ny]]);
    const now = { ux, uy, nx, ny };
    if (before) polygons.push(join(points[i - 1], before, now));
    before = now;
  }
  return polygons;
}

/**
 * The outer join of two segments at a point: a triangle, with a tip where the turn is not too sharp.
 * @param {number[]} point
 * @param {{ux: number, uy: number, nx: number, ny: number}} before direction and half width across
 * @param {{ux: number, uy: number, nx: number, ny: number}} after
 * @returns {number[][]}
 */
function join([x, y], before, after) {
  const side = before.ux * after.uy - before.uy * after.ux > 0 ? -1 : 1;
  const corners = [before, after].map(({ nx, ny }) => [x + side * nx, y + side * ny]);
  const cosine = before.ux * after.ux + before.uy * after.uy;
  if (2 > MITER_LIMIT ** 2 * (1 + cosine)) return [[x, y], ...corners];
  const tip = [x + (side * (before.nx + after.nx)) / (1 + cosine), y + (side * (before.ny + after.ny)) / (1 + cosine)];
  return [[x, y], corners[0], tip, corners[1]];
}

/**
 * Adds what each scan line cuts off a convex polygon.
 * @param {number[][]} polygon
 * @param {number[][][]} spans by scan line, [from, to] each
 * @param {number} size
 */
function scan(polygon, spans, size) {
  const heights = polygon.map((point) => point[1]);
  const first = Math.max(0, Math.ceil(Math.min(...heights) * ROWS - 0.5));
  const last = Math.min(size * ROWS - 1, Math.floor(Math.max(...heights) * ROWS - 0.5));
  for (let row = first; row <= last; row++) {
    const [from, to] = cut(polygon, (row + 0.5) / ROWS);
    if (to > from) spans[row].push([from, to]);
  }
}

/** @param {number[][]} polygon @param {number} y @returns {number[]} from where to where a horizontal is inside */
function cut(polygon, y) {
  let [from, to] = [Infinity, -Infinity];
  for (let i = 0; i < polygon.length; i++) {
    const [[ax, ay], [bx, by]] = [polygon[i], polygon[(i + 1) % polygon.length]];
    if (ay > y === by > y) continue;
    const x = ax + ((y - ay) * (bx - ax)) / (by - ay);
    from = Math.min(from, x);
    to = Math.max(to, x);
  }
  return [from, to];
}

/**
 * The image of spans that may overlap.
 * @param {number[][][]} spans
 * @param {number} size
 * @returns {Uint8Array}
 */
function shade(spans, size) {
  const ink = new Float64Array(size * size);
  spans.forEach((row, i) => {
    const pixels = ink.subarray(Math.floor(i / ROWS) * size, (Math.floor(i / ROWS) + 1) * size);
    let reached = 0;
    for (const [from, to] of row.sort((a, b) => a[0] - b[0])) {
      if (to <= reached) continue;
      cover(pixels, Math.max(from, reached), Math.min(to, size));
      reached = to;
    }
  });
  return Uint8Array.from(ink, (area) => PAPER - Math.floor((area / ROWS) * PAPER + 0.5));
}

/** @param {Float64Array} pixels of a row, to which the covered length of each is added @param {number} from @param {number} to */
function cover(pixels, from, to) {
  for (let column = Math.floor(from); column < to; column++) {
    pixels[column] += Math.min(to, column + 1) - Math.max(from, column);
  }
}

/** @param {number} value @returns {number} the nearest whole number, of two the even one */
export function rint(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
