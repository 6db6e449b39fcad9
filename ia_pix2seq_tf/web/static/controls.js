/**
 * Small parts of the page: choices of one among several, sections that fold, keys.
 */
import { say, whenSpoken } from "./text.js";

/**
 * A row of buttons of which one is pressed; arrows move along it.
 * @param {HTMLElement} host @param {{value: string, key?: string, text?: string}[]} options
 * @param {(value: string) => void} chosen
 */
export function choice(host, options, chosen) {
  const buttons = options.map(({ value, key, text }) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: text ?? "" });
    button.dataset.value = value;
    button.setAttribute("role", "radio");
    if (key) button.dataset.text = key;
    button.onclick = () => pick(value);
    return button;
  });
  const set = (value) => {
    for (const button of buttons) {
      const on = button.dataset.value === value;
      button.setAttribute("aria-checked", String(on));
      button.tabIndex = on ? 0 : -1;
    }
  };
  const pick = (value) => {
    set(value);
    chosen(value);
  };
  host.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next.focus();
    pick(next.dataset.value);
  };
  host.replaceChildren(...buttons);
  set(options[0]?.value);
  return { set };
}

/** Lets sections fold by their headings while the page is narrow. @param {NodeListOf<HTMLElement>} sections */
export function foldable(sections) {
  const narrow = matchMedia("(max-width: 699.98px)");
  const arrange = () => {
    for (const section of sections) {
      const heading = section.querySelector("h2"), body = section.querySelector(".fold");
      const text = say(heading.dataset.text);
      body.id ||= `${section.id}-body`;
      if (!narrow.matches) {
        section.classList.remove("folded");
        heading.textContent = text;
        continue;
      }
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: text, className: "folder" });
      button.setAttribute("aria-controls", body.id);
      const show = () => button.setAttribute("aria-expanded", String(!section.classList.contains("folded")));
      button.onclick = () => {
        section.classList.toggle("folded");
        show();
      };
      show();
      heading.replaceChildren(button);
    }
  };
  narrow.addEventListener("change", arrange);
  whenSpoken(arrange);
}

/**
 * The keys of the page; none acts where one writes or a dialog is open, and Space not where it presses something.
 * @param {Record<string, () => void>} acts by name of the key, "Ctrl+" and "Shift+" before it
 */
export function keys(acts) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const writes = target.matches("input:not([type=range]):not([readonly]), textarea");
    const presses = event.key === " " && target.matches("button, a, summary, [role=radio]");
    if (writes ? event.key !== "Escape" : presses) return;
    const pressed = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.shiftKey ? "Shift+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
    if (event.altKey || !acts[pressed]) return;
    event.preventDefault();
    acts[pressed]();
  });
}
