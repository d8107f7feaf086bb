// The page: what is asked for goes to the address, and everything that is shown follows.

const byId = (id) => document.getElementById(id);
const make = (tag, properties = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "data") Object.assign(made.dataset, value);
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};
const button = (key, act, properties, ...children) => {
  const made = make("button", { type: "button", ...properties }, ...children);
  made.dataset.key = key;
  made.addEventListener("click", act);
  return made;
};

const narrow = matchMedia("(max-width: 760px)"), tight = matchMedia("(max-width: 1099px)");
const FEW = narrow.matches ? 5 : 10, MOST = 30, PAGE = narrow.matches ? 10 : 25, DOTS = 1500;
const RANKS = { titles: number.format, rating, votes: count, revenue: money, returned: times };
const COLUMNS = [
  ["title", "Title", null, false], ["released", "Released", (value) => value, false], ["genre", "Genres", null, false],
  ["language", "Language", null, false], ["minutes", "Minutes", number.format, true], ["seasons", "Seasons", number.format, true],
  ["episodes", "Episodes", number.format, true], ["average", "TMDB", rating, true], ["votes", "Votes", number.format, true],
  ["imdb", "IMDb", rating, true], ["rotten", "Rotten Tom.", percent, true], ["metacritic", "Metacritic", number.format, true],
  ["budget", "Budget", money, true], ["revenue", "Revenue", money, true], ["returned", "Return", times, true],
];

let rules, sources, kinds, posters, asked, kind, found, enough, first = 0, opened = [], texts = null;
const unfolded = new Set();

const title = (place) => kind.columns.title[place] ?? `(no title, ${kind.columns.tmdb_id[place]})`;
const titled = (place) => (kind.columns.year[place] ? `${title(place)} (${kind.columns.year[place]})` : title(place));
const names = (side, place) => (kind.side[side]?.of[place] ?? []).map((member) => kind.side[side].shown[member]);
const cap = (text) => text[0].toUpperCase() + text.slice(1);

// --- what is asked for -------------------------------------------------------------------------------------------------

const ask = (changes, { typing = false, stays = false } = {}) => {
  const last = document.activeElement?.dataset?.key;
  Object.assign(asked, changes);
  if (!stays) first = 0;
  const address = writeHash(asked, kinds) || location.pathname + location.search;
  history[typing ? "replaceState" : "pushState"](null, "", address);
  show();
  if (last && document.activeElement === document.body) document.querySelector(`[data-key="${CSS.escape(last)}"]`)?.focus({ preventScroll: true });
};

const fields = ["text", ...NUMBERS, "genre", "country", "language"];
const fill = () => {
  for (const name of fields) {
    const told = asked[name] ?? "";
    if (byId(name).value !== String(told)) byId(name).value = told;
  }
  for (const choice of document.querySelectorAll("[data-kind]")) choice.setAttribute("aria-pressed", choice.dataset.kind === asked.kind);
  byId("clear").disabled = !isFiltered(asked);
};
const options = () => {
  for (const name of ["genre", "country", "language"]) {
    const side = kind.side[name], known = side ? side.names.map((_, member) => member).filter((member) => side.keys[member] !== null) : [];
    known.sort((a, b) => collator.compare(side.shown[a], side.shown[b]));
    byId(name).replaceChildren(make("option", { value: "" }, "all"), ...known.map((member) => make("option", { value: side.keys[member] }, side.shown[member])));
    byId(name).closest("label").hidden = !known.length;
  }
};

