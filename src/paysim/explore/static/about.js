// What a preset assumes and what it does not show, readable beside its charts.

import { byId, make, write } from "./dom.js";
import { say } from "./words.js";

export function showAbout(preset) {
  write(byId("question"), preset.question ?? "");
  byId("assumptions").replaceChildren(
    ...preset.assumptions.map(({ text, basis }) => make("li", {}, text, " ", make("span", { class: "chip" }, basis))),
  );
  byId("limits").replaceChildren(...preset.limits.map((text) => make("li", {}, text)));
}

/** Writes the words of the page's own elements: `data-say` names a text, `data-say-label` an accessible name. */
export function sayPage() {
  for (const element of document.querySelectorAll("[data-say]")) write(element, say(element.dataset.say));
  for (const element of document.querySelectorAll("[data-say-label]")) {
    element.setAttribute("aria-label", say(element.dataset.sayLabel));
  }
}
