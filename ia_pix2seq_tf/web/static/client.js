/**
 * The page's end of the worker: requests as promises, and sketches as they grow.
 *
 * `worker.js` says what may be asked. A newer drawing ends the one before it, whose promise then gives null.
 */

/** A request that the worker could not answer; `message` is a key of text.js. */
export class Refusal extends Error {
  /** @param {string} key @param {string} detail */
  constructor(key, detail) {
    super(key);
    this.detail = detail;
  }
}

export class Client {
  /** @param {(refusal: Refusal) => void} failed called when the worker itself dies */
  constructor(failed) {
    this.failed = failed;
    this.count = 0;
    /** @type {Map<number, {resolve: Function, reject: Function, stroke?: Function}>} */
    this.waiting = new Map();
    this.worker = new Worker("worker.js", { type: "module" });
    this.worker.onmessage = ({ data }) => this.answered(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.died(event.message || "worker.js");
    };
    this.worker.onmessageerror = () => this.died("message");
  }

  /** @param {string} type @param {object} [request] @param {(rows: Float32Array) => void} [stroke] */
  ask(type, request = {}, stroke = undefined) {
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, stroke });
      this.worker.postMessage({ id, type, ...request });
    });
  }

  /** The description of the model, once it can draw. @returns {Promise<{model: object, seconds: number}>} */
  load = () => this.ask("load");

  /** The code of a drawing. @param {{image?: Uint8Array, strokes?: Float32Array}} drawing */
  encode = (drawing) => this.ask("encode", drawing);

  /** A code of a component, or of the whole prior. @param {number | null} component @param {number} seed */
  sample = (component, seed) => this.ask("sample", { component, seed });

  /**
   * Draws sketches as one batch. @param {object} request as worker.js says
   * @param {(rows: Float32Array) => void} stroke called with the next row of all sketches, [count*5]
   * @returns {Promise<{lengths: number[]} | null>} null if it was stopped
   */
  draw = (request, stroke) => this.ask("draw", request, stroke);

  stop = () => this.ask("stop");

  answered({ id, type, ...answer }) {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    if (type === "stroke") return void waiting.stroke?.(answer.rows);
    this.waiting.delete(id);
    if (type === "error") waiting.reject(new Refusal(answer.message, answer.detail));
    else waiting.resolve(type === "stopped" ? null : answer);
  }

  died(detail) {
    const refusal = new Refusal("error.worker", detail);
    for (const { reject } of this.waiting.values()) reject(refusal);
    this.waiting.clear();
    this.failed(refusal);
  }
}
