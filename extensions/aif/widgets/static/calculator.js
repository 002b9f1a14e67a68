// Shows what one's own work would take, and asks the kernel again with each number that is typed.
import { OWN_KEYS, make, put } from "./dom.js";

const REST_MS = 300; // while somebody still types, nothing is asked
const FIELDS = ["own", "runs", "gpus", "at_once"];
const LEAST = { own: "0", runs: "1", gpus: "0", at_once: "1" };

/** A table that is drawn anew with its rows; the first cell of each names it. */
function table(caption, heads) {
  const body = make("tbody");
  const head = make("tr", "", {}, ...heads.map((text) => make("th", "", { scope: "col", text })));
  const title = make("caption", "aif-heading", { text: caption });
  const node = make("table", "aif-calc-table", {}, title, make("thead", "", {}, head), body);
  const show = (rows) => {
    const cells = (texts) => texts.map((text) => make("td", "", { text }));
    const row = ([first, ...rest]) => make("tr", "", {}, make("th", "", { scope: "row", text: first }), ...cells(rest));
    body.replaceChildren(...rows.map(row));
  };
  return { node: make("div", "aif-calc-wide", { tabindex: "0", role: "group", "aria-label": caption, ...OWN_KEYS }, node), show };
}

/** The fields; `ask(wish)` is called with all of them when they rest. */
function fields(say, wish, who, ask) {
  const name = `aif-calc-${Math.random().toString(36).slice(2)}`;
  const now = { ...wish };
  let resting;
  function change(key, value) {
    now[key] = value;
    clearTimeout(resting);
    resting = setTimeout(() => ask({ ...now }), REST_MS);
  }
  const inputs = FIELDS.map((key) => {
    const id = `${name}-${key}`;
    const value = String(Number(wish[key].toPrecision(6)));
    const input = make("input", "", { id, type: "number", step: "any", min: LEAST[key], value, ...OWN_KEYS });
    input.addEventListener("input", () => change(key, input.value === "" ? null : Number(input.value)));
    return make("div", "aif-calc-field", {}, make("label", "", { for: id, text: say(`calc.${key}`) }), input);
  });
  const select = make("select", "", { id: `${name}-who`, ...OWN_KEYS });
  for (const each of who) select.append(make("option", "", { value: each, text: say(`calc.who.${each}`) }));
  select.value = wish.who;
  select.addEventListener("change", () => change("who", select.value));
  inputs.push(make("div", "aif-calc-field", {}, make("label", "", { for: select.id, text: say("calc.who") }), select));
  const legend = make("legend", "aif-heading", { text: say("calc.form") });
  return { node: make("fieldset", "aif-calc-fields", {}, legend, ...inputs), stop: () => clearTimeout(resting) };
}

/** The text to paste, and the button that copies it. */
function application(say) {
  const text = make("textarea", "", { readonly: "", rows: "12", "aria-label": say("calc.application"), ...OWN_KEYS });
  const note = make("span", "aif-muted", { role: "status" });
  const button = make("button", "aif-calc-button", { type: "button", text: say("calc.copy"), ...OWN_KEYS });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      put(note, say("calc.copied"));
    } catch {
      text.select();
      put(note, say("calc.copy.not"));
    }
  });
  const summary = make("summary", "aif-heading", { text: say("calc.application"), ...OWN_KEYS });
  const node = make("details", "", {}, summary, text, make("p", "aif-calc-copy", {}, button, " ", note));
  return {
    node,
    show(value) {
      if (text.value === value) return;
      text.value = value;
      put(note, "");
    },
  };
}

export default {
  render({ model, el }) {
    const words = model.get("words");
    const say = (key) => words[key];
    function ask(wish) {
      model.set("wish", wish);
      model.save_changes();
    }
    const form = fields(say, model.get("wish"), model.get("who"), ask);
    const figures = make("div", "aif-calc-figures");
    const sentence = make("p", "", { role: "status" });
    const trouble = make("p", "aif-calc-trouble", { role: "alert", hidden: "" });
    const lines = make("div", "aif-calc-lines");
    const heads = (...keys) => keys.map((key) => say(`calc.${key}`));
    const modes = table(say("calc.modes"), heads("mode", "mode.limit", "mode.months", "mode.verdict"));
    const note = make("p", "aif-muted");
    const assumed = table(say("calc.assumed"), heads("assumed.what", "low", "likely", "high"));
    const formula = make("p", "aif-muted");
    const source = make("p", "aif-muted");
    const opens = make("summary", "aif-heading", { text: say("calc.assumed"), ...OWN_KEYS });
    const fold = make("details", "", {}, opens, assumed.node, formula);
    const paste = application(say);
    const title = make("p", "aif-title", { text: say("calc.title") });
    const parts = [title, form.node, trouble, figures, sentence, lines, modes.node, note, fold, paste.node, source];
    el.append(make("section", "aif-meter aif-calc", { "aria-label": say("calc.title") }, ...parts));

    function show() {
      const told = model.get("answer");
      put(trouble, model.get("trouble"));
      const figure = ([name, value]) =>
        make("p", "", {}, make("span", "aif-figure", { text: value }), make("span", "aif-label", { text: name }));
      figures.replaceChildren(...told.figures.map(figure));
      figures.setAttribute("aria-hidden", "true"); // the sentence says them
      put(sentence, told.sentence);
      lines.replaceChildren(...[...told.lines, told.proposed].map((text) => make("p", "", { text })));
      modes.show(told.modes.map((one) => [one.name, one.limit, one.months, `${one.shape} ${one.verdict}`]));
      put(note, told.note);
      assumed.show(told.assumed);
      put(formula, told.formula);
      put(source, told.source);
      paste.show(told.application);
    }
    show();
    model.on("change:answer change:trouble", show);
    return form.stop;
  },
};
