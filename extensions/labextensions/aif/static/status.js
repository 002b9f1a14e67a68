// The status bar item: time left, hours left, GPU. A button that opens the panel.

const SHAPES = {
  still: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zM8 3a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM7.3 4.5h1.4v3.3l2.4 1.5l-.7 1.2l-3.1-1.9z",
  warn: "M8 1.5l7 12.5h-14zM7.2 6v4h1.6v-4zM7.2 11v1.6h1.6v-1.6z",
  stop: "M2 2h12v12h-12zM7.2 4v5h1.6v-5zM7.2 10.2v1.6h1.6v-1.6z",
  over: "M2 2h12v12h-12zM4 4v8h8v-8z",
};
const TICK_MS = 1000;
export const GIB = 1024 ** 3;

/** The item; `open` is what a click does. */
export function statusItem({ lab, speaking, desk }, open) {
  const { say } = speaking;
  const widget = new lab.Widget();
  widget.addClass("aif-statusbar");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(shape);
  const text = document.createElement("span");
  const button = document.createElement("button");
  button.type = "button";
  button.append(drawing, text);
  button.addEventListener("click", open);
  widget.node.append(button);

  function show() {
    const left = desk.left();
    const tone = speaking.tone(left);
    const { short, whole } = said(speaking, desk, left, tone);
    if (text.textContent !== short) text.textContent = short;
    if (button.title !== whole) {
      button.title = whole;
      button.setAttribute("aria-label", whole);
    }
    if (button.dataset.tone !== tone) {
      button.dataset.tone = tone;
      shape.setAttribute("d", SHAPES[tone]);
    }
    button.hidden = !desk.told.session;
  }

  desk.on(show);
  const ticking = setInterval(show, TICK_MS);
  widget.disposed.connect(() => clearInterval(ticking));
  widget.title.label = say("lab.category");
  return widget;
}

/** The item's text, and the sentences for who hears it or points at it. */
function said(speaking, desk, left, tone) {
  const parts = [time(speaking, desk, left, tone), budget(speaking, desk), gpu(speaking, desk.told.session?.gpu)];
  const known = parts.filter((part) => part);
  return {
    short: known.map(([short]) => short).join(" · "),
    whole: [...known.map(([, whole]) => whole), speaking.say("lab.bar.opens")].join(" "),
  };
}

function time({ say, length, clock, local, seconds }, desk, left, tone) {
  if (left === null) return [say("lab.bar.unknown"), say("lab.bar.unknown.text")];
  const ends = clock(local(desk.endsAt()), desk.now());
  if (tone === "over") return [say("lab.bar.over"), say("lab.bar.over.text", { clock: ends })];
  const shown = tone === "stop" ? seconds(left) : length(left);
  const whole = say(tone === "still" ? "lab.bar.left.text" : "lab.bar.soon.text", { length: length(left), clock: ends });
  return [say(`lab.bar.${tone}`, { length: shown }), whole];
}

function budget({ say, large, unit }, desk) {
  const paying = desk.paying();
  if (!paying || paying.left === null) return null;
  const amount = large(paying.left);
  const gaps = { amount, unit: unit(paying.unit, amount), project: paying.title || paying.project };
  return [say(`lab.bar.budget.${paying.unit}`, gaps), say("lab.bar.budget.text", gaps)];
}

/** How busy it is; of a part of a GPU its driver tells the memory alone. */
function gpu({ say, large }, use) {
  if (!use) return null;
  if (use.percent !== null) {
    const percent = Math.round(use.percent);
    return [say(`lab.bar.gpu.${use.kind}`, { percent }), say(`lab.bar.gpu.${use.kind}.text`, { percent })];
  }
  if (use.kind !== "measured" || use.memory_used === null || use.memory_total === null) return null;
  const gaps = { used: large(use.memory_used / GIB), total: large(use.memory_total / GIB) };
  return [say("lab.bar.gpu.memory", gaps), say("lab.bar.gpu.memory.text", gaps)];
}
