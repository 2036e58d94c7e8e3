// Prediction first: a blank chart to draw on, by hand or by numbers; then the model's line beside it, and the
// difference in words.

import { emptyCurve, farthest, meanGap, stroke, through } from "./curve.js";
import { make, write } from "./dom.js";
import { legend } from "./charts.js";
import { dashOf, faint, makePlot, niceRange } from "./plot.js";
import { gapInWords } from "./telling.js";
import { amount, monthCount, monthName, say } from "./words.js";

const FONT = "13px system-ui, sans-serif";
const YOURS = "#6b2fa0";
const ASKED_YEARS = 6;

/** The panel in `host`; `show(data)` gives it the model's line, which it keeps until it is asked to reveal. */
export function makePrediction(host, charts, chosen) {
  const series = charts.flatMap((chart) => chart.series.map((one) => ({ ...one, chart })));
  const parts = panel(series, (id) => chosen(id), { reveal, restart });
  host.replaceChildren(...parts.all);
  let picked = series[0];
  let data = null;
  let curve = null;
  let revealed = false;
  let plot = null;
  let years = [];

  function pick(id) {
    const next = series.find((one) => one.id === id) ?? series[0];
    if (next === picked && curve) return;
    picked = next;
    parts.picker.value = picked.id;
    restart();
  }

  /** Another story: what was drawn belongs to the one before. */
  function forget() {
    revealed = false;
    curve = null;
    data = null;
  }

  function restart() {
    revealed = false;
    curve = null;
    if (data) show(data);
  }

  function show(next) {
    data = next;
    const values = model();
    if (!values) return;
    if (!curve || curve.length !== values.length) begin(values);
    curve[0] = values[0];
    redraw();
    if (revealed) tell();
  }

  function model() {
    return data?.line.series[picked.id] ?? null;
  }

  function begin(values) {
    curve = emptyCurve(values.length, values[0]);
    years = askedYears(data.line.months);
    parts.fields.replaceChildren(...years.map((place) => yearField(data.line.months[place], typed)));
    write(parts.unit, `(${picked.chart.unit})`);
    write(
      parts.start,
      say("prediction_start", {
        series: fullName(picked),
        value: amount(values[0], picked.chart.digits, picked.chart.unit),
        month: monthName(data.line.months[0]),
      }),
    );
    parts.result.replaceChildren();
    plot?.destroy();
    plot = makePlot(parts.canvas, {
      series: looks(picked),
      bands: bandOf(picked),
      y: range,
      events: () => data.line.events,
      font: FONT,
      named: true,
      cursor: false,
    });
    drawnOn(plot, (from, to) => {
      curve = stroke(curve, from, to);
      writeFields();
      redraw();
      if (revealed) tell();
    });
  }

  function range() {
    const start = model()?.[0] ?? 0;
    const room = revealed
      ? [...model(), ...curve.filter((value) => value !== null)]
      : [blankTop(start, picked.chart.unit)];
    return niceRange(room);
  }

  function redraw() {
    const months = data.line.months.map(monthCount);
    const blank = months.map(() => null);
    const band = revealed ? data.band?.series[picked.id] : null;
    plot.setData([months, band?.low ?? blank, band?.high ?? blank, revealed ? model() : blank, curve]);
    parts.reveal.disabled = curve.filter((value) => value !== null).length < 2;
    parts.canvas.setAttribute(
      "aria-label",
      say(revealed ? "prediction_beside_model" : "blank_chart", { series: fullName(picked) }),
    );
  }

  function typed() {
    const points = [];
    years.forEach((place, row) => {
      const value = parts.fields.querySelectorAll("input")[row].valueAsNumber;
      if (Number.isFinite(value)) points.push({ place, value });
    });
    curve = through(curve.length, curve[0], points);
    redraw();
    if (revealed) tell();
  }

  function writeFields() {
    const { digits } = picked.chart;
    years.forEach((place, row) => {
      const value = curve[place];
      parts.fields.querySelectorAll("input")[row].value = value === null ? "" : value.toFixed(digits);
    });
  }

  function reveal() {
    revealed = true;
    redraw();
    tell();
  }

  function tell() {
    parts.result.replaceChildren(...difference(data.line.months, curve, model(), picked, years));
  }

  return { show, pick, forget };
}

/** The places of a few Januaries, spread over the months, and the last month. */
function askedYears(months) {
  const januaries = months
    .map((month, place) => place)
    .filter((place) => place > 0 && monthCount(months[place]) % 12 === 0);
  const step = Math.max(1, Math.ceil(januaries.length / ASKED_YEARS));
  const last = months.length - 1;
  return [...januaries.filter((place, row) => row % step === 0 && last - place > 12), last];
}

