/**
 * Drawings to begin with: of the map, one for each component; without a map, three of the page's own.
 */
import { fit } from "./strokes.js";

const MARGIN = 0.14; // free border around an example, in sides of the paper

/** Lines of points in hundredths of the paper. */
const OWN = {
  house: ["10 50 50 15 90 50", "20 45 20 90 80 90 80 45", "42 90 42 62 58 62 58 90"],
  flower: [
    "50 38 56 30 50 20 44 30 50 38 60 40 68 32 58 28 50 38 60 46 66 54 56 54 50 38 46 52 36 56 40 46 50 38 40 30 32 34 38 42 50 38",
    "50 42 51 60 50 90", "50 74 62 64 70 68 58 76 50 78",
  ],
  fish: ["12 50 30 32 52 30 72 46 88 32 86 66 72 52 52 70 30 68 12 50", "28 46 30 44 32 46 30 48 28 46"],
};

/** Lines of points in sides of the paper, of strokes in any unit. @param {ArrayLike<number>} strokes [n*3] */
export function toLines(strokes) {
  let { x, y, scale } = fit(strokes, 1, MARGIN);
  const lines = [[]];
  for (let i = 0; i < strokes.length; i += 3) {
    x += strokes[i] * scale;
    y += strokes[i + 1] * scale;
    lines.at(-1).push([x, y]);
    if (strokes[i + 2] > 0.5) lines.push([]);
  }
  return lines.filter((line) => line.length > 0).map((line) => (line.length > 1 ? line : [line[0], line[0]]));
}

/** Strokes of lines, to be shown. @param {[number, number][][]} lines */
export function toFlat(lines) {
  let [x, y] = [0, 0];
  return lines.flatMap((line) =>
    line.flatMap(([right, down], i) => {
      const row = [right - x, down - y, i === line.length - 1 ? 1 : 0];
      [x, y] = [right, down];
      return row;
    }),
  );
}

/**
 * @param {import("./atlas.js").Atlas | null} atlas @param {number} most
 * @param {(index: number) => string} named what a mark is called
 * @returns {{name: string, lines: [number, number][][]}[]}
 */
export function examples(atlas, most, named) {
  if (atlas) return atlas.typical(most).map((index) => ({ name: named(index), lines: toLines(atlas.marks[index].strokes) }));
  const line = (text) => text.split(" ").map(Number).reduce((all, value, i) => (i % 2 ? all.at(-1).push(value / 100) : all.push([value / 100]), all), []);
  return Object.entries(OWN).map(([name, lines]) => ({ name, lines: lines.map(line) }));
}
