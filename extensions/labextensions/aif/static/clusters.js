// The person's Dask clusters in the panel, each as in its notebook: how far it has come, its work, its workers and how many
// there are to be, what it costs, its dashboard, its stop; and a new one.
import { cost, dashboard, progress, stopping } from "../widgets/cluster.js";
import { slider, work, workers } from "../widgets/workers.js";
import { button, make, put, rows, section } from "./dom.js";

const CELL = ["from aif import gpu_cluster", "cluster = gpu_cluster(gpus=2, hours=1)", "cluster"].join("\n");

/** All of them, and a button for another. */
export function clusters(world) {
  const { speaking, desk } = world;
  const { say } = speaking;
  const none = make("p", { class: "aif-muted" });
  const list = make("ul", { class: "aif-sessions" });
  const note = make("p", { class: "aif-muted", role: "status", hidden: "" });
  const another = button(say("lab.clusters.new"), () => put(note, begin(world)));
  const node = section("clusters", say("lab.clusters"), none, list, make("p", { class: "aif-buttons" }, another), note);
  const draw = rows(
    list,
    (one) => one.id,
    () => clusterRow(world),
  );
  function show() {
    const mine = desk.told.clusters;
    put(none, mine === null ? say("lab.clusters.unknown") : mine.length ? "" : say("lab.clusters.none"));
    draw(mine ?? []);
  }
  return { node, show };
}

/** One of them. */
function clusterRow({ lab, speaking, desk }) {
  const { say, clock, local } = speaking;
  let id;
  const waiting = new Map();
  const end = async () => ((await desk.stopCluster(id)) ? "" : say("lab.clusters.stop.failed"));
  /** Has the cluster have so many workers; what it says against that, once it has told. */
  async function scale(count) {
    const wish = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    if (!(await desk.wishCluster(id, { kind: "scale", workers: count, wish }))) return say("lab.clusters.scale.failed");
    return new Promise((answered) => waiting.set(wish, answered));
  }
  const title = make("strong");
  const place = make("span", { class: "aif-muted" });
  const trouble = make("p", { class: "aif-trouble", role: "status", hidden: "" });
  const parts = [progress(speaking), cost(speaking), dashboard(speaking, "aif-button"), stopping(speaking, "aif-button", end)];
  const [far, price, link, stop] = parts;
  const within = [work(speaking), slider(speaking, scale), workers(speaking)];
  const fold = make("details", {}, make("summary", { text: say("lab.clusters.workers") }), within[1].node, within[2].node);
  const buttons = make("div", { class: "aif-buttons" }, link.node, stop.node);
  const drawn = make("div", { class: "aif-meter aif-cluster" }, far.node, within[0].node, price.node, fold, trouble, buttons, stop.asking, stop.note);
  const node = make("li", {}, make("p", {}, title, " ", place), drawn);

  function show(one) {
    id = one.id;
    put(title, one.name);
    const here = !one.dashboard || one.dashboard.startsWith(lab.PageConfig.getBaseUrl().replace(/^https?:\/\/[^/]+/, ""));
    put(place, here ? "" : say("lab.clusters.elsewhere"));
    const silence = one.quiet ? say("cluster.unheard", { clock: clock(local(one.at), desk.now()) }) : "";
    put(trouble, [silence, one.trouble].filter((part) => part).join(" "));
    for (const part of parts) part.show(one);
    fold.hidden = !one.rows || one.closed; // the kernel's own release is an older one
    if (one.rows) for (const part of within) part.show(one);
    if (!waiting.has(one.answer?.wish)) return;
    for (const answered of waiting.values()) answered(one.answer.said); // those before it count no more
    waiting.clear();
  }
  return { node, show };
}

/** Puts a cell that makes a cluster in the open notebook and runs it; what there is to say of that. */
function begin({ app, lab, speaking, notebooks }) {
  const panel = notebooks?.currentWidget;
  if (!panel || panel.isDisposed || !panel.content.model || !lab.NotebookActions) return speaking.say("lab.clusters.no-notebook");
  app.shell.activateById(panel.id);
  const empty = (cell) => cell?.model.type === "code" && !cell.model.sharedModel.getSource().trim();
  if (!empty(panel.content.activeCell)) lab.NotebookActions.insertBelow(panel.content);
  panel.content.activeCell.model.sharedModel.setSource(CELL);
  lab.NotebookActions.run(panel.content, panel.sessionContext);
  return speaking.say("lab.clusters.begun", { name: panel.title.label });
}
