// Where the figures come from: a server that runs the model. Whoever gives the same functions, such as a page that
// carries stored runs, can stand in its place:
//   page(language), preset(name, language), line(state, language, signal), band(state, signal),
//   events(state, said, signal), yaml(state), whyAddress(id, language)
// `state` is {preset, values}; a line with a signal is one that a hand waits for. Every function
// but the last gives a promise and fails with a `Refusal`.

import { modelQuery } from "./state.js";

const PATIENCE = [400, 1200, 3000]; // ms before a busy server is asked again

/** What a source refuses, in words for people; `again` says whether asking again may help. */
export class Refusal extends Error {
  constructor(message, again, status = 0) {
    super(message);
    this.again = again;
    this.status = status;
  }
}

export function serverSource() {
  const visitor = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(36)).join("");
  const own = { "x-visitor": visitor }; // what waits for this visitor gives way to what is asked later
  return {
    page: (language) => asked(`/api/page?lang=${language}`),
    preset: (name, language) => asked(`/api/preset/${encodeURIComponent(name)}?lang=${language}`),
    line: (state, language, signal) =>
      asked(`/api/line?${modelQuery(state)}&lang=${language}`, signal ? { headers: own, signal } : {}),
    band: (state, signal) => asked(`/api/band?${modelQuery(state)}`, { headers: own, signal }),
    events: eventRun,
    yaml: savedScenario,
    whyAddress: (id, language) => `/why/${encodeURIComponent(id)}?lang=${language}`,
  };
}

async function asked(address, options = {}) {
  return (await response(address, options)).json();
}

async function response(address, options, patience = PATIENCE) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new Refusal("", true);
  }
  if (answer.ok) return answer;
  if (answer.status === 503 && patience.length) {
    await pause(patience[0], options.signal);
    return response(address, options, patience.slice(1));
  }
  throw new Refusal(await reason(answer), answer.status >= 500, answer.status);
}

async function reason(answer) {
  try {
    return (await answer.json()).error ?? `HTTP ${answer.status}`;
  } catch {
    return `HTTP ${answer.status}`;
  }
}

function pause(milliseconds, signal) {
  return new Promise((done, fail) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      fail(new DOMException("aborted", "AbortError"));
    });
  });
}

/** A run of the event engine: `said` hears how far it is, the promise gives what it found. */
async function eventRun(state, said, signal) {
  const body = JSON.stringify({ preset: state.preset, ...state.values });
  const headers = { "content-type": "application/json" };
  const { job } = await asked("/api/events", { method: "POST", headers, body, signal });
  for (;;) {
    const report = await asked(`/api/events/${encodeURIComponent(job)}`, { signal });
    if (report.phase === "done") return report;
    if (report.phase === "failed") throw new Refusal(report.message ?? "", true);
    said(report);
    await pause(500, signal);
  }
}

async function savedScenario(state) {
  const answer = await response(`/api/yaml?${modelQuery(state)}`, {});
  const named = /filename="?([^";]+)"?/.exec(answer.headers.get("content-disposition") ?? "");
  return { name: named ? named[1] : `${state.preset}.yaml`, text: await answer.text() };
}
