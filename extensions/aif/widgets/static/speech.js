// Says numbers, lengths, days and sentences in one language, in the same digits as the hub's pages (aif_hub/figures.py).

const TICKS = 10_000; // amounts come with four digits: told.DIGITS

/** What a catalogue (words.en.json, words.nl.json) can say; nothing is said that is not in it. */
export function speech(words) {
  const say = (key, gaps = {}) => words[key].replace(/\{(\w+)\}/g, (_whole, name) => gaps[name]);
  const has = (key) => key in words;
  const list = (key) => words[key].split(" ");

  function decimal(value, places, fixed = false) {
    const unit = TICKS / 10 ** places;
    const ticks = Math.round(value * TICKS);
    let whole = Math.floor(ticks / unit);
    const rest = ticks - whole * unit;
    if (rest * 2 > unit || (rest * 2 === unit && whole % 2)) whole += 1; // a half goes to the even digit
    const digits = String(whole).padStart(places + 1, "0");
    const before = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, words["number.group"]);
    const after = places ? digits.slice(-places) : "";
    const kept = fixed ? after : after.replace(/0+$/, "");
    return kept ? before + words["number.point"] + kept : before;
  }
  const amount = (value) =>
    value > 0 && value <= 0.005 ? say("amount.under", { amount: decimal(0.01, 2) }) : decimal(value, value < 10 ? 2 : 1);
  const share = (value) => `${decimal(value * 100, 1)}%`;
  const large = (value) => decimal(value, 1, value < 1000);
  const unit = (name, shown) => (shown === "1" && has(`units.${name}.one`) ? say(`units.${name}.one`) : say(`units.${name}`));

  function length(seconds) {
    const minutes = Math.floor(Math.max(0, seconds) / 60);
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor((minutes % 1440) / 60);
    const rest = minutes % 60;
    const name =
      minutes < 1 ? "moment" : days ? (hours ? "days-hours" : "days") : hours ? (rest ? "hours-minutes" : "hours") : "minutes";
    return say(`length.${name}`, { days, hours, minutes: hours ? String(rest).padStart(2, "0") : rest });
  }

  const parts = (iso) => iso.slice(0, 10).split("-").map(Number);
  const weekday = (iso) => list("weekdays.short")[(new Date(`${iso.slice(0, 10)}T12:00Z`).getUTCDay() + 6) % 7];
  function day(iso) {
    const [year, month, date] = parts(iso);
    return say("date", { day: date, month: list("months")[month - 1], year });
  }
  function shortDay(iso, form = "date.day") {
    const [, month, date] = parts(iso);
    return say(form, { weekday: weekday(iso), day: date, month: list("months.short")[month - 1] });
  }
  const time = (iso) => say("time", { hour: iso.slice(11, 13), minute: iso.slice(14, 16) });

  /** A moment with its offset, as somebody there says it at `now` (a Date): `16:30`, `16:30 yesterday`. */
  function clock(iso, now) {
    const offset = /([+-])(\d\d):(\d\d)$/.exec(iso);
    const minutes = offset ? (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) : 0;
    const today = new Date(now.getTime() + minutes * 60_000).toISOString().slice(0, 10);
    const apart = Math.round((Date.parse(iso.slice(0, 10)) - Date.parse(today)) / 86_400_000);
    if (apart === 0) return time(iso);
    const name = apart === 1 ? "tomorrow" : apart === -1 ? "yesterday" : "day";
    return say(`clock.${name}`, { time: time(iso), date: shortDay(iso, "date.short") });
  }
  return { say, has, amount, large, share, unit, length, day, shortDay, clock, orUnknown };

  function orUnknown(value, how) {
    return value === null || value === undefined ? say("not-recorded") : how(value);
  }
}
