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
 * @typedef {{id: number, type: "component", code: Float32Array}} Component
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
 * @typedef {{id: number, type: "temperature", temperature: number}} Temperature  of the sketch that is being drawn
 * @typedef {{id: number, type: "stop"}} Stop
 *
 * Answers: load -> done {model, seconds}; encode -> done {mu, sigma2, component, gamma}, component -> done {component,
 * gamma} (null where there are no components); sample -> done {code, component}; draw -> stroke {rows: [count*5], step}
 * for each point, then done {lengths: [count]} or stopped {}; temperature, stop -> done {}.
 * @typedef {"error.missing" | "error.damaged" | "error.runtime" | "error.simd" | "error.unzip" | "error.format" |
 *   "error.cannot" | "error.input" | "error.broken"} ErrorKey
 * missing: a file is not there; damaged: a model file is not one; runtime: ONNX Runtime does not start; simd: no
 * WebAssembly SIMD; unzip: no DecompressionStream; format: model.json is unreadable or of another version; cannot: the
 * model has no part for it; input: the request makes no sense; broken: anything else.
 * @typedef {{id: number, type: "error", message: ErrorKey, detail: string}} Failure  detail: the file, the numbers
 */
