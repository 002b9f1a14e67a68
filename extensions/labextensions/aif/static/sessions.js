// One session in the panel's list: what it is, how long it has left, a way to it, and its stop button.
import { button, make, put } from "./dom.js";

/** A row; `show(session)` fills it. */
export function sessionRow(world) {
  const { speaking, desk } = world;
  const { say, has, length } = speaking;
  let one;
  let asked = false;
  let failed = false;
  const title = make("strong");
  const called = make("span", { class: "aif-muted" });
  const line = make("p", { class: "aif-muted" });
  const open = make("a", { class: "aif-button", target: "_blank", rel: "noopener" });
  const stopping = button(say("lab.stop"), stop, { class: "aif-button aif-button-stop" });
  const note = make("p", { class: "aif-trouble", role: "status", hidden: "" });
  const node = make("li", {}, make("p", {}, title, " ", called), line, make("p", { class: "aif-buttons" }, open, stopping), note);

  const own = () => one.session === desk.told.session?.session;
  const name = () => [one.title, one.called].filter((part) => part).join(", ");

  async function stop() {
    const save = await confirmed(world, name(), own());
    if (save === null) return;
    if (save) await world.app.commands.execute("docmanager:save-all");
    asked = true;
    show(one);
    const stops = await desk.stop(one.session);
    asked = stops;
    failed = !stops;
    show(one);
    if (stops && own()) window.location.assign(world.place.home);
  }

  function show(given) {
    one = given;
    put(title, one.title);
    put(called, [one.called, own() ? say("lab.sessions.this") : ""].filter((part) => part).join(" · "));
    const state = asked || one.state === "stopping" ? "stopping" : one.state;
    const left = one.ends_at === null ? null : Math.max(0, (Date.parse(one.ends_at) - desk.now().getTime()) / 1000);
    // A hub of a later release may say more than this page knows.
    const word = has(`lab.state.${state}`) ? say(`lab.state.${state}`) : say("lab.state.unknown");
    put(line, left === null ? word : say("lab.sessions.left", { state: word, length: length(left), node: one.node }));
    open.hidden = own() || !(one.open_url || one.wait_url || "");
    open.href = world.place.at(one.open_url || one.wait_url || "");
    put(open, open.hidden ? "" : say(one.open_url ? "lab.sessions.open" : "lab.sessions.see"));
    open.setAttribute("aria-label", say("lab.sessions.open.name", { action: open.textContent, name: name() }));
    const waits = ["written", "submitted", "waiting"].includes(one.state);
    stopping.textContent = say(waits ? "lab.cancel" : "lab.stop");
    stopping.setAttribute("aria-label", say("lab.stop.name", { action: stopping.textContent, name: name() }));
    stopping.disabled = state === "stopping";
    put(note, failed ? say("lab.stop.failed") : one.trouble || "");
  }
  return { node, show };
}

/** Asks whether to stop: null for no, else whether to save first. Only what is open here can be saved from here. */
async function confirmed({ app, lab, speaking }, name, own) {
  const { say } = speaking;
  const saves = own && app.commands.hasCommand("docmanager:save-all");
  const { button: pressed, isChecked } = await lab.showDialog({
    title: say("lab.stop.title", { name }),
    body: say(own ? "lab.stop.own" : "lab.stop.text"),
    checkbox: saves ? { label: say("lab.stop.save"), checked: true } : null,
    buttons: [
      lab.Dialog.cancelButton({ label: say("lab.stop.no") }),
      lab.Dialog.warnButton({ label: say("lab.stop.yes") }),
    ],
    defaultButton: 0,
  });
  return pressed.accept ? Boolean(saves && isChecked) : null;
}
