// Draws one allocation as the REST API tells it, for a notebook's widget and JupyterLab's panel.
//
// Each part is a function of a `speech` (speech.js) and gives {node, show(allocation, now)}: `show` changes what changed and
// keeps the rest, so that a reader's place, a selection or an open fold stays. `meter` is all parts in one.

import { OWN_KEYS, make, put } from "./dom.js";

const PEOPLE_IN_SIGHT = 5;
const OLD_MS = 15 * 60_000; // figures of before that are said to be old ones, as on Home

/** Draws anew only where `value` is not what was drawn last. */
function whenNew(draw) {
  let last;
  return (value, ...more) => {
    const mark = JSON.stringify([value, ...more]);
    if (mark !== last) draw(value, ...more);
    last = mark;
  };
}

/** Each state's shape, in a box of 16: a disc, a triangle, a lozenge, a square, two bars, a ring. */
const SHAPES = {
  active: ["good", "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z"],
  low: ["warn", "M8 2l7 12h-14z"],
  full_commit: ["warn", "M8 1l7 7l-7 7l-7-7z"],
  exhausted: ["stop", "M2 2h12v12h-12z"],
  suspended: ["stop", "M3 2h4v12h-4zM9 2h4v12h-4z"],
  pending: ["still", "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12zM8 5a3 3 0 1 1 0 6a3 3 0 1 1 0-6z"],
  compute_ended: ["still", "M2 2h12v12h-12zM5 5v6h6v-6z"],
  data_removed: ["still", "M2 2h12v12h-12zM5 5v6h6v-6z"],
};

/** The state: a shape, a word, and what it means. */
export function state({ say, has, day, share, orUnknown }) {
  const shape = make("path", "", { d: "" });
  const word = make("span");
  const chip = make("span", "aif-state", {}, make("svg", "", { viewBox: "0 0 16 16", "aria-hidden": "true" }, shape), word);
  const text = make("p", "aif-note");
  chip.setAttribute("role", "status");
  function show(allocation) {
    const [tone, path] = SHAPES[allocation.state] ?? SHAPES.active;
    chip.dataset.tone = tone;
    shape.setAttribute("d", path);
    put(word, say(`state.${allocation.state}`));
    const known = { pending: allocation.start, compute_ended: allocation.data_end }[allocation.state] !== null;
    const key = `state.${allocation.state}.text${known ? "" : ".short"}`;
    const [start, data_end] = [allocation.start, allocation.data_end].map((each) => each && day(each));
    const gaps = { start, data_end, used: orUnknown(allocation.used_share, share) };
    put(text, has(key) ? say(key, gaps) : "");
  }
  return { node: chip, text, show };
}

/** The two figures that people act on, equally large: what is left, and for how many days. */
export function figures({ say, large, unit, day }) {
  const parts = [0, 1].map(() => ({ figure: make("strong", "aif-figure"), label: make("span", "aif-label") }));
  const nodes = parts.map(({ figure, label }) => make("p", "", {}, figure, " ", label));
  const until = make("span", "aif-label");
  nodes[1].append(" ", until);
  const node = make("div", "aif-figures", {}, ...nodes);
  function fill({ figure, label }, value, unknown, meaning) {
    figure.classList.toggle("aif-unknown", value === null);
    put(figure, value ?? unknown);
    put(label, meaning);
  }
  function show(allocation) {
    const left = allocation.left === null ? null : large(allocation.left);
    fill(parts[0], left, say("not-recorded"), say("left", { unit: unit(allocation.unit, left) }));
    const days = allocation.days_left === null ? null : String(allocation.days_left);
    fill(parts[1], days, say("days.none"), days === null ? "" : say(days === "1" ? "days.one" : "days"));
    put(until, allocation.compute_end ? say("days.until", { date: day(allocation.compute_end) }) : "");
  }
  return { node, show };
}

/** The meter: used, committed and free as parts of the limit, with a gap between them; a sentence for who cannot see it. */
export function bar({ say, amount, unit }) {
  const parts = ["consumed", "committed", "free"].map((name) => make("span", `aif-part aif-${name}`));
  const node = make("div", "aif-bar", { role: "img" }, ...parts);
  function show(allocation) {
    const { consumed, committed, free_to_plan: free, limit } = allocation;
    node.hidden = limit === null || consumed === null || free === null;
    if (node.hidden) return;
    [consumed, committed, free].forEach((value, at) => {
      parts[at].style.flexGrow = String(value);
      parts[at].hidden = !value;
    });
    const shown = { consumed: amount(consumed), committed: amount(committed), free: amount(free), limit: amount(limit) };
    node.setAttribute("aria-label", say("meter", { ...shown, unit: unit(allocation.unit, shown.limit) }));
  }
  return { node, show };
}

