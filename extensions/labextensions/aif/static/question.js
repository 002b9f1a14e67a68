// The four questions in a window of their own: what stands in the form of `upload()`, without a file to choose.
import { asking, facts } from "../widgets/asking.js";
import { OWN_KEYS, make, put } from "../widgets/dom.js";

const MOST = 3; // names; of more, that there are more

/** Asks about files that are to go to `folder`; `before` has the answers that were given last. See `steps` in bring.js. */
export function question({ speaking, desk }, folder, before) {
  const { say } = speaking;
  const names = [];
  const what = make("p", "", { role: "status" });
  const shown = desk.ownData(`?path=${encodeURIComponent(folder)}`);

  async function answered() {
    const told = await shown;
    if (!told) throw new Error(say("lab.upload.away"));
    const given = { ...before };
    let state = told.verdict.state;
    let turn = 0; // of what was asked: an earlier answer may come later
    let judging;

    async function judged() {
      const mine = (turn += 1);
      const found = await desk.ownData("/answers", { answers: given });
      if (mine !== turn) return;
      put(trouble, found ? "" : say("lab.upload.away"));
      if (found) form.show(found);
      state = found?.state;
      send.disabled = state !== "allowed";
    }
    const judge = () => (judging = judged());
    const form = asking(speaking, told.questions, given, judge);
    const place = facts();
    place.show(told.rows);
    form.show(told.verdict);

    const trouble = make("p", "aif-refusal", { role: "alert", hidden: "" });
    const send = make("button", "aif-action aif-primary", { type: "button", text: say("upload.send"), disabled: "", ...OWN_KEYS });
    const cancel = make("button", "aif-action", { type: "button", text: say("upload.cancel"), ...OWN_KEYS });
    const title = make("h2", "aif-title", { id: "aif-ask-title", text: say("upload.title") });
    const intro = make("p", "aif-muted", { text: say("upload.intro") });
    const row = make("div", "aif-file", {}, send, cancel);
    const parts = [title, what, intro, place.node, ...form.asked, form.judged, form.approval, trouble, row];
    const box = make("div", "aif-meter aif-upload", {}, ...parts);
    const node = make("dialog", "aif-ask", { "aria-labelledby": title.id, ...OWN_KEYS }, box);
    const pressed = new Promise((done) => {
      send.addEventListener("click", async () => {
        await judging; // what was typed a moment ago counts, too
        if (state === "allowed") done(true);
      });
      cancel.addEventListener("click", () => done(false));
      node.addEventListener("cancel", () => done(false)); // Escape
    });
    const focus = document.activeElement;
    document.body.append(node);
    node.showModal();
    if (before) judge();
    const yes = await pressed;
    node.close();
    node.remove();
    focus?.focus?.();
    if (!yes) desk.ownData("/refused", { answers: given, path: folder });
    return yes ? given : null;
  }
  return {
    more(name) {
      names.push(name);
      const list = [...names.slice(0, MOST), ...(names.length > MOST ? ["…"] : [])].join(", ");
      put(what, say("lab.upload.names", { names: list }));
    },
    answered: answered(),
  };
}

/** A file is there, and its card beside it; where that cannot be, the person hears what to do. */
export async function came({ lab, speaking, desk }, path, answers) {
  if (await desk.ownData("/kept", { answers, path })) return;
  lab.Notification.error(speaking.say("lab.upload.no-card", { file: path }), { autoClose: false });
}
