// Moments in the reader's own time zone, and the last minutes to the second.

/** `iso` with the offset of this browser: speech.js says a moment as its offset has it. */
export function local(iso) {
  const moment = new Date(iso);
  const east = -moment.getTimezoneOffset();
  const there = new Date(moment.getTime() + east * 60_000).toISOString().slice(0, 19);
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  return `${there}${east < 0 ? "-" : "+"}${two(Math.abs(east) / 60)}:${two(Math.abs(east) % 60)}`;
}

/** Minutes and seconds, as a clock that runs down shows them: `4:32`. */
export function seconds(left) {
  const whole = Math.max(0, Math.ceil(left));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** How near an end is: the word and the shape follow it, colour only helps. */
export function tone(left) {
  return left === null || left > 1800 ? "still" : left > 300 ? "warn" : left > 0 ? "stop" : "over";
}

export const moments = { local, seconds, tone };
