// Asks four questions about a file of one's own, shows what follows from the answers, and sends the file in pieces.
import { speech } from "./speech.js";
import { OWN_KEYS, make, put } from "./dom.js";
import { QUIET_MS } from "./cluster.js";

const PIECE_BYTES = 2 * 1024 * 1024;
const REST_MS = 400; // somebody who types has not finished a word
const MEGABYTE = 1e6;
const MARKS = { allowed: ["✓", "good"], ask: ["◆", "warn"], stop: ["■", "stop"], open: ["○", "still"] };

const fresh = () => `${Date.now()}-${Math.random().toString(36).slice(2)}`;

/** One of several, by mouse and by arrow keys. `chosen(value)` is told of a choice. */
function choice(legend, options, now, chosen, ...below) {
  const group = fresh();
  const buttons = options.map(([value, text]) => {
    const button = make("input", "", { type: "radio", name: group, value, ...OWN_KEYS });
    button.checked = value === now;
    button.addEventListener("change", () => chosen(value));
    return make("label", "aif-choice", {}, button, make("span", "", { text }));
  });
  return make("fieldset", "aif-question", {}, make("legend", "aif-heading", { text: legend }), make("div", "aif-answers", {}, ...buttons), ...below);
}

/** A field for words or for a day, with its label. `told(value)` is told of what is in it, at rest. */
function field(text, type, now, told) {
  const input = make("input", "", { type, maxlength: "300", autocomplete: "off", ...OWN_KEYS });
  input.value = now;
  let resting;
  const tell = () => told(input.value);
  input.addEventListener("input", () => {
    clearTimeout(resting);
    resting = setTimeout(tell, REST_MS);
  });
  input.addEventListener("change", () => {
    clearTimeout(resting);
    tell();
  });
  return make("label", "aif-field", {}, make("span", "", { text }), input);
}

/** Names and values of the place that is chosen. */
function facts() {
  const body = make("tbody");
  const node = make("table", "aif-facts", {}, body);
  function show(rows) {
    body.replaceChildren(
      ...rows.map(([name, value]) => make("tr", "", {}, make("th", "", { scope: "row", text: name }), make("td", "", { text: value }))),
    );
  }
  return { node, show };
}

/** What follows from the answers: shape, word, colour, sentences, and whom to write to. */
function verdict() {
  const mark = make("span", "aif-mark", { "aria-hidden": "true" });
  const title = make("strong");
  const lines = make("div");
  const mail = make("a", "aif-action", { target: "_blank", rel: "noopener", ...OWN_KEYS });
  const node = make("div", "aif-verdict", { role: "status" }, make("p", "", {}, mark, " ", title), lines, mail);
  function show(told) {
    const [shape, tone] = MARKS[told.state];
    put(mark, shape);
    node.dataset.tone = tone;
    put(title, told.title);
    lines.replaceChildren(...told.lines.map((text) => make("p", "", { text })));
    put(mail, told.contact);
    if (told.letter) mail.href = told.letter;
    else mail.removeAttribute("href");
  }
  return { node, show };
}

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
    function tell(name, value) {
      answers[name] = value;
      named();
      model.send({ kind: "answers", answers });
    }

    const place = facts();
    const settle = (kind) => {
      to = kind;
      place.show(places.find((one) => one.kind === kind).rows);
    };
    const where = choice(say("upload.place"), places.map(({ kind }) => [kind, say(`upload.place.${kind}`)]), to, settle);
    where.hidden = places.length < 2;

    const licence = field(say("upload.licence_name"), "text", answers.licence_name, (value) => tell("licence_name", value));
    const source = field(say("upload.source"), "text", answers.source, (value) => tell("source", value));
    const until = field(say("upload.until"), "date", answers.until, (value) => tell("until", value));
    const named = () => (licence.hidden = answers.licence !== "allows");
    const beside = { licence: [licence], origin: [source, until] };
    const questions = Object.entries(model.get("questions")).map(([question, options], at) => {
      const hint = make("p", "aif-muted", { text: say(`upload.${question}.hint`) });
      const texts = options.map((value) => [value, say(`upload.${question}.${value}`)]);
      const asked = choice(say(`upload.${question}`, { number: at + 1 }), texts, answers[question], (value) => tell(question, value), ...(beside[question] ?? []));
      asked.querySelector("legend").after(hint);
      return asked;
    });
    const approval = field(say("upload.approval"), "text", answers.approval, (value) => tell("approval", value));
    const judged = verdict();

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
      for (const asked of [where, ...questions, approval.querySelector("input")]) asked.disabled = Boolean(sending);
    }
    chooser.addEventListener("change", ready);
    send.addEventListener("click", () => {
      const sent = all();
      ready();
      return sent;
    });

    function show() {
      const told = model.get("verdict");
      judged.show(told);
      approval.hidden = !told.approvable;
      ready();
    }
    const title = make("p", "aif-title", { text: say("upload.title") });
    const intro = make("p", "aif-muted", { text: say("upload.intro") });
    const row = make("div", "aif-file", {}, file, send);
    const parts = [title, intro, where, place.node, ...questions, judged.node, approval, row, hint, moving.node, note, done];
    el.append(make("section", "aif-meter aif-upload", { role: "group", "aria-label": say("upload.title") }, ...parts));
    settle(to);
    named();
    show();
    model.on("change:verdict", show);
    model.on("change:answer", answer);
    return () => sending && stop();
  },
};
