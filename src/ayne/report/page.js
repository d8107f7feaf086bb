// What is shown anew whenever something else is asked for, and what begins it all.

let drawnFor = null;
const show = () => {
  const next = kinds.find((each) => each.kind === asked.kind) ?? kinds[0];
  if (next !== kind) {
    kind = next;
    opened = [];
    options();
  }
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
  const read = (name) =>
    NUMBERS.includes(name)
      ? byId(name).value === ""
        ? null
        : Math.max(0, Math.floor(+byId(name).value))
      : byId(name).value;
  const now = () => {
    const told = Object.fromEntries(fields.map((name) => [name, read(name)]));
    if (fields.some((name) => told[name] !== asked[name])) ask(told, { typing: true });
  };
  for (const name of fields)
    byId(name).addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(now, byId(name).tagName === "SELECT" ? 0 : 120);
    });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    ask({ ...START, kind: asked.kind, by: asked.by, sort: asked.sort, up: asked.up });
    byId("text").focus();
  });
  for (const choice of document.querySelectorAll("[data-kind]"))
    choice.addEventListener("click", () => ask({ ...START, kind: choice.dataset.kind }));
  for (const choice of byId("ranks").querySelectorAll("button"))
    choice.addEventListener("click", () => ask({ by: choice.dataset.rank }, { stays: true }));
  byId("sort").addEventListener("change", () =>
    ask({ sort: byId("sort").value, up: !COLUMNS.find(([name]) => name === byId("sort").value)[3] }),
  );
  byId("way").addEventListener("click", () => ask({ up: !asked.up }));
  byId("csv").addEventListener("click", save);
  const turn = (pages) => {
    first += pages * PAGE;
    table();
    byId("table").scrollIntoView();
  };
  byId("earlier").addEventListener("click", () => turn(-1));
  byId("later").addEventListener("click", () => turn(1));
  byId("card_earlier").addEventListener("click", () => step(-1));
  byId("card_later").addEventListener("click", () => step(1));
  byId("card_close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", shut);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") step(1);
    else if (event.key === "ArrowLeft") step(-1);
  });
  // The address is what is asked for; a place of the page is gone to without it.
  for (const link of document.querySelectorAll("nav a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      document.querySelector(link.getAttribute("href")).scrollIntoView();
    });
  }
  const back = () => {
    if (location.hash !== writeHash(asked, kinds)) {
      asked = readHash(location.hash, kinds);
      first = 0;
      show();
    }
  };
  addEventListener("popstate", back);
  addEventListener("hashchange", back);
  const more = byId("more");
  const fold = (folded) => {
    byId("filters").classList.toggle("folded", folded);
    more.setAttribute("aria-expanded", String(!folded));
  };
  more.addEventListener("click", () => fold(!byId("filters").classList.contains("folded")));
  tight.addEventListener("change", () => fold(tight.matches));
  fold(tight.matches);
  let width = document.body.clientWidth,
    waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (document.body.clientWidth !== width) {
        width = document.body.clientWidth;
        measure();
        charts();
        still();
      }
    }, 150);
  });
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
