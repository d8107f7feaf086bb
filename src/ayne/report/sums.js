// What is asked for, which titles these are, and their sums. Nothing here touches the page.

const number = new Intl.NumberFormat("en-US");
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const named = (type) => (typeof Intl.DisplayNames === "function" ? new Intl.DisplayNames(["en"], { type }) : null);
const spell = { language: named("language"), country: named("region") };

// TMDB has two codes of its own; what is no code stays as it is.
const OWN = {
  xx: "No language",
  cn: "Cantonese",
  XC: "Czechoslovakia",
  SU: "Soviet Union",
  YU: "Yugoslavia",
  XG: "East Germany",
};
const spelledOut = (side, text) => {
  if (side === "decade") return `${text}s`;
  if (side !== "language" && side !== "country") return text;
  if (Object.hasOwn(OWN, text)) return OWN[text];
  if (!spell[side] || !(side === "language" ? /^[a-z]{2,3}$/ : /^[A-Z]{2}$/).test(text)) return text;
  try {
    return spell[side].of(text);
  } catch {
    return text;
  }
};

const short = (value, units) => {
  for (const [size, unit] of units) if (value >= size) return `${+(value / size).toPrecision(3)}${unit}`;
  return number.format(value);
};
const money = (value) =>
  `$${short(value, [
    [1e9, " bn"],
    [1e6, " M"],
    [1e3, " k"],
  ])}`;
const count = (value) =>
  value < 1e4
    ? number.format(value)
    : short(value, [
        [1e9, " bn"],
        [1e6, " M"],
        [1e3, " k"],
      ]);
const times = (value) => `${value >= 100 ? number.format(Math.round(value)) : value.toFixed(value >= 10 ? 0 : 1)}×`;
const rating = (value) => value.toFixed(1);
const percent = (value) => `${value} %`;
const many = (value, kind) => `${number.format(value)} ${value === 1 ? kind.noun : kind.plural}`;

// "amelie" finds Amélie.
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const unpack = async (id) => {
  const letters = atob(document.getElementById(id).textContent);
  const packed = new Uint8Array(letters.length);
  for (let place = 0; place < letters.length; place++) packed[place] = letters.charCodeAt(place);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
};

// A kind as the page uses it: years and returns beside what was sent, and sides by name.
const prepare = (kind, rules) => {
  const { columns } = kind;
  const length = columns.tmdb_id.length;
  const each = (read) => Array.from({ length }, (_, place) => read(place));
  columns.year = each((place) => (columns.released[place] ? +columns.released[place].slice(0, 4) : null));
  columns.returned = each((place) => {
    const [spent, earned] = [columns.budget[place], columns.revenue[place]];
    return spent >= rules.least && earned >= rules.least ? earned / spent : null;
  });
  kind.length = length;
  kind.all = each((place) => place);
  kind.side = {};
  for (const side of kind.sides) {
    side.shown = side.names.map((name) => spelledOut(side.side, name));
    side.keys ??= side.names;
    side.number = new Map(side.keys.map((key, place) => [key, place]));
    kind.side[side.side] = side;
  }
  const decades = kind.side.decade;
  if (decades) {
    decades.of = columns.year.map((year) => {
      const found = year === null ? undefined : decades.number.get(String(Math.floor(year / 10) * 10));
      return found === undefined ? [] : [found];
    });
  }
  const held = Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, values.some((value) => value !== null)]),
  );
  kind.has = (column) => held[column];
  return kind;
};

// --- what is asked for, as the address tells it ---------------------------------------------------------------------

const SIDES = [
  "genre",
  "country",
  "language",
  "director",
  "creator",
  "actor",
  "company",
  "network",
  "collection",
  "keyword",
];
const NUMBERS = ["from", "to", "votes"];
const START = {
  kind: "",
  text: "",
  from: null,
  to: null,
  votes: null,
  by: "titles",
  sort: "votes",
  up: false,
  film: null,
  ...Object.fromEntries(SIDES.map((side) => [side, ""])),
};
const VIEW = ["by", "sort", "up", "film"];

const readHash = (hash, kinds) => {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  const asked = {
    ...START,
    kind: kinds.some((kind) => kind.kind === told.get("kind")) ? told.get("kind") : kinds[0].kind,
  };
  for (const name of ["text", "by", "sort", ...SIDES]) if (told.has(name)) asked[name] = told.get(name);
  for (const name of [...NUMBERS, "film"]) {
    if (/^\d{1,12}$/.test(told.get(name) ?? "")) asked[name] = +told.get(name);
  }
  asked.up = told.get("up") === "1";
  return asked;
};

const writeHash = (asked, kinds) => {
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) {
    const usual = name === "kind" ? kinds[0].kind : START[name];
    if (value !== usual && value !== null && value !== "") told.set(name, value === true ? "1" : value);
  }
  return told.size ? `#${told}` : "";
};

const isFiltered = (asked) =>
  Object.keys(START).some((name) => !VIEW.includes(name) && name !== "kind" && asked[name] !== START[name]);

// --- which titles these are -----------------------------------------------------------------------------------------

const haystack = (kind) =>
  (kind.haystack ??= kind.all.map((place) =>
    folded(
      [
        kind.columns.title[place],
        kind.columns.original[place],
        kind.columns.released[place],
        ...["genre", "country", "language", "director", "creator", "actor", "collection"].flatMap((name) =>
          (kind.side[name]?.of[place] ?? []).map((member) => kind.side[name].shown[member]),
        ),
      ]
        .filter(Boolean)
        .join(" "),
    ),
  ));

