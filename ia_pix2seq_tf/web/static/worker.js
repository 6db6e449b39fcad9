/**
 * The worker: alone knows ONNX Runtime Web. The page makes it by `new Worker("worker.js", {type: "module"})`.
 *
 * Every request has an `id` (a number of the page's choice) and a `type`; every answer has the `id` of its request and
 * the type "done", "stroke", "stopped" or "error". Requests are answered in order; a newer "draw" or a "stop" ends the
 * one that runs. Strokes are `[n, 3]` (dx, dy, lifted), rows are `[n, 5]` (dx, dy, down, lifted, end), all flat.
 *
 * @typedef {{id: number, type: "load", base?: string}} Load  `base`: address of the folder, by default the worker's own
 * @typedef {{id: number, type: "encode", image?: Uint8Array, strokes?: Float32Array}} Encode  the one that
 *   `model.encoder_reads` names. image: [w*w], 255 is paper. strokes: [n*3] in units of the data (0..255 of simplify.js)
 * @typedef {{id: number, type: "sample", component: number | null, seed: number}} Sample  null: of the whole prior
 * @typedef {Object} Draw
 * @property {number} id
 * @property {"draw"} type
 * @property {Float32Array} codes  [count*z_size], empty where z_size is 0
 * @property {number} count  sketches, drawn as one batch
 * @property {number} seed
 * @property {number} temperature
 * @property {boolean} [greedy]  without chance
 * @property {Float32Array | null} [given]  [m*5], the first rows of all sketches in model units (strokes.js `toRows`)
 * @property {number} [max_len]  most points; the model's by default
 * @property {number[]} [chances]  whose chance each sketch takes, by default 0 to count - 1. Equal numbers: only the
 *   codes make a difference, as in a strip from A to B
 * @property {Float32Array} [noise]  [count*max_len*4] uniform numbers in place of the seed's, for tests
 * @typedef {{id: number, type: "stop"}} Stop
 *
 * Answers: load -> done {model, seconds}; encode -> done {mu, sigma2, component, gamma} (the last two null where there
 * are no components); sample -> done {code, component}; draw -> stroke {rows: [count*5], step} for each point, then done
 * {lengths: [count]} or stopped {}; stop -> done {}.
 * @typedef {"error.missing" | "error.damaged" | "error.runtime" | "error.simd" | "error.unzip" | "error.format" |
 *   "error.cannot" | "error.input" | "error.broken"} ErrorKey
 * missing: a file is not there; damaged: a model file is not one; runtime: ONNX Runtime does not start; simd: no
 * WebAssembly SIMD; unzip: no DecompressionStream; format: model.json is unreadable or of another version; cannot: the
 * model has no part for it; input: the request makes no sense; broken: anything else.
 * @typedef {{id: number, type: "error", message: ErrorKey, detail: string}} Failure  detail: the file, the numbers
 */
import { draw } from "./drawing.js";
import { Failure, load } from "./engine.js";
import { assign, gamma, sampleComponent, sampleNormal } from "./mixture.js";
import { ROW_SIZE, uniforms } from "./sample.js";
import { toRows } from "./strokes.js";

const SAMPLE_STREAM = -1; // keeps the chance of codes apart from that of sketches, which count from 0

/** @type {Promise<import("./engine.js").Engine> | null} */
let engine = null;
/** What is being drawn, or drawn next. @type {{stopped: boolean} | null} */
let current = null;
let drawings = Promise.resolve(); // one after the other

/** @type {Record<string, (request: any) => Promise<Record<string, any> | null>>} by the type of a request */
const ANSWERS = {
  load: loaded,
  encode: encoded,
  sample: sampled,
  draw: drawn,
  stop: async () => ({}),
};

self.onmessage = ({ data: request }) => {
  if (request.type === "draw" || request.type === "stop") stop();
  if (request.type !== "draw") return answer(request);
  const control = (current = { stopped: false });
  drawings = drawings.then(() => answer({ ...request, control }));
};

function stop() {
  if (current) current.stopped = true;
}

/** @param {any} request */
async function answer(request) {
  try {
    const make = ANSWERS[request.type];
    if (!make) throw new Failure("error.input", `type ${request.type}`);
    const content = await make(request);
    post({ id: request.id, type: content ? "done" : "stopped", ...content });
  } catch (error) {
    const { key, detail } = error instanceof Failure ? error : new Failure("error.broken", error);
    post({ id: request.id, type: "error", message: key, detail });
  }
}

/** @param {Record<string, any>} message */
function post(message) {
  self.postMessage(message);
}

/** @param {{base?: string}} request */
async function loaded({ base = "./" }) {
  const begun = performance.now();
  engine = load(new URL(base, self.location.href).href);
  const { model } = await engine;
  return { model, seconds: (performance.now() - begun) / 1000 };
}

/** @returns {Promise<import("./engine.js").Engine>} */
async function ready() {
  if (!engine) throw new Failure("error.input", "load");
  return engine;
}

/** @param {{image?: Uint8Array, strokes?: Float32Array}} request */
async function encoded(request) {
  const { ort, model, sessions } = await ready();
  if (!sessions.encoder) throw new Failure("error.cannot", "encode");
  const made = Object.fromEntries(model.reads.map((name) => [name, READERS[name](ort, model, request)]));
  const { mu, sigma2 } = await sessions.encoder.run(sessions.cutter ? await sessions.cutter.run(made) : made);
  return { mu: mu.data, sigma2: sigma2.data, ...whereabouts(model, mu.data, sigma2.data) };
}

/** How to make what an encoder, or the cutter before it, reads, by its name in model.reads. @type {Record<string, Function>} */
const READERS = {
  images(ort, { png_width: width }, { image }) {
    if (image?.length !== width * width) throw new Failure("error.input", `image ${image?.length} ≠ ${width}²`);
    const unit = Float32Array.from(image, (grey) => Math.fround(grey / 127.5) - 1);
    return new ort.Tensor("float32", unit, [1, width, width]);
  },
  sequences(ort, { scale_factor: scale }, { strokes }) {
    if (!strokes?.length || strokes.length % 3) throw new Failure("error.input", `strokes ${strokes?.length}`);
    const rows = [0, 0, 1, 0, 0, ...toRows(strokes, scale), 0, 0, 0, 0, 1];
    return new ort.Tensor("float32", Float32Array.from(rows), [1, rows.length / ROW_SIZE, ROW_SIZE]);
  },
};

/** @param {any} model @param {Float32Array} code @param {Float32Array} sigma2 */
function whereabouts({ mixture }, code, sigma2) {
  return mixture
    ? { component: assign(code, mixture, sigma2), gamma: gamma(code, mixture) }
    : { component: null, gamma: null };
}

/** @param {{component: number | null, seed: number}} request */
async function sampled({ component, seed }) {
  const { model } = await ready();
  const random = uniforms(seed, SAMPLE_STREAM);
  if (model.mixture) return sampleComponent(model.mixture, component, random);
  if (component !== null) throw new Failure("error.cannot", "components");
  return { code: sampleNormal(model.z_size, random), component: null };
}

/** @param {any} request a `Draw`, with the control that others stop it by */
async function drawn(request) {
  const show = (/** @type {Float32Array} */ rows, /** @type {number} */ step) =>
    post({ id: request.id, type: "stroke", rows, step });
  const lengths = request.control.stopped ? null : await draw(await ready(), request, request.control, show);
  return lengths && { lengths };
}
