// Stored runs in the place of a server: the functions of source.js, out of what the page carries. Exact where one lever
// is moved; else put together from what each does alone and what two do together (`paysim.explore.stored` says how).

import { byId, make } from "./dom.js";
import { Refusal } from "./source.js";
import { modelQuery } from "./state.js";

const DATE = "cut_date";
const LEAST = 1e-3; // percent of a share, and of a value in its unit: as in stored.py
const [SHARE, VALUE] = ["share", "value"];

function storedSource(carried) {
  const unpacking = unpacked(carried);
  const axes = new Map(carried.axes.map((axis) => [axis.id, axis]));
  const singles = singleStates(carried.axes);
  const told = (language) => carried.languages[language] ?? carried.languages.en;
  const without = () => Promise.reject(new Refusal(told(document.documentElement.lang).page.stored.without, false));
  return {
    page: async (language) => tellStored(told(language).page),
    preset: async (name, language) => {
      if (name !== carried.name) throw new Refusal(`unknown preset '${name}'; nearest: ${carried.name}`, false);
      return told(language).preset;
    },
    line: async (state, language) => {
      check(state, axes);
      const changes = changesOf(state, carried.axes);
      const heads = told(language).heads;
      const moved = changes.map((change) => [change, heads[singles.get(keyOf(change))]]);
      return {
        key: modelQuery(state),
        months: carried.months,
        ...headOf(heads[0], moved, laterBy(changes, carried.later)),
        series: seriesOf(changes, await unpacking, axes, carried),
      };
    },
    band: without,
    events: without,
    yaml: without,
    whyAddress: () => null,
  };
}

/** What a page of stored runs has to say of itself, above its charts. */
function tellStored(page) {
  const said = page.stored;
  const row = ({ chart, unit, usual, rare }) => {
    const cells = [unit, usual, rare].map((text) => make("td", {}, text));
    return make("tr", {}, make("th", { scope: "row" }, chart), ...cells);
  };
  const head = make("tr", {}, ...said.head.map((word) => make("th", { scope: "col" }, word)));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...said.rows.map(row)));
  const more = make("details", {}, make("summary", {}, said.how), table);
  document.body.dataset.source = "stored";
  byId("told-of-stored")?.remove();
  const note = make("aside", { id: "told-of-stored", class: "stored" });
  note.append(make("p", {}, `${said.what} ${said.without}`), more);
  document.querySelector("header.top").after(note);
  return page;
}

