// One chart on uPlot: axes in years, lines of events, bands, and a scale that does not jump under a hand.

/* global uPlot */

import { monthCount, number } from "./words.js";

const INK = "#33414e";
const MANY = 6; // events whose words find room on a chart
const NEAR = 14; // px between events that share a label
const GRID = "#e6eaee";
export const OWN = "#9aa5af"; // the preset's own line

/** Ends of an axis that reads well and holds these values; 0 is on it. */
export function niceRange(values) {
  let low = 0;
  let high = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (high === low) return [0, 1];
  const step = niceStep((high - low) / 4);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999);
}

/** Years on the axis: as many Januaries as there is room for. */
function yearSplits(plot, axis, low, high) {
  const room = Math.max(2, Math.floor(plot.bbox.width / devicePixelRatio / 62));
  const first = Math.ceil(low / 12);
  const last = Math.floor(high / 12);
  const step = [1, 2, 3, 5, 10].find((years) => (last - first) / years <= room) ?? 20;
  const splits = [];
  for (let year = first; year <= last; year += 1) if (year % step === 0 || step === 1) splits.push(year * 12);
  return splits;
}

function axes(font) {
  const common = { stroke: INK, font, grid: { stroke: GRID, width: 1 }, ticks: { stroke: GRID, width: 1, size: 5 } };
  const years = (plot, splits) => splits.map((count) => String(count / 12));
  const values = (plot, splits) => {
    const digits =
      [0, 1, 2, 3].find((count) => splits.every((value) => Math.abs(value - Number(value.toFixed(count))) < 1e-9)) ?? 4;
    return splits.map((value) => number(value, digits));
  };
  return [
    { ...common, splits: yearSplits, values: years, size: 30, gap: 4, grid: { show: false } },
    { ...common, values, size: 50, gap: 4, space: 32 },
  ];
}

/** A chart in `host`; `series` and `bands` as uPlot wants them, `y` gives the ends of its scale. */
export function makePlot(host, { series, bands = [], y, events, font, named = false, cursor = true, moved = null }) {
  const options = {
    ...sizeOf(host),
    padding: [10, 12, 0, 0],
    legend: { show: false },
    cursor: cursor
      ? { drag: { x: false, y: false, setScale: false }, y: false, points: { size: 6 }, sync: { key: "months" } }
      : { show: false },
    scales: { x: { time: false, range: (plot, low, high) => [low, high] }, y: { range: () => y() } },
    axes: axes(font),
    series: [{}, ...series],
    bands,
    hooks: {
      drawAxes: [(plot) => drawEvents(plot, events(), font, named)],
      setCursor: moved ? [(plot) => moved(plot.cursor.idx)] : [],
    },
  };
  const plot = new uPlot(options, [[0, 1], ...series.map(() => [null, null])], host);
  new ResizeObserver(() => {
    const size = sizeOf(host);
    if (size.width > 40 && (size.width !== plot.width || size.height !== plot.height)) plot.setSize(size);
  }).observe(host);
  return plot;
}

function sizeOf(host) {
  return { width: Math.max(40, Math.floor(host.clientWidth)), height: Math.max(60, Math.floor(host.clientHeight)) };
}

/** A dashed line where an event begins, with its words where there is room and its number where there is not. */
function drawEvents(plot, events, font, named) {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  const wide = (named || bbox.width / scale > 520) && events.length <= MANY;
  const marks = events
    .map((event, place) => ({
      x: Math.round(plot.valToPos(monthCount(event.month), "x", true)),
      label: wide ? `${place + 1}  ${event.label}` : String(place + 1),
    }))
    .filter(({ x }) => x >= bbox.left && x <= bbox.left + bbox.width);
  ctx.save();
  ctx.font = font.replace(/([\d.]+)px/, (whole, size) => `${Number(size) * scale}px`);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.strokeStyle = "#5b6b7a";
  ctx.lineWidth = scale;
  ctx.setLineDash([4 * scale, 4 * scale]);
  for (const { x } of marks) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  const rows = [];
  for (const { x, label } of wide ? marks : bundled(marks, scale)) writeEvent(ctx, bbox, rows, x, label, scale);
  ctx.restore();
}

/** Numbers that would stand on each other, as one: "5–9". */
function bundled(marks, scale) {
  const bundles = [];
  for (const { x, label } of marks) {
    const last = bundles.at(-1);
    if (last && x - last.x < NEAR * scale) last.label = `${last.label.split("–")[0]}–${label}`;
    else bundles.push({ x, label });
  }
  return bundles;
}

/** Writes a label beside its line, in the first row that is free; at the right edge it stands on its other side. */
function writeEvent(ctx, bbox, rows, x, label, scale) {
  const width = ctx.measureText(label).width + 10 * scale;
  const right = bbox.left + bbox.width;
  const left = x + width > right ? Math.max(bbox.left, x - width) : x;
  let row = rows.findIndex((end) => left >= end);
  if (row < 0) row = rows.length;
  if (row > 3) return;
  rows[row] = left + width;
  const middle = bbox.top + (9 + row * 16) * scale;
  ctx.fillStyle = "rgba(255,255,255,0.85)";
  ctx.fillRect(left + 2 * scale, middle - 8 * scale, width - 4 * scale, 15 * scale);
  ctx.fillStyle = INK;
  ctx.fillText(label, left + 5 * scale, middle);
}

/** Months of several tables on one axis, and each table's values on it. */
export function joined(months, tables) {
  const all = new Set(months);
  for (const table of tables) for (const month of table.months) all.add(month);
  const ordered = [...all].sort();
  const on = (own, values) => {
    const placed = new Map(own.map((month, place) => [month, values[place]]));
    return ordered.map((month) => placed.get(month) ?? null);
  };
  return { counts: ordered.map(monthCount), on };
}

/** A colour, written #rrggbb, made so transparent. */
export function faint(colour, opacity) {
  return `${colour}${Math.round(opacity * 255)
    .toString(16)
    .padStart(2, "0")}`;
}

// Lengths of strokes and gaps, as the figures of a run have them.
const DASHES = {
  dashed: [6, 3],
  dashdot: [7, 3, 1.5, 3],
  dotted: [1.5, 2],
  longdash: [12, 4],
  dashdotdot: [7, 2, 1.5, 2, 1.5, 2],
};

/** A dash by its name as lengths; nothing for a solid line. */
export function dashOf(name) {
  return DASHES[name];
}
