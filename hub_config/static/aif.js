// What every page gains from JavaScript: local clock times, time that passes, news without reloading, copy buttons.
// Without it the same pages work, and reload themselves.
"use strict";
(() => {
  const pad = (number) => String(number).padStart(2, "0");

  // Like aif_hub.words.clock and aif.core.units.words, for the browser's time zone.
  function clock(moment, now = new Date()) {
    const time = `${pad(moment.getHours())}:${pad(moment.getMinutes())}`;
    const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
    const days = Math.round((midnight(moment) - midnight(now)) / 86400000);
    if (days === 0) return time;
    if (days === 1) return `${time} tomorrow`;
    if (days === -1) return `${time} yesterday`;
    const day = moment.toLocaleDateString("en-GB", { weekday: "short" });
    return `${time} on ${day} ${moment.getDate()} ${moment.toLocaleDateString("en-GB", { month: "short" })}`;
  }

  function length(seconds) {
    const minutes = Math.floor(seconds / 60);
    if (minutes < 1) return "under a minute";
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor((minutes % 1440) / 60);
    const rest = minutes % 60;
    if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
    if (!hours) return `${rest} min`;
    return rest ? `${hours} h ${pad(rest)} min` : `${hours} h`;
  }

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    for (const time of document.querySelectorAll("time[datetime]")) say(time, clock(new Date(time.dateTime)));
    for (const until of document.querySelectorAll("[data-until]"))
      say(until, length(Math.max(0, new Date(until.dataset.until) - Date.now()) / 1000));
    for (const since of document.querySelectorAll("[data-since]"))
      say(since, length(Math.max(0, Date.now() - new Date(since.dataset.since)) / 1000));
  }

  // News: the page is fetched again and only the parts that changed are exchanged, so one template serves both ways.
  let fetching = null;
  let leaving = false; // a form was sent: its answer is the next page, whatever news comes meanwhile
  async function refresh() {
    const main = document.querySelector("[data-live]");
    if (leaving) return;
    if ("reload" in main.dataset) return location.reload();
    let answer;
    try {
      answer = await fetch(location.href, {
        redirect: "manual",
        cache: "no-store",
        headers: { "X-Xsrftoken": window.jhdata.xsrf_token },
      });
    } catch {
      return; // the hub is away for a moment; the next turn comes
    }
    if (leaving || (answer.status > 500 && answer.status < 600)) return;
    if (!answer.ok) return location.reload(); // ready (a redirect), ended or signed out: the browser goes there itself
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = page.getElementById(part.id);
      if (!next) return location.reload();
      if (next.innerHTML !== was.get(part.id)) exchange(part, next);
    }
    main.dataset.live = page.querySelector("[data-live]").dataset.live;
    tick();
  }

  // The part stays and its content changes: a screen reader says only that; what was open or in focus stays so.
  const was = new Map();
  const places = "a, button, summary";
  function exchange(part, next) {
    was.set(part.id, next.innerHTML);
    for (const open of part.querySelectorAll("details[open][id]"))
      next.querySelector(`details[id="${CSS.escape(open.id)}"]`)?.setAttribute("open", "");
    const place = [...part.querySelectorAll(places)].indexOf(document.activeElement);
    part.replaceChildren(...next.childNodes);
    if (place >= 0) part.querySelectorAll(places)[place]?.focus();
    enhance(part);
  }

  function live() {
    const main = document.querySelector("[data-live]");
    if (!main) return;
    for (const part of document.querySelectorAll("[data-part]")) was.set(part.id, part.innerHTML);
    const news = () => (fetching ??= refresh().finally(() => (fetching = null)));
    const again = async () => {
      if (document.visibilityState === "visible") await news();
      setTimeout(again, 1000 * main.dataset.live);
    };
    setTimeout(again, 1000 * main.dataset.live);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && news());
    if (main.dataset.events) {
      const events = new EventSource(main.dataset.events);
      events.onmessage = (event) => {
        const told = JSON.parse(event.data);
        if (told.ready || told.failed) {
          events.close();
          if (!leaving) location.reload();
        } else {
          news();
        }
      };
      // Closed for good means that nothing is starting any more.
      events.onerror = () => events.readyState === EventSource.CLOSED && setTimeout(() => leaving || location.reload(), 3000);
    }
  }

  function enhance(root) {
    for (const text of root.querySelectorAll("[data-copy]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button--small";
      button.textContent = text.dataset.copy;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = text.dataset.copied;
      });
      text.after(button);
    }
    for (const form of root.querySelectorAll("form[data-once]"))
      form.addEventListener("submit", () => {
        const button = form.querySelector("button:not([type=button])");
        if (form.dataset.busy) button.textContent = form.dataset.busy;
        leaving = true;
        setTimeout(() => (button.disabled = true)); // after the form was read
      });
  }

  // A menu closes when people go on elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".who[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector(".who[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  // The page comes back from the browser's memory with its buttons as they were left.
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  // A form's safety token may stand in the address after it was sent; it is nobody else's business.
  const address = new URL(location.href);
  if (address.searchParams.has("_xsrf")) {
    address.searchParams.delete("_xsrf");
    history.replaceState(null, "", address);
  }

  if (!window.isSecureContext) document.getElementById("insecure-login-warning")?.classList.remove("hidden");
  live();
  enhance(document);
  tick();
  setInterval(tick, 10000);
  window.aif = { clock, length };
})();