function fullName(series) {
  return `${series.chart.title}: ${series.label}`;
}

/** Where a blank chart ends: it may tell nothing of what the model does, so it hangs on the first value alone. */
function blankTop(start, unit) {
  if (unit === "%") return start > 0 ? Math.min(100, Math.max(10, start * 8)) : 100;
  return start > 0 ? start * 1.5 : 100;
}

function panel(series, chosen, { reveal, restart }) {
  const picker = make(
    "select",
    { id: "predicted", on: { change: () => chosen(picker.value) } },
    ...series.map((one) => make("option", { value: one.id }, fullName(one))),
  );
  const canvas = make("div", { class: "plot blank", role: "img" });
  const unit = make("span", { class: "unit" });
  const fields = make("div", { class: "years" });
  const start = make("p", { class: "start" });
  const revealing = make(
    "button",
    { type: "button", class: "strong", disabled: true, on: { click: reveal } },
    say("reveal"),
  );
  const again = make("button", { type: "button", on: { click: restart } }, say("start_again"));
  const result = make("div", { class: "result", role: "status" });
  const all = [
    make("h2", {}, say("prediction_first")),
    make("p", {}, say("prediction_how")),
    make("div", { class: "picker" }, make("label", { for: "predicted" }, say("predict_what")), picker),
    start,
    canvas,
    make("fieldset", {}, make("legend", {}, say("or_type"), " ", unit), fields),
    make("div", { class: "actions" }, revealing, again),
    result,
  ];
  return { all, picker, canvas, unit, fields, start, reveal: revealing, result };
}

function yearField(month, typed) {
  const id = `year-${month}`;
  const input = make("input", { type: "number", id, step: "any", inputmode: "decimal", on: { input: typed } });
  return make("span", { class: "year" }, make("label", { for: id }, monthName(month)), input);
}

function looks(series) {
  const points = { show: false };
  return [
    { stroke: "rgba(0,0,0,0)", width: 0, points },
    { stroke: "rgba(0,0,0,0)", width: 0, points },
    { stroke: series.colour, width: 2.5, dash: dashOf(series.dash), points },
    { stroke: YOURS, width: 3.5, points: { show: false } },
  ];
}

function bandOf(series) {
  return [{ series: [2, 1], fill: faint(series.colour, 0.16) }];
}

/** Hears a pointer that draws on a plot: `drawn(from, to)` for every piece of its way. */
function drawnOn(plot, drawn) {
  let last = null;
  const point = (event) => {
    const box = plot.over.getBoundingClientRect();
    const left = Math.min(box.width, Math.max(0, event.clientX - box.left));
    const top = Math.min(box.height, Math.max(0, event.clientY - box.top));
    return { place: plot.posToIdx(left), value: plot.posToVal(top, "y") };
  };
  plot.over.classList.add("drawing");
  plot.over.addEventListener("pointerdown", (event) => {
    plot.over.setPointerCapture(event.pointerId);
    last = point(event);
    drawn(last, last);
  });
  plot.over.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = point(event);
    drawn(last, next);
    last = next;
  });
  for (const end of ["pointerup", "pointercancel"]) plot.over.addEventListener(end, () => (last = null));
}

/** The difference in words, and year by year. */
function difference(months, yours, model, series, years) {
  const { unit, digits } = series.chart;
  const far = farthest(yours, model);
  if (!far) return [];
  const last = yours.length - 1 - [...yours].reverse().findIndex((value) => value !== null);
  const compared = (place, key) => {
    const gap = model[place] - yours[place];
    const even = Number(gap.toFixed(digits)) === 0;
    return say(even ? `${key}_even` : gap > 0 ? `${key}_more` : `${key}_less`, {
      month: monthName(months[place]),
      yours: amount(yours[place], digits, unit),
      model: amount(model[place], digits, unit),
      gap: gapInWords(gap, digits, unit),
    });
  };
  const mean = say("prediction_mean", { gap: gapInWords(meanGap(yours, model), digits, unit) });
  const rows = years
    .filter((place) => yours[place] !== null)
    .map((place) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, monthName(months[place])),
        ...[yours[place], model[place], model[place] - yours[place]].map((value) =>
          make("td", {}, amount(value, digits, "")),
        ),
      ),
    );
  const head = ["month", "yours", "model", "model_less_yours"].map((key) => make("th", { scope: "col" }, say(key)));
  return [
    make("ul", { class: "told" }, legend(YOURS, null, say("yours")), legend(series.colour, series.dash, say("model"))),
    make("p", { class: "verdict" }, compared(last, "prediction_end")),
    make("p", {}, `${compared(far.place, "prediction_far")} ${mean}`),
    make(
      "table",
      {},
      make("caption", {}, fullName(series)),
      make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, ...rows),
    ),
  ];
}
