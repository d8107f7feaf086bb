// The card of one film, which opens over the page.

const dialog = byId("card");
const open = (place, listed) => {
  opened = listed;
  ask({ film: kind.columns.tmdb_id[place] }, { stays: true });
};
const shut = () => {
  if (asked.film !== null) ask({ film: null }, { stays: true });
};
const people = (side, place) => {
  const told = kind.side[side],
    members = told?.of[place] ?? [];
  if (!members.length) return [];
  return [
    make("dt", {}, members.length === 1 ? told.one : told.many),
    make(
      "dd",
      {},
      ...members.map((member) =>
        button(
          `card ${side} ${member}`,
          () => {
            dialog.close();
            ask({ film: null, [side]: told.keys[member] });
          },
          { className: "chip", title: `All ${kind.plural} of it` },
          told.shown[member],
        ),
      ),
    ),
  ];
};
const away = (address, text) => make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
const face = (place) => {
  const { columns } = kind,
    at = (name) => columns[name]?.[place] ?? null;
  const overview = make("p", { className: "overview" });
  const tell = () => {
    overview.textContent = texts?.[kind.kind]?.[place] ?? "No overview is stored.";
  };
  if (texts) tell();
  else
    unpack("text-data").then((told) => {
      texts = told;
      tell();
    });
  const line = [
    at("released"),
    at("minutes") && `${at("minutes")} min`,
    at("seasons") && `${at("seasons")} seasons, ${at("episodes") ?? "?"} episodes`,
    names("country", place).join(", "),
    names("language", place).join(""),
  ]
    .filter(Boolean)
    .join(" · ");
  const numbers = [
    ["TMDB", "average", rating],
    ["IMDb", "imdb", rating],
    ["Rotten Tomatoes", "rotten", percent],
    ["Metacritic", "metacritic", number.format],
    ["votes", "votes", number.format],
    ["budget", "budget", money],
    ["revenue", "revenue", money],
    ["return", "returned", times],
  ]
    .filter(([, name]) => at(name) !== null)
    .map(([words, name, write]) => make("span", {}, make("b", {}, write(at(name))), ` ${words}`));
  const links = [
    kind.page && away(kind.page + at("tmdb_id"), "TMDB"),
    kind.imdb && /^tt\d+$/.test(at("imdb_id") ?? "") && away(kind.imdb + at("imdb_id"), "IMDb"),
  ].filter(Boolean);
  const poster =
    posters && /^\/[\w.-]+\.(jpg|png)$/.test(at("poster") ?? "")
      ? make("img", {
          src: `https://image.tmdb.org/t/p/w342${at("poster")}`,
          alt: "",
          width: 160,
          height: 240,
          referrerPolicy: "no-referrer",
        })
      : null;
  byId("card_body").replaceChildren(
    ...[
      poster,
      make("h2", { id: "card_title" }, titled(place)),
      at("original") && make("p", { className: "soft" }, at("original")),
      make("p", { className: "soft" }, line),
      make("p", { className: "numbers" }, ...numbers),
      overview,
      make(
        "dl",
        {},
        ...["genre", "director", "creator", "actor", "collection", "network", "company", "keyword"].flatMap((side) =>
          people(side, place),
        ),
      ),
      make(
        "p",
        { className: "links" },
        ...(links.length
          ? ["At ", ...links]
          : [`TMDB's id ${at("tmdb_id")}${kind.page ? "" : " at the server it is from"}`]),
      ),
    ].filter(Boolean),
  );
};
const card = () => {
  const place = asked.film === null ? -1 : kind.columns.tmdb_id.indexOf(asked.film);
  if (place < 0) {
    if (dialog.open) dialog.close();
    return;
  }
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
