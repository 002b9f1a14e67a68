// The parts of a cluster's drawing that a notebook and JupyterLab's panel have in common.
//
// As in meter.js: each is a function of a `speech` and gives {node, show(told)}; `show` changes what changed.

import { OWN_KEYS, make, put } from "./dom.js";

/** After so long without an answer, who should have given it is busy, or gone. */
export const QUIET_MS = 15_000;

/** Plan, requested and observed, each with its word, a bar of how far they have come, and what the others wait for. */
export function progress({ say }) {
  const names = { plan: "cluster.planned", requested: "cluster.requested", observed: "cluster.at-work" };
  const figures = Object.fromEntries(Object.keys(names).map((name) => [name, make("strong", "aif-figure")]));
  const each = Object.entries(names).flatMap(([name, key], at) => [
    ...(at ? [make("span", "aif-arrow", { "aria-hidden": "true" }, "→")] : []),
    make("p", "", {}, figures[name], " ", make("span", "aif-label", { text: say(key) })),
  ]);
  const parts = ["consumed", "committed", "free"].map((name) => make("span", `aif-part aif-${name}`));
  const bar = make("div", "aif-bar", { role: "img" }, ...parts);
  const waiting = make("p", "aif-waits");
  const node = make("div", "aif-progress", {}, make("div", "aif-three", {}, ...each), bar, waiting);
  function show({ plan, requested, observed, waits }) {
    put(waiting, waits ?? ""); // the panel may read what a kernel of an older release tells
    for (const [name, value] of Object.entries({ plan, requested, observed })) put(figures[name], String(value));
    const asked = Math.max(0, requested - observed);
    [observed, asked, Math.max(0, plan - Math.max(requested, observed))].forEach((count, at) => {
      parts[at].style.flexGrow = String(count);
      parts[at].hidden = !count;
    });
    bar.classList.toggle("aif-empty", !(plan || requested || observed));
    bar.setAttribute("aria-label", say("cluster.counts", { plan, requested, observed }));
  }
  return { node, show };
}

/** What it uses in an hour and has used so far; below it what it costs at most, in the cluster's own words. */
export function cost({ say, amount, unit }) {
  const now = make("p");
  const most = make("p", "aif-muted");
  const node = make("div", "aif-cost", {}, now, most);
  function show({ price, spent, budget, upper, closed, unit: kept = "gpu-hour" }) {
    const gaps = { price: amount(price), spent: amount(spent), budget: budget === null ? "" : amount(budget), unit: unit(kept, "") };
    put(now, say(budget === null ? "cluster.price.text" : "cluster.price.budget", gaps));
    put(most, (!closed && upper) || "");
  }
  return { node, show };
}

/** The way to Dask's own pages; a button's looks are the caller's. VS Code's page is none of the hub's: no way from there. */
export function dashboard({ say }, looks) {
  const elsewhere = "vscodeThemeKind" in document.body.dataset;
  const node = make("a", looks, { target: "_blank", rel: "noopener", text: say("cluster.dashboard"), ...OWN_KEYS });
  function show({ dashboard: address, closed, name }) {
    node.hidden = !address || closed || elsewhere;
    if (!node.hidden) node.href = address;
    node.setAttribute("aria-label", say("cluster.dashboard.name", { name }));
  }
  return { node, show };
}

/** A button that asks once more in its own place, and then has the cluster end. `end` gives why it could not, or "". */
export function stopping({ say }, looks, end) {
  const first = make("button", `${looks} ${looks}-stop`, { type: "button", text: say("cluster.stop"), ...OWN_KEYS });
  const yes = make("button", `${looks} ${looks}-stop`, { type: "button", text: say("cluster.stop.yes"), ...OWN_KEYS });
  const no = make("button", looks, { type: "button", text: say("cluster.stop.no"), ...OWN_KEYS });
  const question = make("p", "", { text: say("cluster.stop.text") });
  const group = { role: "group", "aria-label": say("cluster.stop"), hidden: "" };
  const asking = make("div", "aif-asking", group, question, make("p", "aif-choices", {}, yes, no));
  const note = make("p", "aif-refusal", { role: "status", hidden: "" });
  let answering = false;

  function ask(whether) {
    asking.hidden = !whether;
    first.setAttribute("aria-expanded", String(whether));
    (whether ? no : first).focus();
  }
  async function act() {
    answering = true;
    asking.hidden = true;
    first.disabled = true;
    put(first, say("cluster.stopping"));
    const quiet = setTimeout(() => put(note, say("cluster.wish.quiet")), QUIET_MS);
    const refusal = await end();
    clearTimeout(quiet);
    answering = false;
    put(note, refusal);
    if (refusal) again();
  }
  function again() {
    first.disabled = false;
    put(first, say("cluster.stop"));
  }
  first.setAttribute("aria-expanded", "false");
  first.addEventListener("click", () => ask(asking.hidden));
  yes.addEventListener("click", act);
  no.addEventListener("click", () => ask(false));
  asking.addEventListener("keydown", (event) => event.key === "Escape" && ask(false));
  function show({ closed, name, quiet }) {
    if (quiet && first.disabled && !answering) again(); // who was to do it does not answer
    first.setAttribute("aria-label", say("cluster.stop.name", { name }));
    first.hidden = closed;
    if (closed) asking.hidden = true;
    if (closed) put(note, "");
  }
  return { node: first, asking, note, show };
}
