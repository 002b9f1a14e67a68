// Asks four questions about a file of one's own, shows what follows from the answers, and sends the file in pieces.
import { speech } from "./speech.js";
import { OWN_KEYS, make, put } from "./dom.js";
import { asking, choice, facts, fresh } from "./asking.js";
import { QUIET_MS } from "./cluster.js";

const PIECE_BYTES = 2 * 1024 * 1024;
const MEGABYTE = 1e6;

/** How far a file has come, and a button that ends it. */
function underway({ say, amount }, stop) {
  const bar = make("progress", "aif-sent", { max: "1" });
  const text = make("p", "aif-muted");
  const cancel = make("button", "aif-action aif-action-stop", { type: "button", text: say("upload.cancel"), ...OWN_KEYS });
  cancel.addEventListener("click", stop);
  const node = make("div", "aif-underway", { hidden: "" }, text, bar, cancel);
  function show(name, came, size) {
    node.hidden = false;
    bar.value = size ? came / size : 1;
    const done = amount(came / MEGABYTE);
    put(text, say("upload.progress", { name, done, size: amount(size / MEGABYTE) }));
    bar.setAttribute("aria-label", text.textContent);
  }
  return { node, show, hide: () => (node.hidden = true) };
}

export default {
  render({ model, el }) {
    const speaking = speech(model.get("words"));
    const { say } = speaking;
    const answers = { ...model.get("answers") };
    const places = model.get("places");
    const waiting = new Map();
    let to = places[0].kind;
    let sending = ""; // the name of what is on its way

    /** Has the kernel do it, and gives what it answers. */
    function ask(said, buffers) {
      const answered = new Promise((done) => waiting.set(said.upload, done));
      model.send(said, undefined, buffers);
      return answered;
    }
    function answer() {
      const told = model.get("answer");
      waiting.get(told.upload)?.(told);
    }

    const place = facts();
    const settle = (kind) => {
      to = kind;
      place.show(places.find((one) => one.kind === kind).rows);
    };
    const where = choice(say("upload.place"), places.map(({ kind }) => [kind, say(`upload.place.${kind}`)]), to, settle);
    where.hidden = places.length < 2;

    const form = asking(speaking, model.get("questions"), answers, () => model.send({ kind: "answers", answers }));

    const chooser = make("input", "", { type: "file", multiple: "", ...OWN_KEYS });
    const file = make("label", "aif-field", {}, make("span", "", { text: say("upload.file") }), chooser);
    const hint = make("p", "aif-muted", { text: say("upload.file.hint") });
    const send = make("button", "aif-action aif-primary", { type: "button", text: say("upload.send"), ...OWN_KEYS });
    const moving = underway(speaking, stop);
    const note = make("p", "aif-refusal", { role: "alert", hidden: "" });
    const done = make("div", "aif-came", { role: "status" });

    function stop() {
      const gone = sending;
      sending = "";
      model.send({ kind: "drop", upload: gone });
      waiting.get(gone)?.({ said: say("upload.dropped") });
    }
    /** Sends one file; what is against it, or "". */
    async function bring(one) {
      const upload = fresh();
      sending = upload;
      moving.show(one.name, 0, one.size);
      let told = await ask({ kind: "begin", upload, name: one.name, size: one.size, to });
      while (!told.said && !told.kept) {
        moving.show(one.name, told.came, one.size);
        const part = await one.slice(told.came, told.came + PIECE_BYTES).arrayBuffer().catch(() => null);
        if (sending !== upload) return say("upload.dropped");
        if (!part?.byteLength) {
          stop();
          return say("upload.unreadable");
        }
        const quiet = setTimeout(() => put(note, say("cluster.wish.quiet")), QUIET_MS);
        told = await ask({ kind: "piece", upload, at: told.came }, [part]);
        clearTimeout(quiet);
        if (!told.said) put(note, "");
      }
      waiting.delete(upload);
      if (told.kept) kept(told.kept);
      return told.said;
    }
    function kept({ title, rows }) {
      const table = facts();
      table.show(rows);
      done.append(make("p", "aif-heading", { text: `✓ ${title}`, "data-tone": "good" }), table.node);
    }
    async function all() {
      const files = [...chooser.files];
      put(note, "");
      done.replaceChildren();
      for (const one of files) {
        const refusal = await bring(one);
        put(note, refusal);
        if (refusal) break;
      }
      sending = "";
      moving.hide();
      chooser.value = "";
      ready();
      chooser.focus();
    }
    function ready() {
      const allowed = model.get("verdict").state === "allowed";
      chooser.disabled = !allowed || Boolean(sending);
      send.disabled = chooser.disabled || !chooser.files.length;
      hint.hidden = allowed;
      for (const asked of [where, ...form.asked, form.approval.querySelector("input")]) asked.disabled = Boolean(sending);
    }
    chooser.addEventListener("change", ready);
    send.addEventListener("click", () => {
      const sent = all();
      ready();
      return sent;
    });

    function show() {
      const told = model.get("verdict");
      form.show(told);
      ready();
    }
    const title = make("p", "aif-title", { text: say("upload.title") });
    const intro = make("p", "aif-muted", { text: say("upload.intro") });
    const row = make("div", "aif-file", {}, file, send);
    const parts = [title, intro, where, place.node, ...form.asked, form.judged, form.approval, row, hint, moving.node, note, done];
    el.append(make("section", "aif-meter aif-upload", { role: "group", "aria-label": say("upload.title") }, ...parts));
    settle(to);
    show();
    model.on("change:verdict", show);
    model.on("change:answer", answer);
    return () => sending && stop();
  },
};
