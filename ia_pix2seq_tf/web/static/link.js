/**
 * The link that draws a sketch again: `#z=…&seed=…&t=…`, and n sketches of which v is chosen, g what was given.
 *
 * @typedef {{code: Float32Array, seed: number, temperature: number, count: number, selected: number,
 *   given: Float32Array | null}} Recipe
 */

const MOST_GIVEN = 5000; // rows of five that a link may bring
const COUNTS = [1, 4, 9];

/** @param {Recipe} recipe @returns {string} what follows the # */
export function toHash({ code, seed, temperature, count, selected, given }) {
  const parts = { z: toText(code), seed, t: temperature, n: count, v: selected, ...(given ? { g: toText(given) } : {}) };
  return Object.entries(parts).map(([name, value]) => `${name}=${value}`).join("&");
}

/**
 * @param {string} hash with or without its #
 * @param {number} size numbers of a code
 * @returns {Recipe | null} null where it holds no sketch
 * @throws {RangeError} for one that cannot be drawn
 */
export function fromHash(hash, size) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  if (!parts.has("z")) return null;
  const number = (name, low, high, missing) => {
    const value = parts.has(name) ? Number(parts.get(name)) : missing;
    if (!(value >= low && value <= high)) throw new RangeError(name);
    return value;
  };
  const code = toNumbers(parts.get("z"));
  const given = parts.has("g") ? toNumbers(parts.get("g")) : null;
  if (code.length !== size || (given && (given.length % 5 || given.length > 5 * MOST_GIVEN))) throw new RangeError("z");
  const count = number("n", 1, 9, 1);
  if (!COUNTS.includes(count)) throw new RangeError("n");
  const whole = (value) => Math.trunc(value);
  const [seed, temperature, selected] = [whole(number("seed", 0, 999999, 1)), number("t", 0.05, 1, 0.24), whole(number("v", 0, count - 1, 0))];
  return { code, seed, temperature, count, selected, given };
}

/** Float32 numbers as text that addresses bear. @param {Float32Array} numbers */
function toText(numbers) {
  const bytes = new Uint8Array(numbers.slice().buffer);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {string} text @throws {RangeError} */
function toNumbers(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
    const numbers = new Float32Array(bytes.buffer);
    if (numbers.every(Number.isFinite)) return numbers;
  } catch {}
  throw new RangeError("z");
}
