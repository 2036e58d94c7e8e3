// The board of charts: one large, the others beside it; what is drawn is drawn once a frame.

import { makeCard } from "./charts.js";
import { byId, make, write } from "./dom.js";
import { monthName, say } from "./words.js";

/** The cards of these charts; `show(data)` draws them all, `enlarge(id)` chooses the large one. */
export function makeBoard(charts, chosen) {
  const large = byId("large");
  const others = byId("others");
  const picker = make(
    "select",
    { id: "picker", on: { change: () => chosen(picker.value) } },
    ...charts.map((chart) => make("option", { value: chart.id }, chart.title)),
  );
  const unit = make("span", { class: "unit" });
  const bar = make(
    "div",
    { class: "picker" },
    make("label", { for: "picker", class: "unseen" }, say("large_chart")),
    picker,
    unit,
  );
  const cards = charts.map((chart) =>
    makeCard(chart, () => {
      chosen(chart.id);
      picker.focus();
    }),
  );
  const short = byId("told");
  let main = null;
  let pending = null;
  let listed = null;

  function enlarge(id) {
    const card = cards.find((one) => one.chart.id === id) ?? cards[0];
    if (!card || main === card) return;
    main = card;
    picker.value = card.chart.id;
    write(unit, card.chart.unit);
    large.replaceChildren(bar, card.element, short);
    others.replaceChildren(...cards.filter((one) => one !== card).map((one) => one.element));
  }

  function show(data) {
    const waiting = pending !== null;
    pending = { ...data, drawn: data.drawn ?? pending?.drawn }; // a band in the same frame takes no line's word away
    if (!waiting) requestAnimationFrame(flush);
  }

  function flush() {
    const data = pending;
    pending = null;
    listEvents(data.line.events);
    main.show(data);
    for (const card of cards) if (card !== main) card.show(data);
    data.drawn?.();
  }

  function listEvents(events) {
    const lines = events.map(({ label, month }, place) => `${place + 1}  ${monthName(month)}: ${label}`);
    if (lines.join("\n") === listed) return;
    listed = lines.join("\n");
    byId("events").replaceChildren(...lines.map((line) => make("li", {}, line)));
  }

  return { show, enlarge, main: () => main?.chart };
}
