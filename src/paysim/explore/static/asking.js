// Asking for lines while somebody drags: the latest state wins, nothing is asked for twice, and what a hand may want
// next is fetched while nobody waits. Bands are slower and come when the hand rests.

import { modelQuery } from "./state.js";

const KEPT = 600; // lines kept; each is some 20 kB
const REST = 350; // ms without a change before a band is asked for
const ADVANCE = 60; // ms without a question before a neighbour is fetched, at least
const SLOW = 2000; // ms that a neighbour takes where nothing more is fetched ahead

/**
 * heard: line(line, exact), band(band), busy(what: null | "line" | "band"), trouble(refusal)
 * `exact` is false for the line of a state that a hand has already left.
 */
export function askFor(source, language, heard) {
  const lines = new Map();
  const bands = new Map();
  let running = null; // {key, stop}: the question that somebody waits for
  let wanted = null;
  let asked = 0;
  let drawn = 0;
  let rest = null;
  let bandStop = null;
  let ahead = [];
  let aheadTimer = null;
  let pause = 0; // as long as the last one took: half of the time is left to others
  let fetching = null; // the key of what is fetched ahead

  function want(state, final) {
    const key = modelQuery(state);
    const same = wanted?.key === key;
    wanted = { state, key };
    if (!same) stopBand();
    if (lines.has(key)) show(key, (asked += 1));
    else if (fetching === key) heard.busy("line");
    else if (!running || (final && running.key !== key)) ask(state, key);
  }

  function ask(state, key) {
    running?.stop.abort(); // the hand has left what was asked for
    const own = (running = { key, stop: new AbortController() });
    const turn = (asked += 1);
    heard.busy("line");
    source.line(state, language(), own.stop.signal).then(
      (line) => {
        keep(lines, key, line);
        if (running === own) running = null;
        show(key, turn);
        if (!running && wanted.key !== key && !lines.has(wanted.key)) ask(wanted.state, wanted.key);
      },
      (refusal) => {
        if (running !== own) return;
        running = null;
        heard.busy(null);
        if (wanted.key === key) heard.trouble(refusal);
        else if (!lines.has(wanted.key)) ask(wanted.state, wanted.key);
      },
    );
  }

  function show(key, turn) {
    const exact = wanted.key === key;
    if (!exact && turn < drawn) return;
    drawn = turn;
    if (exact) {
      heard.busy(null);
      heard.line(lines.get(key), true, key);
      plan();
      goAhead();
    } else heard.line(lines.get(key), false, key);
  }

  function plan() {
    stopBand();
    const { state, key } = wanted;
    if (bands.has(key)) return heard.band(bands.get(key), key);
    rest = setTimeout(() => askBand(state, key), REST);
  }

  function askBand(state, key) {
    bandStop = new AbortController();
    heard.busy("band");
    source.band(state, bandStop.signal).then(
      (band) => {
        keep(bands, key, band);
        if (wanted.key !== key) return;
        heard.busy(null);
        heard.band(band, key);
        goAhead();
      },
      (refusal) => {
        if (refusal.name === "AbortError" || wanted.key !== key) return;
        heard.busy(null);
        heard.band(null, key, refusal);
      },
    );
  }

  function stopBand() {
    clearTimeout(rest);
    bandStop?.abort();
    bandStop = null;
  }

  function fetchAhead(states) {
    ahead = states.filter((state) => !lines.has(modelQuery(state)));
    goAhead();
  }

  function goAhead() {
    clearTimeout(aheadTimer);
    if (!ahead.length || fetching !== null) return;
    aheadTimer = setTimeout(
      () => {
        if (running) return; // whoever waits comes first; `show` calls again
        const state = ahead.shift();
        const key = modelQuery(state);
        if (lines.has(key)) return goAhead();
        fetching = key;
        const begun = performance.now();
        source.line(state, language()).then(
          (line) => {
            keep(lines, key, line);
            fetching = null;
            pause = performance.now() - begun;
            if (pause > SLOW) ahead = []; // others wait as well
            if (wanted.key === key) show(key, (asked += 1));
            else goAhead();
          },
          () => {
            fetching = null;
            ahead = []; // a busy server is left alone
            if (wanted.key === key) ask(state, key);
          },
        );
      },
      Math.max(ADVANCE, pause),
    );
  }

  function forget() {
    lines.clear();
  }

  return { want, fetchAhead, forget, has: (state) => lines.has(modelQuery(state)) };
}

function keep(store, key, value) {
  store.set(key, value);
  if (store.size > KEPT) store.delete(store.keys().next().value);
}
