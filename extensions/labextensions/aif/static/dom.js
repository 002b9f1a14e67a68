// What the panel is made of, beside what the drawings of a budget are made of.
import { make as element, put } from "../widgets/dom.js";

export { put };

/** An element with attributes (`text` is its text) and children. */
export function make(tag, attributes = {}, ...children) {
  return element(tag, "", attributes, ...children);
}

/** A part of the panel under its heading. */
export function section(name, title, ...children) {
  const id = `aif-part-${name}`;
  const heading = make("h2", { id, text: title });
  return make("section", { "aria-labelledby": id }, heading, ...children);
}

/** A button that says what it does, and does it. */
export function button(label, action, attributes = {}) {
  const node = make("button", { type: "button", class: "aif-button", text: label, ...attributes });
  node.addEventListener("click", action);
  return node;
}

/** Keeps `parent`'s children in step with `items`: one node for each key, made once, shown with each change. */
export function rows(parent, key, draw) {
  const drawn = new Map();
  return (items) => {
    const keys = items.map(key);
    for (const [name, row] of drawn) {
      if (keys.includes(name)) continue;
      row.node.remove();
      drawn.delete(name);
    }
    items.forEach((item, at) => {
      if (!drawn.has(keys[at])) drawn.set(keys[at], draw(item));
      const row = drawn.get(keys[at]);
      row.show(item);
      if (parent.children[at] !== row.node) parent.insertBefore(row.node, parent.children[at] ?? null);
    });
  };
}