const chips = () => {
  const told = [];
  const chip = (name, text, changes) => told.push(button(`chip ${name}`, () => ask(changes), { title: "Take away", className: "chip" }, text, make("span", { "aria-hidden": "true" }, " ×")));
  if (asked.text) chip("text", `“${asked.text}”`, { text: "" });
  if (asked.from !== null || asked.to !== null) chip("years", asked.from === asked.to ? `${asked.from}` : `${asked.from ?? "…"} to ${asked.to ?? "…"}`, { from: null, to: null });
  if (asked.votes !== null) chip("votes", `${number.format(asked.votes)} votes or more`, { votes: null });
  for (const name of SIDES) {
    if (!asked[name]) continue;
    const side = kind.side[name], member = side?.number.get(asked[name]);
    chip(name, `${side?.one ?? cap(name)}: ${member === undefined ? asked[name] : side.shown[member]}`, { [name]: "" });
  }
  byId("chips").replaceChildren(...told);
  byId("more").textContent = told.length ? `Filters (${told.length})` : "Filters";
};

// --- lists and groups --------------------------------------------------------------------------------------------------

const row = (key, rank, name, small, value, part, act, properties = {}) => {
  const made = button(key, act, { className: "row", ...properties },
    rank === null ? null : make("span", { className: "rank" }, String(rank)),
    make("span", { className: "name" }, make("span", {}, name), small ? make("small", {}, ` ${small}`) : null),
    make("span", { className: "value" }, value));
  made.style.setProperty("--part", `${Math.max(0, Math.min(1, part || 0)) * 100}%`);
  return make("li", {}, made);
};

// A list that opens further where there is more.
const unfolding = (key, head, note, rows) => {
  const all = unfolded.has(key), shown = rows.slice(0, all ? MOST : FEW);
  const rest = Math.min(rows.length, MOST) - FEW;
  return make("section", { className: "list", data: { list: key } }, make("h3", {}, head), note ? make("p", {}, note) : null,
    make("ol", {}, ...shown.map((each, place) => each(place))),
    rest > 0 ? button(`unfold ${key}`, () => { if (all) unfolded.delete(key); else unfolded.add(key); show(); document.querySelector(`[data-key="${CSS.escape(`unfold ${key}`)}"]`)?.focus(); },
      { className: "more", "aria-expanded": String(all) }, all ? "Show fewer" : `Show ${rest} more`) : null);
};

const ranking = (key, head, note, values, write, among = found) => {
  const order = top(among, values, MOST);
  if (!order.length) return null;
  const most = values[order[0]];
  return unfolding(key, head, note, order.map((place) => (rank) => row(`${key} ${place}`, rank + 1, title(place), kind.columns.year[place] ?? "", write(values[place]), key === "best" ? 0 : values[place] / most, () => open(place, order))));
};

const lists = () => {
  const { average, votes, revenue, returned, episodes, year } = kind.columns;
  const told = [];
  const rated = found.filter((place) => votes[place] >= enough);
  told.push(ranking("best", "Best rated", `by TMDB's voters, ${number.format(enough)} votes or more`, average, rating, sorted(rated, votes, false)));
  if (kind.has("revenue")) {
    told.push(ranking("revenue", "Biggest revenues", "in US dollars of the time", revenue, money));
    told.push(ranking("returned", "Biggest returns", "revenue for each dollar of budget", returned, times));
  } else {
    told.push(ranking("votes", "Most voted", "by TMDB's voters", votes, count));
  }
  if (kind.has("episodes")) told.push(ranking("episodes", "Most episodes", "as TMDB counts them", episodes, number.format));
  const years = new Map();
  for (const place of found) if (year[place] !== null && !((votes[years.get(year[place])] ?? -1) >= (votes[place] ?? 0))) years.set(year[place], place);
  const order = [...years].sort((a, b) => b[0] - a[0]).map(([, place]) => place), most = Math.max(1, ...order.map((place) => votes[place]));
  if (order.length) {
    told.push(unfolding("years", "Most voted of each year", "and its votes, the latest years first", order.map((place) => () =>
      row(`years ${place}`, year[place], title(place), "", count(votes[place] ?? 0), votes[place] / most, () => open(place, order), { classList: "row wide" }))));
  }
  byId("lists").replaceChildren(...told.filter(Boolean));
  if (!found.length) byId("lists").replaceChildren(make("p", { className: "nothing" }, isFiltered(asked) ? `No ${kind.noun} is like that. Take a filter away.` : `No ${kind.noun} is stored yet.`));
};

