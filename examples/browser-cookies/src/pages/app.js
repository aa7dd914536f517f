// No token in sight: the browser keeps them in cookies that this script cannot read, and sends them along.

const $ = (id) => document.getElementById(id);

const send = (method, path, body) =>
  fetch(path, {
    method,
    headers: body ? { "content-type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });

// The access token lives for minutes. A 401 means: refresh once and try again. Several requests share one refresh.
let refreshing;
const refresh = () => (refreshing ??= send("POST", "/auth/refresh").finally(() => (refreshing = undefined)));

async function call(method, path, body) {
  let answer = await send(method, path, body);
  if (answer.status === 401 && (await refresh()).ok) answer = await send(method, path, body);
  if (answer.status === 401) leave();
  return answer;
}

const leave = () => location.assign("/");

// Only to ourselves: `?next=https://elsewhere.example` must not make our login form somebody's trampoline.
function enter() {
  const next = new URL(new URLSearchParams(location.search).get("next") ?? "/account", location.origin);
  location.replace(next.origin === location.origin ? next.pathname : "/account");
}

// Shows what a problem document says: about fields, or as a whole.
async function complain(form, answer) {
  const problem = await answer.json();
  const text = problem.errors?.map((error) => error.message).join(" ") ?? problem.detail;
  form.querySelector(".error").textContent = text;
}

function onSubmit(form, run) {
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector(".error").textContent = "";
    const answer = await run(Object.fromEntries(new FormData(form)));
    if (answer && !answer.ok) await complain(form, answer);
  });
}

for (const [id, path] of [["sign-in", "/auth/login"], ["sign-up", "/auth/register"]]) {
  onSubmit($(id), async (fields) => {
    const answer = await send("POST", path, fields);
    if (answer.ok) enter();
    return answer;
  });
}

const cell = (content) => {
  const td = document.createElement("td");
  td.append(content);
  return td;
};

// "Mozilla/5.0 (X11; Linux x86_64) … Chrome/130 …" is for machines.
const device = (agent) => {
  const browser = agent?.match(/Firefox|Edg|Chrome|Safari|curl/)?.[0] ?? "Unknown";
  return `${browser} on ${agent?.match(/Windows|Android|iPhone|Mac OS|Linux/)?.[0] ?? "an unknown system"}`;
};

async function showSessions() {
  const answer = await call("GET", "/auth/sessions");
  if (!answer.ok) return;
  const rows = (await answer.json()).map((session) => {
    const row = document.createElement("tr");
    const end = document.createElement("button");
    end.className = "plain";
    end.textContent = "End";
    end.onclick = async () => (await call("DELETE", `/auth/sessions/${session.id}`), showSessions());
    row.append(
      cell(device(session.user_agent)),
      cell(session.ip ?? ""),
      cell(new Date(session.last_used_at).toLocaleString()),
      cell(session.current ? "this device" : end),
    );
    return row;
  });
  $("sessions").replaceChildren(...rows);
}

if ($("account")) {
  await showSessions();
  $("sign-out-everywhere").onclick = async () => (await call("POST", "/auth/logout-all"), leave());
  onSubmit($("change-password"), async (fields) => {
    const answer = await call("POST", "/auth/password/change", fields);
    if (answer.ok) {
      $("change-password").reset();
      await showSessions();
    }
    return answer;
  });
}
