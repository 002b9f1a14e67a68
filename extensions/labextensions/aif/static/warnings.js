// Warnings before the session ends: 30, 15 and 5 minutes before, each once, also after the page was read again.
import { once } from "./once.js";

const BEFORE = [5, 15, 30]; // minutes
const MOVED_SECONDS = 120; // an end that moved by more is another end: its warnings are due again
const TICK_MS = 1000;

/** The warning that is due with `left` seconds to go in a session of `minutes`, if any: the nearest to the end. */
export function due(left, minutes) {
  if (left === null || left <= 0) return null;
  const passed = BEFORE.find((before) => left <= before * 60);
  return passed !== undefined && passed < minutes ? passed : null;
}

/** Looks each second whether a warning is due, and gives it. */
export function timeWarnings({ app, lab, speaking, desk, place }) {
  const { say, length, clock, local, seconds } = speaking;
  let shown = "";

  function look() {
    const { session } = desk.told;
    if (!session) return;
    const before = due(desk.left(), session.minutes);
    if (before === null) return;
    const told = once(session.session);
    const ends = desk.endsAt();
    const last = told.get(`ends-${before}`);
    if (last && Math.abs(Date.parse(last) - Date.parse(ends)) < MOVED_SECONDS * 1000) return;
    // those that a longer time to the end would have brought are over with this one
    for (const one of BEFORE.filter((each) => each >= before)) told.set(`ends-${one}`, ends);
    give(before, ends);
  }

  function give(before, ends) {
    const left = desk.left();
    const gaps = { length: left < 60 ? seconds(left) : length(Math.round(left / 60) * 60), clock: clock(local(ends), desk.now()) };
    const actions = [];
    if (app.commands.hasCommand("docmanager:save-all")) {
      actions.push({
        label: say("lab.warn.save"),
        displayType: "accent",
        callback: (event) => {
          event.preventDefault(); // it stays: there is a second action
          save();
        },
      });
    }
    actions.push({ label: say("lab.warn.next"), callback: () => window.open(next(), "_blank", "noopener") });
    if (shown) lab.Notification.dismiss(shown);
    const kind = before === 5 ? "error" : "warning";
    shown = lab.Notification.emit(say(`lab.warn.${before}`, gaps), kind, { autoClose: false, actions });
  }

  async function save() {
    try {
      await app.commands.execute("docmanager:save-all");
      lab.Notification.success(say("lab.warn.saved"), { autoClose: 4000 });
    } catch {
      lab.Notification.error(say("lab.warn.unsaved"), { autoClose: false });
    }
  }

  /** The start page for another session like this one. */
  function next() {
    const { session, startUrl } = desk.told;
    if (!startUrl) return place.home;
    const { profile, minutes, project, allocation } = session;
    const same = { profile, minutes: String(minutes), project, ...(allocation ? { allocation } : {}) };
    return `${place.host}${startUrl}?${new URLSearchParams(same)}`;
  }

  setInterval(look, TICK_MS);
}
