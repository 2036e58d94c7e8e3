// A chart as a card: title, canvas, what each line does in words, and a table of the years.

import { draw, make, write } from "./dom.js";
import { dashOf, faint, joined, makePlot, niceRange, OWN } from "./plot.js";
import { againstPreset, inWords, told } from "./telling.js";
import { amount, monthCount, monthName, monthOf, say } from "./words.js";

const FONT = "12px system-ui, sans-serif";
const BEFORE = 24; // months of what was published before a story begins
const HIDDEN = "rgba(0,0,0,0)";

/** A card of one chart; `show(data)` draws it, data = {line, own, band, run, held}. */
export function makeCard(chart, enlarge) {
  const card = make("article", { class: "card", id: `chart-${chart.id}`, "aria-labelledby": `title-${chart.id}` });
  const canvas = make("div", { class: "plot", role: "img", "aria-label": chart.title });
  const rows = chart.series.map(rowOf);
  const keys = keyRows();
  const target = make("span", { class: "target" });
  const table = make("table");
  const details = make(
    "details",
    { class: "table", on: { toggle: () => details.open && fillTable() } },
    make("summary", {}, say("as_table")),
    make(
      "div",
      { class: "wide", tabindex: 0, role: "region", "aria-label": `${say("as_table")}: ${chart.title}` },
      table,
    ),
  );
  const larger = make(
    "button",
    {
      type: "button",
      class: "larger",
      "aria-label": `${say("enlarge")}: ${chart.title}`,
      title: say("enlarge"),
      on: { click: enlarge },
    },
    "⤢",
  );
  const title = make("h2", { id: `title-${chart.id}` }, chart.title, unitOf(chart));
  card.append(
    make("div", { class: "head" }, title, larger),
    canvas,
    make(
      "ul",
      { class: "told" },
      ...rows.map((row) => row.element),
      ...chart.published.map(publishedRow),
      keys.line,
      keys.band,
    ),
    make("p", { class: "note" }, chart.note ?? "", target),
    details,
  );

  let plot = null;
  let data = null;
  let range = [0, 1];

  function show(next) {
    data = next;
    const layers = [...layersOf(chart, data), ...published(data.line.months)];
    const reach = niceRange(layers.flatMap((layer) => layer.values));
    range = data.held ? [Math.min(range[0], reach[0]), Math.max(range[1], reach[1])] : reach;
    const columns = joined(data.line.months, published(data.line.months));
    plot ??= makePlot(canvas, {
      ...looksOf(chart),
      y: () => range,
      events: () => data.line.events,
      font: FONT,
      moved: point,
    });
    plot.setData([columns.counts, ...layers.map((layer) => columns.on(layer.months, layer.values))]);
    tell();
    if (details.open) fillTable();
  }

  /** What was published from shortly before the first month on; earlier years would squeeze the rest. */
  function published(months) {
    return chart.published.map((table) => {
      const kept = table.months.map((month) => monthCount(month) >= monthCount(months[0]) - BEFORE);
      return {
        months: table.months.filter((_, place) => kept[place]),
        values: table.values.filter((_, place) => kept[place]),
      };
    });
  }

  function tell() {
    keys.line.hidden = !data.own || data.own === data.line;
    keys.band.hidden = !data.band;
    const first = data.line.events[0]?.month;
    const whose = chart.series.some(({ id }) => id.endsWith(":target")) && data.line.target;
    write(target, whose ? ` ${say("target_is", { target: data.line.target })}` : "");
    const sentences = chart.series.map((series, place) => {
      const values = data.line.series[series.id] ?? [];
      const { value, rest } = told(data.line.months, values, chart, first);
      const gap = againstPreset(values, data.own?.series[series.id], chart);
      rows[place].write(value, gap ? `${rest}; ${gap}` : rest);
      return `${series.label}: ${inWords(data.line.months, values, chart, first)}`;
    });
    canvas.setAttribute("aria-label", `${chart.title}. ${sentences.join(". ")}`);
  }

  function point(place) {
    if (!data || !plot) return;
    if (place === null || place === undefined) return tell();
    const month = monthOf(plot.data[0][place]);
    const at = data.line.months.indexOf(month);
    if (at < 0) return;
    chart.series.forEach((series, row) => {
      const values = data.line.series[series.id] ?? [];
      rows[row].write(amount(values[at], chart.digits, chart.unit), monthName(month));
    });
  }

  function fillTable() {
    if (data) table.replaceChildren(...tableOf(chart, data));
  }

  return { chart, element: card, show };
}

function unitOf(chart) {
  return make("span", { class: "unit" }, chart.unit);
}

