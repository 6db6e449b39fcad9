/**
 * The paper: follows one pointer, shows lines; never reads its own pixels back.
 *
 * One pointer draws at a time. A pen takes over from a finger, whose line is dropped, for it was a palm; while a pen is
 * down, and just after, fingers do nothing. A line that the system breaks off stays.
 */
import { EMPTY, ERASER } from "./history.js";

const PEN_WIDTH = 0.0085; // of lines, in sides of the paper
const PALM_MS = 500; // how long after a pen a finger is still taken for its palm
const REAR_END = 32; // of a pen, in `buttons`: its eraser

export class Pad {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{finished: (tool: string, points: [number, number][]) => void, begun: () => void}} told
   */
  constructor(canvas, told) {
    this.canvas = canvas;
    this.told = told;
    this.tool = "pen"; // "pen", "eraser" or "mask"
    this.drawing = EMPTY;
    this.showsMasks = false;
    /** @type {{id: number, kind: string, tool: string, points: [number, number][]} | null} */
    this.stroke = null;
    this.penSeen = -Infinity;
    const listen = (type, handler) => canvas.addEventListener(type, handler);
    listen("pointerdown", (event) => this.down(event));
    listen("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) listen(type, (event) => this.up(event));
    listen("contextmenu", (event) => event.preventDefault());
    new ResizeObserver(() => this.paint()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  /** Shows another drawing. @param {import("./history.js").Drawing} drawing */
  show(drawing) {
    this.drawing = drawing;
    this.paint();
  }

  down(event) {
    const isPen = event.pointerType === "pen";
    if (isPen) this.penSeen = event.timeStamp;
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (event.pointerType === "touch" && event.timeStamp - this.penSeen < PALM_MS) return;
    if (this.stroke && !(isPen && this.stroke.kind === "touch")) return;
    event.preventDefault();
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur(); // so that Space draws again, not presses the pen
    try {
      this.canvas.setPointerCapture(event.pointerId);
    } catch {} // of a pointer that has gone already
    const erases = isPen && (event.buttons & REAR_END) > 0 && this.tool === "pen";
    const tool = erases ? (this.showsMasks ? "mask" : "eraser") : this.tool;
    this.stroke = { id: event.pointerId, kind: event.pointerType, tool, points: [this.place(event)] };
    this.told.begun();
    this.paint();
  }

  move(event) {
    if (event.pointerType === "pen" && event.buttons) this.penSeen = event.timeStamp;
    if (event.pointerId !== this.stroke?.id) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) {
      const point = this.place(each);
      const last = this.stroke.points.at(-1);
      if (point[0] !== last[0] || point[1] !== last[1]) this.stroke.points.push(point);
    }
    this.later();
  }

  up(event) {
    if (event.pointerId !== this.stroke?.id) return;
    const { tool, points } = this.stroke;
    this.stroke = null;
    this.told.finished(tool, points);
    this.paint();
  }

  /** Where a pointer is, in sides of the paper. @returns {[number, number]} */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const within = (share) => Math.min(1, Math.max(0, share));
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  }

  /** Paints before the next frame. */
  later() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  paint() {
    const side = sized(this.canvas).width;
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(this.canvas);
    context.clearRect(0, 0, side, side);
    context.lineCap = context.lineJoin = "round";
    for (const line of this.drawing.lines) trace(context, line, side, style.color, PEN_WIDTH);
    if (this.showsMasks) for (const way of this.drawing.masks) this.rub(context, way, side, style);
    if (!this.stroke) return;
    if (this.stroke.tool === "pen") trace(context, this.stroke.points, side, style.color, PEN_WIDTH);
    else this.rub(context, this.stroke.points, side, style);
  }

  /** Shows the way of an eraser: as paper, with a rim where it only hides. */
  rub(context, way, side, style) {
    if (this.showsMasks) trace(context, way, side, style.getPropertyValue("--seal"), 2 * ERASER + 0.006);
    trace(context, way, side, style.getPropertyValue(this.showsMasks ? "--mask" : "--sheet"), 2 * ERASER);
  }
}

/** Gives a canvas the pixels of the screen. @param {HTMLCanvasElement} canvas */
export function sized(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * ratio) || 1, Math.round(canvas.clientHeight * ratio) || 1];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return { width, height, ratio };
}

/** Draws a line of points in sides of the paper, as straight as the model gets it. */
function trace(context, points, side, color, width) {
  context.strokeStyle = color;
  context.lineWidth = width * side;
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x * side, y * side) : context.moveTo(x * side, y * side)));
  if (points.length === 1) context.lineTo(points[0][0] * side, points[0][1] * side);
  context.stroke();
}
