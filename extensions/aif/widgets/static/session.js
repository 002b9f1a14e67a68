// Shows the session that a notebook runs in, with a countdown to its end.
import { speech } from "./speech.js";
import { make, put } from "./dom.js";

const TICK_MS = 10_000;

export default {
  render({ model, el }) {
    const { say, length, clock } = speech(model.get("words"));
    const left = make("td");
    const row = (name, cell) => make("tr", "", {}, make("th", "", { scope: "row", text: name }), cell);
    const rows = model.get("rows").map(([name, value]) => row(name, make("td", "", { text: value })));
    rows.push(row(say("session.left"), left));
    const caption = make("caption", "aif-title", { text: model.get("title") });
    el.append(make("div", "aif-meter", {}, make("table", "aif-facts", {}, caption, make("tbody", "", {}, ...rows))));

    function tick() {
      const ends = model.get("ends_at");
      if (!ends) return put(left, say("not-recorded"));
      const now = new Date();
      const seconds = (Date.parse(ends) - now.getTime()) / 1000;
      const key = seconds > 0 ? "session.left.text" : "session.left.over";
      put(left, say(key, { length: length(seconds), clock: clock(ends, now) }));
    }
    tick();
    const ticking = setInterval(tick, TICK_MS);
    return () => clearInterval(ticking);
  },
};
