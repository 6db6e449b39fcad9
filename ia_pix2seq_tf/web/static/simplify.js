/**
 * From what a pen did to the few points that models read: twin of `data/convert/simplify.py`.
 *
 * Drawings are moved to the top left corner, scaled to a longest side of 255, resampled at steps of one unit along each
 * line, simplified by Ramer-Douglas-Peucker with an epsilon of 2, and rounded. The arithmetic follows Python's to the
 * last bit, as rounding decides among points that are equally far from a chord.
 *
 * @typedef {number[][]} Line points [x, y]
 */
import { rint } from "./raster.js";

const SIDE = 255;
const EPSILON = 2;
const LONGEST_PATH = 1e6; // units along all lines; scribbles of QuickDraw have some 36,000

/**
 * The strokes of a drawing in units of the data, whole numbers; none of a drawing that is but a dot.
 * @param {Line[]} lines in any unit, y downwards
 * @returns {Float32Array} `[n*3]`
 * @throws {RangeError} for lines that are too long together
 */
export function simplify(lines) {
  const drawing = scaled(lines.filter((line) => line.length > 0));
  if (!drawing) return new Float32Array(0);
  const lengths = drawing.map((line) => distances(line).reduce((sum, step) => sum + step, 0));
  const length = lengths.reduce((sum, one) => sum + one, 0);
  if (length > LONGEST_PATH) throw new RangeError(`${Math.round(length)} > ${LONGEST_PATH}`);
  return offsets(drawing.map((line) => rounded(kept(resampled(line)))));
}

/** @param {Line[]} lines @returns {Line[] | null} in the corner, with a longest side of 255; null for a dot */
function scaled(lines) {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of lines.flat()) {
    [minX, maxX] = [Math.min(minX, x), Math.max(maxX, x)];
    [minY, maxY] = [Math.min(minY, y), Math.max(maxY, y)];
  }
  const extent = Math.max(maxX - minX, maxY - minY);
  if (!(extent > 0 && extent < Infinity)) return null;
  return lines.map((line) => line.map(([x, y]) => [((x - minX) * SIDE) / extent, ((y - minY) * SIDE) / extent]));
}

/** @param {Line} line @returns {number[]} lengths of its segments */
function distances(line) {
  return line.slice(1).map(([x, y], i) => {
    const [dx, dy] = [x - line[i][0], y - line[i][1]];
    return Math.sqrt(dx * dx + dy * dy);
  });
}

/** @param {Line} line @returns {Line} the points at steps of one unit, and the end: two at least */
export function resampled(line) {
  const steps = distances(line);
  const samples = [line[0]];
  let [segment, before, reached, total] = [0, 0, steps[0], 0];
  for (const step of steps) total += step;
  for (let at = 1; at < Math.ceil(total); at++) {
    while (reached < at) {
      before = reached;
      reached += steps[++segment];
    }
    const share = (at - before) / steps[segment];
    const [[ax, ay], [bx, by]] = [line[segment], line[segment + 1]];
    samples.push([ax * (1 - share) + share * bx, ay * (1 - share) + share * by]);
  }
  return [...samples, line[line.length - 1]];
}

/** @param {Line} points @returns {Line} those that remain by Ramer-Douglas-Peucker, on a stack */
export function kept(points) {
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const pending = [[0, points.length - 1]];
  while (pending.length) {
    const [first, last] = /** @type {number[]} */ (pending.pop());
    const { index, distance } = farthest(points, first, last);
    if (!(distance > EPSILON)) continue;
    keep[index] = 1;
    pending.push([first, index], [index, last]);
  }
  return points.filter((_, i) => keep[i]);
}

/**
 * The first of the points between two that are farthest from the line through these, or from where both are.
 * @param {Line} points
 * @param {number} first
 * @param {number} last
 * @returns {{index: number, distance: number}}
 */
function farthest(points, first, last) {
  const [ax, ay] = points[first];
  const [x, y] = [points[last][0] - ax, points[last][1] - ay];
  const length = Math.sqrt(x * x + y * y);
  let [index, distance] = [-1, -1];
  for (let i = first + 1; i < last; i++) {
    const [across, along] = [points[i][0] - ax, points[i][1] - ay];
    const far = length === 0 ? Math.hypot(across, along) : Math.abs(along * x - across * y) / length;
    if (far > distance) [index, distance] = [i, far];
  }
  return { index, distance };
}

/** @param {Line} line @returns {Line} */
function rounded(line) {
  return line.map(([x, y]) => [rint(x), rint(y)]);
}

/** @param {Line[]} lines @returns {Float32Array} strokes; the pen starts at the first point */
function offsets(lines) {
  const strokes = [];
  let [x, y] = lines[0][0];
  for (const line of lines) {
    line.forEach((point, i) => {
      strokes.push(point[0] - x, point[1] - y, i === line.length - 1 ? 1 : 0);
      [x, y] = point;
    });
  }
  return Float32Array.from(strokes);
}
