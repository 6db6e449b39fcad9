/**
 * From the decoder's raw output and four uniform numbers to a stroke: twin of `stroke_mixture.py` and of `next_stroke`
 * in `generation.py`.
 *
 * Raw output `[123]` holds 3 pen logits, then 20 each of: logits of pi, mu_x, mu_y, log sigma_x, log sigma_y, and rho
 * before tanh.
 */

export const PEN_STATES = 3; // drawing, lifted, end of sketch
export const COMPONENTS = 20;
export const RAW_SIZE = PEN_STATES + 6 * COMPONENTS;
export const ROW_SIZE = 2 + PEN_STATES;
export const NOISE_SIZE = 4; // uniform numbers a step: for the component, for the pen, and two for the offset
export const SMALLEST_UNIFORM = 1e-7; // keeps quantiles of the normal distribution finite
const LARGEST_RHO_LOGIT = 30; // keeps 1 / (1 - rho²) finite

/** Where each parameter of the mixture begins. */
const [PI, MU_X, MU_Y, LOG_SIGMA_X, LOG_SIGMA_Y, RHO] = Array.from({ length: 6 }, (_, i) => PEN_STATES + i * COMPONENTS);

/**
 * One stroke drawn from the mixture: (dx, dy, down, lifted, end).
 * @param {ArrayLike<number>} raw `[123]`
 * @param {ArrayLike<number>} noise `[4]`, uniform
 * @param {number} temperature above 0; logits are divided by it, sigma is multiplied by it
 * @returns {number[]}
 */
export function sampleRow(raw, noise, temperature) {
  const m = choose(raw, PI, COMPONENTS, temperature, noise[0]);
  const pen = choose(raw, 0, PEN_STATES, temperature, noise[1]);
  const [x, y] = [quantile(noise[2]), quantile(noise[3])];
  const rho = raw[RHO + m];
  const across = 1 / Math.cosh(Math.min(Math.abs(rho), LARGEST_RHO_LOGIT)); // √(1 - tanh²)
  const dx = raw[MU_X + m] + Math.exp(raw[LOG_SIGMA_X + m]) * temperature * x;
  const dy = raw[MU_Y + m] + Math.exp(raw[LOG_SIGMA_Y + m]) * temperature * (Math.tanh(rho) * x + across * y);
  return row(dx, dy, pen);
}

/**
 * The likeliest stroke: the likeliest pen state, and the mean of the likeliest component.
 * @param {ArrayLike<number>} raw `[123]`
 * @returns {number[]}
 */
export function greedyRow(raw) {
  const m = likeliest(raw, PI, COMPONENTS);
  return row(raw[MU_X + m], raw[MU_Y + m], likeliest(raw, 0, PEN_STATES));
}

/** @param {number} dx @param {number} dy @param {number} pen @returns {number[]} */
function row(dx, dy, pen) {
  return [dx, dy, Number(pen === 0), Number(pen === 1), Number(pen === 2)];
}

/**
 * The index at which the cumulated probabilities of logits pass a uniform number.
 * @param {ArrayLike<number>} raw
 * @param {number} start of the logits
 * @param {number} count
 * @param {number} temperature
 * @param {number} uniform
 * @returns {number}
 */
function choose(raw, start, count, temperature, uniform) {
  const top = raw[start + likeliest(raw, start, count)];
  const weights = Array.from({ length: count }, (_, i) => Math.exp((raw[start + i] - top) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let below = 0;
  for (let i = 0; i < count - 1; i++) {
    below += weights[i] / total;
    if (!(below < uniform)) return i;
  }
  return count - 1;
}

/** @param {ArrayLike<number>} raw @param {number} start @param {number} count @returns {number} the first of the largest */
function likeliest(raw, start, count) {
  let best = 0;
  for (let i = 1; i < count; i++) if (raw[start + i] > raw[start + best]) best = i;
  return best;
}

/** Coefficients of `quantile`, the highest power first: numerator and denominator in the middle, and of the tails. */
const MIDDLE = [
  [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239],
  [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
];
const TAIL = [
  [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1],
];
const TAIL_SHARE = 0.02425;

/**
 * The number below which a share of the normal distribution lies.
 *
 * Source: Acklam's rational approximation (relative error 1.2e-9), which float32 does not tell from the exact one.
 * @param {number} share in (0, 1)
 * @returns {number}
 */
export function quantile(share) {
  if (share > 0.5) return -quantile(1 - share);
  if (share < TAIL_SHARE) {
    const q = Math.sqrt(-2 * Math.log(share));
    return polynomial(TAIL[0], q) / polynomial(TAIL[1], q);
  }
  const q = share - 0.5;
  return (q * polynomial(MIDDLE[0], q * q)) / polynomial(MIDDLE[1], q * q);
}

/** @param {number[]} coefficients @param {number} x @returns {number} */
function polynomial(coefficients, x) {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/**
 * A source of uniform numbers in [`SMALLEST_UNIFORM`, 1): a function of the seed and of the sketch's number alone.
 *
 * Not the numbers of Python, whose sketches of a seed are others. Source: sfc32, Doty-Humphrey's small counting
 * generator, on float32's 24 bits.
 * @param {number} seed whole
 * @param {number} [index] of the sketch, so that it does not depend on its neighbours
 * @returns {() => number}
 */
export function uniforms(seed, index = 0) {
  let [a, b, c, count] = [seed | 0, index | 0, Math.floor(seed / 2 ** 32) | 0, 1];
  const next = () => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return Math.max(SMALLEST_UNIFORM, (sum >>> 8) / 2 ** 24);
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}
