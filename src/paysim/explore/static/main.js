// The page: what is asked, what is drawn, and what stands in the address. Every other module knows one thing; this
// one knows who talks to whom.

import { sayPage, showAbout } from "./about.js";
import { askFor } from "./asking.js";
import { makeBoard } from "./board.js";
import { byId, make, write } from "./dom.js";
import { makeEngine } from "./engine.js";
import { makeLevers, stopsOf } from "./levers.js";
import { makePrediction } from "./predict.js";
import { Refusal, serverSource } from "./source.js";
import { asPreset, modelQuery, pageQuery, readAddress, withLever } from "./state.js";
import { inWords } from "./telling.js";
import { language, say, speak } from "./words.js";

const ADDRESS_REST = 150; // ms; browsers refuse an address that changes with every pixel
const REACH = 3; // stops to each side that are fetched ahead

const source = globalThis.paysimSource ?? serverSource();
let state = readAddress(location.search);
let page = null;
let preset = null;
let parts = null; // {levers, board, prediction, asker, engine}
let shown = { line: null, own: null, band: null, run: null };
let changed = null; // the lever moved last, until it has been told
let held = false;
let reasons = null; // why levers mean nothing, by lever
let addressTimer = null;
let chosen = null; // the story asked for last

async function start() {
  document.body.dataset.state = "asking";
  await guarded(async () => {
    const wanted = state.lang ?? navigator.language.slice(0, 2);
    page = await source.page(["en", "de"].includes(wanted) ? wanted : "en");
    speak(page.language ?? (["en", "de"].includes(wanted) ? wanted : "en"), page.texts);
    sayPage();
    build();
    await toPreset(state.preset ?? page.presets[0].name, state.values);
  }, start);
}

function build() {
  byId("preset").replaceChildren(...page.presets.map(({ name, title }) => make("option", { value: name }, title)));
  write(byId("version"), `paysim ${page.version}`);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language()));
  }
  parts = {
    board: makeBoard(page.charts, (chart) => turn({ chart })),
    prediction: makePrediction(byId("predict"), page.charts, (predict) => turn({ predict })),
    levers: makeLevers(byId("levers"), page.levers, (id) => source.whyAddress(id, language()), {
      moved,
      settled,
      near,
    }),
    asker: askFor(source, language, {
      line: drawLine,
      band: drawBand,
      busy,
      trouble: (refusal) => trouble(refusal, ask),
    }),
    engine: makeEngine(source, () => state, { found: drawRun, trouble }),
  };
  turn({});
}

/** Change how the page stands, not what the model is asked. */
function turn(change) {
  state = { ...state, ...change };
  parts.board.enlarge(state.chart ?? page.charts[0].id);
  const predicting = Boolean(state.predict);
  byId("predict").hidden = !predicting;
  for (const id of ["large", "others"]) byId(id).hidden = predicting;
  document.querySelector(".engine").hidden = predicting;
  byId("predict-first").setAttribute("aria-pressed", String(predicting));
  if (predicting) parts.prediction.pick(state.predict);
  if (shown.line) redraw();
  writeAddress();
}

async function toPreset(name, values) {
  const own = (chosen = {});
  document.body.dataset.state = "asking";
  await guarded(
    async () => {
      busy("line");
      const next = await source.preset(name, language()).catch((refusal) => {
        if (own === chosen) throw refusal;
      });
      if (own !== chosen) return; // another story has been chosen since
      preset = next;
      calm();
      reasons = null;
      state = { ...state, preset: name, values };
      byId("preset").value = name;
      document.title = `${preset.title} – paysim`;
      showAbout(preset);
      shown = { line: null, own: null, band: null, run: null };
      write(byId("short"), say("short_hint"));
      parts.prediction.forget();
      ask();
      writeAddress();
    },
    () => toPreset(name, values),
  );
}

function ask() {
  document.body.dataset.state = "asking";
  forgetRun();
  showLevers();
  calm();
  if (!shown.own) ownLine();
  parts.asker.want(state, true);
}

/** Levers as the state has them; whether they mean anything may hang on the others, and comes with the line. */
function showLevers(line = null) {
  const own = Object.entries(preset.levers).filter(([, lever]) => lever.disabled);
  reasons = line?.disabled ?? reasons ?? Object.fromEntries(own.map(([id, lever]) => [id, lever.disabled]));
  parts.levers.show(state.values, preset, reasons);
}

/** The preset's own line stays as a grey one to compare with. */
function ownLine() {
  const plain = asPreset(state);
  if (!Object.keys(state.values).length) return;
  source.line(plain, language()).then(
    (line) => {
      if (plain.preset !== state.preset) return;
      shown.own = line;
      if (shown.line) redraw();
    },
    () => {},
  );
}

function moved(id, value) {
  held = true;
  change(id, value, false);
}

function settled(id, value) {
  held = false;
  change(id, value, true);
  near(id);
}

function change(id, value, final) {
  if (!preset) return; // no story is there yet, or none that is known
  document.body.dataset.state = "asking";
  state = withLever(state, id, value, preset.levers[id]?.value);
  changed = id;
  forgetRun();
  showLevers();
  if (!shown.own) ownLine();
  parts.asker.want(state, final);
  clearTimeout(addressTimer);
  addressTimer = setTimeout(writeAddress, ADDRESS_REST);
}