/** The swatch, name and words of a series. */
function rowOf(series) {
  const value = make("strong");
  const rest = make("span", { class: "rest" });
  const seen = series.shows === "published" ? make("span", { class: "seen" }, say("as_published")) : "";
  const element = make(
    "li",
    {},
    swatch(series),
    make("span", { class: "words" }, make("span", { class: "name" }, series.label, " ", seen), " ", value, " ", rest),
  );
  return {
    element,
    write(amount_, words) {
      write(value, amount_);
      write(rest, words);
    },
  };
}

/** A line of a legend. */
export function legend(colour, dash, words) {
  return make("li", {}, swatch({ colour, dash }), make("span", { class: "words" }, words));
}

function swatch(series) {
  const dash = dashOf(series.dash);
  const line = draw("line", {
    x1: 0,
    x2: 26,
    y1: 5,
    y2: 5,
    stroke: series.colour,
    "stroke-width": 3,
    "stroke-dasharray": dash ? dash.join(" ") : null,
  });
  return draw("svg", { class: "swatch", viewBox: "0 0 26 10", width: 26, height: 10, "aria-hidden": "true" }, line);
}

/** What the grey line and the pale bands are, where there are any. */
function keyRows() {
  const line = legend(OWN, null, say("as_written"));
  const box = draw("rect", { width: 26, height: 10, fill: faint("#55636f", 0.3) });
  const swatch_ = draw(
    "svg",
    { class: "swatch", viewBox: "0 0 26 10", width: 26, height: 10, "aria-hidden": "true" },
    box,
  );
  const band = make("li", {}, swatch_, make("span", { class: "words" }, say("band_is")));
  for (const row of [line, band]) {
    row.classList.add("key");
    row.hidden = true;
  }
  return { line, band };
}

function publishedRow(published) {
  const dot = draw("circle", { cx: 13, cy: 5, r: 3.5, fill: "#222222" });
  const mark = draw(
    "svg",
    { class: "swatch", viewBox: "0 0 26 10", width: 26, height: 10, "aria-hidden": "true" },
    dot,
  );
  return make("li", { class: "published" }, mark, make("span", { class: "name" }, published.label));
}

/** Tables of values in the order of `looksOf`; what is missing yet is empty. */
function layersOf(chart, { line, own, band, run }) {
  const layers = [];
  const add = (months, values) => layers.push({ months, values: values ?? months.map(() => null) });
  const moved = own && own !== line;
  for (const { id } of chart.series) add(own?.months ?? line.months, moved ? own.series[id] : null);
  for (const { id } of chart.series) {
    add(line.months, band?.series[id]?.low);
    add(line.months, band?.series[id]?.high);
  }
  for (const { id } of chart.series) add(run?.months ?? line.months, run?.series[id]);
  for (const { id } of chart.series) add(line.months, line.series[id]);
  return layers;
}

function looksOf(chart) {
  const count = chart.series.length;
  const points = { show: false };
  const series = chart.series.map(() => ({ stroke: OWN, width: 1.5, points }));
  for (let edge = 0; edge < 2 * count; edge += 1) series.push({ stroke: HIDDEN, width: 0, points });
  for (const { colour } of chart.series) series.push({ stroke: colour, width: 1.5, dash: [1.5, 3], points });
  for (const { colour, dash } of chart.series) series.push({ stroke: colour, width: 2.5, dash: dashOf(dash), points });
  for (const published of chart.published) {
    series.push({
      stroke: published.colour ?? "#222222",
      paths: () => null,
      points: { show: true, size: 6, fill: published.colour ?? "#222222" },
    });
  }
  const bands = chart.series.map(({ colour }, place) => {
    const low = 1 + count + 2 * place;
    return { series: [low + 1, low], fill: faint(colour, 0.16) };
  });
  return { series, bands };
}

/** A row for every January and for the last month. */
function tableOf(chart, { line }) {
  const rows = line.months
    .map((month, place) => ({ month, place }))
    .filter(({ month, place }) => monthCount(month) % 12 === 0 || place === line.months.length - 1);
  const head = make(
    "thead",
    {},
    make(
      "tr",
      {},
      make("th", { scope: "col" }, say("month")),
      ...chart.series.map((series) => make("th", { scope: "col" }, `${series.label} (${chart.unit})`)),
    ),
  );
  const body = rows.map(({ month, place }) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, monthName(month)),
      ...chart.series.map(({ id }) => make("td", {}, amount(line.series[id]?.[place], chart.digits, ""))),
    ),
  );
  return [make("caption", {}, chart.title), head, make("tbody", {}, ...body)];
}
