// A plain script, for browsers and addresses that run no modules: says why nothing happens.
(function () {
  var sentences = {
    file: [
      "This page was opened as a file, and browsers start no model from files. Start it with: python -m ia_pix2seq_tf.web --model_dir=…",
      "本页是作为本地文件打开的，浏览器不会从文件里启动模型。请用命令打开：python -m ia_pix2seq_tf.web --model_dir=…",
    ],
    old: [
      "This browser is too old for the page: it lacks JavaScript modules in workers, WebAssembly or pointer events. Any browser from 2023 on will do.",
      "这个浏览器太旧，缺少模块化 Worker、WebAssembly 或指针事件。2023 年以后的浏览器都可以。",
    ],
  };
  function say(name) {
    document.getElementById("cold-en").textContent = sentences[name][0];
    document.getElementById("cold-zh").textContent = sentences[name][1];
    document.getElementById("cold").className = "cold said";
  }
  if (location.protocol === "file:") say("file");
  else if (!window.Worker || !window.WebAssembly || !window.PointerEvent || !("noModule" in HTMLScriptElement.prototype)) say("old");
})();