/** What a hand that is on a lever may ask for next. */
function near(id) {
  if (!parts || !preset || held) return;
  const lever = page.levers.find((one) => one.id === id);
  const own = preset.levers[id];
  if (!own || reasons?.[id]) return;
  const room = stopsOf(lever, own);
  const here = room.findIndex((stop) => stop.value === (state.values[id] ?? own.value));
  const places = [];
  for (let step = 1; step <= REACH; step += 1) places.push(here + step, here - step);
  const stops = places.filter((place) => room[place]).map((place) => room[place].value);
  parts.asker.fetchAhead(stops.map((value) => withLever(state, id, value, own.value)));
}

function drawLine(line, exact, key) {
  if (exact) calm(); // what was refused has been left
  line.events.sort((one, other) => one.month.localeCompare(other.month));
  shown = { ...shown, line, band: null };
  if (!Object.keys(state.values).length && exact) shown.own = line;
  redraw(exact ? () => drawnExactly(key) : null);
}

function drawnExactly(key) {
  if (key !== modelQuery(state)) return; // a hand has moved on within the frame
  document.body.dataset.state = "drawn";
  showLevers(shown.line);
  document.body.dataset.drawn = key;
  document.dispatchEvent(new CustomEvent("paysim:drawn", { detail: { key, at: performance.now() } }));
  if (changed && !held) tellShort();
}

function drawBand(band, key, refusal) {
  shown.band = band;
  document.body.dataset.band = band ? key : "";
  write(byId("working"), refusal ? say("no_band") : "");
  redraw();
}

function drawRun(report) {
  shown.run = { months: report.months ?? shown.line.months, series: report.series };
  redraw();
}

function forgetRun() {
  shown.run = null;
  parts.engine.leave();
}

function redraw(drawn = null) {
  if (!shown.line) return;
  const data = { ...shown, held, drawn };
  if (state.predict) {
    parts.prediction.show(data);
    requestAnimationFrame(() => drawn?.());
  } else parts.board.show(data);
}

/** What changed and what follows, in a sentence or two; read out, and readable by a class. */
function tellShort() {
  const lever = page.levers.find((one) => one.id === changed);
  const value = state.values[changed] ?? preset.levers[changed]?.value;
  const label = lever?.stops.find((stop) => stop.value === value)?.label ?? value;
  changed = null;
  const chart = parts.board.main();
  const first = shown.line.events[0]?.month;
  const told = chart.series
    .slice(0, 2)
    .map(
      (series) => `${series.label}: ${inWords(shown.line.months, shown.line.series[series.id] ?? [], chart, first)}.`,
    );
  write(byId("short"), `${lever.label}: ${label}. ${told.join(" ")}`);
}

function busy(what) {
  byId("page").setAttribute("aria-busy", String(what === "line"));
  write(byId("working"), what === "band" ? say("band_coming") : "");
}

async function guarded(act, again) {
  try {
    await act();
    return true;
  } catch (refusal) {
    trouble(refusal, again);
    return false;
  }
}

/** Says what went wrong, keeps what is on the page, and offers what may help. */
function trouble(refusal, again) {
  busy(null);
  document.body.dataset.state = "trouble";
  if (!(refusal instanceof Refusal)) console.error(refusal);
  write(byId("trouble-text"), refusal.message || (page ? say("server_gone") : "The server does not answer."));
  const mayHelp = !(refusal instanceof Refusal) || refusal.again;
  write(byId("retry"), page ? say(mayHelp ? "retry" : "show_as_written") : "Try again");
  byId("trouble").hidden = false;
  byId("retry").onclick = () => {
    calm();
    if (mayHelp) again();
    else toPreset(page.presets.some(({ name }) => name === state.preset) ? state.preset : page.presets[0].name, {});
  };
}

function calm() {
  byId("trouble").hidden = true;
}

function writeAddress() {
  clearTimeout(addressTimer);
  const address = `${location.pathname}?${pageQuery(state)}`;
  if (address !== location.pathname + location.search) history.replaceState(null, "", address);
}

async function saveYaml() {
  await guarded(async () => {
    const { name, text } = await source.yaml(state);
    const address = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    notice(say("saved_as", { name }));
  }, saveYaml);
}

async function copyLink() {
  writeAddress();
  try {
    await navigator.clipboard.writeText(location.href);
    notice(say("link_copied"));
  } catch {
    byId("link").hidden = false;
    byId("link-text").value = location.href;
    byId("link-text").select();
  }
}

function notice(text) {
  write(byId("notice"), text);
  setTimeout(() => write(byId("notice"), ""), 4000);
}

async function toLanguage(wanted) {
  state.lang = wanted;
  shown = { line: null, own: null, band: null, run: null };
  writeAddress();
  await start();
}

byId("preset").addEventListener("change", () => {
  history.pushState(null, "", location.href);
  toPreset(byId("preset").value, {});
});
byId("reset-all").addEventListener("click", () => {
  history.pushState(null, "", location.href);
  state = asPreset(state);
  ask();
  writeAddress();
});
byId("predict-first").addEventListener("click", () => {
  turn({ predict: state.predict ? null : page.charts[0].series[0].id });
  if (state.predict) byId("predicted").focus();
});
byId("copy").addEventListener("click", copyLink);
byId("save").addEventListener("click", saveYaml);
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => toLanguage(button.dataset.language));
}
addEventListener("popstate", () => {
  state = readAddress(location.search);
  turn({});
  toPreset(state.preset ?? page.presets[0].name, state.values);
});
start();