const isAsked = (side, key) => (side.side === "decade" ? asked.from === +key && asked.to === +key + 9 : asked[side.side] === key);
const choose = (side, key) => {
  const on = !isAsked(side, key);
  if (side.side === "decade") return ask({ from: on ? +key : null, to: on ? +key + 9 : null });
  return ask({ [side.side]: on ? key : "" });
};

const panels = () => {
  const by = Object.hasOwn(RANKS, asked.by) ? asked.by : "titles";
  const hasMoney = kind.has("revenue");
  for (const choice of byId("ranks").querySelectorAll("button")) {
    choice.setAttribute("aria-pressed", choice.dataset.rank === by);
    choice.hidden = !hasMoney && ["revenue", "returned"].includes(choice.dataset.rank);
  }
  const least = fewest(rules, isFiltered(asked) ? found.length : kind.total), of = isFiltered(asked) ? many(found.length, kind) : `all ${many(kind.total, kind)}`;
  const each = least > 1 ? `, where at least ${least} do` : "";
  byId("ranked").textContent = {
    titles: `How many of ${of}.`,
    rating: `The mean of TMDB's averages, among ${of}; ${kind.plural} with ${number.format(enough)} votes or more count${each}.`,
    votes: `Votes of TMDB's users, among ${of}.`,
    revenue: `Revenue in US dollars, among ${of}; many tell none.`,
    returned: `Revenue for each dollar of budget, among ${of}; ${kind.plural} that tell both count${each}.`,
  }[by];
  const told = kind.sides.map((side) => {
    const rows = groups(kind, side, found, asked, enough, rules).filter((sum) => sum[by] !== null)
      .sort((a, b) => b[by] - a[by] || b.votes - a.votes || (side.keys[a.member] < side.keys[b.member] ? -1 : 1)).slice(0, MOST);
    if (!rows.length) return null;
    return unfolding(side.side, side.many, null, rows.map((sum) => () => {
      const key = side.keys[sum.member];
      return row(`${side.side} ${key}`, null, side.shown[sum.member], by === "titles" ? "" : number.format(sum.titles), RANKS[by](sum[by]), sum[by] / rows[0][by],
        () => choose(side, key), { "aria-pressed": String(isAsked(side, key)), title: `${many(sum.titles, kind)}, ${number.format(sum.votes)} votes` });
    }));
  });
  const lacking = kind.side.actor || !found.length ? null : make("section", { className: "list" }, make("h3", {}, "Directors and actors"),
    make("p", {}, "None are stored. Collect them with ", make("code", {}, "--parts credits,keywords"), "."));
  byId("panels").replaceChildren(...told.filter(Boolean), ...(lacking ? [lacking] : []));
};

// --- charts ------------------------------------------------------------------------------------------------------------

const figure = (id, said, draw) => {
  const figure = byId(id), plot = figure.querySelector(".plot");
  figure.hidden = !draw;
  figure.querySelector("figcaption p").textContent = said;
  if (draw) draw(plot);
};

