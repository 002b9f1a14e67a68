// The side panel: what is left, this session, my sessions with their stop buttons, my clusters, the door to the tutorials.
import { meter } from "../widgets/meter.js";
import { clusters } from "./clusters.js";
import { make, put, rows, section } from "./dom.js";
import { learn } from "./learn.js";
import { sessionRow } from "./sessions.js";
import { GIB } from "./status.js";

const TICK_MS = 1000;

/** The panel as a widget for the right side; `icon` stands on its tab. */
export function panel(world, icon) {
  const { lab, speaking, desk } = world;
  const { say } = speaking;
  const widget = new lab.Widget();
  widget.id = "aif-panel";
  widget.title.icon = icon;
  widget.title.caption = say("lab.panel");
  widget.addClass("aif-panel");
  widget.node.setAttribute("role", "region");
  widget.node.setAttribute("aria-label", say("lab.panel"));
  widget.node.tabIndex = -1;

  const trouble = make("p", { class: "aif-trouble", role: "status" });
  const parts = [budget(world), here(world), sessions(world), clusters(world), learn(world)];
  const page = make("div", { class: "aif-page" }, trouble, ...parts.map((part) => part.node));
  widget.node.append(page);

  function show() {
    const { away, trouble: hub } = desk.told;
    put(trouble, away ? say("lab.trouble.server") : hub ? say("lab.trouble.hub") : "");
    for (const part of parts) part.show();
  }

  let ticking;
  let unwatch;
  widget.onAfterShow = widget.onAfterAttach = () => {
    if (ticking || !widget.isVisible) return;
    ticking = setInterval(show, TICK_MS);
    unwatch = desk.watch();
    show();
  };
  widget.onAfterHide = widget.onBeforeDetach = () => {
    clearInterval(ticking);
    unwatch?.();
    ticking = unwatch = undefined;
  };
  widget.onActivateRequest = () => widget.node.focus();
  desk.on(() => ticking && show());
  return widget;
}

/** Each allocation as the notebook's widget draws it: the one that this session charges, and the others folded below it. */
function budget({ speaking, desk }) {
  const { say, large, unit, local, orUnknown } = speaking;
  const none = make("p", { class: "aif-muted" });
  const paying = make("div");
  const others = make("div", { class: "aif-budgets" });
  const node = section("budget", say("lab.budget"), none, paying, others);
  const name = (one) => one.id;
  const drawPaying = rows(paying, name, () => meter(speaking));
  const drawOthers = rows(others, name, () => {
    const summary = make("summary");
    const whole = meter(speaking);
    const fold = make("details", {}, summary, whole.node);
    function show(one) {
      const amount = orUnknown(one.left, large);
      const gaps = { project: one.title || one.project, amount, unit: unit(one.unit, amount) };
      put(summary, one.left === null ? gaps.project : say("lab.bar.budget.text", gaps));
      whole.show(one);
    }
    return { node: fold, show };
  });
  function show() {
    const { allocations } = desk.told;
    put(none, allocations === null ? say("lab.budget.unknown") : allocations.length ? "" : say("lab.budget.none"));
    const said = (allocations ?? []).map((one) => ({ ...one, as_of: local(one.as_of) }));
    const first = desk.paying()?.id ?? said[0]?.id;
    drawPaying(said.filter((one) => one.id === first));
    drawOthers(said.filter((one) => one.id !== first));
  }
  return { node, show };
}

/** This session: its size, its place, its end, its GPU. */
function here({ speaking, desk }) {
  const { say, length, clock, local, seconds, tone } = speaking;
  const names = ["size", "project", "node", "ends", "gpu", "memory"];
  const values = Object.fromEntries(names.map((name) => [name, make("dd")]));
  const terms = names.map((name) => make("dt", { text: say(`lab.here.${name}`) }));
  const list = make("dl", {}, ...names.flatMap((name, at) => [terms[at], values[name]]));
  const left = make("p", { class: "aif-left" });
  const node = section("here", say("lab.here"), left, list);

  function set(name, text) {
    put(values[name], text);
    terms[names.indexOf(name)].hidden = !text;
  }
  function show() {
    const { session } = desk.told;
    if (!session) return;
    const seconds_left = desk.left();
    const now = tone(seconds_left);
    left.dataset.tone = now;
    const shown = now === "stop" ? seconds(seconds_left) : length(seconds_left ?? 0);
    put(left, say(seconds_left === null ? "lab.bar.unknown" : `lab.bar.${now}`, { length: shown }));
    const own = desk.told.sessions?.find((one) => one.session === session.session);
    set("size", own?.title ?? session.title); // the hub says it in the person's language
    set("project", own?.project_title ?? session.project);
    set("node", session.job_id === null ? session.node : say("lab.here.place", { node: session.node, job: session.job_id }));
    set("ends", desk.endsAt() === null ? say("not-recorded") : clock(local(desk.endsAt()), desk.now()));
    set("gpu", gpu(session));
    set("memory", memory(session));
  }
  function gpu({ gpus, gpu: use }) {
    if (!gpus) return say("lab.here.gpu.none");
    if (!use) return say("not-recorded");
    if (use.percent === null) return say(use.kind === "emulated" ? "lab.here.gpu.soon" : "lab.here.gpu.part");
    return say(`lab.here.gpu.${use.kind}`, { percent: Math.round(use.percent) });
  }
  function memory({ gpus, gpu: use }) {
    if (!gpus) return "";
    if (!use || use.memory_used === null) return say("not-recorded");
    const [used, total] = [use.memory_used, use.memory_total].map((bytes) => (bytes === null ? null : speaking.large(bytes / GIB)));
    return say(`lab.here.memory.${use.kind}${total === null ? ".used" : ""}`, { used, total });
  }
  return { node, show };
}

/** What of this person's runs or waits, wherever it does. */
function sessions(world) {
  const { speaking, desk } = world;
  const none = make("p", { class: "aif-muted" });
  const list = make("ul", { class: "aif-sessions" });
  const more = make("a", { class: "aif-button", target: "_blank", rel: "noopener", text: speaking.say("lab.sessions.start") });
  const home = make("a", { class: "aif-button", target: "_blank", rel: "noopener", text: speaking.say("lab.sessions.home") });
  home.href = world.place.home;
  const node = section("sessions", speaking.say("lab.sessions"), none, list, make("p", { class: "aif-buttons" }, more, home));
  const draw = rows(
    list,
    (one) => one.session,
    () => sessionRow(world),
  );
  function show() {
    const mine = desk.told.sessions;
    put(none, mine === null ? speaking.say("lab.sessions.unknown") : mine.length ? "" : speaking.say("lab.sessions.none"));
    more.href = desk.told.startUrl ? world.place.host + desk.told.startUrl : world.place.home;
    draw(mine ?? []);
  }
  return { node, show };
}
