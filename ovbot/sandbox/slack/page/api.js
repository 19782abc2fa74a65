// The workspace's control surface (/_control/…), over fetch and one stream of server-sent events.

const BASE = "/_control";

/** Reads a resource. Parameters that are undefined are left out. */
export async function read(path, parameters = {}) {
  const query = new URLSearchParams(
    Object.entries(parameters).filter(([, value]) => value !== undefined),
  );
  return answer(await send(`${BASE}/${path}?${query}`, {}));
}

/** Does something; the reply is what the workspace says came of it. */
export async function act(path, body = {}) {
  return answer(
    await send(`${BASE}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

/**
 * Listens to what changes. `onOpen` is called at every (re)connection, because whatever changed in
 * between was missed; `onDown` when the connection is lost. EventSource retries by itself except
 * after an HTTP error, so that case is retried here.
 */
export function listen({ onChange, onOpen, onDown }) {
  const source = new EventSource(`${BASE}/stream`);
  source.addEventListener("open", onOpen);
  source.addEventListener("message", (event) => onChange(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    onDown();
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => listen({ onChange, onOpen, onDown }), 2000);
    }
  });
}

async function send(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new Error("The workspace did not answer. Is it still running?");
  }
}

async function answer(response) {
  let body;
  try {
    body = await response.json();
  } catch {
    throw new Error(`The workspace answered ${response.status} without JSON.`);
  }
  if (!response.ok) throw new Error(body.error ?? `The workspace answered ${response.status}.`);
  return body;
}
