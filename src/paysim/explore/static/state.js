// What the page shows, as data: a preset, the levers that differ from it, and how the page stands.
// The address is its only store: a reload, another browser and the back button give the same page.

const OF_THE_PAGE = ["lang", "chart", "predict"];

/** The state an address writes down; `state.values` holds only levers that the address names. */
export function readAddress(search) {
  const state = { preset: null, values: {}, lang: null, chart: null, predict: null };
  for (const [name, value] of new URLSearchParams(search)) {
    if (name === "preset" || OF_THE_PAGE.includes(name)) state[name] = value;
    else state.values[name] = value;
  }
  return state;
}

/** The query the server is asked with; the levers stand in a fixed order, so that equal states are equal texts. */
export function modelQuery(state) {
  const query = new URLSearchParams();
  if (state.preset) query.set("preset", state.preset);
  for (const lever of Object.keys(state.values).sort()) query.set(lever, state.values[lever]);
  return query.toString();
}

/** The address of the page in this state. */
export function pageQuery(state) {
  const query = new URLSearchParams(modelQuery(state));
  for (const name of OF_THE_PAGE) if (state[name]) query.set(name, state[name]);
  return query.toString();
}

/** The state with one lever moved; a lever at its preset's own value is not named. */
export function withLever(state, lever, value, own) {
  const values = { ...state.values };
  if (value === own) delete values[lever];
  else values[lever] = value;
  return { ...state, values };
}

/** The state without levers: the preset as it was written. */
export function asPreset(state) {
  return { ...state, values: {} };
}
