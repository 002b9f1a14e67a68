// What was told already, in this browser: it is not told again by another window or after a reload.

const PLACE = "aif:told";
const MOST = 200; // things told of one session; sessions; the oldest go first
let memory = {}; // where the browser keeps nothing for us

function read() {
  try {
    return JSON.parse(window.localStorage.getItem(PLACE) ?? "{}");
  } catch {
    return memory;
  }
}

function write(told) {
  memory = told;
  try {
    window.localStorage.setItem(PLACE, JSON.stringify(told));
  } catch {
    // full or forbidden: remembered until the page is read again
  }
}

const newest = (entries) => Object.fromEntries(Object.entries(entries).slice(-MOST));

/** What was told of `what`, a session's id or a kind of news: `get(key)` and `set(key, value)`. */
export function once(what) {
  return {
    get: (key) => read()[what]?.[key],
    set(key, value) {
      const { [what]: before, ...others } = read();
      write(newest({ ...others, [what]: newest({ ...before, [key]: value }) }));
    },
  };
}
