// The levers: sliders, choices and switches in their groups, each with its value, range, basis and its own way back.

import { make, write } from "./dom.js";
import { say } from "./words.js";

/**
 * The panel. heard: moved(id, value) on every input, settled(id, value) when the hand lets go, near(id) when a lever
 * may be moved next. `show(values, preset, disabled)` writes a state into it; `disabled` has the levers without meaning
 * there, each with the reason.
 */
export function makeLevers(host, levers, whyAddress, heard) {
  const made = levers.map((lever) => makeLever(lever, whyAddress, heard));
  const groups = [...new Set(levers.map((lever) => lever.group))];
  host.replaceChildren(
    ...groups.map((group) => {
      const inside = made.filter((one) => one.lever.group === group).map((one) => one.element);
      return make(
        "details",
        { class: "group", open: true },
        make("summary", {}, make("h2", {}, say(`group_${group}`))),
        ...inside,
      );
    }),
  );
  return {
    show(values, preset, disabled) {
      for (const { lever, show } of made)
        show(values[lever.id], preset.levers[lever.id], disabled[lever.id]);
    },
  };
}

function makeLever(lever, whyAddress, heard) {
  const kinds = { slider: slider, choice: choice, switch: toggle };
  const control = kinds[lever.kind](lever, heard);
  const reset = make(
    "button",
    { type: "button", class: "reset", "aria-label": `${say("reset")}: ${lever.label}`, title: say("reset") },
    "↺",
  );
  const reason = make("p", { class: "reason", id: `reason-${lever.id}`, hidden: true });
  const element = make(
    "div",
    {
      class: "lever",
      id: `lever-${lever.id}`,
      on: {
        pointerenter: () => heard.near(lever.id),
        focusin: () => heard.near(lever.id),
      },
    },
    control.head,
    reset,
    control.body ?? "",
    ...footOf(lever, control.ends, whyAddress),
    reason,
  );
  let own = null;
  reset.addEventListener("click", () => {
    heard.settled(lever.id, own);
    control.focus();
  });

  function show(value, inPreset, disabled) {
    own = inPreset?.value ?? null;
    const shown = value ?? own;
    control.show(shown, own, Boolean(disabled), stopsOf(lever, inPreset));
    reset.hidden = shown === own;
    element.classList.toggle("changed", shown !== own);
    element.classList.toggle("disabled", Boolean(disabled));
    reason.hidden = !disabled;
    write(reason, disabled ?? "");
  }

  return { lever, element, show };
}

/** Under a lever: the ends of its range, its basis, which opens meaning and source, and the way to its page. */
function footOf(lever, ends, whyAddress) {
  const address = lever.page ? whyAddress(lever.page) : null;
  const why = make(
    "a",
    { href: address, target: "_blank", rel: "noopener", "aria-label": `${say("why")} ${lever.label}` },
    say("why"),
  );
  const more = make(
    "div",
    { class: "meaning", id: `meaning-${lever.id}`, hidden: true },
    make("p", {}, lever.meaning),
    lever.source ? make("p", {}, `${say("source")}: ${lever.source}`) : "",
  );
  const opener = make(
    "button",
    {
      type: "button",
      class: "basis",
      "aria-expanded": "false",
      "aria-controls": more.id,
      "aria-label": `${say("basis")}: ${lever.basis} (${lever.label})`,
    },
    `${say("basis")}: `,
    make("span", { class: "chip" }, lever.basis),
  );
  opener.addEventListener("click", () => {
    more.hidden = !more.hidden;
    opener.setAttribute("aria-expanded", String(!more.hidden));
  });
  const [low, high] = ends ?? [null, null];
  const foot = make(
    "div",
    { class: "foot" },
    low ? make("span", {}, low) : "",
    make("span", { class: "grounds" }, opener, address ? why : ""),
    high ? make("span", { class: "high" }, high) : "",
  );
  return [foot, more];
}

