// The page of access tokens: makes one through the hub's API and shows it once; withdraws one.
"use strict";
(() => {
  const { base_url, user, xsrf_token } = window.jhdata;
  const form = document.getElementById("token-form");
  const failed = document.getElementById("token-failed");
  const made = document.getElementById("token-made");

  const ask = (method, path = "", body) =>
    fetch(`${base_url}api/users/${encodeURIComponent(user)}/tokens${path}`, {
      method,
      headers: { "Content-Type": "application/json", "X-XSRFToken": xsrf_token },
      body: body && JSON.stringify(body),
    });

  async function say(answer) {
    const { message } = await answer.json().catch(() => ({ message: answer.statusText }));
    failed.textContent = window.aif.fill(form.dataset.failed, { message });
    failed.hidden = false;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = made.hidden = true;
    const wishes = new FormData(form);
    const scopes = wishes.get("scopes").split(/[\s,]+/).filter(Boolean);
    const answer = await ask("POST", "", {
      note: wishes.get("note"),
      expires_in: Number(wishes.get("lasts")) || null,
      ...(scopes.length && { scopes }),
    });
    if (!answer.ok) return say(answer);
    document.getElementById("token-text").textContent = (await answer.json()).token;
    made.hidden = false;
    form.reset();
    made.scrollIntoView({ block: "nearest" });
  });

  for (const row of document.querySelectorAll("[data-token]"))
    row.querySelector("[data-withdraw]").addEventListener("click", async (event) => {
      event.target.disabled = true;
      const answer = await ask("DELETE", `/${encodeURIComponent(row.dataset.token)}`);
      if (answer.ok || answer.status === 404) return row.remove();
      event.target.disabled = false;
      say(answer);
    });
})();
