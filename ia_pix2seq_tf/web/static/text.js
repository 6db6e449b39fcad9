/**
 * All sentences of the page, in English and Chinese, and what puts them into it.
 *
 * An element with `data-text="KEY"` shows the sentence, one with `data-label="KEY"` is named by it. `{name}` in a
 * sentence is filled in by `say`. Nothing is kept: the language is the browser's until the switch is pressed.
 */

/** @type {Record<string, [string, string]>} sentence by key: English, Chinese */
export const SENTENCES = {
  title: ["Latent sketchpad", "潜空间画板"],
  other: ["中文", "English"],
  keys: ["Keys", "快捷键"],
  close: ["Close", "关闭"],

  draw: ["Draw", "画"],
  tools: ["Drawing tools", "绘图工具"],
  pen: ["Pen", "画笔"],
  eraser: ["Eraser", "橡皮"],
  undo: ["Undo", "撤销"],
  redo: ["Redo", "重做"],
  clear: ["Clear the paper", "清空画纸"],
  padName: ["Your drawing: {lines} lines", "你的画：{lines} 笔"],
  padEmpty: ["Empty paper. Draw with mouse, finger or pen; without one, take an example or the map", "空白画纸。可用鼠标、手指或手写笔作画；也可以选一个示例，或使用地图"],
  invitation: ["Draw something here", "在这里画点什么"],
  examples: ["Examples to begin with", "可以从这些示例开始"],
  example: ["Example: {name}", "示例：{name}"],

  model: ["Model", "模型"],
  tabs: ["What the model does", "模型做什么"],
  "tab.redraw": ["Redraw", "重画"],
  "tab.continue": ["Continue", "续画"],
  "tab.complete": ["Complete", "补全"],
  "tab.dream": ["Dream", "遐想"],
  "tell.redraw": ["Draw, and it draws the same in its own hand.", "你画一幅，它用自己的笔法重画一遍。"],
  "tell.continue": ["Begin a drawing; it goes on from your last stroke.", "你画个开头，它从最后一笔接着画。"],
  "tell.complete": ["Erase a part with the eraser; it draws what it thinks was there.", "用橡皮擦去一部分，它画出它认为原来在那里的东西。"],
  sheetName: ["What the model draws; press one to choose it", "模型画的草图；点选其中一幅"],
  sketch: ["Sketch {number}: {name}, {points} points", "草图 {number}：{name}，{points} 个点"],
  temperature: ["Temperature", "温度"],
  variants: ["Variants", "张数"],
  seed: ["Seed", "种子"],
  stop: ["Stop", "停止"],
  again: ["Draw again", "再画一次"],

  where: ["Where it falls", "落在哪里"],
  sees: ["what the model sees", "模型看到的图像"],
  strokesSeen: ["the strokes that the model reads", "模型读入的笔画"],
  components: ["Components; press one to draw from it", "各个分量；点击即可由它作画"],
  headComponent: ["component, purity", "分量，纯度"],
  headGamma: ["share", "份额"],
  whence: ["Draw from a component's", "由分量的何处作画"],
  centre: ["Centre", "中心"],
  sample: ["Sample", "采样"],
  component: ["{number}: {name}{share}; this drawing {gamma} %, weight {weight} %; draw from it", "{number}：{name}{share}；这幅画占 {gamma} %，权重 {weight} %；由它作画"],
  share: [" ({share} % of the test sketches in it are)", "（其中 {share} % 的测试草图是它）"],
  noComponents: ["This model's codes have no components.", "这个模型的编码没有分量。"],

  map: ["Map", "地图"],
  mapName: ["Map of test sketches. Arrows go from mark to mark, Enter draws, A and B set the ends of a way", "测试草图的地图。方向键在各点间移动，回车作画，A 和 B 设定路的两端"],
  mapHint: ["Press a mark: its exact code. Drag between marks: the mean of the 8 nearest codes, the near ones counting more. The ring is your drawing.", "点一个图：取它的准确编码。在图之间拖动：取最近 8 个编码的加权平均，越近权重越大。圆环是你的画。"],
  mark: ["sketch {number} ({name})", "第 {number} 幅（{name}）"],
  between: ["between marks, mostly {name}", "图与图之间，最近的是 {name}"],
  noMap: ["No map: this page was made without test sketches. Make it with --data_dir to have one.", "没有地图：制作本页时没有给测试草图。加上 --data_dir 重新制作即可。"],
  badMap: ["The map cannot be read ({detail}). All else works.", "地图无法读取（{detail}）。其余部分照常可用。"],
  ways: ["Way between A and B", "A 到 B 的走法"],
  linear: ["Straight", "直线"],
  spherical: ["On a sphere", "球面"],
  along: ["From A to B", "从 A 到 B"],
  strip: ["Nine sketches from A to B", "从 A 到 B 的九幅草图"],
  step: ["{percent} % of the way from A to B", "从 A 到 B 的 {percent} %"],
  setEnd: ["Set {end} to what the model draws now", "把当前的编码设为 {end}"],
  endIs: ["{end} is {name}; set it to what the model draws now", "{end} 是{name}；把当前的编码设为 {end}"],
  wayHint: ["Press A, then choose something else and press B.", "先按 A，再换一个图，按 B。"],
  wayIs: ["{a} → {b}, one seed for all", "{a} → {b}，同一个种子"],

  take: ["Take along", "带走"],
  what: ["What to take", "带走什么"],
  "what.sketch": ["Model's sketch", "模型的草图"],
  "what.drawing": ["My drawing", "我的画"],
  takeSvg: ["Save as SVG", "存为 SVG"],
  takePng: ["Save as PNG", "存为 PNG"],
  takeJson: ["Save strokes as JSON", "笔画存为 JSON"],
  takeLink: ["Copy a link that draws this again", "复制链接，打开即可重现这幅图"],
  link: ["Link", "链接"],
  linkText: ["Link to this sketch", "这幅草图的链接"],
  copied: ["Link copied.", "链接已复制。"],
  copyIt: ["Copy the link from the field.", "请从文本框中复制链接。"],
  saved: ["{file} saved.", "已保存 {file}。"],
  nothing: ["There is nothing to take yet.", "还没有可以带走的东西。"],
  privacy: ["All happens in your browser; nothing is stored or sent.", "一切都在你的浏览器里进行，不存储，也不发送。"],

  "from.drawing": ["from your drawing", "依据你的画"],
  "from.masked": ["from what you left of your drawing", "依据你没有擦掉的部分"],
  "from.mark": ["from {name}", "依据{name}"],
  "from.place": ["from a place {name}", "依据地图上的一处（{name}）"],
  "from.centre": ["from the centre of {name}", "依据 {name} 的中心"],
  "from.sample": ["from a sample of {name}", "依据 {name} 的一个采样"],
  "from.way": ["{percent} % of the way from A to B", "从 A 到 B 的 {percent} %"],
  "from.chance": ["from chance", "随机"],
  "from.link": ["from a link", "依据链接"],
  "from.strokes": ["your strokes first", "先是你的笔画"],

  none: ["", ""],
  loading: ["Loading the model…", "正在载入模型……"],
  drawn: ["{name}, {points} points", "{name}，{points} 个点"],
  drawing: ["drawing…", "正在画……"],
  stopped: ["Stopped.", "已停止。"],
  sketchAlone: ["sketch", "草图"],
  cleared: ["The paper is empty.", "画纸已清空。"],
  dot: ["A dot leaves no ink: draw a line.", "一个点不留墨迹，请画一条线。"],
  begin: ["Draw a beginning first; it goes on from there.", "请先画个开头，它再接着画。"],
  tooLong: ["Your drawing has {points} points after simplification and the model draws at most {most}; it goes on from the first {kept}.", "你的画简化后有 {points} 个点，而模型最多画 {most} 个；它从前 {kept} 个点接着画。"],
  tooManyRead: ["Your drawing has {points} points after simplification; the model reads at most {most}, so it reads the first {most}.", "你的画简化后有 {points} 个点，模型最多读 {most} 个，因此只读前 {most} 个。"],
  allErased: ["Everything is erased: leave something to go by.", "全擦掉了，请留下一些。"],
  badLink: ["The link does not fit this model or is damaged; it is ignored.", "链接与此模型不符或已损坏，已忽略。"],

  "error.missing": ["A file of the model is missing: {detail}", "缺少模型文件：{detail}"],
  "error.damaged": ["A file of the model is damaged: {detail}", "模型文件已损坏：{detail}"],
  "error.runtime": ["The runtime of the model does not start: {detail}", "模型的运行环境无法启动：{detail}"],
  "error.simd": ["This browser has no WebAssembly SIMD, without which the model does not run. Any browser from 2023 on has it.", "这个浏览器没有 WebAssembly SIMD，模型无法运行。2023 年以后的浏览器都有。"],
  "error.unzip": ["This browser has no DecompressionStream, without which the model does not start. Any browser from 2023 on has it.", "这个浏览器没有 DecompressionStream，模型无法启动。2023 年以后的浏览器都有。"],
  "error.format": ["model.json cannot be read by this page: {detail}", "本页无法读取 model.json：{detail}"],
  "error.cannot": ["The model cannot do this: {detail}", "模型做不到：{detail}"],
  "error.input": ["The model cannot take this: {detail}", "模型不接受：{detail}"],
  "error.broken": ["Something broke: {detail}", "出错了：{detail}"],
  "error.worker": ["The page's worker does not start: {detail}. The page needs all its files, served by a web server.", "后台 Worker 无法启动：{detail}。本页需要全部文件，并由网页服务器提供。"],

  touchHint: ["While a pen draws, fingers and palm do not. The rear end of a pen erases.", "手写笔作画时，手指和手掌不起作用。笔尾可以当橡皮。"],
};