const charts = () => {
  const rows = byYear(kind, found, asked, rules), year = (of) => ask({ from: of, to: of });
  const most = rows.reduce((best, each) => (!best || each[1] > best[1] ? each : best), null);
  const latest = rows.map((each) => each[0]);
  let said = most ? `Most are of ${most[0]}: ${number.format(most[1])}. A click on a year filters by it.` : "";
  const rated = byRating(kind, found, asked, sources), told = Object.keys(rated);
  figure("years_chart", said, rows.length > 1 && ((plot) => columns(plot, {
    x: latest, stacks: [["", "c1", rows.map((each) => each[1])]], said, height: told.length > 1 ? 290 : 220,
    told: rows.map((each) => `${each[0]}: ${many(each[1], kind)}`), pick: (each) => year(latest[each]),
  })));
  const lead = told.map((source) => `${sources[source]}: ${number.format(rated[source].reduce((sum, each) => sum + each, 0))}`).join(", ");
  figure("ratings_chart", told.length > 1 ? `How many have which rating: ${lead}.` : `${lead} rated, by half points.`, told.length > 0 && ((plot) => {
    plot.replaceChildren(...told.map((source) => make("div", { className: "small", data: { source } }, make("h4", {}, told.length > 1 ? sources[source] : ""), make("div", {}))));
    plot.classList.toggle("several", told.length > 1);
    told.forEach((source, at) => {
      const scale = source === "rotten" || source === "metacritic" ? 10 : 1, sign = source === "rotten" ? " %" : "";
      columns(plot.children[at].lastChild, {
        x: rated[source].map((_, step) => step / 2 + 0.25), stacks: [["", `c${at + 1}`, rated[source]]], height: told.length > 1 ? 118 : 220,
        said: `Ratings of ${sources[source]}`, told: rated[source].map((titles, step) => `${sources[source]} ${step / 2 * scale}${sign} to ${(step + 1) / 2 * scale}${sign}: ${many(titles, kind)}`),
        axis: { from: 0, to: 10, ticks: [0, 2, 4, 6, 8, 10].map((value) => [value, `${value * scale}${sign}`]) },
      });
    });
  }));
  const bands = rows.filter((each) => each[2] >= 3 && each[3]);
  said = `The line is the median of ${kind.plural} with ${rules.few} votes or more, the band the middle half of them.`;
  figure("averages_chart", said, bands.length > 2 && ((plot) => band(plot, {
    rows: bands, said, height: 300, pick: (each) => year(each[0]),
    told: ([of, , titles, [low, middle, high]]) => `${of}: median ${middle.toFixed(1)}, half of them ${low.toFixed(1)} to ${high.toFixed(1)}; ${many(titles, kind)}`,
  })));
  const { budget, revenue, returned } = kind.columns;
  const paid = found.filter((place) => returned[place] !== null), dots = paid.slice(0, DOTS);
  said = `${cap(many(paid.length, kind))} tell both; ${paid.length ? Math.floor(100 * paid.filter((place) => returned[place] >= 1).length / paid.length) : 0} % took in what they cost.`;
  if (dots.length < paid.length) said += ` Shown are the ${number.format(DOTS)} most voted.`;
  figure("money_chart", `${said} A click on a point opens its card.`, dots.length > 1 && ((plot) => points(plot, {
    points: dots.map((place) => [budget[place], revenue[place]]), said,
    told: (each) => `${titled(dots[each])}: budget ${money(budget[dots[each]])}, revenue ${money(revenue[dots[each]])}`, pick: (each) => open(dots[each], dots),
  })));
};

// Where those who write of films and those who vote for them see another film.
const apart = () => {
  const { average, votes, rotten, year } = kind.columns;
  const distance = kind.all.map((place) => (rotten[place] === null || average[place] === null || !(votes[place] >= enough) ? null : Math.abs(rotten[place] - average[place] * 10)));
  const differing = top(found, distance, FEW);
  const said = `The ${kind.plural} with ${number.format(enough)} votes or more of which Rotten Tomatoes' critics and TMDB's voters differ most.`;
  figure("apart_chart", said, differing.length > 0 && ((plot) => {
    const heads = COLUMNS.filter(([name]) => name in sources);
    plot.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, cap(kind.noun)), ...heads.map(([, head]) => make("th", { scope: "col", className: "number" }, head)))),
      make("tbody", {}, ...differing.map((place) => make("tr", {}, make("td", {}, button(`apart ${place}`, () => open(place, differing), { className: "link" }, title(place)), make("small", {}, ` ${year[place] ?? ""}`)),
        ...heads.map(([name, , write]) => make("td", { className: "number" }, kind.columns[name][place] === null ? "–" : write(kind.columns[name][place]))))))));
  }));
};
const still = () => {
  for (const [id, chart] of Object.entries(JSON.parse(byId("chart-data").textContent))) columns(byId(id), { ...chart, height: 150 });
};

