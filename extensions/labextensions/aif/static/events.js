// What the hub tells of its own accord, as notifications: each once, with what can be done about it.
//
// The hub says it, in the person's language. An end of this session is warned of by the clock here (warnings.js): to the
// second, and also while the hub is away.
import { once } from "./once.js";

const KINDS = { plain: "info", warn: "warning", stop: "error" };

/** The events that are still to be told here, oldest first. */
export function untold(events, own, known) {
  const ours = (one) => one.kind === "session-ends" && one.session === own;
  return events.filter((one) => !one.seen_at && !one.over_at && !ours(one) && !known(String(one.id)));
}

/** Tells what the desk hears of, and takes away what is over. */
export function eventNotes({ app, lab, speaking, desk, place }) {
  const told = once("events");
  const shown = new Map();

  function act(event, action) {
    if (action.name === "keep") return desk.keep(event.session);
    if (action.name === "save-all") return app.commands.execute("docmanager:save-all");
    return window.open(place.at(action.url), "_blank", "noopener");
  }

  function tell(event) {
    const offered = event.actions.filter((one) => one.name !== "save-all" || app.commands.hasCommand("docmanager:save-all"));
    const actions = offered.map((action) => ({
      label: action.label,
      callback: async () => {
        const done = await act(event, action);
        if (done === false) lab.Notification.error(speaking.say("lab.event.failed"), { autoClose: false });
        else desk.seen(event.id);
      },
    }));
    told.set(String(event.id), event.at);
    const kind = KINDS[event.tone] ?? "info";
    shown.set(event.id, lab.Notification.emit(`${event.title}. ${event.text}`, kind, { autoClose: false, actions }));
  }

  desk.on(({ events, session }) => {
    if (!events || !session) return;
    for (const event of untold(events, session.session, told.get)) tell(event);
    for (const event of events.filter((one) => (one.over_at || one.seen_at) && shown.has(one.id))) {
      lab.Notification.dismiss(shown.get(event.id));
      shown.delete(event.id);
    }
  });
}