/** What the meter's parts are, with their amounts. */
export function legend({ say, amount, unit, orUnknown }) {
  const keys = { consumed: "consumed", committed: "committed", free: "free_to_plan" };
  const values = Object.fromEntries(Object.keys(keys).map((name) => [name, make("strong")]));
  const items = Object.entries(values).map(([name, value]) =>
    make("li", "", { title: say(`${name}.text`) }, make("span", `aif-swatch aif-${name}`, { "aria-hidden": "true" }), make("span", "", { text: say(name) }), " ", value),
  );
  const whole = make("li", "aif-whole");
  const node = make("ul", "aif-legend", {}, ...items, whole);
  function show(allocation) {
    for (const [name, key] of Object.entries(keys)) put(values[name], orUnknown(allocation[key], amount));
    items[2].hidden = allocation.limit === null;
    const limit = allocation.limit === null ? "" : amount(allocation.limit);
    put(whole, limit ? say("limit", { amount: limit, unit: unit(allocation.unit, limit) }) : say("limit.none"));
  }
  return { node, show };
}

/** What is used in an hour now, and until when the budget lasts at the pace of the last days. */
export function burn({ say, amount, unit, day }) {
  const rate = make("strong");
  const lasts = make("span", "aif-muted");
  const node = make("p", "aif-burn", {}, rate, " ", lasts);
  function show(allocation) {
    const now = allocation.rate;
    const shown = now ? amount(now) : "";
    const text = shown ? say("rate", { amount: shown, unit: unit(allocation.unit, shown) }) : say("rate.none");
    put(rate, now === null ? "" : text);
    const { lasts_until: until, compute_end: end } = allocation;
    const beyond = end !== null && until > end;
    put(lasts, until ? say(beyond ? "lasts.beyond" : "lasts", { date: day(beyond ? end : until) }) : "");
  }
  return { node, show };
}

/** Who used how much: everybody for who leads the project, else oneself and the others together. */
export function people({ say, amount, unit }) {
  const node = make("div", "aif-people");
  const row = (whole) => (one) =>
    make(
      "tr",
      "",
      {},
      make("th", "", { scope: "row", text: one.name, ...(one.title ? { title: one.title } : {}) }),
      make("td", "aif-share", { "aria-hidden": "true" }, share(one.consumed, whole)),
      make("td", "", { text: amount(one.consumed) }),
      make("td", "", { text: one.committed === null ? "" : amount(one.committed) }),
    );
  function share(value, whole) {
    const part = make("span", "aif-consumed");
    part.style.width = `${whole ? Math.min(100, (value / whole) * 100) : 0}%`;
    return part;
  }
  const table = (label, rows, whole) =>
    make(
      "table",
      "",
      { "aria-label": label },
      make("thead", "", {}, make("tr", "", {}, ...head())),
      make("tbody", "", {}, ...rows.map(row(whole))),
    );
  const head = () => [
    make("th", "", { scope: "col", text: say("people.name") }),
    make("td", "aif-share", { "aria-hidden": "true" }),
    make("th", "", { scope: "col", text: say("people.used") }),
    make("th", "", { scope: "col", text: say("people.committed") }),
  ];
  const draw = whenNew((rows, unitName) => {
    const open = node.querySelector("details")?.open ?? false;
    const whole = Math.max(...rows.map((one) => one.consumed));
    const heading = make("p", "aif-heading", {}, say("people"), " ", make("span", "aif-muted", { text: unit(unitName) }));
    const [first, rest] = [rows.slice(0, PEOPLE_IN_SIGHT), rows.slice(PEOPLE_IN_SIGHT)];
    node.replaceChildren(heading, table(say("people"), first, whole));
    if (rest.length) {
      const more = say("people.more", { number: rest.length });
      const fold = make("details", "", {}, make("summary", "", { text: more, ...OWN_KEYS }), table(more, rest, whole));
      fold.open = open;
      node.append(fold);
    }
  });
  function show(allocation) {
    const rows = shares(allocation, say);
    node.hidden = !rows.length;
    if (rows.length) draw(rows, allocation.unit);
  }
  return { node, show };
}

/** The rows of `people`, most first; they add up to what is used. */
export function shares(allocation, say) {
  const rows = allocation.people.map(({ name, consumed, committed }) => ({ name, consumed, committed }));
  rows.sort((one, other) => other.consumed - one.consumed || one.name.localeCompare(other.name));
  if (allocation.consumed === null) return rows;
  const told = (value) => Number(value.toFixed(4)); // as many digits as the REST API tells
  const named = rows.reduce((sum, one) => sum + one.consumed, 0);
  const rest = told(allocation.consumed - named);
  const all = allocation.unattributed !== null;
  const others = allocation.committed - rows.reduce((sum, one) => sum + one.committed, 0);
  const committed = all ? null : Math.max(0, told(others));
  // with everybody in sight, what rounding leaves between the rows and their sum is no row of its own
  if (all ? allocation.unattributed > 0 : rest > 0 || committed > 0) {
    const name = all ? "people.unattributed" : "people.others";
    const consumed = all ? allocation.unattributed : Math.max(0, rest);
    rows.push({ name: say(name), consumed, committed, ...(all ? { title: say("people.unattributed.text") } : {}) });
  }
  return rows;
}

