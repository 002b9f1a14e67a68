// What a cluster's drawing says of its workers: how many there are to be, what each does, and how far their work is.
//
// As in meter.js: each is a function of a `speech` and gives {node, show(told)}; `show` changes what changed.

import { OWN_KEYS, make, put } from "./dom.js";
import { QUIET_MS } from "./cluster.js";

const REST_MS = 500; // a slider that is moved by its keys says so at each of them
const GIB = 1024 ** 3;
const MARKS = { "at-work": ["●", "good"], asked: ["○", "still"], waiting: ["○", "still"], starting: ["◐", "still"], paused: ["‖", "warn"], ended: ["□", "stop"] };

/** How many workers, as words. */
const counted = ({ say }, count) => say(count === 1 ? "cluster.workers.one" : "cluster.workers", { count });

/** The slider: its label is the price of what it stands on, and a rest on it is a wish. `wish(count)` gives a refusal or "". */
export function slider(speaking, wish) {
  const { say, amount, unit } = speaking;
  const id = `aif-slider-${Math.random().toString(36).slice(2)}`;
  const range = make("input", "aif-range", { type: "range", min: "0", step: "1", id, ...OWN_KEYS });
  const most = make("span", "aif-muted", { "aria-hidden": "true" });
  const label = make("label", "aif-muted", { for: id, text: say("cluster.scale") });
  const price = make("span", "aif-price", { "aria-hidden": "true" });
  const track = make("div", "aif-track", {}, make("span", "aif-muted", { "aria-hidden": "true" }, "0"), range, most);
  const between = make("p", "aif-muted");
  const note = make("p", "", { role: "status", hidden: "" });
  const node = make("div", "aif-scale", {}, make("p", "aif-chosen", {}, label, " ", price), track, note, between);
  let told;
  let moved = false; // by somebody here, whose wish has not been answered
  let resting;

  function remark(text, tone) {
    note.className = tone ? "aif-refusal" : "aif-muted";
    put(note, text);
  }
  function draw() {
    const count = Number(range.value);
    const workers = counted(speaking, count);
    const shown = amount(count * told.each);
    const gaps = { workers, price: shown, unit: unit(told.unit ?? "gpu-hour", shown) };
    const text = say(told.each ? "cluster.scale.price" : "cluster.scale.free", gaps);
    put(price, text);
    range.setAttribute("aria-valuetext", text);
    range.style.setProperty("--aif-at", `${told.most ? (count / told.most) * 100 : 0}%`);
  }
  async function ask() {
    const count = Number(range.value);
    if (count === told.main && !told.between) {
      moved = false;
      return remark("");
    }
    remark(say("cluster.wish.asked", { workers: counted(speaking, count) }));
    const quiet = setTimeout(() => remark(say("cluster.wish.quiet"), "stop"), QUIET_MS);
    const refusal = await wish(count);
    clearTimeout(quiet);
    if (Number(range.value) !== count) return; // it has been moved on meanwhile
    moved = false;
    remark(refusal || say("cluster.wish.done"), refusal && "stop");
    show(told);
  }
  range.addEventListener("input", () => {
    moved = true;
    clearTimeout(resting);
    remark("");
    draw();
  });
  range.addEventListener("change", () => {
    clearTimeout(resting);
    resting = setTimeout(ask, REST_MS);
  });
  function show(given) {
    told = given;
    node.hidden = told.closed;
    const reach = String(Math.max(told.most, moved ? Number(range.value) : 0));
    if (range.max !== reach) range.max = reach;
    if (!moved && range.value !== String(told.main)) range.value = String(told.main);
    put(most, reach);
    put(between, told.between ? say("cluster.between", { least: told.between[0], most: told.between[1] }) : "");
    draw();
  }
  return { node, show };
}

