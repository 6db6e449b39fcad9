/**
 * Pure functions of strokes: twin of `strokes.py`, and of the layout and the SVG of `render.py`.
 *
 * Strokes are flat arrays `[n*3]` of (dx, dy, lifted): a row moves the pen, which starts at the origin, and `lifted` is
 * 1 where it leaves the paper after that point. Rows are flat arrays `[n*5]` of (dx, dy, down, lifted, end).
 *
 * @typedef {ArrayLike<number>} Strokes
 * @typedef {{x: number, y: number, scale: number}} Place where the pen starts, and what offsets are multiplied by
 */

/** Floor of a drawing's extent, so that a single point has a finite scale. */
export const SMALLEST_EXTENT = 10e-6;

/**
 * Strokes of rows `[n*5]`, up to the first end token.
 * @param {ArrayLike<number>} rows
 * @returns {Float32Array}
 */
export function toStrokes(rows) {
  const kept = [];
  for (let i = 0; i < rows.length && !(rows[i + 4] > 0); i += 5) kept.push(rows[i], rows[i + 1], rows[i + 3]);
  return Float32Array.from(kept);
}

/**
 * Rows `[n*5]` in model units of strokes in units of the data: what a drawing is continued from.
 * @param {Strokes} strokes
 * @param {number} scaleFactor units of the data per model unit
 * @returns {Float32Array}
 */
export function toRows(strokes, scaleFactor) {
  const rows = new Float32Array((strokes.length / 3) * 5);
  for (let i = 0, j = 0; i < strokes.length; i += 3, j += 5) {
    const lifted = strokes[i + 2] > 0.5 ? 1 : 0;
    rows.set([strokes[i] / scaleFactor, strokes[i + 1] / scaleFactor, 1 - lifted, lifted, 0], j);
  }
  return rows;
}

/**
 * Strokes with dx and dy multiplied by a factor, such as from model units to those of the data.
 * @param {Strokes} strokes
 * @param {number} factor
 * @returns {Float32Array}
 */
export function scaled(strokes, factor) {
  return Float32Array.from(strokes, (value, i) => (i % 3 === 2 ? value : value * factor));
}

/**
 * Smallest and largest x and y of the pen's path; the origin, its start, counts.
 * @param {Strokes} strokes
 * @returns {{minX: number, maxX: number, minY: number, maxY: number}}
 */
export function bounds(strokes) {
  let [x, y, minX, maxX, minY, maxY] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < strokes.length; i += 3) {
    x += strokes[i];
    y += strokes[i + 1];
    minX = Math.min(minX, x);
    maxX = Math.max(maxX, x);
    minY = Math.min(minY, y);
    maxY = Math.max(maxY, y);
  }
  return { minX, maxX, minY, maxY };
}

/**
 * Places strokes in a square, centred, the longer side filling it inside the margin.
 * @param {Strokes} strokes
 * @param {number} size of the square
 * @param {number} [margin]
 * @returns {Place}
 */
export function fit(strokes, size, margin = 1.5) {
  const { minX, maxX, minY, maxY } = bounds(strokes);
  const [width, height] = [maxX - minX, maxY - minY];
  const longest = Math.max(width, height);
  const scale = (size - 2 * margin) / Math.max(longest, SMALLEST_EXTENT);
  const start = (low, extent) => (-low + (longest - extent) * 0.5) * scale + margin;
  return { x: start(minX, width), y: start(minY, height), scale };
}

/**
 * The `d` of an SVG path: an absolute move to the start, then relative moves and lines.
 * @param {Strokes} strokes
 * @param {Place} place
 * @returns {string}
 */
export function pathData(strokes, { x, y, scale }) {
  const parts = [`M${short(x)},${short(y)}`];
  for (let i = 0; i < strokes.length; i += 3) {
    const command = i === 0 || strokes[i - 1] > 0.5 ? "m" : "l";
    parts.push(`${command}${short(strokes[i] * scale)},${short(strokes[i + 1] * scale)}`);
  }
  return parts.join(" ");
}

/**
 * An SVG document: a white square and one path of black lines, which the program reads as the drawing that it is.
 * @param {Strokes} strokes
 * @param {number} [size]
 * @returns {string}
 */
export function toSvg(strokes, size = 48) {
  const path = pathData(strokes, fit(strokes, size));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}">` +
    `<rect width="${size}" height="${size}" fill="white"/>` +
    `<path d="${path}" fill="none" stroke="black" stroke-width="1"/></svg>\n`
  );
}

/** @param {number} value @returns {string} with twelve digits at most, as `%.12g` */
function short(value) {
  return String(Number(value.toPrecision(12)));
}