/** @type {[string, string, string][]} keys, English, Chinese */
export const KEYS = [
  ["Ctrl+Z", "undo", "撤销"],
  ["Ctrl+Shift+Z", "redo", "重做"],
  ["Delete", "clear the paper", "清空画纸"],
  ["Space", "draw again, with another seed", "换一个种子，再画一次"],
  ["Esc", "stop", "停止"],
  ["← ↑ → ↓", "on the map: the next mark", "在地图上：移到下一个图"],
  ["Enter", "on the map: draw from the mark", "在地图上：由这个图作画"],
  ["A, B", "on the map: set an end of the way", "在地图上：设定路的一端"],
];

export const ENGLISH = 0, CHINESE = 1;
let language = navigator.languages?.some((name) => /^(zh|en)\b/i.test(name))
  ? (/^zh\b/i.test(navigator.languages.find((name) => /^(zh|en)\b/i.test(name))) ? CHINESE : ENGLISH)
  : ENGLISH;
/** @type {Set<() => void>} */
const listeners = new Set();

/** The language in force: `ENGLISH` or `CHINESE`. */
export const spoken = () => language;

/**
 * A sentence in the language in force, filled in.
 * @typedef {{key: string, values?: Record<string, unknown>}} Said  a sentence that is yet to be said
 * @param {string | Said} key @param {Record<string, unknown>} [values] among them such sentences
 * @returns {string}
 */
export function say(key, values = {}) {
  if (typeof key === "object") return say(key.key, key.values);
  const sentence = SENTENCES[key]?.[language] ?? SENTENCES["error.broken"][language].replace("{detail}", key);
  return sentence.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name] ?? "";
    return typeof value === "object" ? say(value) : String(value);
  });
}

/** Puts sentences into a part of the page, where it asks for them. @param {ParentNode} part */
export function fill(part) {
  for (const node of part.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  for (const node of part.querySelectorAll("[data-label]")) name(node, say(node.dataset.label));
}

/** Names an element for screen readers, and for the mouse where it is a button. */
export function name(node, text) {
  node.setAttribute("aria-label", text);
  if (node.tagName === "BUTTON") node.title = text;
}

/** Calls a function now and whenever the language changes. @param {() => void} listener */
export function whenSpoken(listener) {
  listeners.add(listener);
  listener();
}

/** Speaks another language from now on. @param {number} [next] by default the other one */
export function speak(next = 1 - language) {
  language = next;
  document.documentElement.lang = language === CHINESE ? "zh-Hans" : "en";
  document.title = say("title");
  for (const listener of listeners) listener();
}
