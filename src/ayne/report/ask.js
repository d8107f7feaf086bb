// What is asked for: it goes to the address, and everything that is shown follows.

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

const narrow = matchMedia("(max-width: 760px)"),
  tight = matchMedia("(max-width: 1099px)");
const FEW = narrow.matches ? 5 : 10,
  MOST = 30,
  PAGE = narrow.matches ? 10 : 25,
  DOTS = 1500;
const RANKS = { titles: number.format, rating, votes: count, revenue: money, returned: times };
const COLUMNS = [
  ["title", "Title", null, false],
  ["released", "Released", (value) => value, false],
  ["genre", "Genres", null, false],
  ["language", "Language", null, false],
  ["minutes", "Minutes", number.format, true],
  ["seasons", "Seasons", number.format, true],
  ["episodes", "Episodes", number.format, true],
  ["average", "TMDB", rating, true],
  ["votes", "Votes", number.format, true],
  ["imdb", "IMDb", rating, true],
  ["rotten", "Rotten Tom.", percent, true],
  ["metacritic", "Metacritic", number.format, true],
  ["budget", "Budget", money, true],
  ["revenue", "Revenue", money, true],
  ["returned", "Return", times, true],
];

let rules,
  sources,
  kinds,
  posters,
  asked,
  kind,
  found,
  enough,
  first = 0,
  opened = [],
  texts = null;
const unfolded = new Set();

const title = (place) => kind.columns.title[place] ?? `(no title, ${kind.columns.tmdb_id[place]})`;
const titled = (place) => (kind.columns.year[place] ? `${title(place)} (${kind.columns.year[place]})` : title(place));
const names = (side, place) => (kind.side[side]?.of[place] ?? []).map((member) => kind.side[side].shown[member]);
const cap = (text) => text[0].toUpperCase() + text.slice(1);

const ask = (changes, { typing = false, stays = false } = {}) => {
  const last = document.activeElement?.dataset?.key;
  Object.assign(asked, changes);
  if (!stays) first = 0;
  const address = writeHash(asked, kinds) || location.pathname + location.search;
  history[typing ? "replaceState" : "pushState"](null, "", address);
  show();
  if (last && document.activeElement === document.body)
    document.querySelector(`[data-key="${CSS.escape(last)}"]`)?.focus({ preventScroll: true });
};

const fields = ["text", ...NUMBERS, "genre", "country", "language"];
const fill = () => {
  for (const name of fields) {
    const told = asked[name] ?? "";
    if (byId(name).value !== String(told)) byId(name).value = told;
  }
  for (const choice of document.querySelectorAll("[data-kind]"))
    choice.setAttribute("aria-pressed", choice.dataset.kind === asked.kind);
  byId("clear").disabled = !isFiltered(asked);
};
const options = () => {
  for (const name of ["genre", "country", "language"]) {
    const side = kind.side[name],
      known = side ? side.names.map((_, member) => member).filter((member) => side.keys[member] !== null) : [];
    known.sort((a, b) => collator.compare(side.shown[a], side.shown[b]));
    byId(name).replaceChildren(
      make("option", { value: "" }, "all"),
      ...known.map((member) => make("option", { value: side.keys[member] }, side.shown[member])),
    );
    byId(name).closest("label").hidden = !known.length;
  }
};

const chips = () => {
  const told = [];
  const chip = (name, text, changes) =>
    told.push(
      button(
        `chip ${name}`,
        () => ask(changes),
        { title: "Take away", className: "chip" },
        text,
        make("span", { "aria-hidden": "true" }, " ×"),
      ),
    );
  if (asked.text) chip("text", `“${asked.text}”`, { text: "" });
  if (asked.from !== null || asked.to !== null)
    chip("years", asked.from === asked.to ? `${asked.from}` : `${asked.from ?? "…"} to ${asked.to ?? "…"}`, {
      from: null,
      to: null,
    });
  if (asked.votes !== null) chip("votes", `${number.format(asked.votes)} votes or more`, { votes: null });
  for (const name of SIDES) {
    if (!asked[name]) continue;
    const side = kind.side[name],
      member = side?.number.get(asked[name]);
    chip(name, `${side?.one ?? cap(name)}: ${member === undefined ? asked[name] : side.shown[member]}`, { [name]: "" });
  }
  byId("chips").replaceChildren(...told);
  byId("more").textContent = told.length ? `Filters (${told.length})` : "Filters";
};
