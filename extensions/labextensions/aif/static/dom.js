// Elements, made and kept: what did not change is not drawn again, so that focus, selection and a reader's place stay.

/** An element with attributes (`text` is its text) and children. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") node.textContent = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** Sets a text only where it differs; an empty one hides its element. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
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
