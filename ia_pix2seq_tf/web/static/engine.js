/**
 * ONNX Runtime Web and the model's files: what of them is there, and what is wrong with the rest.
 *
 * @typedef {{run: (inputs: Record<string, any>) => Promise<Record<string, any>>}} Session
 * @typedef {{ort: any, model: any, sessions: Record<string, Session>}} Engine sessions: those of model.files, by name
 */

export const FORMAT = 1; // of model.json
const GZIP = [0x1f, 0x8b];

/** A module with one function that makes a vector of 16 bytes: valid where there is WebAssembly SIMD. */
const SIMD_MODULE = [
  [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic and version
  [1, 5, 1, 0x60, 0, 1, 0x7b], // a type: nothing to v128
  [3, 2, 1, 0], // a function of it
  [10, 8, 1, 6, 0, 0x41, 0, 0xfd, 0x0f, 0x0b], // i32.const 0, i8x16.splat, end
];

/** What went wrong: `key` is that of a sentence of the page, `detail` the file or the number. */
export class Failure extends Error {
  /** @param {string} key @param {unknown} [detail] */
  constructor(key, detail = "") {
    super(`${key}: ${detail}`);
    this.key = key;
    this.detail = String(detail instanceof Error ? detail.message : detail);
  }
}

/**
 * Loads the runtime and the model of a folder.
 * @param {string} base address of the folder
 * @returns {Promise<Engine>}
 * @throws {Failure}
 */
export async function load(base) {
  checkBrowser();
  const model = await readModel(base);
  const ort = await startRuntime(base);
  const files = Object.entries(model.files).filter(([, file]) => file);
  const opened = await Promise.all(files.map(([, file]) => open(ort, base, file)));
  return { ort, model, sessions: Object.fromEntries(files.map(([name], i) => [name, opened[i]])) };
}

function checkBrowser() {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(Uint8Array.from(SIMD_MODULE.flat()))) {
    throw new Failure("error.simd");
  }
  if (typeof DecompressionStream === "undefined") throw new Failure("error.unzip");
}

/** @param {string} base @returns {Promise<any>} */
async function readModel(base) {
  const bytes = await get(base, "model.json");
  let model;
  try {
    model = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Failure("error.format", `model.json: ${error}`);
  }
  if (model?.format !== FORMAT || typeof model.files !== "object") {
    throw new Failure("error.format", `model.json: format ${model?.format}, not ${FORMAT}`);
  }
  return model;
}

/** @param {string} base @returns {Promise<any>} the module of ONNX Runtime, told where its parts are */
async function startRuntime(base) {
  const binary = await unzipped(await get(base, "vendor/ort-wasm.bin"));
  try {
    const ort = await import(new URL("vendor/ort.wasm.min.mjs", base).href);
    ort.env.logLevel = "error";
    Object.assign(ort.env.wasm, {
      numThreads: 1, // more need cross-origin isolation, which static hosts lack
      proxy: false,
      wasmBinary: binary.buffer,
      wasmPaths: { mjs: new URL("vendor/ort-wasm-simd-threaded.mjs", base).href },
    });
    return ort;
  } catch (error) {
    throw new Failure("error.runtime", error);
  }
}

/** @param {any} ort @param {string} base @param {string} file @returns {Promise<Session>} */
async function open(ort, base, file) {
  const bytes = await get(base, file);
  try {
    const session = await inTurn(() => ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] }));
    return { run: (inputs) => inTurn(() => session.run(inputs)) };
  } catch (error) {
    const isRuntime = /no available backend|wasm.*(init|load)/i.test(String(error));
    throw new Failure(isRuntime ? "error.runtime" : "error.damaged", `${file}: ${error}`);
  }
}

/** The last work that was given to the runtime. @type {Promise<any>} */
let last = Promise.resolve();

/**
 * Does one thing after the other: the runtime's parts share a stack, which calls that overlap would mix up.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function inTurn(work) {
  const result = last.then(work);
  last = result.catch(() => null);
  return result;
}

/** @param {string} base @param {string} file @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function get(base, file) {
  try {
    const response = await fetch(new URL(file, base));
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    throw new Error(`${response.status}`);
  } catch (error) {
    throw new Failure("error.missing", `${file} (${error instanceof Error ? error.message : error})`);
  }
}

/**
 * Bytes as they are, or unzipped: a host may have done it already.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function unzipped(bytes) {
  if (!GZIP.every((byte, i) => bytes[i] === byte)) return bytes;
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    throw new Failure("error.damaged", `vendor/ort-wasm.bin: ${error}`);
  }
}
