// The four questions about a file of one's own, and what follows from the answers: drawn for whoever asks them.
import { OWN_KEYS, make, put } from "./dom.js";

const REST_MS = 400; // somebody who types has not finished a word
const MARKS = { allowed: ["✓", "good"], ask: ["◆", "warn"], stop: ["■", "stop"], open: ["○", "still"] };

export const fresh = () => `${Date.now()}-${Math.random().toString(36).slice(2)}`;

/** One of several, by mouse and by arrow keys. `chosen(value)` is told of a choice. */
export function choice(legend, options, now, chosen, ...below) {
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
  input.value = now ?? "";
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
export function facts() {
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

/**
 * `asked` is a group for each of the `questions`, with what is to be written beside some; `given` has the answers, of which
 * `tell(given)` hears with each change. `show(verdict)` says in `judged` what follows, and whether `approval` would help.
 */
export function asking({ say }, questions, given, tell) {
  function told(name) {
    return (value) => {
      given[name] = value;
      named();
      tell(given);
    };
  }
  const licence = field(say("upload.licence_name"), "text", given.licence_name, told("licence_name"));
  const source = field(say("upload.source"), "text", given.source, told("source"));
  const until = field(say("upload.until"), "date", given.until, told("until"));
  const named = () => (licence.hidden = given.licence !== "allows");
  const beside = { licence: [licence], origin: [source, until] };
  const asked = Object.entries(questions).map(([question, options], at) => {
    const hint = make("p", "aif-muted", { text: say(`upload.${question}.hint`) });
    const texts = options.map((value) => [value, say(`upload.${question}.${value}`)]);
    const group = choice(say(`upload.${question}`, { number: at + 1 }), texts, given[question], told(question), ...(beside[question] ?? []));
    group.querySelector("legend").after(hint);
    return group;
  });
  const approval = field(say("upload.approval"), "text", given.approval, told("approval"));
  const judged = verdict();
  named();
  function show(found) {
    judged.show(found);
    approval.hidden = !found.approvable;
  }
  return { asked, judged: judged.node, approval, show };
}
