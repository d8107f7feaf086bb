// Lists of the best and the biggest, and sums by genre, country, director and so on.

const row = (key, rank, name, small, value, part, act, properties = {}) => {
  const made = button(
    key,
    act,
    { className: "row", ...properties },
    rank === null ? null : make("span", { className: "rank" }, String(rank)),
    make("span", { className: "name" }, make("span", {}, name), small ? make("small", {}, ` ${small}`) : null),
    make("span", { className: "value" }, value),
  );
  made.style.setProperty("--part", `${Math.max(0, Math.min(1, part || 0)) * 100}%`);
  return make("li", {}, made);
};

// A list that opens further where there is more.
const unfolding = (key, head, note, rows) => {
  const all = unfolded.has(key),
    shown = rows.slice(0, all ? MOST : FEW);
  const rest = Math.min(rows.length, MOST) - FEW;
  return make(
    "section",
    { className: "list", data: { list: key } },
    make("h3", {}, head),
    note ? make("p", {}, note) : null,
    make("ol", {}, ...shown.map((each, place) => each(place))),
    rest > 0
      ? button(
          `unfold ${key}`,
          () => {
            if (all) unfolded.delete(key);
            else unfolded.add(key);
            show();
            document.querySelector(`[data-key="${CSS.escape(`unfold ${key}`)}"]`)?.focus();
          },
          { className: "more", "aria-expanded": String(all) },
          all ? "Show fewer" : `Show ${rest} more`,
        )
      : null,
  );
};

const ranking = (key, head, note, values, write, among = found) => {
  const order = top(among, values, MOST);
  if (!order.length) return null;
  const most = values[order[0]];
  return unfolding(
    key,
    head,
    note,
    order.map(
      (place) => (rank) =>
        row(
          `${key} ${place}`,
          rank + 1,
          title(place),
          kind.columns.year[place] ?? "",
          write(values[place]),
          key === "best" ? 0 : values[place] / most,
          () => open(place, order),
        ),
    ),
  );
};

const lists = () => {
  const { average, votes, revenue, returned, episodes, year } = kind.columns;
  const told = [];
  const rated = found.filter((place) => votes[place] >= enough);
  told.push(
    ranking(
      "best",
      "Best rated",
      `by TMDB's voters, ${number.format(enough)} votes or more`,
      average,
      rating,
      sorted(rated, votes, false),
    ),
  );
  if (kind.has("revenue")) {
    told.push(ranking("revenue", "Biggest revenues", "in US dollars of the time", revenue, money));
    told.push(ranking("returned", "Biggest returns", "revenue for each dollar of budget", returned, times));
  } else {
    told.push(ranking("votes", "Most voted", "by TMDB's voters", votes, count));
  }
  if (kind.has("episodes"))
    told.push(ranking("episodes", "Most episodes", "as TMDB counts them", episodes, number.format));
  const years = new Map();
  for (const place of found)
    if (year[place] !== null && !((votes[years.get(year[place])] ?? -1) >= (votes[place] ?? 0)))
      years.set(year[place], place);
  const order = [...years].sort((a, b) => b[0] - a[0]).map(([, place]) => place),
    most = Math.max(1, ...order.map((place) => votes[place]));
  if (order.length) {
    told.push(
      unfolding(
        "years",
        "Most voted of each year",
        "and its votes, the latest years first",
        order.map(
          (place) => () =>
            row(
              `years ${place}`,
              year[place],
              title(place),
              "",
              count(votes[place] ?? 0),
              votes[place] / most,
              () => open(place, order),
              { classList: "row wide" },
            ),
        ),
      ),
    );
  }
  byId("lists").replaceChildren(...told.filter(Boolean));
  if (!found.length)
    byId("lists").replaceChildren(
      make(
        "p",
        { className: "nothing" },
        isFiltered(asked) ? `No ${kind.noun} is like that. Take a filter away.` : `No ${kind.noun} is stored yet.`,
      ),
    );
};

const isAsked = (side, key) =>
  side.side === "decade" ? asked.from === +key && asked.to === +key + 9 : asked[side.side] === key;
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
  const least = fewest(rules, isFiltered(asked) ? found.length : kind.total),
    of = isFiltered(asked) ? many(found.length, kind) : `all ${many(kind.total, kind)}`;
  const few = least > 1 ? ` Groups with fewer than ${least} of these are left out.` : "";
  byId("ranked").textContent = {
    titles: `How many of ${of}.`,
    rating: `The mean of TMDB's averages, of those of ${of} that have ${number.format(enough)} votes or more.${few}`,
    votes: `Votes of TMDB's users for ${of}.`,
    revenue: `Revenue in US dollars of ${of}; what is not known counts as nothing.`,
    returned: `Revenue for each dollar of budget, of those of ${of} that tell both.${few}`,
  }[by];
  const told = kind.sides.map((side) => {
    const rows = groups(kind, side, found, asked, enough, rules)
      .filter((sum) => sum[by] !== null)
      .sort((a, b) => b[by] - a[by] || b.votes - a.votes || (side.keys[a.member] < side.keys[b.member] ? -1 : 1))
      .slice(0, MOST);
    if (!rows.length) return null;
    return unfolding(
      side.side,
      side.many,
      null,
      rows.map((sum) => () => {
        const key = side.keys[sum.member];
        return row(
          `${side.side} ${key}`,
          null,
          side.shown[sum.member],
          by === "titles" ? "" : number.format(sum.titles),
          RANKS[by](sum[by]),
          sum[by] / rows[0][by],
          () => choose(side, key),
          {
            "aria-pressed": String(isAsked(side, key)),
            title: `${many(sum.titles, kind)}, ${number.format(sum.votes)} votes`,
          },
        );
      }),
    );
  });
  const [head, parts] = kind.lacking;
  const lacking =
    kind.side.actor || !found.length
      ? null
      : make(
          "section",
          { className: "list" },
          make("h3", {}, head),
          make("p", {}, "None are stored. Collect them with ", make("code", {}, `--kind ${kind.kind} --parts ${parts}`), "."),
        );
  byId("panels").replaceChildren(...told.filter(Boolean), ...(lacking ? [lacking] : []));
};
