/**
 * Arithmetic with codes: the points between two. Twin of `sampling/codes.py`.
 */

const PARALLEL = 1e-6; // codes whose angle is below this, in radians, or as close to a half turn, count as on one line

/** The point at `t` of the straight way from a to b. @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {number} t */
export const linear = (a, b, t) => Float32Array.from(a, (value, d) => (1 - t) * value + t * b[d]);

/**
 * The point at `t` of the way from a to b that turns at an even speed about the origin; the straight one where a or b
 * is zero, or both point the same way, and, unlike Python's, which refuses, where they are opposite.
 * @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {number} t
 */
export function spherical(a, b, t) {
  const dot = (u, v) => Array.from(u).reduce((sum, value, d) => sum + value * v[d], 0);
  const lengths = Math.sqrt(dot(a, a) * dot(b, b));
  const angle = lengths > 0 ? Math.acos(Math.min(1, Math.max(-1, dot(a, b) / lengths))) : 0;
  if (angle < PARALLEL || Math.PI - angle < PARALLEL) return linear(a, b, t);
  const [first, second] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  return Float32Array.from(a, (value, d) => first * value + second * b[d]);
}

export const WAYS = { linear, spherical };

/** Values of `t` from 0 to 1. @param {number} steps at least 2 */
export const positions = (steps) => Array.from({ length: steps }, (_, i) => i / (steps - 1));
