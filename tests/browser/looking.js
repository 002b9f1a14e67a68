// What looking.py asks of a page. Faults are words; defined once a page as `looking`.
(() => {
  const all = (what) => [...document.querySelectorAll(what)];
  const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const name = (one) => `${one.tagName} ${one.id || one.className} "${one.textContent.trim().slice(0, 40)}"`;
  const style = (one) => getComputedStyle(one);

  // Language, title, landmarks, headings in order, one primary button, and room for a finger.
  function structure(language) {
    const faults = [];
    const html = document.documentElement;
    if (html.lang !== language) faults.push(`lang is ${html.lang}, not ${language}`);
    if (!document.title.trim()) faults.push("no title");
    for (const landmark of ["header", "main"]) if (all(landmark).filter(seen).length !== 1) faults.push(`not one ${landmark}`);
    const headings = all("h1, h2, h3, h4, h5, h6").filter(seen);
    const first = headings.filter((one) => one.tagName === "H1");
    if (first.length !== 1) faults.push(`h1: ${first.map(name)}`);
    let level = 0;
    for (const one of headings) {
      if (Number(one.tagName[1]) > level + 1) faults.push(`${name(one)} comes after a heading of level ${level}`);
      level = Number(one.tagName[1]);
      if (!one.textContent.trim()) faults.push("an empty heading");
    }
    const skip = document.querySelector(".skip");
    if (!skip || !document.querySelector(skip.getAttribute("href"))) faults.push("no skip link that leads somewhere");
    for (const one of all("a.button, button, summary, select, input:not([type=hidden], [type=radio], [type=checkbox])").filter(seen)) {
      const height = Math.round(one.getBoundingClientRect().height);
      if (height < 44) faults.push(`${name(one)} is ${height} px high`);
    }
    const primary = all("main .button--primary").filter(seen);
    if (primary.length > 1) faults.push(`${primary.length} primary buttons: ${primary.map(name)}`);
    return faults;
  }

  // What sticks out of the page to the right, or is cut off in its box.
  function wide() {
    const most = document.documentElement.clientWidth;
    const shown = all("body *").filter((one) => seen(one) && !one.closest(".visually-hidden, .skip, pre, svg"));
    const out = shown.filter((one) => one.getBoundingClientRect().right > most + 1);
    const cut = shown.filter((one) => style(one).overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1);
    return [...out.map((one) => `${name(one)} sticks out`), ...cut.map((one) => `${name(one)} is cut off`)];
  }

  // The stop that Tab has just come to; "again" when it has been there, null when it has left the page.
  const stops = [];
  function fromTheTop() {
    document.body.tabIndex = -1;
    document.body.focus(); // Tab goes on from here
    document.body.removeAttribute("tabindex");
    scrollTo(0, 0);
    stops.length = 0;
  }

  function stop() {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    if (stops.includes(one)) return "again";
    const faults = [];
    if (stops.length && !(stops.at(-1).compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING))
      faults.push("comes before the stop that Tab came from");
    stops.push(one);
    const box = one.getBoundingClientRect();
    if (!seen(one) || !box.width || !box.height) faults.push("cannot be seen");
    if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth) faults.push("is off the screen");
    // A ring around itself, or around what is drawn for it.
    const ring = (it) => it && style(it).outlineStyle !== "none" && parseFloat(style(it).outlineWidth) >= 2;
    if (!ring(one) && !ring(one.nextElementSibling)) faults.push("does not show that it has the focus");
    return { name: name(one), faults, skip: one.matches(".skip") };
  }

  // Every piece of text that can be seen or heard.
  function words() {
    const texts = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const at = walker.currentNode.parentElement;
      if (!at.closest("script, style, noscript, pre, [lang]:not(html)")) texts.push(walker.currentNode.data);
    }
    for (const attribute of ["aria-label", "title", "placeholder", "data-copy"])
      for (const one of all(`body [${attribute}]`)) texts.push(one.getAttribute(attribute));
    return texts;
  }

  window.looking = { structure, wide, fromTheTop, stop, words };
})();
