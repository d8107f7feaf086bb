// Charts: columns, a band over the years, and points. Colours are the style sheet's: day, night and paper need no word.

const SVG = "http://www.w3.org/2000/svg";
const shape = (tag, attributes = {}, ...children) => {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

const tip = document.getElementById("tip");
const say = (text, x, y) => {
  tip.textContent = text;
  tip.hidden = !text;
  if (!text) return;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(x - width / 2, window.innerWidth - width - 8))}px`;
  tip.style.top = `${y - height - 12 < 8 ? y + 16 : y - height - 12}px`;
};

// Round numbers from 0 to what is at least the most.
const ticks = (most, about = 4) => {
  const rough = Math.max(most, 1e-9) / about,
    power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((part) => part * power).find((size) => size >= rough * 0.999);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, place) => +(place * step).toPrecision(12));
};

// How wide places are. All are asked at once, once for each size of the window, since asking lays the page out anew.
let widths = new Map();
const measure = () => {
  widths = new Map([...document.querySelectorAll(".plot")].map((plot) => [plot, plot.clientWidth]));
};
const widthOf = (place) => {
  const plot = place.closest(".plot"),
    width = widths.get(plot) || plot.clientWidth;
  return place === plot || !plot.classList.contains("several") ? width : (width - 14) / 2;
};

const MARGIN = { left: 46, right: 10, top: 10, bottom: 26 };

// An empty chart with its axes, and where values lie in it. An axis is { from, to, ticks: [[value, text]], log }.
const frame = (place, height, said, x, y) => {
  const width = Math.max(120, widthOf(place));
  const within = (axis, low, high) => (value) => {
    const [from, to, at] = axis.log ? [axis.from, axis.to, value].map(Math.log10) : [axis.from, axis.to, value];
    return low + ((at - from) / (to - from || 1)) * (high - low);
  };
  const toX = within(x, MARGIN.left, width - MARGIN.right),
    toY = within(y, height - MARGIN.bottom, MARGIN.top);
  const svg = shape("svg", {
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": said,
    tabindex: 0,
    class: "drawn",
  });
  for (const [value, text] of y.ticks) {
    svg.append(
      shape("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: toY(value), y2: toY(value), class: "grid" }),
      shape("text", { x: MARGIN.left - 6, y: toY(value) + 4, class: "tick end" }, text),
    );
  }
  for (const [value, text] of x.ticks)
    svg.append(shape("text", { x: toX(value), y: height - 8, class: "tick middle" }, text));
  place.replaceChildren(svg);
  return { svg, width, height, toX, toY };
};

// What is pointed at is told, with a pointer, a finger or the arrow keys; a click or Enter picks it.
const listen = (svg, size, tell, at, nearest, pick) => {
  let chosen = null;
  const mark = shape("circle", { r: 5, class: "mark", visibility: "hidden" });
  svg.append(mark);
  const choose = (place) => {
    chosen = place;
    mark.setAttribute("visibility", place === null ? "hidden" : "visible");
    if (place === null) return say("");
    const box = svg.getBoundingClientRect(),
      scale = box.width / svg.viewBox.baseVal.width,
      [x, y] = at(place);
    mark.setAttribute("cx", x);
    mark.setAttribute("cy", y);
    say(tell(place), box.left + x * scale, box.top + y * scale);
  };
  const under = (event) => {
    const box = svg.getBoundingClientRect(),
      scale = svg.viewBox.baseVal.width / box.width;
    return nearest((event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
  };
  svg.addEventListener("pointermove", (event) => choose(under(event)));
  svg.addEventListener("pointerleave", () => choose(null));
  svg.addEventListener("blur", () => choose(null));
  svg.addEventListener("click", (event) => {
    const place = under(event);
    if (place !== null && pick) {
      choose(null);
      pick(place);
    }
  });
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) choose(chosen === null ? (step > 0 ? 0 : size - 1) : Math.max(0, Math.min(size - 1, chosen + step)));
    else if (event.key === "Enter" && chosen !== null && pick) {
      const place = chosen;
      choose(null);
      pick(place);
    } else if (event.key === "Escape") choose(null);
    else return;
    event.preventDefault();
  });
  if (pick) svg.classList.add("picks");
};

// Years and other whole numbers stand where they lie; words one after the other.
const columnAxis = (x, width, first) => {
  const numbers = x.every((value) => typeof value === "number") && x.length > 0;
  const low = numbers ? x[0] : 0,
    high = numbers ? x.at(-1) : x.length - 1;
  const spread = numbers && high - low < 400;
  const at = spread ? (place) => x[place] : (place) => place;
  const [from, to] = spread ? [low, high] : [0, x.length - 1];
  const room = Math.max(2, Math.floor(width / 64)),
    span = to - from;
  const step = [1, 2, 5, 10, 20, 50, 100].find((size) => span / size <= room) ?? Math.ceil(span / room);
  const shown = [];
  for (let value = Math.ceil(from / step) * step; value <= to; value += step) {
    const text = spread ? value : x[value];
    if (text !== undefined) shown.push([value, first && !spread ? first(text) : String(text)]);
  }
  return { at, axis: { from: from - 0.6, to: to + 0.6, ticks: shown } };
};

// Columns. chart: { x, stacks: [[name, tone, heights]], told, said, height, unit, pick, axis }
const columns = (place, chart) => {
  const sums = chart.x.map((_, at) => chart.stacks.reduce((sum, [, , heights]) => sum + heights[at], 0));
  const levels = ticks(Math.max(1, ...sums));
  const { at, axis } = columnAxis(chart.x, widthOf(place));
  const drawn = frame(place, chart.height ?? 220, chart.said, chart.axis ?? axis, {
    from: 0,
    to: levels.at(-1),
    ticks: levels.filter((level) => Number.isInteger(level)).map((level) => [level, count(level)]),
  });
  const { svg, toX, toY } = drawn;
  const one = chart.axis ? toX(chart.x[1]) - toX(chart.x[0]) : toX(1) - toX(0),
    wide = Math.max(1, Math.min(one * 0.86, 46));
  const middle = (each) => toX(chart.axis ? chart.x[each] : at(each));
  const below = chart.x.map(() => 0);
  for (const [, tone, heights] of chart.stacks) {
    heights.forEach((height, each) => {
      if (!height) return;
      const [low, high] = [below[each], (below[each] += height)];
      svg.append(
        shape("rect", {
          x: middle(each) - wide / 2,
          width: wide,
          y: toY(high),
          height: Math.max(0.75, toY(low) - toY(high)),
          class: `bar ${tone}`,
        }),
      );
    });
  }
  const nearest = (x) => {
    let best = null,
      least = Math.max(one, 12);
    chart.x.forEach((_, each) => {
      const far = Math.abs(middle(each) - x);
      if (far < least) [best, least] = [each, far];
    });
    return best;
  };
  listen(
    svg,
    chart.x.length,
    (each) => chart.told[each],
    (each) => [middle(each), toY(sums[each])],
    nearest,
    chart.pick,
  );
};

// The middle half of values, and their median, over the years. rows: [[year, titles, rated, [low, middle, high]]]
const band = (place, chart) => {
  const { rows } = chart;
  const low = Math.floor(Math.min(...rows.map((row) => row[3][0]))),
    high = Math.ceil(Math.max(...rows.map((row) => row[3][2])));
  const levels = Array.from({ length: high - low + 1 }, (_, step) => [low + step, String(low + step)]);
  const { axis } = columnAxis(
    rows.map((row) => row[0]),
    widthOf(place),
  );
  const { svg, toX, toY } = frame(place, chart.height ?? 220, chart.said, axis, { from: low, to: high, ticks: levels });
  const line = (rows, part) => rows.map((row) => `${toX(row[0]).toFixed(1)},${toY(row[3][part]).toFixed(1)}`);
  svg.append(
    shape("polygon", { points: [...line(rows, 0), ...line([...rows].reverse(), 2)].join(" "), class: "band" }),
    shape("polyline", { points: line(rows, 1).join(" "), class: "median" }),
  );
  const nearest = (x) =>
    rows.reduce(
      (best, row, each) =>
        best === null || Math.abs(toX(row[0]) - x) < Math.abs(toX(rows[best][0]) - x) ? each : best,
      null,
    );
  listen(
    svg,
    rows.length,
    (each) => chart.told(rows[each]),
    (each) => [toX(rows[each][0]), toY(rows[each][3][1])],
    nearest,
    chart.pick && ((each) => chart.pick(rows[each])),
  );
};

const powers = (values) => {
  let low = 10 ** Math.floor(Math.log10(values.reduce((least, value) => Math.min(least, value)))),
    high = 10 ** Math.ceil(Math.log10(values.reduce((most, value) => Math.max(most, value))));
  if (low === high) high *= 10;
  const shown = [];
  for (let power = low; power <= high * 1.001; power *= 10) shown.push([power, money(power)]);
  return { from: low, to: high, ticks: shown, log: true };
};

// Points of money against money. points: [[x, y]]
const points = (place, chart) => {
  const [xs, ys] = [0, 1].map((part) => powers(chart.points.map((point) => point[part])));
  if (widthOf(place) < 480) xs.ticks = xs.ticks.filter((_, each) => each % 2 === 0);
  const { svg, toX, toY } = frame(place, chart.height ?? 320, chart.said, xs, ys);
  const even = [Math.max(xs.from, ys.from), Math.min(xs.to, ys.to)];
  if (even[0] < even[1]) {
    svg.append(
      shape("line", { x1: toX(even[0]), y1: toY(even[0]), x2: toX(even[1]), y2: toY(even[1]), class: "even" }),
      shape("text", { x: toX(even[0]) + 26, y: toY(even[0]) - 6, class: "tick" }, "revenue = budget"),
    );
  }
  const spots = chart.points.map(([x, y]) => [toX(x), toY(y)]);
  for (const [cx, cy] of spots)
    svg.append(shape("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: 3, class: "point" }));
  const nearest = (x, y) => {
    let best = null,
      least = 18 ** 2;
    spots.forEach((spot, each) => {
      const far = (spot[0] - x) ** 2 + (spot[1] - y) ** 2;
      if (far < least) [best, least] = [each, far];
    });
    return best;
  };
  listen(svg, spots.length, chart.told, (each) => spots[each], nearest, chart.pick);
};
