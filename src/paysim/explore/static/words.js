// Words, numbers and months in the language of the page. The words come from the source; nothing is worded here.

let spoken = "en";
let texts = {};

/** Speak a language from now on, with these words. */
export function speak(language, words) {
  spoken = language;
  texts = words;
  document.documentElement.lang = language;
}

export function language() {
  return spoken;
}

/** The words under a key, with what stands in braces filled in. */
export function say(key, fill = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in fill ? fill[name] : whole));
}

export function number(value, digits) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const rounded = Number(value.toFixed(digits)) || 0; // no "-0.0"
  return new Intl.NumberFormat(spoken, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    useGrouping: false,
  })
    .format(rounded)
    .replace("-", "−");
}

/** A number with its unit where that is short, such as 5.7 %. */
export function amount(value, digits, unit) {
  const written = number(value, digits);
  return unit && unit.length < 4 ? `${written} ${unit}` : written;
}

/** A month written 2027-01, for people. */
export function monthName(month) {
  const [year, number_] = month.split("-").map(Number);
  const day = new Date(Date.UTC(year, number_ - 1, 1));
  const format = new Intl.DateTimeFormat(spoken === "en" ? "en-US" : spoken, { month: "short", timeZone: "UTC" });
  return `${format.format(day)} ${year}`;
}

/** Months counted from the year 0, so that they can stand on an axis. */
export function monthCount(month) {
  const [year, number_] = month.split("-").map(Number);
  return year * 12 + number_ - 1;
}

export function monthOf(count) {
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`;
}
