// What every page gains from JavaScript: local clock times, time that passes, news without reloading, copy buttons.
// Without it the same pages work, and reload themselves.
"use strict";
(() => {
  // From page.html: how clock times and lengths are put together in the page's language, as aif_hub.figures says them,
  // and what JupyterHub's own pages know of the hub.
  const { patterns, hub } = JSON.parse(document.getElementById("given").textContent);
  window.jhdata = hub;
  const language = document.documentElement.lang;
  const pad = (number) => String(number).padStart(2, "0");
  const fill = (pattern, gaps) => pattern.replace(/\{(\w+)\}/g, (gap, name) => gaps[name] ?? gap);

  // These four say what aif_hub.figures does by the same names, for the browser's time zone.
  function clock(moment, now = new Date()) {
    const [name, gaps] = dated(moment, now);
    return name ? fill(patterns[name], gaps) : gaps.time;
  }

  function at(moment, now = new Date()) {
    const [name, gaps] = dated(moment, now);
    return fill(patterns[name ? `at-${name}` : "at"], gaps);
  }

  function length(seconds) {
    const minutes = Math.floor(seconds / 60);
    const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
    let name = "minutes";
    if (minutes < 1) name = "moment";
    else if (days) name = hours ? "days-hours" : "days";
    else if (hours) name = rest ? "hours-minutes" : "hours";
    return fill(patterns[name], { days, hours, minutes: hours ? pad(rest) : rest });
  }

  function amount(value) {
    const decimal = (number, places) =>
      number.toLocaleString(language, { maximumFractionDigits: places, roundingMode: "halfEven" });
    if (value > 0 && value < 0.005) return fill(patterns.under, { amount: decimal(0.01, 2) });
    return decimal(value, value < 10 ? 2 : 1);
  }

  // A name in the date, without a point after it. What knows the language's names takes long to make, so it is made once.
  const names = {};
  function named(moment, part) {
    names[part] ??= new Intl.DateTimeFormat(language, { [part]: "short" });
    return names[part].format(moment).replace(/\.$/, "");
  }

  // Which pattern says the day (none for today), and what goes in its gaps.
  function dated(moment, now) {
    const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
    const days = Math.round((midnight(moment) - midnight(now)) / 86400000);
    const gaps = {
      time: fill(patterns.time, { hour: pad(moment.getHours()), minute: pad(moment.getMinutes()) }),
      get date() {
        return `${named(moment, "weekday")} ${moment.getDate()} ${named(moment, "month")}`;
      },
    };
    return [{ 0: "", 1: "tomorrow", "-1": "yesterday" }[days] ?? "day", gaps];
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

  // What is pressed stays in its place until it is let go: a page that moves in between would lose the click.
  let release = () => {};
  let letGo = Promise.resolve();
  addEventListener("pointerdown", (event) => {
    release();
    if (event.target.closest?.("a, button, summary")) letGo = new Promise((done) => (release = done));
  });
  for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, () => setTimeout(release));

  // News: the page is fetched again and only the parts that changed are exchanged, so one template serves both ways.
  // Answers whether the page now shows what the hub knows.
  let fetching = null;
  let leaving = false; // a form was sent: its answer is the next page, whatever news comes meanwhile
  async function refresh() {
    const main = document.querySelector("[data-live]");
    if (leaving) return true;
    if ("reload" in main.dataset) return location.reload();
    let answer;
    try {
      const headers = { "X-Xsrftoken": hub.xsrf_token };
      answer = await fetch(location.href, { redirect: "manual", cache: "no-store", headers });
    } catch {
      return false; // the hub is away for a moment; the next turn comes
    }
    const text = await answer.text();
    await letGo;
    if (leaving) return true;
    if (answer.status > 500 && answer.status < 600) return false;
    if (!answer.ok) return arrive(main, answer.type === "opaqueredirect");
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = page.getElementById(part.id);
      if (!next) return location.reload();
      if (next.innerHTML !== was.get(part.id)) exchange(part, next);
    }
    title();
    main.dataset.live = page.querySelector("[data-live]").dataset.live;
    tick();
    return true;
  }

  // Ready (a redirect), ended or signed out: the browser goes there itself. In a tab behind others it says so in its title
  // and, where that was asked for, in a notification, and goes on when it is looked at.
  function arrive(main, ready) {
    const text = ready ? main.dataset.ready : main.dataset.ended;
    if (text && tells() && !document.hasFocus()) tell(text);
    if (!text || document.visibilityState === "visible") return location.reload();
    leaving = true;
    document.title = text;
    document.addEventListener("visibilitychange", () => location.reload(), { once: true });
  }

  // The title of a tab says where a start is, for those who went on elsewhere.
  const site = document.title.split(" · ").at(-1);
  function title() {
    const headline = document.querySelector("[data-hears] h1");
    if (headline) document.title = `${headline.textContent} · ${site}`;
  }

  // A notification when it is ready: only after a click asked for it, and the browser has the last word.
  const tells = () => localStorage.getItem("aif-tell") === "yes" && window.Notification?.permission === "granted";
  function tell(text) {
    const note = notification(text, { body: document.querySelector("h1")?.textContent, tag: "aif" });
    if (note) {
      note.onclick = () => {
        window.focus();
        note.close();
      };
      return;
    }
    localStorage.setItem("aif-tell", "cannot");
    document.querySelector("[data-tell]").hidden = true;
  }

  // Null where the browser lets no page make one: those of phones have the class and ask leave for it, and then throw.
  function notification(text, options) {
    try {
      return new Notification(text, options);
    } catch {
      return null;
    }
  }

  function tellMe() {
    const place = document.querySelector("[data-tell]");
    if (!place || !window.Notification || !window.isSecureContext) return;
    if (localStorage.getItem("aif-tell") === "cannot") return;
    // Without leave one that is made shows nothing, so it can be tried; with leave it is seen when it is needed.
    if (Notification.permission !== "granted" && !notification("", {})) return;
    const [button, status] = [place.querySelector("button"), place.querySelector("[role=status]")];
    const show = (asked) => {
      button.setAttribute("aria-pressed", tells());
      say(status, tells() ? place.dataset.on : asked && Notification.permission === "denied" ? place.dataset.blocked : "");
    };
    button.addEventListener("click", async () => {
      localStorage.setItem("aif-tell", tells() ? "no" : "yes");
      if (Notification.permission === "default") await Notification.requestPermission();
      show(true);
    });
    place.hidden = false;
    show(false);
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
    enhance(part); // first: its buttons count among the places
    if (place >= 0) part.querySelectorAll(places)[place]?.focus();
  }

  // A stream tells that there is news (aif_hub.events). Where it cannot be had, or a fetch failed, the page looks by
  // itself now and then; a page of news that nobody sees is not read.
  function live() {
    const main = document.querySelector("[data-live]");
    if (!main) return;
    for (const part of document.querySelectorAll("[data-part]")) was.set(part.id, part.innerHTML);
    let stream = null;
    let current = true;
    const news = () => (fetching ??= refresh().then((done) => (current = done)).finally(() => (fetching = null)));
    const seen = () => document.visibilityState === "visible" || "hears" in main.dataset;
    const hears = () => stream?.readyState === EventSource.OPEN;
    const again = async () => {
      if (seen() && !(current && hears())) await news();
      setTimeout(again, 1000 * main.dataset.live);
    };
    const listen = () => {
      if (!main.dataset.events || !seen() || (stream && stream.readyState !== EventSource.CLOSED)) return;
      stream = new EventSource(main.dataset.events);
      stream.onmessage = async () => {
        await fetching; // that one may have begun before this news
        await news();
      };
    };
    setTimeout(again, 1000 * main.dataset.live);
    listen();
    document.addEventListener("visibilitychange", () => {
      if (seen()) {
        news();
        listen();
      } else stream?.close(); // the few connections that a browser has are for the pages that are looked at
    });
  }

  function enhance(root) {
    for (const text of navigator.clipboard ? root.querySelectorAll("[data-copy]") : []) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button--small";
      button.textContent = text.dataset.copy;
      // What a button says anew is not read out; this is, and is there before it says something.
      const told = document.createElement("span");
      told.className = "visually-hidden";
      told.setAttribute("role", "status");
      const fold = "copyBelow" in text.dataset ? text.closest("details") : null;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(text.textContent);
          button.textContent = text.dataset.copied;
          told.textContent = text.dataset.copiedSaid ?? text.dataset.copied;
        } catch {
          if (fold) fold.open = true;
          getSelection().selectAllChildren(text); // the browser does not let it: marked, it is one key away
        }
      });
      (fold ?? text).after(button, told);
    }
    for (const button of root.querySelectorAll("[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => print());
    }
    for (const form of root.querySelectorAll("form[data-once]"))
      form.addEventListener("submit", (event) => {
        const button = event.submitter ?? form.querySelector("button:not([type=button])");
        if (form.dataset.busy && !button.name) button.textContent = form.dataset.busy;
        leaving = true;
        setTimeout(() => (button.disabled = true)); // after the form was read
      });
  }

  // Light or dark: page.html has set it as it was chosen, else as the browser has it.
  const shown = document.documentElement.dataset;
  const kept = "jupyterhub-bs-theme";
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (dark) => {
    if (!["light", "dark"].includes(localStorage.getItem(kept))) shown.bsTheme = dark.matches ? "dark" : "light";
  });
  document.getElementById("dark-theme-toggle").addEventListener("click", () => {
    shown.bsTheme = shown.bsTheme === "dark" ? "light" : "dark";
    localStorage.setItem(kept, shown.bsTheme);
  });

  // A menu closes when people go on elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".who[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector(".who[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  // A page that is left asks for no more news: that would be one more view for the hub to make, and nobody sees it.
  addEventListener("pagehide", () => (leaving = true));
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
  title();
  tellMe();
  enhance(document);
  tick();
  setInterval(tick, 10000);
  window.aif = { clock, at, length, amount, fill, letGo: () => letGo };
})();
