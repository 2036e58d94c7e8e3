// A series in words: where it ends, and where it went farthest after the first event.

import { amount, monthName, say } from "./words.js";

/** {end, turn}: the last value, and the lowest or highest after the first event; null where it reads as the end. */
export function landmarks(months, values, firstEvent, digits) {
  const from = Math.max(0, firstEvent ? months.indexOf(firstEvent) : 0);
  const last = lastIndex(values);
  if (last < 0) return null;
  let low = from;
  let high = from;
  for (let place = from; place <= last; place += 1) {
    if (values[place] === null) continue;
    if (values[place] < values[low]) low = place;
    if (values[place] > values[high]) high = place;
  }
  const before = values[Math.max(0, from - 1)] ?? values[0];
  const fell = before - values[low] >= values[high] - before;
  const turn = fell ? low : high;
  const point = (place) => ({ month: months[place], value: values[place] });
  const even = values[turn].toFixed(digits) === values[last].toFixed(digits);
  return { end: point(last), turn: even ? null : { ...point(turn), kind: fell ? "lowest" : "highest" } };
}

function lastIndex(values) {
  for (let place = values.length - 1; place >= 0; place -= 1) if (values[place] !== null) return place;
  return -1;
}

/** What a series does, in pieces: {value: "25.9 %", rest: "Dec 2035; lowest 5.2 % in Jan 2027"}. */
export function told(months, values, { unit, digits }, firstEvent) {
  const marks = landmarks(months, values, firstEvent, digits);
  if (!marks) return { value: "–", rest: "" };
  const written = ({ value, month }) => ({ value: amount(value, digits, unit), month: monthName(month) });
  const end = written(marks.end);
  const turn = marks.turn ? `; ${say(marks.turn.kind, written(marks.turn))}` : "";
  return { value: end.value, rest: `${end.month}${turn}` };
}

/** The same as one sentence: "25.9 % in Dec 2035; lowest 5.2 % in Jan 2027". */
export function inWords(months, values, { unit, digits }, firstEvent) {
  const marks = landmarks(months, values, firstEvent, digits);
  if (!marks) return "";
  const written = ({ value, month }) => ({ value: amount(value, digits, unit), month: monthName(month) });
  const end = say("value_in_month", written(marks.end));
  return marks.turn ? `${end}; ${say(marks.turn.kind, written(marks.turn))}` : end;
}

/** A gap with its unit; differences of percentages are points. */
export function gapInWords(gap, digits, unit) {
  const size = Math.abs(Number(gap.toFixed(digits)));
  return unit === "%" ? say("points", { gap: amount(size, digits, "") }) : amount(size, digits, unit);
}

/** How far the end of a series is from the preset's own; "" where a reader would not see it. */
export function againstPreset(values, own, { unit, digits }) {
  const last = lastIndex(values);
  if (!own || last < 0 || !Number.isFinite(own[last])) return "";
  const gap = Number((values[last] - own[last]).toFixed(digits));
  if (!gap) return "";
  return say(gap > 0 ? "more_than_preset" : "less_than_preset", { gap: gapInWords(gap, digits, unit) });
}
