/**
 * Stands in for the worker where no model is at hand: answers as worker.js does, from the sketches of the map.
 *
 * A drawing has the code of the mark whose image is nearest; a code is drawn as the nearest mark, shaken by seed and
 * temperature. The pace, in milliseconds a point, is that of `?pace=` in model.json's title, or none.
 */
import { assign, gamma, sampleComponent, sampleNormal } from "./mixture.js";
import { raster } from "./raster.js";
import { uniforms } from "./sample.js";

let model, map, codes, images;
let job = 0;

const answers = {
  async load() {
    model = await (await fetch("model.json")).json();
    if (model.can.map) {
      map = await (await fetch("map.json")).json();
      codes = new Float32Array(await (await fetch("codes.f32")).arrayBuffer());
    }
    return { model, seconds: 0 };
  },
  encode({ image }) {
    images ??= map.sketches.map(({ strokes }) => raster(strokes, model.png_width));
    const distances = images.map((other) => other.reduce((sum, grey, i) => sum + (grey - image[i]) ** 2, 0));
    const mu = code(distances.indexOf(Math.min(...distances)));
    return { mu, sigma2: mu.map(() => 0.01), ...answers.component({ code: mu }) };
  },
  component({ code }) {
    return model.mixture ? { gamma: gamma(code, model.mixture), component: assign(code, model.mixture) } : { gamma: null, component: null };
  },
  sample({ component, seed }) {
    const random = uniforms(seed);
    return model.mixture ? sampleComponent(model.mixture, component, random) : { code: sampleNormal(model.z_size, random), component: null };
  },
  stop: () => ({}),
  temperature: () => ({}),
};

const code = (index) => codes.slice(index * model.z_size, (index + 1) * model.z_size);

function nearest(wanted) {
  let best = 0, least = Infinity;
  for (let i = 0; i < map.count; i++) {
    const distance = code(i).reduce((sum, value, d) => sum + (value - wanted[d]) ** 2, 0);
    if (distance < least) [best, least] = [i, distance];
  }
  return map.sketches[best].strokes;
}

/** Rows of one sketch: what was given, then the nearest mark. */
function sketch(wanted, { seed, temperature, given }, chance) {
  const random = uniforms(seed, chance);
  const rows = given ? [...given] : [];
  const strokes = map ? nearest(wanted) : [0, 0, 0, 20, 0, 0, 0, 30, 0, -25, 5, 1];
  for (let i = 0; i < strokes.length; i += 3) {
    const shake = () => temperature * 4 * (random() + random() - 1);
    const lifted = strokes[i + 2];
    rows.push((strokes[i] + shake()) / model.scale_factor, (strokes[i + 1] + shake()) / model.scale_factor, 1 - lifted, lifted, 0);
  }
  return rows;
}

async function draw({ id, ...request }) {
  const mine = ++job;
  const { count, codes: all, chances } = request;
  const sketches = Array.from({ length: count }, (_, i) => sketch(all.slice(i * model.z_size, (i + 1) * model.z_size), request, chances?.[i] ?? i));
  const most = Math.max(...sketches.map((rows) => rows.length / 5));
  for (let step = 0; step < most; step++) {
    if (step % 8 === 0 || model.pace) await new Promise((resume) => setTimeout(resume, model.pace ?? 0));
    if (mine !== job) return postMessage({ id, type: "stopped" });
    const rows = Float32Array.from(sketches.flatMap((own) => (step < own.length / 5 ? own.slice(5 * step, 5 * step + 5) : [0, 0, 0, 0, 1])));
    postMessage({ id, type: "stroke", rows, step });
  }
  postMessage({ id, type: "done", lengths: sketches.map((rows) => rows.length / 5) });
}

onmessage = async ({ data }) => {
  if (data.type === "stop") job++;
  if (data.type === "draw") return draw(data);
  try {
    postMessage({ id: data.id, type: "done", ...(await answers[data.type](data)) });
  } catch (error) {
    postMessage({ id: data.id, type: "error", message: "error.broken", detail: String(error) });
  }
};
