/**
 * The loop over strokes: twin of `draw_sequences` in `generation.py`, one step of the decoder at a time, so that it can
 * be watched and stopped.
 */
import { Failure } from "./engine.js";
import { greedyRow, NOISE_SIZE, ROW_SIZE, sampleRow, uniforms } from "./sample.js";

const END = [0, 0, 0, 0, 1];
const BREATH = 8; // milliseconds after which other messages have their turn

/**
 * Draws a batch of sketches.
 * @param {import("./engine.js").Engine} engine
 * @param {any} request a `Draw` of worker.js
 * @param {{stopped: boolean}} control by which others may stop it meanwhile
 * @param {(rows: Float32Array, step: number) => void} show is given each step's rows `[count*5]`
 * @returns {Promise<number[] | null>} the points of each sketch; null where it was stopped
 */
export async function draw(engine, request, control, show) {
  const { count, given = null } = request;
  const time = request.max_len ?? engine.model.max_len;
  check(engine.model, request, time);
  const noise = noises(request, time);
  const advance = await stepper(engine, request.codes, count);
  const lengths = new Array(count).fill(0);
  let rows = Float32Array.from({ length: count * ROW_SIZE }, (_, i) => engine.model.start[i % ROW_SIZE]);
  let rested = performance.now();
  for (let t = 0; t < time && lengths.some((length) => length === t); t++) {
    const raw = await advance(rows);
    rows = nextRows(raw, rows, t, { ...request, given, noise });
    for (let i = 0; i < count; i++) if (!rows[i * ROW_SIZE + 4]) lengths[i]++;
    show(rows, t);
    if (performance.now() - rested > BREATH) {
      await breath();
      rested = performance.now();
    }
    if (control.stopped) return null;
  }
  return lengths;
}

/** @param {any} model @param {any} request @param {number} time */
function check(model, { codes, count, temperature, given, noise }, time) {
  const isWhole = Number.isInteger(count) && count > 0 && Number.isInteger(time) && time > 0;
  if (!isWhole || codes.length !== count * model.z_size) {
    throw new Failure("error.input", `${codes.length} ≠ ${count} × ${model.z_size}, max_len ${time}`);
  }
  if (!(temperature > 0 && temperature < Infinity)) throw new Failure("error.input", `temperature ${temperature}`);
  if (given && given.length / ROW_SIZE >= time) throw new Failure("error.input", `${given.length / ROW_SIZE} ≥ ${time}`);
  if (noise && noise.length < count * time * NOISE_SIZE) throw new Failure("error.input", `noise ${noise.length}`);
}

/**
 * Functions of the step to four uniform numbers, one for each sketch.
 * @param {any} request
 * @param {number} time
 * @returns {((t: number) => ArrayLike<number>)[]}
 */
function noises({ count, seed, chances, noise }, time) {
  return Array.from({ length: count }, (_, i) => {
    if (noise) return (t) => noise.subarray((i * time + t) * NOISE_SIZE, (i * time + t + 1) * NOISE_SIZE);
    const next = uniforms(seed, chances ? chances[i] : i);
    return () => Array.from({ length: NOISE_SIZE }, next);
  });
}

/**
 * The rows of a step: the given ones; end tokens where a sketch has ended; else drawn.
 * @param {Float32Array} raw `[count*123]`
 * @param {Float32Array} before the rows of the step before
 * @param {number} t
 * @param {any} how
 * @returns {Float32Array}
 */
function nextRows(raw, before, t, { count, given, noise, greedy, temperature }) {
  const rows = new Float32Array(before.length);
  const size = raw.length / count;
  const known = given && given.subarray(t * ROW_SIZE, (t + 1) * ROW_SIZE);
  for (let i = 0; i < count; i++) {
    const uniform = noise[i](t); // also where it is not needed, so that a sketch's chance does not depend on what is given
    const own = raw.subarray(i * size, (i + 1) * size);
    let row = greedy ? greedyRow(own) : sampleRow(own, uniform, temperature);
    if (before[i * ROW_SIZE + 4]) row = END;
    rows.set(known?.length ? known : row, i * ROW_SIZE);
  }
  return rows;
}

/**
 * A function of rows `[count*5]` to raw output `[count*123]` that goes on from where it was.
 * @param {import("./engine.js").Engine} engine
 * @param {Float32Array} codes
 * @param {number} count
 * @returns {Promise<(rows: Float32Array) => Promise<Float32Array>>}
 */
async function stepper({ ort, model, sessions }, codes, count) {
  const z = model.z_size ? { z: new ort.Tensor("float32", codes, [count, model.z_size]) } : {};
  let state = sessions.start
    ? (await sessions.start.run(z)).state
    : new ort.Tensor("float32", new Float32Array(count * model.state_size), [count, model.state_size]);
  return async (rows) => {
    const stroke = new ort.Tensor("float32", rows, [count, ROW_SIZE]);
    const { raw, next_state: next } = await sessions.step.run({ stroke, ...z, state });
    state = next;
    return raw.data;
  };
}

/** @returns {Promise<void>} resolved after the messages that wait */
function breath() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
