// A tour of the screen: a small window that stands beside each thing in turn, says what it is, and keeps nobody from using it.
//
// It is no modal dialog: Tab leads out of it, the thing that it points at can be tried, Escape leaves it, and the next tour
// goes on where this one was left. Each stop is read out, since its heading takes the focus.
import { button, make, put } from "./dom.js";
import { once } from "./once.js";
import { STOPS, beside } from "./stops.js";

const LOOK_MS = 300; // what it points at moves when a side is opened, and nothing tells that

/** The tour; `begin()` shows it, where it was left or from its first stop. */
export function tour({ speaking }) {
  const { say } = speaking;
  const kept = once("tour");
  const title = make("h2", { id: "aif-tour-title", tabindex: "-1" });
  const text = make("p", { id: "aif-tour-text" });
  const where = make("p", { class: "aif-muted", text: say("lab.tour.away") });
  const back = button(say("lab.tour.back"), () => go(at - 1));
  const next = button("", () => (at + 1 < STOPS.length ? go(at + 1) : leave(true)));
  const out = button(say("lab.tour.leave"), () => leave(false));
  const buttons = make("p", { class: "aif-buttons" }, back, next, out);
  const named = { role: "dialog", "aria-labelledby": title.id, "aria-describedby": text.id };
  const node = make("div", { class: "aif-tour", ...named }, title, text, where, buttons);
  const ring = make("div", { class: "aif-tour-ring", "aria-hidden": "true" });
  let at = 0;
  let looking;
  let before; // what had the focus

  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave(false);
  });

  function seen(selectors) {
    const boxes = selectors.flatMap((one) => [...document.querySelectorAll(one)].map((each) => each.getBoundingClientRect()));
    return boxes.find(({ width, height }) => width > 0 && height > 0);
  }

  function place() {
    const box = seen(STOPS[at][1]);
    where.hidden = Boolean(box);
    ring.hidden = !box;
    const view = { width: window.innerWidth, height: window.innerHeight };
    const { width, height } = node.getBoundingClientRect();
    const middle = { left: view.width / 2, right: view.width / 2, top: view.height / 2, bottom: view.height / 2 };
    const { x, y } = beside(box ?? middle, { width, height }, view);
    Object.assign(node.style, { left: `${x}px`, top: `${y}px` });
    if (box) Object.assign(ring.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px` });
  }

  function go(to) {
    at = to;
    const [name] = STOPS[at];
    kept.set("at", at);
    put(title, say("lab.tour.title", { at: at + 1, of: STOPS.length, name: say(`lab.tour.${name}`) }));
    put(text, say(`lab.tour.${name}.text`));
    put(next, say(at + 1 < STOPS.length ? "lab.tour.next" : "lab.tour.done"));
    back.disabled = at === 0;
    out.hidden = at + 1 === STOPS.length; // "done" does the same there
    place();
    title.focus();
  }

  function leave(done) {
    if (done) kept.set("at", 0);
    clearInterval(looking);
    looking = undefined;
    node.remove();
    ring.remove();
    before?.focus?.();
  }

  return {
    begin() {
      if (!looking) {
        before = document.activeElement;
        document.body.append(ring, node);
        looking = setInterval(place, LOOK_MS);
      }
      const left = Number(kept.get("at"));
      go(left > 0 && left < STOPS.length ? left : 0);
    },
  };
}
