// What this session's own server tells: asked now and then, kept here for all who show it.
//
// The clock is the server's: a laptop that is some minutes off would warn too late.

const SESSION_MS = 15_000;
const HIDDEN_MS = 60_000;
const ALLOCATIONS_MS = 60_000;
const FIRST_MS = 5_000; // until the hub has told something
const EVENTS_MS = 60_000;
const SESSIONS_MS = { watched: 10_000, otherwise: 60_000 };
const LEARNING_MS = { watched: 20_000, otherwise: 600_000 };
const CLUSTERS_MS = { watched: 5_000, otherwise: 60_000 };
const ANSWER_MS = 40_000; // the server itself gives the hub 30 s; what takes longer stands still

/** `on(listener)` is called at once and with each change; the parts of `told` are null until they are known. */
export function desk({ ServerConnection, URLExt }) {
  const settings = ServerConnection.makeSettings();
  const told = { session: null, allocations: null, sessions: null, clusters: null, startUrl: "", events: null, learning: null, away: false, trouble: "" };
  const listeners = new Set();
  let ahead = 0; // of this browser's clock: the server's now is Date.now() + ahead
  let watchers = 0;

  async function ask(path, init = {}) {
    const asked = Date.now();
    const answer = await ServerConnection.makeRequest(URLExt.join(settings.baseUrl, "aif/v1", path), init, settings);
    return { asked, ok: answer.ok, status: answer.status, body: await answer.json().catch(() => ({})) };
  }

  /** As `ask`, one after the other and not for ever: a browser has six connections to the hub for all of somebody's
   * tabs, and a session whose server stands still must not hold those that their other sessions need. */
  function inLine() {
    let before = Promise.resolve();
    return (path) => {
      const answer = before.then(() => ask(path, { signal: AbortSignal.timeout(ANSWER_MS) }));
      before = answer.catch(() => undefined);
      return answer;
    };
  }
  const own = inLine(); // what the server answers by itself does not wait for what it asks the hub
  const hubs = inLine();

  function changed() {
    for (const listener of listeners) listener(told);
  }

  async function session() {
    const { asked, ok, body } = await own("session");
    if (!ok) return;
    ahead = Date.parse(body.now) - (asked + Date.now()) / 2;
    told.session = body;
    told.trouble = body.hub.trouble;
  }

  async function allocations() {
    const { body } = await hubs("allocations");
    if (body.allocations?.length || !body.not_read_yet?.length) told.allocations = body.allocations ?? told.allocations;
  }

  async function sessions() {
    const { body } = await hubs("sessions");
    if (!body.sessions) return;
    told.sessions = body.sessions;
    told.startUrl = body.start_url;
  }

  async function clusters() {
    const { body } = await own("clusters");
    told.clusters = body.clusters ?? told.clusters;
  }

  async function events() {
    const { body } = await hubs("events");
    told.events = body.events ?? told.events;
  }

  async function learning() {
    const { body } = await hubs("tutorials");
    if (body.tutorials) told.learning = body;
  }

  /** Asks again and again; a question that failed is asked again at its next turn, and what was known stays. */
  function again(question, pause) {
    let timer;
    let asking;
    async function once() {
      clearTimeout(timer);
      try {
        await question();
        told.away = false;
      } catch {
        told.away = true;
      }
      asking = undefined;
      timer = setTimeout(turn, pause());
      changed();
    }
    const turn = () => (asking ??= once());
    return turn;
  }

  const looks = {
    session: again(session, () => (document.hidden ? HIDDEN_MS : SESSION_MS)),
    allocations: again(allocations, () => (told.allocations ? ALLOCATIONS_MS : FIRST_MS)),
    events: again(events, () => EVENTS_MS),
    clusters: again(clusters, () => (watchers && !document.hidden ? CLUSTERS_MS.watched : CLUSTERS_MS.otherwise)),
    learning: again(learning, () => (watchers && !document.hidden ? LEARNING_MS.watched : LEARNING_MS.otherwise)),
    sessions: again(sessions, () => (watchers && !document.hidden ? SESSIONS_MS.watched : SESSIONS_MS.otherwise)),
  };

  /** What the lists show is asked for seldom while nobody looks at them: at once when somebody does. */
  function fresh() {
    looks.sessions();
    looks.clusters();
    looks.learning();
  }

  function seen() {
    if (document.hidden) return;
    looks.session();
    if (watchers) fresh();
  }

  return {
    told,
    on(listener) {
      listeners.add(listener);
      listener(told);
      return () => listeners.delete(listener);
    },
    begin() {
      for (const look of Object.values(looks)) look();
      document.addEventListener("visibilitychange", seen);
    },
    /** Somebody looks at the lists of sessions and clusters, until the function that is returned is called. */
    watch() {
      watchers += 1;
      if (watchers === 1) fresh();
      return () => (watchers -= 1);
    },
    now: () => new Date(Date.now() + ahead),
    /** When this session ends: as the hub last saw in Slurm, where a limit can be changed, else as it was at its start. */
    endsAt() {
      const own = told.session && told.sessions?.find((one) => one.session === told.session.session);
      return own?.ends_at ?? told.session?.ends_at ?? null;
    },
    /** Seconds until then; null where it is not known. */
    left() {
      const ends = this.endsAt();
      return ends === null ? null : (Date.parse(ends) - this.now().getTime()) / 1000;
    },
    /** The allocation that this session charges, as far as that can be told. */
    paying() {
      const project = told.session?.project;
      const of = (told.allocations ?? []).filter((one) => one.project === project);
      return of.find((one) => one.id === told.session.allocation) ?? of.find((one) => one.limit !== null) ?? of[0] ?? null;
    },
    /** Where the person is in the tutorials, as the hub knows now; null where it does not say. */
    async learning() {
      await looks.learning();
      return told.learning;
    },
    /** Where the person is in one tutorial, as it stands in their home now; null where that is not told. */
    async lesson(name) {
      const { ok, body } = await ask(`tutorials/${name}`).catch(() => ({ ok: false }));
      return ok ? body : null;
    },
    /** About files of the person's own (the server's uploads.py): asks, or tells `said`; what is answered, null if nothing is. */
    async ownData(path, said) {
      const init = said ? { method: "POST", body: JSON.stringify(said) } : {};
      const { ok, body } = await ask(`own-data${path}`, init).catch(() => ({ ok: false }));
      return ok ? body : null;
    },
    /** Has the hub stop a session of this person; whether it does. */
    stop: (id) => have(`sessions/${id}`, "DELETE", looks.sessions),
    /** Has a cluster of this person end; whether it does. */
    stopCluster: (id) => have(`clusters/${id}`, "DELETE", looks.clusters),
    /** Tells a cluster what its owner wishes; whether it hears of it. */
    wishCluster: (id, wish) => have(`clusters/${id}/wish`, "POST", looks.clusters, JSON.stringify(wish)),
    /** Has a session go on although nothing runs in it; whether it does. */
    keep: (id) => have(`sessions/${id}/keep`, "POST", looks.events),
    /** Puts an event away, here and everywhere. */
    seen: (id) => have(`events/${id}/seen`, "POST", looks.events),
  };

  async function have(path, method, after, body) {
    const { ok } = await ask(path, { method, body }).catch(() => ({ ok: false }));
    after();
    return ok;
  }
}
