// What was told already in this session, in this browser: it is not told again by another window or after a reload.

const memory = new Map(); // where the browser keeps nothing for us

/** What was told of `what`, a session's id or a kind of news: `get(key)` and `set(key, value)`. */
export function once(what) {
  const place = `aif:told:${what}`;
  function read() {
    try {
      return JSON.parse(window.localStorage.getItem(place) ?? "{}");
    } catch {
      return memory.get(place) ?? {};
    }
  }
  return {
    get: (key) => read()[key],
    set(key, value) {
      const told = { ...read(), [key]: value };
      memory.set(place, told);
      try {
        window.localStorage.setItem(place, JSON.stringify(told));
      } catch {
        // full or forbidden: remembered until the page is read again
      }
    },
  };
}