const find = (kind, asked) => {
  const { year, votes } = kind.columns;
  const tests = [];
  if (asked.from !== null) tests.push((place) => year[place] !== null && year[place] >= asked.from);
  if (asked.to !== null) tests.push((place) => year[place] !== null && year[place] <= asked.to);
  if (asked.votes !== null) tests.push((place) => votes[place] >= asked.votes);
  for (const name of SIDES) {
    if (!asked[name]) continue;
    const side = kind.side[name],
      member = side?.number.get(asked[name]);
    tests.push((place) => member !== undefined && side.of[place].includes(member));
  }
  const words = folded(asked.text).split(/\s+/).filter(Boolean);
  if (words.length) {
    const texts = haystack(kind);
    tests.push((place) => words.every((word) => texts[place].includes(word)));
  }
  return tests.length ? kind.all.filter((place) => tests.every((test) => test(place))) : kind.all;
};

// What is unknown goes last, whichever way.
const sorted = (places, values, up) =>
  [...places].sort((a, b) => {
    const [one, other] = [values[a], values[b]];
    if (one === null || other === null) return (one === null) - (other === null);
    const order = typeof one === "number" ? one - other : collator.compare(one, other);
    return up ? order : -order;
  });
const top = (places, values, most) =>
  sorted(
    places.filter((place) => values[place] !== null),
    values,
    false,
  ).slice(0, most);

// --- their sums, by the rules of the statements ---------------------------------------------------------------------

const fewest = (rules, titles) => rules.fewest.find(([above]) => titles > above || !above)[1];

// So many votes that a list of the best rated has some length.
const enoughVotes = (kind, asked, found, rules) => {
  if (asked.votes !== null) return asked.votes;
  if (!isFiltered(asked)) return kind.enough;
  const rank = Math.max(0, Math.min(rules.rank, Math.floor((found.length + 1) / 2)) - 1);
  const reached = found.map((place) => kind.columns.votes[place] ?? 0).sort((a, b) => b - a)[rank] ?? 0;
  return Math.max(...rules.steps.filter((step) => step <= Math.max(reached, rules.steps[0])));
};

const SMALL_SIDES = ["genre", "country", "language", "decade"];

// Of each member of a side: titles, votes, rating, revenue, return; over all they came with the page.
const groups = (kind, side, found, asked, enough, rules) => {
  if (!isFiltered(asked))
    return side.sums.map(([member, titles, votes, rated, revenue, returned]) => ({
      member,
      titles,
      votes,
      rating: rated,
      revenue,
      returned,
    }));
  const { votes, average, revenue, budget, returned } = kind.columns;
  const sums = new Map();
  for (const place of found) {
    for (const member of side.of[place]) {
      let sum = sums.get(member);
      if (!sum)
        sums.set(
          member,
          (sum = { member, titles: 0, votes: 0, rated: 0, points: 0, revenue: null, paid: 0, spent: 0, earned: 0 }),
        );
      sum.titles += 1;
      sum.votes += votes[place] ?? 0;
      if (average[place] !== null && votes[place] >= enough) {
        sum.rated += 1;
        sum.points += average[place];
      }
      if (revenue[place] !== null) sum.revenue += revenue[place];
      if (returned[place] !== null) {
        sum.paid += 1;
        sum.spent += budget[place];
        sum.earned += revenue[place];
      }
    }
  }
  const least = fewest(rules, found.length);
  return [...sums.values()]
    .filter((sum) => sum.titles >= least || SMALL_SIDES.includes(side.side))
    .map((sum) => ({
      ...sum,
      rating: sum.rated >= least ? sum.points / sum.rated : null,
      returned: sum.paid >= least ? sum.earned / sum.spent : null,
    }));
};

const quartiles = (values) => {
  values.sort((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((part) => {
    const at = part * (values.length - 1),
      low = Math.floor(at);
    return values[low] + (at - low) * ((values[low + 1] ?? values[low]) - values[low]);
  });
};

// Of each year: how many, and quartiles of their averages.
const byYear = (kind, found, asked, rules) => {
  if (!isFiltered(asked)) return kind.years;
  const { year, votes, average } = kind.columns;
  const years = new Map();
  for (const place of found) {
    if (year[place] === null) continue;
    if (!years.has(year[place])) years.set(year[place], [0, []]);
    const told = years.get(year[place]);
    told[0] += 1;
    if (average[place] !== null && votes[place] >= rules.few) told[1].push(average[place]);
  }
  return [...years]
    .sort((a, b) => a[0] - b[0])
    .map(([of, [titles, rated]]) => [of, titles, rated.length, rated.length ? quartiles(rated) : null]);
};

// How many titles each source gives which half point of ten.
const byRating = (kind, found, asked, sources) => {
  if (!isFiltered(asked)) return kind.ratings;
  const told = {};
  for (const source of Object.keys(sources)) {
    const values = kind.columns[source],
      of = source === "rotten" || source === "metacritic" ? 10 : 1;
    const steps = Array(20).fill(0);
    for (const place of found)
      if (values[place] !== null) steps[Math.min(19, Math.floor((values[place] / of) * 2))] += 1;
    if (steps.some(Boolean)) told[source] = steps;
  }
  return told;
};

// --- as a table to take away ----------------------------------------------------------------------------------------

const quoted = (value, risky) => {
  let text = value === null || value === undefined ? "" : String(value);
  // A spreadsheet would take it for a formula.
  if (typeof value === "string" && risky.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const csv = (heads, rows, rules) => {
  const risky = new RegExp(rules.risky, "u");
  return [heads, ...rows].map((row) => row.map((value) => quoted(value, risky)).join(",")).join("\r\n") + "\r\n";
};
