/**
 * The map as data, pure: sketches with their codes and places, and what lies near what.
 *
 * @typedef {{category: number, number: number, component: number, x: number, y: number, strokes: number[]}} Mark
 */

const NEIGHBOURS = 8; // whose codes make that of a place between them
const ROOM = 0.82; // how far apart marks are moved, as a share of the side that each has of the map
const ROUNDS = 60; // most of moving them
const HERE = 1e-9; // squared distance at which a place is that of a mark

export class Atlas {
  /** @param {{sketches: Mark[], z_size: number}} map @param {Float32Array} codes [n*z_size] */
  constructor(map, codes) {
    /** @type {Mark[]} */
    this.marks = spread(map.sketches);
    this.size = map.z_size;
    this.codes = codes;
  }

  /** The code of a mark, exactly. @param {number} index */
  code(index) {
    return this.codes.slice(index * this.size, (index + 1) * this.size);
  }

  /** The marks nearest a place, the nearest first. @param {number} x @param {number} y @param {number} [count] */
  nearest(x, y, count = NEIGHBOURS) {
    return least(this.marks.map((mark) => (mark.x - x) ** 2 + (mark.y - y) ** 2), count);
  }

  /** The code of a place: the mean of the nearest marks' codes by inverse square distance. @param {number} x @param {number} y */
  codeAt(x, y) {
    const near = this.nearest(x, y);
    if (near[0].distance < HERE) return this.code(near[0].index);
    return weighted(near, (index) => this.code(index), this.size);
  }

  /** The place of a code: the mean of the places of the nearest codes by inverse square distance. @param {ArrayLike<number>} code */
  placeOf(code) {
    const distances = this.marks.map((_, index) => {
      let sum = 0;
      for (let d = 0; d < this.size; d++) sum += (this.codes[index * this.size + d] - code[d]) ** 2;
      return sum;
    });
    const near = least(distances, NEIGHBOURS);
    const place = (index) => [this.marks[index].x, this.marks[index].y];
    const [x, y] = near[0].distance < HERE ? place(near[0].index) : weighted(near, place, 2);
    return { x, y };
  }

  /** The next mark from one in a direction, or the same where there is none. @param {number} index @param {[number, number]} direction */
  next(index, [right, down]) {
    const from = this.marks[index];
    const costs = this.marks.map((mark) => {
      const [dx, dy] = [mark.x - from.x, mark.y - from.y];
      const along = dx * right + dy * down;
      const across = Math.abs(dx * down - dy * right);
      return along > 1e-6 && across <= along * 1.5 ? along * along + 4 * across * across : Infinity;
    });
    const [best] = least(costs, 1);
    return best.distance < Infinity ? best.index : index;
  }

  /** One mark of each component, or of each category where there are none; the most central ones. @param {number} most */
  typical(most) {
    const groups = grouped(this.marks);
    return [...groups.values()].sort((a, b) => b.length - a.length).slice(0, most).map((group) => {
      const middle = ["x", "y"].map((axis) => group.reduce((sum, i) => sum + this.marks[i][axis], 0) / group.length);
      return least(group.map((i) => (this.marks[i].x - middle[0]) ** 2 + (this.marks[i].y - middle[1]) ** 2), 1).map((found) => group[found.index])[0];
    });
  }
}

/**
 * Marks moved apart where they lie upon each other: t-SNE packs those of one kind so close that none could be pressed.
 * @param {Mark[]} marks @returns {Mark[]}
 */
export function spread(marks) {
  const room = ROOM / Math.sqrt(marks.length);
  const places = marks.map(({ x, y }, i) => [x + 1e-6 * Math.cos(i), y + 1e-6 * Math.sin(i)]);
  for (let round = 0; round < ROUNDS && push(places, room); round++) {
    for (const place of places) for (const axis of [0, 1]) place[axis] = Math.min(1, Math.max(0, place[axis]));
  }
  return marks.map((mark, i) => ({ ...mark, x: places[i][0], y: places[i][1] }));
}

/** Pushes apart what lies closer than it may. @param {number[][]} places @param {number} room @returns {boolean} whether any did */
function push(places, room) {
  const cells = new Map();
  const key = (column, row) => column * 65536 + row;
  const cellOf = ([x, y]) => [Math.floor(x / room) + 1, Math.floor(y / room) + 1];
  let moved = false;
  places.forEach((place, i) => {
    const [column, row] = cellOf(place);
    for (const right of [-1, 0, 1]) {
      for (const down of [-1, 0, 1]) {
        for (const j of cells.get(key(column + right, row + down)) ?? []) moved = part(place, places[j], room) || moved;
      }
    }
    const home = key(...cellOf(place));
    cells.set(home, [...(cells.get(home) ?? []), i]);
  });
  return moved;
}

/** Moves two places half the way to where they are far enough apart. @returns {boolean} whether they were too close */
function part(a, b, room) {
  const [dx, dy] = [a[0] - b[0], a[1] - b[1]];
  const distance = Math.hypot(dx, dy);
  if (distance >= 0.98 * room) return false;
  const share = (room - distance) / (4 * (distance || 1e-9));
  a[0] += dx * share;
  a[1] += dy * share;
  b[0] -= dx * share;
  b[1] -= dy * share;
  return true;
}

/** Their indices by what they belong to. @param {Mark[]} marks */
function grouped(marks) {
  const groups = new Map();
  marks.forEach(({ component, category }, i) => {
    const group = component >= 0 ? `component ${component}` : `category ${category}`;
    groups.set(group, [...(groups.get(group) ?? []), i]);
  });
  return groups;
}

/** The smallest of some numbers, with their indices. @param {number[]} distances @param {number} count */
function least(distances, count) {
  return distances.map((distance, index) => ({ distance, index })).sort((a, b) => a.distance - b.distance).slice(0, count);
}

/** @param {{distance: number, index: number}[]} near @param {(index: number) => ArrayLike<number>} of @param {number} size */
function weighted(near, of, size) {
  const mean = new Float32Array(size);
  const total = near.reduce((sum, { distance }) => sum + 1 / distance, 0);
  for (const { distance, index } of near) of(index).forEach((value, d) => (mean[d] += value / distance / total));
  return mean;
}

/**
 * The map of a folder.
 * @param {string} [base] its address
 * @returns {Promise<Atlas>}
 * @throws {Error} that names the file
 */
export async function readAtlas(base = "") {
  const map = await (await found(`${base}map.json`)).json().catch(() => wrong("map.json"));
  const codes = new Float32Array(await (await found(`${base}codes.f32`)).arrayBuffer().then((bytes) => bytes.slice(0, bytes.byteLength & ~3)));
  if (map?.format !== 1 || !Array.isArray(map.sketches) || !map.sketches.length || !map.sketches.every(isMark)) wrong("map.json");
  if (codes.length !== map.sketches.length * map.z_size) wrong("codes.f32");
  return new Atlas(map, codes);
}

const isMark = (mark) => Number.isFinite(mark?.x) && Number.isFinite(mark.y) && Array.isArray(mark.strokes);

async function found(address) {
  const answer = await fetch(address).catch(() => wrong(address));
  return answer.ok ? answer : wrong(address);
}

/** @param {string} file @returns {never} */
function wrong(file) {
  throw new Error(file);
}