/** The last days as bars, today's last; told in a sentence and, day by day, under the pointer. */
export function history({ say, amount, unit, shortDay }) {
  const heading = make("p", "aif-heading");
  const drawing = make("svg", "aif-days", { role: "img", preserveAspectRatio: "none" });
  const [first, most, last] = [make("span"), make("span"), make("span")];
  const axis = make("p", "aif-axis", { "aria-hidden": "true" }, first, most, last);
  const node = make("div", "aif-history", {}, heading, drawing, axis);
  const draw = whenNew((days, unitName) => {
    const number = days.length;
    const top = days.reduce((most, one) => (one.used > most.used ? one : most));
    const total = amount(days.reduce((sum, one) => sum + one.used, 0));
    const today = days[number - 1];
    put(heading, say(top.used ? "history" : "history.none", { number }));
    drawing.style.display = axis.style.display = top.used ? "" : "none";
    if (!top.used) return;
    drawing.setAttribute("viewBox", `0 0 ${number * 10} 40`);
    const text = { number, total, unit: unit(unitName, total), day: shortDay(top.day), most: amount(top.used), today: amount(today.used) };
    drawing.setAttribute("aria-label", say("history.text", text));
    drawing.replaceChildren(
      ...days.map(({ day, used }, at) => {
        const height = used ? Math.max(1.5, (used / top.used) * 40) : 0.75;
        const shown = amount(used);
        const tip = say("history.day", { day: shortDay(day, "date.short"), amount: shown, unit: unit(unitName, shown) });
        const place = { x: at * 10 + 1, width: 8, y: 40 - height, height };
        return make("rect", used ? "aif-used" : "aif-nothing", place, make("title", "", { text: tip }));
      }),
    );
    put(first, shortDay(days[0].day));
    put(most, say("history.most", { amount: amount(top.used), day: shortDay(top.day) }));
    put(last, say("history.today"));
  });
  function show(allocation) {
    node.hidden = !allocation.days.length || allocation.consumed === null; // no record is not "nothing used"
    if (!node.hidden) draw(allocation.days, allocation.unit);
  }
  return { node, show };
}

/** When the figures were true, and who says so; marked while their source does not answer. */
export function source({ say, clock }) {
  const line = make("p", "aif-muted");
  const old = make("p", "aif-old");
  const node = make("div", "aif-source", {}, line, old);
  function show(allocation, now) {
    put(line, say("source", { moment: clock(allocation.as_of, now), source: say(`source.${allocation.source}`) }));
    const quiet = now - Date.parse(allocation.as_of) > OLD_MS;
    put(old, allocation.trouble ? say("old") : quiet ? say("old.quiet") : "");
    node.dataset.old = old.hidden ? "" : "old";
    old.title = allocation.trouble;
  }
  return { node, show };
}

/** How long this session still runs; `session` has `ends_at` with its offset, or null. */
export function countdown({ say, length, clock }) {
  const node = make("p", "aif-countdown");
  function show(session, now) {
    if (!session) return put(node, "");
    if (!session.ends_at) return put(node, say("session.unknown"));
    const left = (Date.parse(session.ends_at) - now.getTime()) / 1000;
    const gaps = { length: length(left), clock: clock(session.ends_at, now) };
    put(node, say(left > 0 ? "session" : "session.over", gaps));
    node.dataset.tone = left > 1800 ? "still" : left > 300 ? "warn" : "stop";
  }
  return { node, show };
}

/** All of one allocation. `parts` may leave some out, in their order: figures, bar, legend, burn, people, history, source. */
export function meter(speaking, parts = [figures, bar, legend, burn, people, history, source]) {
  const title = make("p", "aif-title");
  const named = make("p", "aif-muted aif-named");
  const status = state(speaking);
  const drawn = parts.map((part) => part(speaking));
  const names = make("div", "", {}, title, named);
  const head = make("header", "", {}, names, status.node);
  const node = make("section", "aif-meter", {}, head, status.text, ...drawn.map((part) => part.node));
  function show(allocation, now = new Date()) {
    put(title, allocation.title || allocation.project);
    put(named, [allocation.project, allocation.reference, allocation.mode].filter((each) => each && each !== title.textContent).join(" · "));
    node.setAttribute("aria-label", title.textContent);
    for (const part of [status, ...drawn]) part.show(allocation, now);
  }
  return { node, show };
}
