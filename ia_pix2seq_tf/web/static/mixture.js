/**
 * The latent mixture: which component a code belongs to, and codes drawn from it. Twin of `latent/rules.py` and of
 * `LatentGMM.sample`.
 *
 * @typedef {Object} Mixture
 * @property {number[]} weights `[k]`
 * @property {number[][]} means `[k][z]`
 * @property {number[][]} variances `[k][z]`
 * @property {number} floor of the responsibilities
 * @property {boolean} harmony whether the component is that of the largest harmony weight, not of the largest gamma
 */
import { quantile } from "./sample.js";

const LOG_FLOOR = 1e-10; // added to gamma before its logarithm
const DELTA_RANGE = [-1.0001, 1]; // of harmony learning

/**
 * Responsibilities `[k]`: the posterior of the component given the code, floored and renormalised (paper, eq. 8).
 * @param {ArrayLike<number>} code `[z]`
 * @param {Mixture} mixture
 * @returns {Float32Array}
 */
export function gamma(code, mixture) {
  return Float32Array.from(responsibilities(code, mixture));
}

/** @param {ArrayLike<number>} code @param {Mixture} mixture @returns {number[]} */
function responsibilities(code, { weights, means, variances, floor }) {
  const logs = means.map((mean, k) => Math.log(weights[k]) + logNormal(code, mean, variances[k]));
  const top = logs.reduce((best, value) => Math.max(best, value), -Infinity);
  const shares = normalized(logs.map((value) => Math.exp(value - top)));
  return normalized(shares.map((share) => Math.max(share, floor)));
}

/** @param {ArrayLike<number>} code @param {number[]} mean @param {number[]} variance @returns {number} without its constant */
function logNormal(code, mean, variance) {
  return -0.5 * mean.reduce((sum, mu, d) => sum + (code[d] - mu) ** 2 / variance[d] + Math.log(variance[d]), 0);
}

/** @param {number[]} values @returns {number[]} divided by their sum */
function normalized(values) {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}

/**
 * The component that a code belongs to.
 * @param {ArrayLike<number>} code `[z]`
 * @param {Mixture} mixture
 * @param {ArrayLike<number> | null} [sigma2] the encoder's variance `[z]`; none for a code that was not encoded
 * @returns {number}
 */
export function assign(code, mixture, sigma2 = null) {
  const shares = responsibilities(code, mixture);
  const weights = mixture.harmony ? harmonyWeights(shares, mixture.variances, sigma2) : shares;
  return weights.reduce((best, weight, k) => (weight > weights[best] ? k : best), 0);
}

/** @param {number[]} shares gamma @param {number[][]} variances @param {ArrayLike<number> | null} sigma2 @returns {number[]} */
function harmonyWeights(shares, variances, sigma2) {
  const fitness = shares.map((share, k) => {
    const spread = sigma2 ? variances[k].reduce((sum, variance, d) => sum + sigma2[d] / variance, 0) : 0;
    return Math.log(share + LOG_FLOOR) - 0.5 * spread;
  });
  const mean = fitness.reduce((sum, value, k) => sum + shares[k] * value, 0);
  const [low, high] = DELTA_RANGE;
  return shares.map((share, k) => share * (1 + Math.min(Math.max(fitness[k] - mean, low), high)));
}

/**
 * A code of a component, or of the whole mixture: a component by its weight, then a code (paper, eq. 5).
 * @param {Mixture} mixture
 * @param {number | null} component
 * @param {() => number} random uniform numbers, of `uniforms`
 * @returns {{code: Float32Array, component: number}}
 */
export function sampleComponent(mixture, component, random) {
  const k = component ?? choose(mixture.weights, random());
  const code = mixture.means[k].map((mean, d) => mean + Math.sqrt(mixture.variances[k][d]) * quantile(random()));
  return { code: Float32Array.from(code), component: k };
}

/**
 * A code of N(0, I), the prior of models without components.
 * @param {number} size
 * @param {() => number} random
 * @returns {Float32Array} `[size]`
 */
export function sampleNormal(size, random) {
  return Float32Array.from({ length: size }, () => quantile(random()));
}

/** @param {number[]} weights that sum to one @param {number} uniform @returns {number} */
function choose(weights, uniform) {
  let below = 0;
  const found = weights.findIndex((weight) => (below += weight) >= uniform);
  return found < 0 ? weights.length - 1 : found;
}
