// The hub's switch for light and dark is this site's too, the way back shows only where a hub serves the pages, and the
// theme's drawers, which labels of hidden checkboxes open, get buttons: a keyboard reaches those. The theme's own script
// (`theme`, see conf.py) runs when the page was drawn: it asks where everything stands, and nobody waits for that to read.
"use strict";

const KEY = "jupyterhub-bs-theme";

try {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "light" || chosen === "dark") {
    document.body.dataset.theme = chosen;
    localStorage.setItem("theme", chosen);
  }
  new MutationObserver(() => {
    const now = document.body.dataset.theme;
    if (now === "auto") {
      localStorage.removeItem(KEY);
    } else {
      localStorage.setItem(KEY, now);
    }
  }).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
} catch {
  // a browser that keeps nothing: the theme's own switch works for this page
}

if (location.pathname.includes("/aif/docs/")) {
  for (const way of document.querySelectorAll(".ways__hub")) {
    way.hidden = false;
  }
}

for (const table of document.querySelectorAll(".table-wrapper, pre")) {
  table.tabIndex = 0; // what scrolls sideways can be scrolled by keyboard
}

for (const label of document.querySelectorAll(".nav-overlay-icon, .toc-overlay-icon:not(.no-toc)")) {
  const box = document.getElementById(label.htmlFor);
  const button = document.createElement("button");
  const told = () => button.setAttribute("aria-expanded", String(box.checked));
  button.type = "button";
  button.className = label.className;
  button.setAttribute("aria-label", box.getAttribute("aria-label"));
  button.append(...label.childNodes);
  button.addEventListener("click", () => box.click());
  box.addEventListener("change", told);
  told();
  label.replaceWith(button);
}

document.documentElement.classList.remove("no-js"); // or its buttons would come later, and push words aside
const afterwards = () => {
  theme();
  document.dispatchEvent(new Event("drawn"));
};
requestAnimationFrame(() => setTimeout(afterwards));
