// The start page with JavaScript: a slider in place of the list of lengths, and for each choice the hub's own words.
"use strict";
(() => {
  const form = document.getElementById("spawn_form");
  const list = document.getElementById("minutes");
  const choice = document.getElementById("choice");
  let lengths = [...list.options].map((option) => ({ minutes: Number(option.value), text: option.dataset.text }));

  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = 0;
  slider.setAttribute("aria-labelledby", "minutes-label");
  const shownLength = document.createElement("output");
  shownLength.className = "slider__length";
  const shownUntil = document.createElement("span");
  shownUntil.className = "muted";
  const shortest = document.createElement("span");
  const longest = document.createElement("span");
  const box = build("div", "slider", build("div", "slider__shows", shownLength, shownUntil), slider, build("div", "slider__ends", shortest, longest));
  list.before(box);
  list.hidden = true;

  function build(kind, name, ...children) {
    const element = document.createElement(kind);
    element.className = name;
    element.append(...children);
    return element;
  }

  const size = () => form.querySelector("input[name=profile]:checked");
  function allowed() {
    const fitting = lengths.filter((length) => length.minutes <= Number(size().dataset.most));
    return fitting.length ? fitting : lengths.slice(0, 1);
  }

  function place(minutes) {
    const known = allowed();
    let at = known.findLastIndex((length) => length.minutes <= minutes);
    if (at < 0) at = 0;
    slider.max = known.length - 1;
    slider.value = at;
    shortest.textContent = known[0].text;
    longest.textContent = known.at(-1).text;
    show();
  }

  function show() {
    const { minutes, text } = allowed()[slider.value];
    const until = list.dataset.ends.replace("{clock}", window.aif.clock(new Date(Date.now() + minutes * 60000)));
    list.value = minutes;
    shownLength.value = text;
    shownUntil.textContent = until;
    slider.setAttribute("aria-valuetext", `${text}, ${until}`);
  }

  // What is said of the choice comes from the hub, a moment after the last change; an answer that is overtaken is dropped.
  // What is to be opened afterwards goes along, so that its links to other choices keep it.
  const onward = [...new URLSearchParams(location.search)].filter(([name]) => name === "next");
  let timer = 0;
  let question = null;
  function ask(wait, turn = 0, bySelf = false) {
    if (!choice) return;
    clearTimeout(timer);
    question?.abort();
    timer = setTimeout(async () => {
      question = new AbortController();
      const filled = new FormData(form);
      const asked = ["profile", "minutes", "project", "allocation"].filter((name) => filled.get(name));
      const fields = new URLSearchParams(asked.map((name) => [name, filled.get(name)]));
      let said;
      try {
        const answer = await fetch(`${choice.dataset.ask}?${new URLSearchParams([...fields, ...onward])}`, { signal: question.signal, cache: "no-store", redirect: "error" });
        if (!answer.ok) throw new Error(answer.status);
        said = await answer.json();
        await window.aif.letGo();
      } catch (error) {
        if (error.name !== "AbortError") choice.classList.remove("start__asking");
        return; // the hub is away for a moment; what the button does is checked there again
      }
      if (renew(said)) return ask(0, turn, bySelf); // what was said is of a length that is not to be had any more
      choice.classList.remove("start__asking");
      exchange(said, fields, bySelf);
      if (!said.settled && turn < 5) ask(1000, turn + 1, bySelf);
    }, wait);
  }

  // What maintenance, reservations and partitions leave of each size changes while the page is open: longer ones can be
  // chosen as soon as they can be had, and what is chosen gets shorter only where it must. Answers whether it did.
  function renew({ sizes, lengths: known }) {
    if (slider.matches(":active")) return false; // it is being moved: the answer after that has it too
    for (const input of form.querySelectorAll("input[name=profile]")) {
      const now = sizes[input.value];
      if (!now) continue; // the site has other sizes by now; the next page shows them
      input.dataset.most = now.most;
      const next = document.createElement("template");
      next.innerHTML = now.said;
      const part = input.parentElement.querySelector(".size__most");
      if (next.innerHTML !== part.innerHTML) part.replaceChildren(next.content);
    }
    const before = Number(list.value);
    lengths = known.map(([minutes, text]) => ({ minutes, text }));
    list.replaceChildren(...lengths.map(({ minutes, text }) => new Option(text, minutes)));
    place(before);
    return Number(list.value) !== before;
  }

  function timeless(part) {
    const sentence = part.querySelector("#sentence")?.cloneNode(true);
    for (const time of sentence?.querySelectorAll("time") ?? []) time.remove();
    return sentence?.textContent;
  }

  function chosen(anchor) {
    const fields = new URLSearchParams(anchor.search);
    fields.delete("next");
    return `${fields}`;
  }

  // What says the same stays, or a screen reader would say it again; and each minute, if nothing but its times goes on.
  function exchange(said, fields, bySelf) {
    const next = document.createElement("template");
    next.innerHTML = said.choice;
    for (const time of next.content.querySelectorAll("time")) time.textContent = window.aif.clock(new Date(time.dateTime));
    if (next.innerHTML !== choice.innerHTML) {
      choice.ariaLive = bySelf && timeless(next.content) === timeless(choice) ? "off" : "polite";
      choice.replaceChildren(next.content);
    }
    const link = document.getElementById("link");
    link.search = fields;
    for (const saved of document.querySelectorAll(".saved__one")) saved.ariaCurrent = chosen(saved) === chosen(link) ? "true" : null;
    const command = document.getElementById("command");
    if (command) command.textContent = said.command;
    const row = ([name, value]) => build("div", "", Object.assign(document.createElement("dt"), { textContent: name }), build("dd", "", Object.assign(document.createElement("code"), { textContent: value })));
    document.getElementById("terms")?.replaceChildren(...said.terms.map(row));
  }

  const link = document.getElementById("link");
  if (link) {
    link.textContent = link.dataset.copyLink;
    link.addEventListener("click", async (event) => {
      if (!navigator.clipboard) return; // then it is an ordinary link
      event.preventDefault();
      await navigator.clipboard.writeText(link.href);
      link.textContent = link.dataset.copied;
      link.setAttribute("role", "status");
    });
  }

  // Enter in the name of a choice saves it and starts nothing.
  document.getElementById("title")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    document.getElementById("save").click();
  });

  let own = false; // whether the person chose the length
  slider.addEventListener("input", () => {
    own = true;
    show();
    choice?.classList.add("start__asking");
    ask(200);
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "profile") place(own ? Number(list.value) : Number(size().dataset.default));
    if (["profile", "project", "allocation"].includes(event.target.name)) {
      choice?.classList.add("start__asking");
      ask(50);
    }
  });
  const wished = Number(list.value);
  place(wished);
  if (choice) ask("asking" in choice.dataset || Number(list.value) !== wished ? 0 : 1500);
  setInterval(() => {
    show();
    if (document.visibilityState === "visible") ask(0, 0, true);
  }, 60000);
})();