// --- the table ---------------------------------------------------------------------------------------------------------

const shownColumns = () => COLUMNS.filter(([name]) => (kind.side[name] ? kind.side[name].names.length : kind.has(name)));
const plain = (name, place) => (kind.side[name] ? names(name, place).join(", ") || null : kind.columns[name][place]);
const order = () => {
  const name = COLUMNS.some(([column]) => column === asked.sort) ? asked.sort : "votes";
  return sorted(found, kind.side[name] ? kind.all.map((place) => plain(name, place)) : kind.columns[name], asked.up);
};
const cell = ([name, head, write, right], place, listed) => {
  const made = make("td", { className: right ? "number" : name, data: { label: head } });
  if (name === "title") {
    const original = kind.columns.original[place];
    made.append(button(`title ${place}`, () => open(place, listed), { className: "link" }, title(place)), original ? make("small", {}, original) : "");
  } else {
    const value = plain(name, place);
    if (value === null) made.classList.add("empty");
    else made.textContent = write ? write(value) : value;
  }
  return made;
};
const table = () => {
  const columns = shownColumns(), listed = order();
  const sort = (name, right) => ask({ sort: name, up: asked.sort === name ? !asked.up : !right });
  const heads = columns.map(([name, head, , right]) => {
    const made = make("th", { scope: "col", className: right ? "number" : "" }, button(`head ${name}`, () => sort(name, right), {}, head));
    if (asked.sort === name) made.setAttribute("aria-sort", asked.up ? "ascending" : "descending");
    made.dataset.column = name;
    return made;
  });
  document.querySelector("#titles thead tr").replaceChildren(...heads);
  first = Math.min(first, Math.max(0, Math.floor((listed.length - 1) / PAGE) * PAGE));
  document.querySelector("#titles tbody").replaceChildren(...listed.slice(first, first + PAGE).map((place) => make("tr", {}, ...columns.map((column) => cell(column, place, listed)))));
  const last = Math.min(first + PAGE, listed.length);
  byId("count").textContent = listed.length ? `${number.format(first + 1)}–${number.format(last)} of ${number.format(listed.length)}` : `no ${kind.noun} found`;
  byId("earlier").disabled = first === 0;
  byId("later").disabled = last >= listed.length;
  byId("sort").replaceChildren(...columns.map(([name, head]) => make("option", { value: name, selected: name === asked.sort }, head)));
  byId("way").textContent = asked.up ? "↑" : "↓";
};
const save = () => {
  const sides = kind.sides.map((side) => side.side).filter((side) => side !== "decade" && side !== "keyword");
  const plainColumns = Object.keys(kind.columns).filter((name) => !["poster", "year"].includes(name) && (name === "title" || kind.has(name)));
  const rows = order().map((place) => [...plainColumns.map((name) => (name === "returned" && kind.columns[name][place] !== null ? +kind.columns[name][place].toFixed(4) : kind.columns[name][place])), ...sides.map((side) => names(side, place).join("; "))]);
  const file = new Blob(["\ufeff", csv([...plainColumns, ...sides], rows)], { type: "text/csv" });
  const link = make("a", { href: URL.createObjectURL(file), download: `${kind.plural}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

// --- the card ----------------------------------------------------------------------------------------------------------

const dialog = byId("card");
const open = (place, listed) => { opened = listed; ask({ film: kind.columns.tmdb_id[place] }, { stays: true }); };
const shut = () => { if (asked.film !== null) ask({ film: null }, { stays: true }); };
const people = (side, place) => {
  const told = kind.side[side], members = told?.of[place] ?? [];
  if (!members.length) return [];
  return [make("dt", {}, members.length === 1 ? told.one : told.many), make("dd", {}, ...members.map((member) =>
    button(`card ${side} ${member}`, () => { dialog.close(); ask({ film: null, [side]: told.keys[member] }); }, { className: "chip", title: `All ${kind.plural} of it` }, told.shown[member])))];
};
const away = (address, text) => make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
const face = (place) => {
  const { columns } = kind, at = (name) => columns[name]?.[place] ?? null;
  const overview = make("p", { className: "overview" });
  const tell = () => { overview.textContent = texts?.[kind.kind]?.[place] ?? "No overview is stored."; };
  if (texts) tell();
  else unpack("text-data").then((told) => { texts = told; tell(); });
  const line = [at("released"), at("minutes") && `${at("minutes")} min`, at("seasons") && `${at("seasons")} seasons, ${at("episodes") ?? "?"} episodes`, names("country", place).join(", "), names("language", place).join("")].filter(Boolean).join(" · ");
  const numbers = [["TMDB", "average", rating], ["IMDb", "imdb", rating], ["Rotten Tomatoes", "rotten", percent], ["Metacritic", "metacritic", number.format], ["votes", "votes", number.format], ["budget", "budget", money], ["revenue", "revenue", money], ["return", "returned", times]]
    .filter(([, name]) => at(name) !== null).map(([words, name, write]) => make("span", {}, make("b", {}, write(at(name))), ` ${words}`));
  const links = [kind.page && away(kind.page + at("tmdb_id"), "TMDB"), kind.imdb && /^tt\d+$/.test(at("imdb_id") ?? "") && away(kind.imdb + at("imdb_id"), "IMDb")].filter(Boolean);
  const poster = posters && /^\/[\w.-]+\.(jpg|png)$/.test(at("poster") ?? "") ? make("img", { src: `https://image.tmdb.org/t/p/w342${at("poster")}`, alt: "", width: 160, height: 240, referrerPolicy: "no-referrer" }) : null;
  byId("card_body").replaceChildren(...[poster, make("h2", { id: "card_title" }, titled(place)), at("original") && make("p", { className: "soft" }, at("original")), make("p", { className: "soft" }, line),
    make("p", { className: "numbers" }, ...numbers), overview,
    make("dl", {}, ...["genre", "director", "creator", "actor", "collection", "network", "company", "keyword"].flatMap((side) => people(side, place))),
    make("p", { className: "links" }, ...(links.length ? ["At ", ...links] : [`TMDB's id ${at("tmdb_id")}${kind.page ? "" : " at the server it is from"}`]))].filter(Boolean));
};
const card = () => {
  const place = asked.film === null ? -1 : kind.columns.tmdb_id.indexOf(asked.film);
  if (place < 0) { if (dialog.open) dialog.close(); return; }
  if (!opened.includes(place)) opened = order();
  const at = opened.indexOf(place);
  face(place);
  byId("card_place").textContent = at < 0 ? "" : `${number.format(at + 1)} of ${number.format(opened.length)}`;
  byId("card_earlier").disabled = at <= 0;
  byId("card_later").disabled = at < 0 || at >= opened.length - 1;
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
};
const step = (by) => {
  const next = opened[opened.indexOf(kind.columns.tmdb_id.indexOf(asked.film)) + by];
  if (next !== undefined) ask({ film: kind.columns.tmdb_id[next] }, { typing: true, stays: true });
};

// --- all of it ---------------------------------------------------------------------------------------------------------

let drawnFor = null;
const show = () => {
  const next = kinds.find((each) => each.kind === asked.kind) ?? kinds[0];
  if (next !== kind) { kind = next; opened = []; options(); }
  fill();
  chips();
  // The card and the page of the table change nothing of what is found.
  const told = JSON.stringify({ ...asked, film: null, unfolded: [...unfolded] });
  if (told !== drawnFor) {
    drawnFor = told;
    found = find(kind, asked);
    enough = enoughVotes(kind, asked, found, rules);
    for (const scope of document.querySelectorAll("[data-scope]")) scope.hidden = scope.dataset.scope !== kind.kind;
    byId("found").textContent = isFiltered(asked) ? `${many(found.length, kind)} found. ` : "";
    byId("table_head").textContent = isFiltered(asked) ? `${cap(kind.plural)} found` : `All ${kind.plural}`;
    for (const section of ["groups", "charts"]) byId(section).hidden = !found.length;
    lists();
    panels();
    charts();
    apart();
  }
  table();
  card();
};

const wire = () => {
  let typing = 0;
  const read = (name) => (NUMBERS.includes(name) ? (byId(name).value === "" ? null : Math.max(0, Math.floor(+byId(name).value))) : byId(name).value);
  const now = () => {
    const told = Object.fromEntries(fields.map((name) => [name, read(name)]));
    if (fields.some((name) => told[name] !== asked[name])) ask(told, { typing: true });
  };
  for (const name of fields) byId(name).addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(now, byId(name).tagName === "SELECT" ? 0 : 120); });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => { ask({ ...START, kind: asked.kind, by: asked.by, sort: asked.sort, up: asked.up }); byId("text").focus(); });
  for (const choice of document.querySelectorAll("[data-kind]")) choice.addEventListener("click", () => ask({ ...START, kind: choice.dataset.kind }));
  for (const choice of byId("ranks").querySelectorAll("button")) choice.addEventListener("click", () => ask({ by: choice.dataset.rank }, { stays: true }));
  byId("sort").addEventListener("change", () => ask({ sort: byId("sort").value, up: !COLUMNS.find(([name]) => name === byId("sort").value)[3] }));
  byId("way").addEventListener("click", () => ask({ up: !asked.up }));
  byId("csv").addEventListener("click", save);
  const turn = (pages) => { first += pages * PAGE; table(); byId("table").scrollIntoView(); };
  byId("earlier").addEventListener("click", () => turn(-1));
  byId("later").addEventListener("click", () => turn(1));
  byId("card_earlier").addEventListener("click", () => step(-1));
  byId("card_later").addEventListener("click", () => step(1));
  byId("card_close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", shut);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("keydown", (event) => { if (event.key === "ArrowRight") step(1); else if (event.key === "ArrowLeft") step(-1); });
  // The address is what is asked for; a place of the page is gone to without it.
  for (const link of document.querySelectorAll("nav a")) {
    link.addEventListener("click", (event) => { event.preventDefault(); document.querySelector(link.getAttribute("href")).scrollIntoView(); });
  }
  const back = () => { if (location.hash !== writeHash(asked, kinds)) { asked = readHash(location.hash, kinds); first = 0; show(); } };
  addEventListener("popstate", back);
  addEventListener("hashchange", back);
  const more = byId("more");
  const fold = (folded) => { byId("filters").classList.toggle("folded", folded); more.setAttribute("aria-expanded", String(!folded)); };
  more.addEventListener("click", () => fold(!byId("filters").classList.contains("folded")));
  tight.addEventListener("change", () => fold(tight.matches));
  fold(tight.matches);
  let width = document.body.clientWidth, waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => { if (document.body.clientWidth !== width) { width = document.body.clientWidth; measure(); charts(); still(); } }, 150); });
};

const begin = async () => {
  ({ rules, sources, kinds, posters } = await unpack("title-data"));
  kinds = kinds.map((each) => prepare(each, rules));
  asked = readHash(location.hash, kinds);
  wire();
  measure();
  show();
  still();
  document.documentElement.dataset.drawnAt = performance.now();
  document.documentElement.dataset.drawn = "yes";
};
begin().catch((error) => {
  byId("broken").hidden = false;
  byId("broken").textContent = "This page needs a browser of 2023 or later.";
  console.error(error);
});
