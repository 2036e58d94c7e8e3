"use strict";
/* Draws the charts of a report from the data in the page. Without it the tables say the same. */
(function () {
  const lang = document.documentElement.lang || "en";
  const INK = "#222222", GREY = "#6e6e6e", PALE = "#d9d9d9";
  const NARROW = 560, FONT = 13, ROW = 19, MOST_ROWS = 6;

  function make(tag, attributes, text) {
    const node = document.createElement(tag);
    for (const name in attributes) node.setAttribute(name, attributes[name]);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function fill(pattern, values) {
    return pattern.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
  }

  function formatter(digits) {
    const format = new Intl.NumberFormat(lang, {
      minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false,
    });
    return (value) => format.format(value);
  }

  /* Columns of uPlot, and where each series of ours has its own: the band's ends come before the line. */
  function columns(data) {
    const x = data.months.map((_, month) => month + 0.5);
    const values = [x], series = [{}], bands = [], places = [];
    for (const one of data.series) {
      const own = [];
      if (one.low) {
        for (const end of [one.high, one.low]) {
          own.push(values.length);
          values.push(end);
          series.push({ show: one.shown, stroke: "transparent", width: 0, points: { show: false } });
        }
        bands.push({ series: own.slice(0, 2), fill: one.colour + "2e" });
      }
      own.push(values.length);
      values.push(one.median);
      series.push(one.points
        ? { show: one.shown, paths: () => null, points: { show: true, size: 8, width: 1.5, stroke: INK, fill: "#ffffff" } }
        : { show: one.shown, stroke: one.colour, width: 2, dash: one.dash.length ? one.dash : undefined, spanGaps: false,
            points: { show: one.median.filter((value) => value !== null).length === 1 } });
      places.push(own);
    }
    return { values, series, bands, places };
  }

  /* Labels of events in rows above the plot, so that none runs into another or into its line; only their numbers
     where it is narrow or where there are too many. */
  function eventRows(data, width, context) {
    const starts = new Map();
    for (const event of data.events) {
      if (event.at === null) continue;
      if (!starts.has(event.at)) starts.set(event.at, []);
      starts.get(event.at).push(event);
    }
    const groups = [...starts.entries()].sort((one, other) => one[0] - other[0]);
    const ways = [
      (events) => events.map((event) => event.number + " " + event.label).join("; "),
      (events) => events.map((event) => event.number).join(", "),
    ];
    context.font = FONT + "px system-ui, sans-serif";
    const scale = width / data.months.length;
    for (const way of width < NARROW ? ways.slice(1) : ways) {
      const labels = groups.map(([at, events]) => {
        const text = way(events), long = context.measureText(text).width, line = at * scale;
        const beyond = line + 4 + long > width;
        const left = beyond ? line - 4 - long : line + 4;
        return { at, text, short: way !== ways[0], line, left, right: left + long, beyond, row: 0 };
      });
      if (placed(labels)) return labels;
    }
    return groups.map(([at]) => ({ at, text: "", short: true, line: at * scale, left: 0, right: 0, row: 0 }));
  }

  /* Finds a row for every label, those left of their line last; whether there is one, and not too many. */
  function placed(labels) {
    const reversed = [...labels].reverse(), taken = [];
    for (const one of [...reversed.filter((label) => !label.beyond), ...reversed.filter((label) => label.beyond)]) {
      if (one.left < 0) return false;
      const meets = (other) => (other.row === one.row && one.left < other.right + 8 && other.left < one.right + 8)
        || (one.row >= other.row && other.left - 2 < one.line && one.line < other.right + 2)
        || (other.row >= one.row && one.left - 2 < other.line && other.line < one.right + 2);
      while (taken.some(meets)) {
        one.row += 1;
        if (one.row >= MOST_ROWS) return false;
      }
      taken.push(one);
    }
    return true;
  }

  function drawEvents(plot, data, key) {
    const context = plot.ctx, ratio = devicePixelRatio, box = plot.bbox;
    const rows = eventRows(data, box.width / ratio, context);
    key.hidden = !rows.some((one) => one.short);
    context.save();
    context.lineWidth = ratio;
    const vertical = (at, top, dash, colour) => {
      const x = Math.round(plot.valToPos(at, "x", true)) + 0.5;
      context.strokeStyle = colour;
      context.setLineDash(dash.map((part) => part * ratio));
      context.beginPath();
      context.moveTo(x, top);
      context.lineTo(x, box.top + box.height);
      context.stroke();
    };
    for (const event of data.events) if (event.until !== null) vertical(event.until, box.top, [1, 3], GREY);
    context.font = FONT * ratio + "px system-ui, sans-serif";
    context.fillStyle = INK;
    context.textBaseline = "middle";
    context.textAlign = "left";
    for (const one of rows) {
      const y = box.top - (one.row + 0.5) * ROW * ratio;
      vertical(one.at, y - ROW * ratio / 2, [5, 3], INK);
      context.fillText(one.text, box.left + one.left * ratio, y);
    }
    context.restore();
  }

  function yearTicks(data, width) {
    const [year, month] = data.first, found = [];
    const every = [1, 2, 5, 10, 20].find((step) => data.months.length / 12 / step * 50 <= width) || 50;
    if (data.months.length <= 24) {
      const step = [1, 2, 3, 6, 12].find((one) => data.months.length / one * 62 <= width) || 12;
      for (let place = 0; place < data.months.length; place += step) found.push([place + 0.5, data.months[place]]);
      return found;
    }
    for (let place = (13 - month) % 12; place < data.months.length; place += 12) {
      const shown = year + Math.floor((month - 1 + place) / 12);
      if (shown % every === 0) found.push([place, String(shown)]);
    }
    return found;
  }

  function options(data, made, width, key, moved) {
    const write = formatter(0), narrow = width < NARROW;
    const context = document.createElement("canvas").getContext("2d");
    const left = 52;
    return {
      width, height: narrow ? 280 : 380,
      padding: [(plot) => {
        const rows = eventRows(data, plot.width - left - 14, context);
        return 8 + ROW * (rows.length ? Math.max(...rows.map((one) => one.row)) + 1 : 0);
      }, 14, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: false, range: [0, data.months.length] },
        y: { range: (plot, low, high) => {
          if (low === null || high === null) return [0, 1];
          const room = (high - low || Math.abs(high) || 1) * 0.05;
          return [data.zero ? Math.min(0, low - room) : low - room, high + room];
        } },
      },
      series: made.series, bands: made.bands,
      axes: [
        { stroke: INK, grid: { show: false }, ticks: { stroke: GREY, width: 1 }, font: FONT + "px system-ui, sans-serif",
          splits: (plot) => yearTicks(data, plot.bbox.width / devicePixelRatio).map((tick) => tick[0]),
          values: (plot) => yearTicks(data, plot.bbox.width / devicePixelRatio).map((tick) => tick[1]) },
        { stroke: INK, grid: { stroke: PALE, width: 1 }, ticks: { show: false }, size: left, font: FONT + "px system-ui, sans-serif",
          values: (plot, ticks) => {
            const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
            const digits = Math.max(0, Math.min(4, Math.ceil(-Math.log10(step) - 1e-9)));
            const text = digits ? formatter(digits) : write;
            return ticks.map((tick) => text(tick) + (data.unit === "%" ? " %" : ""));
          } },
      ],
      hooks: {
        draw: [(plot) => drawEvents(plot, data, key)],
        setCursor: [(plot) => { if (plot.cursor.idx !== null && plot.cursor.idx !== undefined) moved(plot.cursor.idx); }],
      },
    };
  }

  function swatch(one) {
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    picture.setAttribute("viewBox", "0 0 28 12");
    picture.setAttribute("aria-hidden", "true");
    picture.setAttribute("class", "swatch");
    const shape = document.createElementNS(space, one.points ? "circle" : "path");
    const look = one.points
      ? { cx: 14, cy: 6, r: 4, fill: "#ffffff", stroke: INK, "stroke-width": 1.5 }
      : { d: "M0 6H28", stroke: one.colour, "stroke-width": 3, "stroke-dasharray": one.dash.join(" ") || "none" };
    for (const name in look) shape.setAttribute(name, look[name]);
    picture.append(shape);
    return picture;
  }

  /* A box to tick for every line, with its value in the month looked at. */
  function controls(place, data, toggled) {
    const set = make("fieldset", { class: "lines" });
    set.append(make("legend", {}, data.words.lines + (data.unit ? " (" + data.unit + ")" : "")));
    const outputs = data.series.map((one, number) => {
      const id = place.id + "-" + number, row = make("div", {});
      const box = make("input", { type: "checkbox", id });
      box.checked = one.shown;
      box.addEventListener("change", () => toggled(number, box.checked));
      const label = make("label", { for: id }, one.label);
      label.prepend(swatch(one));
      const output = make("span", { class: "value" });
      row.append(box, label, output);
      set.append(row);
      return output;
    });
    return { set, outputs };
  }

  /* What the numbers of the events stand for; a label that is written from right to left turns no other. */
  function eventKey(data) {
    const [before, after] = data.words.events.split("{listed}");
    const key = make("p", { class: "key" }, before);
    data.events.forEach((event, place) => {
      key.append((place ? "; " : "") + event.number + " ", make("bdi", {}, event.label));
    });
    key.append(after);
    return key;
  }

  function draw(place) {
    const source = document.querySelector('script[data-for="' + place.id + '"]');
    const data = JSON.parse(source.textContent);
    const made = columns(data), write = formatter(data.digits), last = data.months.length - 1;
    const title = fill(data.words.chart, { title: data.title });
    place.hidden = false;
    const canvas = make("div", { class: "plot", role: "img", "aria-label": title });
    const month = make("div", { class: "month" }), slider = make("input", {
      type: "range", min: 0, max: last, step: 1, value: last, id: place.id + "-month",
    });
    const said = make("span", { class: "value" });
    month.append(make("label", { for: slider.id }, data.words.month), slider, said);
    let plot = null;
    const { set, outputs } = controls(place, data, (number, shown) => {
      for (const column of made.places[number]) plot.setSeries(column, { show: shown });
    });
    function tell(index) {
      slider.value = index;
      slider.setAttribute("aria-valuetext", data.months[index]);
      said.textContent = data.months[index];
      data.series.forEach((one, number) => {
        const value = one.median[index];
        const known = value !== null && value !== undefined;
        outputs[number].textContent = !known ? data.words.none : !one.low || one.low[index] === null ? write(value)
          : fill(data.words.range, { median: write(value), low: write(one.low[index]), high: write(one.high[index]) });
      });
    }
    const key = eventKey(data);
    place.append(canvas, key, month, set, make("p", { class: "key" }, data.words.band));
    plot = new uPlot(options(data, made, canvas.clientWidth, key, tell), made.values, canvas);
    slider.addEventListener("input", () => {
      const index = Number(slider.value);
      tell(index);
      plot.setCursor({ left: plot.valToPos(index + 0.5, "x"), top: 0 }, false);
    });
    tell(last);
    new ResizeObserver(() => {
      const width = canvas.clientWidth;
      if (width && width !== plot.width) plot.setSize({ width, height: width < NARROW ? 280 : 380 });
    }).observe(canvas);
  }

  for (const place of document.querySelectorAll(".chart")) draw(place);
})();
