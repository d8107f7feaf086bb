// The table of all that is found, and the same as a file.

const shownColumns = () =>
  COLUMNS.filter(([name]) => (kind.side[name] ? kind.side[name].names.length : kind.has(name)));
const plain = (name, place) => (kind.side[name] ? names(name, place).join(", ") || null : kind.columns[name][place]);
const order = () => {
  const name = COLUMNS.some(([column]) => column === asked.sort) ? asked.sort : "votes";
  return sorted(found, kind.side[name] ? kind.all.map((place) => plain(name, place)) : kind.columns[name], asked.up);
};
const cell = ([name, head, write, right], place, listed) => {
  const made = make("td", { className: right ? "number" : name, data: { label: head } });
  if (name === "title") {
    const original = kind.columns.original[place];
    made.append(
      button(`title ${place}`, () => open(place, listed), { className: "link" }, title(place)),
      original ? make("small", {}, original) : "",
    );
  } else {
    const value = plain(name, place);
    if (value === null) made.classList.add("empty");
    else made.textContent = write ? write(value) : value;
  }
  return made;
};
const table = () => {
  const columns = shownColumns(),
    listed = order();
  const sort = (name, right) => ask({ sort: name, up: asked.sort === name ? !asked.up : !right });
  const heads = columns.map(([name, head, , right]) => {
    const made = make(
      "th",
      { scope: "col", className: right ? "number" : "" },
      button(`head ${name}`, () => sort(name, right), {}, head),
    );
    if (asked.sort === name) made.setAttribute("aria-sort", asked.up ? "ascending" : "descending");
    made.dataset.column = name;
    return made;
  });
  document.querySelector("#titles thead tr").replaceChildren(...heads);
  first = Math.min(first, Math.max(0, Math.floor((listed.length - 1) / PAGE) * PAGE));
  document
    .querySelector("#titles tbody")
    .replaceChildren(
      ...listed
        .slice(first, first + PAGE)
        .map((place) => make("tr", {}, ...columns.map((column) => cell(column, place, listed)))),
    );
  const last = Math.min(first + PAGE, listed.length);
  byId("count").textContent = listed.length
    ? `${number.format(first + 1)}–${number.format(last)} of ${number.format(listed.length)}`
    : `no ${kind.noun} found`;
  byId("earlier").disabled = first === 0;
  byId("later").disabled = last >= listed.length;
  byId("sort").replaceChildren(
    ...columns.map(([name, head]) => make("option", { value: name, selected: name === asked.sort }, head)),
  );
  byId("way").textContent = asked.up ? "↑" : "↓";
};
const save = () => {
  const sides = kind.sides.map((side) => side.side).filter((side) => side !== "decade" && side !== "keyword");
  const plainColumns = Object.keys(kind.columns).filter(
    (name) => !["poster", "year"].includes(name) && (name === "title" || kind.has(name)),
  );
  const rows = order().map((place) => [
    ...plainColumns.map((name) =>
      name === "returned" && kind.columns[name][place] !== null
        ? +kind.columns[name][place].toFixed(4)
        : kind.columns[name][place],
    ),
    ...sides.map((side) => names(side, place).join("; ")),
  ]);
  const file = new Blob(["\ufeff", csv([...plainColumns, ...sides], rows, rules)], { type: "text/csv" });
  const link = make("a", { href: URL.createObjectURL(file), download: `${kind.plural}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