/** The stops of a lever that the story has room for. */
export function stopsOf(lever, inPreset) {
  const allowed = inPreset?.stops;
  return allowed ? lever.stops.filter(({ value }) => allowed.includes(value)) : lever.stops;
}

function labelOf(lever, value) {
  return lever.stops.find((stop) => stop.value === value)?.label ?? value ?? "";
}

function slider(lever, heard) {
  const id = `control-${lever.id}`;
  let { stops } = lever;
  const ends = [stops[0], stops.at(-1)].map(({ label }) => make("span", {}, label));
  const input = make("input", {
    type: "range",
    id,
    min: 0,
    max: stops.length - 1,
    step: 1,
    "aria-describedby": `meaning-${lever.id} reason-${lever.id}`,
  });
  const output = make("output", { for: id });
  const mark = make("span", { class: "own", "aria-hidden": "true" });
  const value = () => stops[Number(input.value)].value;
  const tell = (shown) => {
    write(output, labelOf(lever, shown));
    input.setAttribute("aria-valuetext", labelOf(lever, shown));
    input.style.setProperty("--way", String(Number(input.value) / Math.max(1, stops.length - 1)));
  };
  input.addEventListener("input", () => {
    tell(value());
    heard.moved(lever.id, value());
  });
  input.addEventListener("change", () => heard.settled(lever.id, value()));
  return {
    ends,
    head: make("div", { class: "name" }, make("label", { for: id }, lever.label), output),
    body: make("div", { class: "rail" }, mark, input),
    focus: () => input.focus(),
    show(shown, own, disabled, allowed) {
      stops = allowed;
      input.max = String(stops.length - 1);
      write(ends[0], stops[0].label);
      write(ends[1], stops.at(-1).label);
      const place = stops.findIndex((stop) => stop.value === shown);
      const home = stops.findIndex((stop) => stop.value === own);
      if (place >= 0) input.value = String(place);
      input.disabled = disabled;
      mark.hidden = home < 0;
      mark.style.setProperty("--way", String(home / Math.max(1, stops.length - 1)));
      tell(shown);
    },
  };
}

function choice(lever, heard) {
  const inputs = lever.stops.map((stop, place) =>
    make("input", {
      type: "radio",
      name: `control-${lever.id}`,
      id: `control-${lever.id}-${place}`,
      value: stop.value,
      on: { change: () => heard.settled(lever.id, stop.value) },
    }),
  );
  const options = lever.stops.map((stop, place) =>
    make(
      "span",
      { class: "option" },
      inputs[place],
      make("label", { for: `control-${lever.id}-${place}` }, stop.label),
    ),
  );
  return {
    head: make("div", { class: "name" }, make("span", { id: `label-${lever.id}` }, lever.label)),
    body: make(
      "div",
      {
        class: "choice",
        role: "radiogroup",
        "aria-labelledby": `label-${lever.id}`,
        "aria-describedby": `meaning-${lever.id} reason-${lever.id}`,
      },
      ...options,
    ),
    focus: () => (inputs.find((input) => input.checked) ?? inputs[0]).focus(),
    show(shown, own, disabled) {
      for (const input of inputs) {
        input.checked = input.value === shown;
        input.disabled = disabled;
      }
    },
  };
}

/** A switch is off at its first stop and on at its second. */
function toggle(lever, heard) {
  const id = `control-${lever.id}`;
  const output = make("output", { for: id });
  const input = make("input", {
    type: "checkbox",
    role: "switch",
    id,
    "aria-describedby": `meaning-${lever.id} reason-${lever.id}`,
    on: { change: () => heard.settled(lever.id, lever.stops[input.checked ? 1 : 0].value) },
  });
  return {
    head: make("div", { class: "name switch" }, make("label", { for: id }, lever.label), output, input),
    focus: () => input.focus(),
    show(shown, own, disabled) {
      input.checked = shown === lever.stops[1].value;
      input.disabled = disabled;
      write(output, labelOf(lever, shown));
    },
  };
}
