// Requests to the lab. If the server requires its token, the page asks the user for it once and keeps
// it in memory.

import {byId} from "./dom.js";

class ApiError extends Error {
  /** `status` is 0 if there was no response. `answer` is its body if that was JSON. */
  constructor(status, message, answer = {}) {
    super(message);
    this.status = status;
    this.answer = answer;
  }
}

let token = "";
let asking = null;

/**
 * Sends a request and returns the body of the response, as JSON or text. `body` may be an object or
 * a string. If `ask` is false, a call that needs the token fails with 401 instead of asking for it.
 */
async function call(method, path, {body, headers = {}, ask = true} = {}) {
  const sent = token;
  const response = await request(method, path, body, headers);
  if (response.status === 401 && ask) {
    if (sent === token) await askForToken(sent !== "");
    return call(method, path, {body, headers, ask});
  }
  const json = response.headers.get("Content-Type")?.startsWith("application/json");
  const answer = json ? await response.json() : await response.text();
  if (response.ok) return answer;
  const detail = typeof answer.detail === "string" ? answer.detail : `status ${response.status}`;
  throw new ApiError(response.status, detail, json ? answer : {});
}

export const get = (path, options) => call("GET", path, options);
export const post = (path, body, options) => call("POST", path, {...options, body});

async function request(method, path, body, headers) {
  const all = {...headers};
  if (token) all.Authorization = `Bearer ${token}`;
  if (body !== undefined) {
    all["Content-Type"] = typeof body === "string" ? "text/plain" : "application/json";
  }
  const content = typeof body === "object" ? JSON.stringify(body) : body;
  try {
    return await fetch(path, {method, headers: all, body: content, cache: "no-store"});
  } catch {
    throw new ApiError(0, "The lab does not respond. Is it still running?");
  }
}

/** Shows the token dialog. Calls that need the token at the same time share one dialog. */
function askForToken(wasWrong) {
  asking ??= showTokenDialog(wasWrong).finally(() => {
    asking = null;
  });
  return asking;
}

function showTokenDialog(wasWrong) {
  const dialog = byId("token-dialog");
  const input = byId("token");
  byId("token-wrong").hidden = !wasWrong;
  input.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve, reject) => {
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "use" || input.value === "") {
        reject(new ApiError(401, "This call needs the lab's token, and no token was entered."));
        return;
      }
      token = input.value;
      resolve();
    }, {once: true});
  });
}

export function prepareTokenDialog() {
  byId("token-form").addEventListener("submit", (event) => {
    event.preventDefault();
    byId("token-dialog").close(event.submitter?.value ?? "use");
  });
}

// The calls that several parts of the page use.

export const reset = () => post("/reset");
export const changeSettings = (change) => post("/admin/settings", change);

export function transfer(order, options) { return post("/transfer", order, options); }

/** The lab's metrics: {name, value} of each series. */
export async function metrics() {
  const lines = (await get("/metrics")).split("\n");
  return lines.map((line) => /^([a-z_]+)(?:\{.*\})? (\S+)$/.exec(line))
      .filter(Boolean)
      .map(([, name, value]) => ({name, value: Number(value)}));
}

export function metricSum(values, wanted) {
  return values.filter(({name}) => name === wanted).reduce((sum, {value}) => sum + value, 0);
}
