// The event engine behind a button: slower, payment by payment; it queues, tells how far it is, and can be left.

import { byId, write } from "./dom.js";
import { say } from "./words.js";

/** found(report) hears what the engine found, trouble(refusal, again) what went wrong. */
export function makeEngine(source, state, { found, trouble }) {
  const button = byId("engine");
  const told = byId("engine-told");
  const bar = byId("engine-bar");
  let stop = null;

  function leave() {
    stop?.abort();
    stop = null;
    bar.hidden = true;
    button.disabled = false;
    write(told, "");
  }

  async function run() {
    leave();
    const own = (stop = new AbortController());
    button.disabled = true;
    write(told, say("engine_queued"));
    try {
      const report = await source.events(state(), progress, own.signal);
      if (own.signal.aborted) return;
      leave();
      write(told, say("engine_done"));
      found(report);
    } catch (refusal) {
      if (own.signal.aborted) return;
      leave();
      trouble(refusal, run);
    }
  }

  function progress({ phase, place, done, of }) {
    bar.hidden = phase !== "running";
    if (phase === "running" && of) {
      bar.max = of;
      bar.value = done ?? 0;
    }
    const waiting = place ? "engine_place" : "engine_queued";
    const key = phase === "running" ? "engine_running" : waiting;
    write(told, say(key, { place: place ?? "", done: done ?? 0, of: of ?? "" }));
  }

  button.onclick = run;
  return { leave };
}
