// The start page with JavaScript: a slider in place of the list of lengths, and the sentence for this very choice.
"use strict";
(() => {
  const form = document.getElementById("spawn_form");
  const list = document.getElementById("minutes");
  const sentence = document.getElementById("sentence");
  const lengths = [...list.options].map((option) => ({ minutes: Number(option.value), text: option.dataset.text }));

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
  const allowed = () => lengths.filter((length) => length.minutes <= Number(size().dataset.most));

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
    const until = window.aif.clock(new Date(Date.now() + minutes * 60000));
    const most = (Number(size().dataset.price) * minutes) / 60;
    list.value = minutes;
    shownLength.value = text;
    shownUntil.textContent = `until ${until}`;
    slider.setAttribute("aria-valuetext", `${text}, until ${until}`);
    if (sentence) {
      const costs = (most > 0 ? sentence.dataset.costs : sentence.dataset.free).replace("{most}", amount(most));
      const words = sentence.dataset[size().dataset.place];
      const said = words.replace("{until}", until).replace("{length}", text).replace("{costs}", costs);
      if (sentence.textContent !== said) sentence.textContent = said;
    }
  }

  // Like aif_hub.words.amount.
  function amount(value) {
    if (value > 0 && value < 0.005) return "under 0.01";
    return value.toLocaleString("en-GB", { maximumFractionDigits: value < 10 ? 2 : 1 });
  }

  let own = false; // whether the person chose the length
  slider.addEventListener("input", () => {
    own = true;
    show();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "profile") place(own ? Number(list.value) : Number(size().dataset.default));
  });
  place(Number(list.value));
  setInterval(show, 20000);
})();
