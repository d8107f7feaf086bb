// The charts that follow the filters, the ratings side by side, and those that no filter changes.

const figure = (id, said, draw) => {
  const figure = byId(id),
    plot = figure.querySelector(".plot");
  figure.hidden = !draw;
  figure.querySelector("figcaption p").textContent = said;
  if (draw) draw(plot);
};

const charts = () => {
  const rows = byYear(kind, found, asked, rules),
    year = (of) => ask({ from: of, to: of });
  const most = rows.reduce((best, each) => (!best || each[1] > best[1] ? each : best), null);
  const latest = rows.map((each) => each[0]);
  let said = most ? `Most are of ${most[0]}: ${number.format(most[1])}. A click on a year filters by it.` : "";
  const rated = byRating(kind, found, asked, sources),
    told = Object.keys(rated);
  figure(
    "years_chart",
    said,
    rows.length > 1 &&
      ((plot) =>
        columns(plot, {
          x: latest,
          stacks: [["", "c1", rows.map((each) => each[1])]],
          said,
          height: told.length > 1 ? 290 : 220,
          told: rows.map((each) => `${each[0]}: ${many(each[1], kind)}`),
          pick: (each) => year(latest[each]),
        })),
  );
  const lead = told
    .map((source) => `${sources[source]}: ${number.format(rated[source].reduce((sum, each) => sum + each, 0))}`)
    .join(", ");
  figure(
    "ratings_chart",
    told.length > 1 ? `How many have which rating: ${lead}.` : `${lead} rated, by half points.`,
    told.length > 0 &&
      ((plot) => {
        plot.replaceChildren(
          ...told.map((source) =>
            make(
              "div",
              { className: "small", data: { source } },
              make("h4", {}, told.length > 1 ? sources[source] : ""),
              make("div", {}),
            ),
          ),
        );
        plot.classList.toggle("several", told.length > 1);
        told.forEach((source, at) => {
          const scale = source === "rotten" || source === "metacritic" ? 10 : 1,
            sign = source === "rotten" ? " %" : "";
          columns(plot.children[at].lastChild, {
            x: rated[source].map((_, step) => step / 2 + 0.25),
            stacks: [["", `c${at + 1}`, rated[source]]],
            height: told.length > 1 ? 118 : 220,
            said: `Ratings of ${sources[source]}`,
            told: rated[source].map(
              (titles, step) =>
                `${sources[source]} ${(step / 2) * scale}${sign} to ${((step + 1) / 2) * scale}${sign}: ${many(titles, kind)}`,
            ),
            axis: { from: 0, to: 10, ticks: [0, 2, 4, 6, 8, 10].map((value) => [value, `${value * scale}${sign}`]) },
          });
        });
      }),
  );
  const bands = rows.filter((each) => each[2] >= 3 && each[3]);
  said = `The line is the median of ${kind.plural} with ${rules.few} votes or more, the band the middle half of them.`;
  figure(
    "averages_chart",
    said,
    bands.length > 2 &&
      ((plot) =>
        band(plot, {
          rows: bands,
          said,
          height: 300,
          pick: (each) => year(each[0]),
          told: ([of, , titles, [low, middle, high]]) =>
            `${of}: median ${middle.toFixed(1)}, half of them ${low.toFixed(1)} to ${high.toFixed(1)}; ${many(titles, kind)}`,
        })),
  );
  const { budget, revenue, returned } = kind.columns;
  const paid = found.filter((place) => returned[place] !== null),
    dots = paid.slice(0, DOTS);
  const paying = paid.filter((place) => returned[place] >= 1).length;
  said = `${cap(many(paid.length, kind))} tell both; `;
  said += `${paid.length ? Math.floor((100 * paying) / paid.length) : 0} % took in what they cost.`;
  if (dots.length < paid.length) said += ` Shown are the ${number.format(DOTS)} most voted.`;
  figure(
    "money_chart",
    `${said} A click on a point opens its card.`,
    dots.length > 1 &&
      ((plot) =>
        points(plot, {
          points: dots.map((place) => [budget[place], revenue[place]]),
          said,
          told: (each) =>
            `${titled(dots[each])}: budget ${money(budget[dots[each]])}, revenue ${money(revenue[dots[each]])}`,
          pick: (each) => open(dots[each], dots),
        })),
  );
};

// Where those who write of films and those who vote for them see another film.
const apart = () => {
  const { average, votes, rotten, year } = kind.columns;
  const distance = kind.all.map((place) =>
    rotten[place] === null || average[place] === null || !(votes[place] >= enough)
      ? null
      : Math.abs(rotten[place] - average[place] * 10),
  );
  const differing = top(found, distance, FEW);
  const among = `The ${kind.plural} with ${number.format(enough)} votes or more`;
  const said = `${among} of which Rotten Tomatoes' critics and TMDB's voters differ most.`;
  figure(
    "apart_chart",
    said,
    differing.length > 0 &&
      ((plot) => {
        const heads = COLUMNS.filter(([name]) => name in sources);
        plot.replaceChildren(
          make(
            "table",
            {},
            make(
              "thead",
              {},
              make(
                "tr",
                {},
                make("th", { scope: "col" }, cap(kind.noun)),
                ...heads.map(([, head]) => make("th", { scope: "col", className: "number" }, head)),
              ),
            ),
            make(
              "tbody",
              {},
              ...differing.map((place) =>
                make(
                  "tr",
                  {},
                  make(
                    "td",
                    {},
                    button(`apart ${place}`, () => open(place, differing), { className: "link" }, title(place)),
                    make("small", {}, ` ${year[place] ?? ""}`),
                  ),
                  ...heads.map(([name, , write]) =>
                    make(
                      "td",
                      { className: "number" },
                      kind.columns[name][place] === null ? "–" : write(kind.columns[name][place]),
                    ),
                  ),
                ),
              ),
            ),
          ),
        );
      }),
  );
};
const still = () => {
  for (const [id, chart] of Object.entries(JSON.parse(byId("chart-data").textContent)))
    columns(byId(id), { ...chart, height: 150 });
};
