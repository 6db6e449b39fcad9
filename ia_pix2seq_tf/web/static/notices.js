/**
 * What the page says: a line of what happens, and a banner for what went wrong.
 */
import { Refusal } from "./client.js";
import { say, whenSpoken } from "./text.js";

const byId = (id) => document.getElementById(id);
const NOTHING = { key: "none" };
/** Sentences of what goes on; all others answer somebody, and stay until somebody does something else. */
const PASSING = ["none", "loading", "drawing", "drawn", "stopped"];

/** @type {{status: import("./text.js").Said, alert: import("./text.js").Said}} */
const said = { status: NOTHING, alert: NOTHING };
let answers = false;
for (const act of ["pointerdown", "keydown"]) addEventListener(act, () => (answers = false), true);

function show() {
  for (const [id, sentence] of Object.entries(said)) {
    byId(id).textContent = say(sentence);
    if (id === "alert") byId(id).hidden = sentence === NOTHING;
  }
}

/** Says what happens. @param {import("./text.js").Said} sentence */
export function tell(sentence) {
  said.status = sentence;
  answers = !PASSING.includes(sentence.key);
  show();
}

/** Says what goes on, unless there is an answer or an alarm that one should read. @param {import("./text.js").Said} sentence */
export const mention = (sentence) => answers || said.alert !== NOTHING || tell(sentence);

/** Says what went wrong, where nobody overlooks it. @param {any} error  a sentence, a refusal of the worker, or a fault */
export function alarm(error) {
  if (error instanceof Refusal) said.alert = { key: error.message, values: { detail: error.detail } };
  else said.alert = error.key ? error : { key: "error.broken", values: { detail: String(error) } };
  tell(NOTHING);
}

/** All is well again. */
export function calm() {
  said.alert = NOTHING;
  show();
}

/** What a promise gives, or null after an alarm. @template T @param {Promise<T>} promise @returns {Promise<T | null>} */
export const tried = (promise) => promise.catch((error) => (alarm(error), null));

whenSpoken(show);