/** A row for each worker: what it does, where or why not, its memory, its processors, and its GPU where one has some. */
export function workers({ say, amount }) {
  const head = ["worker", "state", "memory", "cpu", "gpu"].map((name) => make("th", "", { scope: "col", text: say(`cluster.${name}`) }));
  const body = make("tbody");
  const table = make("table", "aif-workers", { "aria-label": say("cluster.workers.list") }, make("thead", "", {}, make("tr", "", {}, ...head)), body);
  const more = make("p", "aif-muted");
  const node = make("div", "", {}, table, more);
  const drawn = new Map();

  function row() {
    const name = make("th", "", { scope: "row" });
    const mark = make("span", "aif-mark", { "aria-hidden": "true" });
    const word = make("span");
    const details = make("span", "aif-muted aif-details");
    const full = make("span", "aif-consumed");
    const gauge = make("span", "aif-gauge", { "aria-hidden": "true" }, full);
    const memory = make("span");
    const cpu = make("td", "aif-number");
    const gpu = make("td", "aif-number");
    const doing = make("td", "aif-doing", {}, mark, " ", word, " ", details);
    const held = make("td", "aif-number", {}, gauge, " ", memory);
    const line = make("tr", "", {}, name, doing, held, cpu, gpu);
    function show(one, gpus) {
      const [shape, tone] = MARKS[one.state];
      put(name, one.name);
      put(mark, shape);
      mark.dataset.tone = tone;
      put(word, say(`cluster.${one.state}`));
      put(details, one.details.join(", "));
      line.title = one.job ? `${say("cluster.job")} ${one.job}` : "";
      const { memory: used, memory_limit: total, cpu: busy, gpu: working, gpu_memory: full_of } = one.use ?? {};
      doing.colSpan = one.use ? 1 : gpus ? 4 : 3; // why it waits has the room of what it does not use yet
      const known = used !== null && used !== undefined;
      gauge.hidden = !(known && total);
      full.style.width = known && total ? `${Math.min(100, (used / total) * 100)}%` : "0";
      const gaps = { used: amount((used ?? 0) / GIB), total: amount((total ?? 0) / GIB) };
      put(memory, known ? say(total ? "cluster.memory.of" : "cluster.memory.used", gaps) : "");
      put(cpu, busy === null || busy === undefined ? "" : say("cluster.cpu.busy", { percent: Math.round(busy) }));
      put(gpu, Number.isFinite(working) ? say("cluster.gpu.busy", { percent: Math.round(working), used: amount((full_of ?? 0) / GIB) }) : "");
      held.hidden = cpu.hidden = !one.use;
      gpu.hidden = !one.use || !gpus;
    }
    return { node: line, show };
  }
  function show({ rows, more: others }) {
    table.hidden = !rows.length;
    const gpus = rows.some((one) => Number.isFinite(one.use?.gpu));
    head.at(-1).hidden = !gpus;
    for (const [name, one] of drawn) {
      if (rows.some((each) => each.name === name)) continue;
      one.node.remove();
      drawn.delete(name);
    }
    rows.forEach((one, at) => {
      if (!drawn.has(one.name)) drawn.set(one.name, row());
      const line = drawn.get(one.name);
      line.show(one, gpus);
      if (body.children[at] !== line.node) body.insertBefore(line.node, body.children[at] ?? null);
    });
    put(more, others ? say("cluster.more", { count: others }) : "");
  }
  return { node, show };
}

/** A bar for each kind of task: how many are done, and in words also how many failed. */
export function work({ say }) {
  const list = make("ul", "aif-work-kinds", { "aria-label": say("cluster.work") });
  const node = make("div", "aif-work", { hidden: "" }, make("p", "aif-muted", { "aria-hidden": "true", text: say("cluster.work") }), list);
  function kind() {
    const name = make("span", "aif-work-name");
    const far = make("span", "aif-muted");
    const parts = ["consumed", "free"].map((part) => make("span", `aif-part aif-${part}`));
    const bar = make("div", "aif-bar", { "aria-hidden": "true" }, ...parts);
    return { name, far, parts, node: make("li", "", {}, make("p", "aif-chosen", {}, name, " ", far), bar) };
  }
  const drawn = [];
  function show({ work: kinds = [], closed }) {
    node.hidden = closed || !kinds.length;
    while (drawn.length > kinds.length) drawn.pop().node.remove();
    kinds.forEach((one, at) => {
      if (!drawn[at]) list.append((drawn[at] = kind()).node);
      const { name, far, parts } = drawn[at];
      put(name, one.name);
      put(far, say(one.failed ? "cluster.work.failed" : "cluster.work.done", one));
      [one.done, one.total - one.done].forEach((count, part) => {
        parts[part].style.flexGrow = String(count);
        parts[part].hidden = !count;
      });
    });
  }
  return { node, show };
}
