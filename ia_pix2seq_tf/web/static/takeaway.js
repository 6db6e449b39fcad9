/**
 * What is taken along: SVG, PNG, strokes as JSON, and a link. All made here, without a canvas; nothing is sent.
 */
import { png } from "./png.js";
import { raster } from "./raster.js";
import { scaled, bounds, toSvg } from "./strokes.js";

const PNG_SIDE = 480; // pixels
const PNG_LINE = 3; // pixels: fine, so that the program, which thins lines, finds the middle of each
const SIDE = 255; // longest side in units of the data, where the model has no scale

/** @param {Float32Array} strokes [n*3] */
export const svgFile = (strokes) => new Blob([toSvg(strokes, 48)], { type: "image/svg+xml" });

/** @param {Float32Array} strokes [n*3] */
export function pngFile(strokes) {
  return new Blob([png(raster(strokes, PNG_SIDE, PNG_LINE), PNG_SIDE, PNG_SIDE)], { type: "image/png" });
}

/**
 * One drawing in the JSON that `data.convert` reads: a list of strokes [dx, dy, lifted], in whole units of the data.
 * Points, not offsets, are rounded, so that errors do not add up.
 * @param {Float32Array} strokes [n*3] @param {number | null} factor units of the data per unit of the strokes
 */
export function jsonFile(strokes, factor) {
  const { minX, maxX, minY, maxY } = bounds(strokes);
  const flat = scaled(strokes, factor ?? SIDE / (Math.max(maxX - minX, maxY - minY) || 1));
  const rows = [];
  const exact = [0, 0], last = [0, 0];
  for (let i = 0; i < flat.length; i += 3) {
    const offset = [0, 1].map((axis) => {
      exact[axis] += flat[i + axis];
      const step = Math.round(exact[axis]) - last[axis];
      last[axis] += step;
      return step;
    });
    rows.push([...offset, flat[i + 2] > 0.5 ? 1 : 0]);
  }
  return new Blob([JSON.stringify([rows])], { type: "application/json" });
}

/** Gives a file to the browser to save. @param {Blob} file @param {string} name */
export function save(file, name) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(file);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

/** Copies a link, or shows it to be copied where that is not allowed. @returns {Promise<string>} key of what to say */
export async function copy(address, /** @type {HTMLInputElement} */ field) {
  field.value = address;
  try {
    await navigator.clipboard.writeText(address);
    return "copied";
  } catch {
    return "copyIt";
  } finally {
    field.hidden = false;
    field.select();
  }
}
