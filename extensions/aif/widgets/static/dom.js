// Elements, made and kept: what did not change is not drawn again, so that focus, selection and a reader's place stay.

const SVG = "http://www.w3.org/2000/svg";
/** On what has the focus here, keys are its own: a notebook's would go from cell to cell, open one, or delete one. */
export const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };

/** Saving is of the whole notebook, so it is one from here, too. Called before JupyterLab looks whose the keys are. */
function lettingSave({ key, ctrlKey, metaKey, target }) {
  if (!(ctrlKey || metaKey) || key.toLowerCase() !== "s") return;
  const [mark] = Object.keys(OWN_KEYS);
  const own = target.closest?.(`[${mark}]`);
  own?.removeAttribute(mark);
  setTimeout(() => own?.setAttribute(mark, "true"));
}

const page = globalThis.window;
if (page && !page.aifLetsSave) {
  page.aifLetsSave = true; // each widget brings this script anew
  page.addEventListener("keydown", lettingSave, true);
}

/** An element with its class, attributes (`text` is its text) and children. */
export function make(tag, name, attributes = {}, ...children) {
  const drawn = ["svg", "rect", "path", "line", "title"].includes(tag);
  const node = drawn ? document.createElementNS(SVG, tag) : document.createElement(tag);
  if (name) node.setAttribute("class", name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") node.textContent = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** Sets a text only where it differs: a screen reader hears no repetition, and a selection stays. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}
