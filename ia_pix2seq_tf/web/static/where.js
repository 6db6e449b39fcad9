/**
 * Where a code falls: a bar of gamma for each component, with its name; a press draws from it.
 */
import { say, whenSpoken } from "./text.js";

const SEEN = 0.005; // the least share that is shown as more than 0 %
const GOLDEN = 137.508; // degrees between the hues of neighbours

/** A colour of its own for each component, told apart on the page's paper. @param {number} number @param {boolean} dark */
export const hue = (number, dark) => `hsl(${((number * GOLDEN + 8) % 360).toFixed(1)} ${dark ? "62% 68%" : "58% 36%"})`;

/** What a component is called. @param {{number: number, name: string} | undefined} component @param {number} number */
export const called = (component, number) => (component?.name ? `${number}: ${component.name}` : String(number));

export class Where {
  /**
   * @param {HTMLElement} list @param {object[]} components of model.json
   * @param {(component: object) => void} chosen
   */
  constructor(list, components, chosen) {
    this.list = list;
    this.components = components.filter((component) => component.living);
    this.gamma = null;
    this.component = -1;
    this.rows = this.components.map((component) => row(component, () => chosen(component)));
    list.append(...this.rows.map(({ item }) => item));
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const paint = () => this.rows.forEach(({ item, component }) => item.style.setProperty("--hue", hue(component.number, scheme.matches)));
    scheme.addEventListener("change", paint);
    paint();
    whenSpoken(() => this.show(this.gamma, this.component));
  }

  /** Shows where a code falls. @param {ArrayLike<number> | null} gamma [k] @param {number} component */
  show(gamma, component) {
    [this.gamma, this.component] = [gamma, component];
    for (const { item, button, bar, share, component: each } of this.rows) {
      const part = gamma?.[each.number] ?? 0;
      bar.style.width = `${(100 * part).toFixed(1)}%`;
      share.textContent = gamma ? (part >= SEEN ? `${Math.round(100 * part)} %` : "0 %") : "";
      item.classList.toggle("here", each.number === component);
      const known = each.share === null || each.share === undefined ? "" : { key: "share", values: { share: Math.round(100 * each.share) } };
      const values = { number: each.number, name: each.name, share: known, gamma: Math.round(100 * part), weight: Math.round(100 * each.weight) };
      button.title = say("component", values);
      button.setAttribute("aria-current", String(each.number === component));
    }
    if (!gamma) return;
    const order = [...this.rows].sort((a, b) => (gamma[b.component.number] - gamma[a.component.number]) || b.component.weight - a.component.weight);
    if (this.list.contains(document.activeElement)) return; // nothing moves away under one's finger
    this.list.append(...order.map(({ item }) => item));
    this.list.scrollTop = 0;
  }
}

function row(component, pressed) {
  const item = document.createElement("li"), button = document.createElement("button");
  const [label, share, track, bar] = ["name", "share", "track", "bar"].map((kind) => {
    const node = document.createElement("span");
    node.className = kind;
    return node;
  });
  button.type = "button";
  button.onclick = () => {
    button.focus({ preventScroll: true }); // which Safari leaves out: the list would move away under one's finger
    pressed();
  };
  const known = component.share !== undefined && component.share !== null;
  label.append(
    Object.assign(document.createElement("span"), { textContent: called(component, component.number) }),
    Object.assign(document.createElement("small"), { textContent: known ? ` ${Math.round(100 * component.share)} %` : "" }),
  );
  track.append(bar);
  button.append(label, share, track);
  item.append(button);
  return { item, button, bar, share, component };
}
