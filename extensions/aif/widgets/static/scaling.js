// Shows a cluster that the kernel tells of, and lets a person choose how many workers it has.
import { speech } from "./speech.js";
import { make, put } from "./dom.js";
import { cost, dashboard, progress, stopping } from "./cluster.js";
import { slider, work, workers } from "./workers.js";

const BUSY_MS = 2_000; // a kernel that does not calculate has answered by then
const UNHEARD_MS = 120_000;
const TICK_MS = 10_000;

/** When it was last heard of; said loudly where that is long ago. */
function heard({ say, clock }) {
  const node = make("p", "aif-muted");
  function show({ at, closed }, now = new Date()) {
    const quiet = !closed && now - Date.parse(at) > UNHEARD_MS;
    node.className = quiet ? "aif-old" : "aif-muted";
    put(node, say(quiet ? "cluster.unheard" : "cluster.as-of", { clock: clock(at, now) }));
  }
  return { node, show };
}

/** By the session's server, while a cell keeps the kernel from listening. Elsewhere there is none, and the kernel hears it later. */
async function besides(dashboard, wish) {
  if (!dashboard) return;
  const token = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? "";
  const headers = { "Content-Type": "application/json", "X-XSRFToken": token };
  await fetch(dashboard.replace(/dashboard\/status$/, "wish"), { method: "POST", headers, body: JSON.stringify(wish) });
}

export default {
  render({ model, el }) {
    const speaking = speech(model.get("words"));
    const { say } = speaking;
    const waiting = new Map();

    /** Has the kernel do it; what it says against it, once it has answered. A cluster does what it hears twice once. */
    function have(wish) {
      const name = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
      const named = { ...wish, wish: name };
      model.send(named);
      setTimeout(() => waiting.has(name) && besides(model.get("told").dashboard, named).catch(() => {}), BUSY_MS);
      return new Promise((answered) => waiting.set(name, answered));
    }
    function answer() {
      const { wish, said } = model.get("answer");
      waiting.get(wish)?.(said);
      waiting.delete(wish);
    }

    const title = make("p", "aif-title", { text: say("cluster") });
    const name = make("p", "aif-muted aif-named");
    const link = dashboard(speaking, "aif-action");
    const stop = stopping(speaking, "aif-action", () => have({ kind: "stop" }));
    const actions = make("div", "aif-choices", {}, link.node, stop.node);
    const trouble = make("p", "aif-refusal", { role: "status" });
    const closed = make("p", "aif-heading");
    const parts = [progress(speaking), slider(speaking, (count) => have({ kind: "scale", workers: count })), workers(speaking), cost(speaking), heard(speaking), work(speaking)];
    const foot = make("div", "aif-foot", {}, parts[3].node, parts[4].node);
    const head = make("header", "", {}, make("div", "", {}, title, name), actions);
    const whole = make("section", "aif-meter aif-cluster", { role: "group" }, head, stop.asking, stop.note, trouble, closed, parts[0].node, parts[5].node, parts[1].node, parts[2].node, foot);
    el.append(whole);

    function show() {
      const told = model.get("told");
      put(name, told.name);
      whole.setAttribute("aria-label", `${say("cluster")} ${told.name}`);
      put(trouble, told.trouble);
      put(closed, told.closed ? say("cluster.closed") : "");
      for (const part of [link, stop, ...parts]) part.show(told);
    }
    show();
    model.on("change:told", show);
    model.on("change:answer", answer);
    const ticking = setInterval(() => parts[4].show(model.get("told")), TICK_MS);
    return () => clearInterval(ticking);
  },
};
