"use strict";
// Two things: the table of films, which needs nothing but this, and the charts, which plotly draws.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const number = new Intl.NumberFormat("en-US");
  const byLocale = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const languages = typeof Intl.DisplayNames === "function" ? new Intl.DisplayNames(["en"], { type: "language" }) : null;

  // TMDB has two codes of its own; what is no code stays as it is.
  const OWN = { xx: "No language", cn: "Cantonese" };
  const spelledOut = (code) => {
    if (Object.hasOwn(OWN, code)) return OWN[code];
    if (!languages || !/^[a-z]{2,3}$/.test(code)) return code;
    try { return languages.of(code); } catch { return code; }
  };

  // --- the table of films --------------------------------------------------------------------------------------------

  const PAGE = 50;
  const { columns, rows, link } = read("film-data");
  const body = document.querySelector("#films tbody");
  const heads = [...document.querySelectorAll("#films thead th")];
  const [search, earlier, later, count] = ["search", "earlier", "later", "count"].map((id) => document.getElementById(id));
  const at = Object.fromEntries(columns.map((column, index) => [column.name, index]));

  // "amelie" finds Amélie.
  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let haystack = null;
  const text = (row) => folded([
    row[at.title], row[at.original_title], (row[at.genres] ?? []).join(" "), row[at.release_date],
    row[at.original_language] && spelledOut(row[at.original_language]),
  ].filter(Boolean).join(" "));

  const money = (value) => {
    for (const [size, unit] of [[1e9, " bn"], [1e6, " M"], [1e3, " k"]]) {
      if (value >= size) return `$${+(value / size).toPrecision(3)}${unit}`;
    }
    return `$${value}`;
  };
  const shown = {
    text: (value) => value,
    list: (value) => value.join(", "),
    language: spelledOut,
    number: (value) => number.format(value),
    rating: (value) => value.toFixed(1),
    minutes: (value) => `${value} min`,
    money,
  };

  const cell = (column, row) => {
    const td = document.createElement("td");
    const value = row[at[column.name]];
    if (column.right) td.className = "number";
    if (column.name === "title") {
      const title = document.createElement(link ? "a" : "span");
      title.textContent = value ?? `(no title, ${row[at.tmdb_id]})`;
      if (link) { title.href = link + row[at.tmdb_id]; title.rel = "noreferrer"; }
      td.append(title);
      if (row[at.original_title] && row[at.original_title] !== value) {
        td.append(Object.assign(document.createElement("small"), { textContent: row[at.original_title] }));
      }
    } else if (value !== null) {
      td.textContent = shown[column.kind](value);
      if (column.name === "release_date") td.className = "nowrap";
    }
    return td;
  };

  let order = rows, found = rows, first = 0;

  const show = () => {
    const visible = columns.filter((column) => column.head);
    body.replaceChildren(...found.slice(first, first + PAGE).map((row) => {
      const tr = document.createElement("tr");
      tr.append(...visible.map((column) => cell(column, row)));
      return tr;
    }));
    const last = Math.min(first + PAGE, found.length);
    const of = found.length === rows.length ? number.format(rows.length) : `${number.format(found.length)} found`;
    count.textContent = found.length ? `${number.format(first + 1)}–${number.format(last)} of ${of}` : "no film found";
    earlier.disabled = first === 0;
    later.disabled = last >= found.length;
  };

  const filter = () => {
    haystack ??= new Map(rows.map((row) => [row, text(row)]));
    const words = folded(search.value).split(/\s+/).filter(Boolean);
    found = words.length ? order.filter((row) => words.every((word) => haystack.get(row).includes(word))) : order;
    first = 0;
    show();
  };

  // What is unknown goes last, whichever way.
  const sort = (name, up) => {
    const index = at[name];
    const compare = (a, b) => (typeof a === "number" ? a - b : byLocale.compare(String(a), String(b)));
    order = [...rows].sort((a, b) => {
      if (a[index] === null || b[index] === null) return (a[index] === null) - (b[index] === null);
      return up ? compare(a[index], b[index]) : compare(b[index], a[index]);
    });
    for (const head of heads) {
      if (head.dataset.column === name) head.setAttribute("aria-sort", up ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
    filter();
  };

  for (const head of heads) {
    head.firstElementChild.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      sort(head.dataset.column, now ? now === "descending" : !head.classList.contains("number"));
    });
  }
  let typing = 0;
  search.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(filter, 80); });
  const turn = (pages) => { first += pages * PAGE; show(); document.getElementById("films").scrollIntoView(); };
  earlier.addEventListener("click", () => turn(-1));
  later.addEventListener("click", () => turn(1));
  show();

  // --- the charts ----------------------------------------------------------------------------------------------------

  const charts = read("chart-data");
  const places = Object.keys(charts).map((name) => [document.getElementById(name), charts[name]]);
  for (const [, chart] of places) {
    if (chart.languages) for (const trace of chart.data) trace.y = trace.y.map(spelledOut);
  }

  // The colours of day, night and paper are the style sheet's. Paper is narrower than any screen that is asked for its
  // width before printing; what fits on A4 and on letter is said here.
  const paper = matchMedia("print");
  const PAPER = { wide: 680, half: 330, height: 250 };
  const layout = (place, chart) => {
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(name).trim();
    const narrow = window.innerWidth < 760;
    const title = (axis) => (axis?.title ? { title: { ...axis.title, font: { size: 12, color: color("--soft") } } } : {});
    const axis = { gridcolor: color("--grid"), linecolor: color("--line"), zerolinecolor: color("--line"), automargin: true };
    const size = paper.matches
      ? { width: place.closest(".wide") ? PAPER.wide : PAPER.half, height: PAPER.height }
      : { autosize: true };
    return {
      ...size, hovermode: "closest", ...chart.layout,
      font: { family: getComputedStyle(document.body).fontFamily, size: narrow ? 11 : 12, color: color("--ink") },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 48, r: 12, t: 10, b: 40 },
      hoverlabel: { bgcolor: color("--card"), bordercolor: color("--line"), font: { color: color("--ink") }, align: "left" },
      xaxis: { ...axis, ...chart.layout.xaxis, ...title(chart.layout.xaxis), fixedrange: narrow },
      yaxis: { ...axis, ...chart.layout.yaxis, ...title(chart.layout.yaxis), fixedrange: narrow },
      dragmode: narrow ? false : "zoom",
    };
  };
  const settings = { responsive: true, displaylogo: false, displayModeBar: false, doubleClick: "reset" };
  // Plotly writes into what it is given; what the page came with stays as it was.
  const draw = () => Promise.all(places.map(([place, chart]) =>
    Plotly.react(place, structuredClone(chart.data), structuredClone(layout(place, chart)), settings)));

  const begin = async () => {
    const packed = Uint8Array.from(atob(document.getElementById("library").textContent), (letter) => letter.charCodeAt(0));
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const library = document.createElement("script");
    library.textContent = await new Response(unpacked).text();
    document.head.append(library);
    await draw();
    for (const query of [paper, matchMedia("(prefers-color-scheme: dark)"), matchMedia("(max-width: 760px)")]) {
      query.addEventListener("change", draw);
    }
    document.documentElement.dataset.drawnAt = performance.now();
    document.documentElement.dataset.drawn = "yes";
  };
  const fail = (error) => {
    for (const [place] of places) {
      place.className = "nothing";
      place.textContent = "The charts need a browser of 2023 or later.";
    }
    console.error(error);
  };
  if (places.length) begin().catch(fail);
})();