async function unpacked({ packed, states, series, months }) {
  const bytes = Uint8Array.from(atob(packed.data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const view = new DataView(await new Response(stream).arrayBuffer());
  const size = series.length * months.length;
  const runs = new Map();
  states.forEach((state, at) => {
    const run = new Float64Array(size);
    for (let place = 0; place < size; place += 1) {
      const row = Math.floor(place / months.length);
      const whole = view.getUint16(2 * (at * size + place), true);
      run[place] = whole === packed.none ? NaN : whole * packed.step[row] + packed.least[row];
    }
    runs.set(state.map(keyOf).join("&"), run); // effects, but for the preset's own run under ""
  });
  return runs;
}

function keyOf([lever, value]) {
  return `${lever}=${value}`;
}

function singleStates(axes) {
  const keys = [""];
  for (const axis of axes) {
    axis.steps.forEach((step, place) => place !== axis.own && keys.push(keyOf([axis.id, step])));
  }
  return new Map(keys.map((key, place) => [key, place]));
}

/** Refuses what an address may ask for and no run stands behind, as a server would. */
function check(state, axes) {
  for (const [lever, value] of Object.entries(state.values)) {
    const steps = axes.get(lever)?.steps;
    const expected = steps ? `expected one of ${steps[0]}, ... ${steps.at(-1)}, got` : "cannot be moved here to";
    if (!steps?.includes(value)) throw new Refusal(`${lever}: ${expected} '${value}'`, false);
  }
}

function changesOf(state, axes) {
  return axes
    .filter((axis) => axis.steps.includes(state.values[axis.id]) && state.values[axis.id] !== axis.steps[axis.own])
    .map((axis) => [axis.id, state.values[axis.id]]);
}

function seriesOf(changes, runs, axes, { series, months, scales, follows, later: by, refused }) {
  const open = (states) => {
    const key = states.map(keyOf).join("&");
    if (refused[key]) throw new Refusal(refused[key], false);
  };
  const shift = laterBy(changes, by);
  const total = Float64Array.from(runs.get(""));
  const add = (effect, weight, delay) => {
    for (let place = 0; place < total.length; place += 1) {
      const row = Math.floor(place / months.length);
      const month = Math.min(Math.max((place % months.length) - delay, 0), months.length - 1);
      total[place] += weight * effect[row * months.length + month];
    }
  };
  const moving = new Set(follows);
  for (const change of changes) {
    open([change]);
    const effect = runs.get(keyOf(change));
    if (effect) add(effect, 1, moving.has(change[0]) ? shift : 0);
  }
  for (let one = 0; one < changes.length; one += 1) {
    for (let other = one + 1; other < changes.length; other += 1) {
      const pair = [changes[one], changes[other]];
      const ends = pair.map(([lever, value]) => toward(axes.get(lever), value));
      const corners = pair.map(([lever], place) => [lever, axes.get(lever).steps[ends[place].corner]]);
      open(corners);
      const residue = together(corners, runs, moving, by, months.length);
      const both = pair.every(([lever]) => moving.has(lever));
      if (residue) add(residue, ends[0].way * ends[1].way, both ? shift : 0);
    }
  }
  return shown(total, series, months, scales);
}

function toward({ steps, own }, value) {
  const place = steps.indexOf(value);
  const corner = place < own ? 0 : steps.length - 1;
  return { corner, way: (place - own) / (corner - own) };
}

const residues = new Map();

/** What two levers at their ends do together beyond what each does alone. */
function together(corners, runs, moving, by, length) {
  const key = corners.map(keyOf).join("&");
  const both = runs.get(key);
  if (!both) return null;
  if (!residues.has(key)) {
    const moves = corners.some(([lever]) => moving.has(lever));
    const shift = moves ? laterBy(corners, by) : 0;
    const rest = Float64Array.from(both);
    for (const corner of corners) {
      const alone = runs.get(keyOf(corner));
      if (!alone) continue;
      const delay = corner[0] === DATE ? 0 : shift;
      for (let place = 0; place < rest.length; place += 1) {
        const month = Math.min(Math.max((place % length) - delay, 0), length - 1);
        rest[place] -= alone[place - (place % length) + month];
      }
    }
    residues.set(key, rest);
  }
  return residues.get(key);
}

function shown(total, series, months, scales) {
  const found = {};
  series.forEach((name, row) => {
    const values = Array.from(total.subarray(row * months.length, (row + 1) * months.length));
    found[name] = values.map((value) => (Number.isNaN(value) ? null : backward(value, scales[row])));
  });
  return found;
}

function backward(value, scale) {
  if (scale === VALUE) return Math.exp(value);
  if (scale !== SHARE) return value;
  const part = 100 / (1 + Math.exp(-value));
  return part <= 1.5 * LEAST ? 0 : part;
}

/** Events and levers without meaning: the story's own, with what each lever alone adds and takes away. */
function headOf(own, moved, shift) {
  const same = (one, other) => one.label === other.label && one.month === other.month;
  const without = (events, gone) => events.filter((event) => !gone.some((other) => same(event, other)));
  let { events, target } = own;
  const disabled = { ...own.disabled };
  for (const [[lever], head] of moved) {
    if (!head) continue;
    target = head.target;
    const come = without(head.events, own.events);
    events = without(events, without(own.events, head.events));
    events = [...events, ...come.map((one) => (lever === DATE ? one : { ...one, month: later(one.month, shift) }))];
    Object.assign(disabled, head.disabled);
    for (const name of Object.keys(own.disabled)) if (!(name in head.disabled)) delete disabled[name];
  }
  return { target, disabled, events: events.toSorted((one, other) => (one.month < other.month ? -1 : 1)) };
}

function laterBy(changes, later) {
  return later[changes.find(([lever]) => lever === DATE)?.[1]] ?? 0;
}

function later(month, by) {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by;
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`;
}

const host = document.getElementById("stored");
if (host) globalThis.paysimSource = storedSource(JSON.parse(host.textContent));
