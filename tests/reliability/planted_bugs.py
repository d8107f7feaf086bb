"""Bugs, each of which the tests must notice: what makes it believable that nothing was lost in thousands of runs.

Each is a place in the code and what might have been written there by mistake. ``planting`` puts them in, one at a time,
into a copy of everything.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bug:
    """A mistake.

    Attributes:
        story: what goes wrong.
        file: where, below ``src/ayne``.
        right: the text that stands there, once.
        wrong: what is put in its place.
    """

    story: str
    file: str
    right: str
    wrong: str


_LIMIT = "net/rate_limit.py"
_RETRY = "net/retry.py"
_RANGES = "data_collection/tmdb/ranges.py"
_PLANNER = "data_collection/tmdb/planner.py"
_SPLITTING = "data_collection/tmdb/splitting.py"
_SPANS = "data_collection/tmdb/open_ranges.py"
_CHAINS = "data_collection/tmdb/chains.py"
_PROTOCOL = "data_collection/tmdb/protocol.py"
_CHANGES = "data_collection/tmdb/changes.py"
_FEED = "data_collection/change_feed.py"
_REFRESH = "data_collection/refresh.py"
_RETENTION = "data_collection/retention.py"
_QUOTA = "data_collection/omdb/quota.py"
_BUDGET = "data_collection/budget.py"
_SYNC = "data_collection/sync.py"
_ANSWERS = "data_collection/answers.py"
_SESSION = "net/session.py"
_RUN = "data_collection/collection.py"
_COMMITS = "database/writes.py"
_STATEMENTS = "database/sql/statements.sql"

# The first is none: what happens when nothing is wrong.
BUGS = (
    Bug("nothing is wrong", _LIMIT, "import math\n", "import math\n"),
    # --- politeness
    Bug("a token is handed out without being taken", _LIMIT, "self._level = level - 1", "self._level = level"),
    Bug(
        "the bucket refills twice as fast",
        _LIMIT,
        "(now - self._since) * self.rate",
        "(now - self._since) * self.rate * 2",
    ),
    Bug(
        "the bucket fills above its burst",
        _LIMIT,
        "min(self.burst, self._level + (now",
        "max(self.burst, self._level + (now",
    ),
    Bug(
        "a pause that is shorter undoes a longer one",
        _LIMIT,
        "self._since = max(self._since, until)",
        "self._since = until",
    ),
    Bug(
        "a burst meets the server after its complaint",
        _LIMIT,
        "        self._level = 0.0\n",
        "        self._level = self.burst\n",
    ),
    Bug("a clock that is set back hands out tokens", _LIMIT, "if now < self._since:", "if now < self._since - 1:"),
    Bug("Retry-After is ignored", _RETRY, "if error.retry_after is not None:", "if error.retry_after is None and 0:"),
    Bug("Retry-After shortens the wait", _RETRY, "wait = max(wait, min(policy", "wait = min(wait, min(policy"),
    Bug("an absurd Retry-After is obeyed", _RETRY, "min(policy.max_wait, error.retry_after)", "error.retry_after"),
    Bug("one retry too many", _RETRY, "attempt > policy.max_retries", "attempt > policy.max_retries + 1"),
    Bug("the backoff does not grow", _RETRY, "2.0 ** min(attempt - 1, 60)", "2.0 ** min(0, 60)"),
    Bug("the first backoff is doubled", _RETRY, "min(attempt - 1, 60)", "min(attempt, 60)"),
    Bug("the backoff overflows", _RETRY, "2.0 ** min(attempt - 1, 60)", "2.0 ** (attempt - 1)"),
    Bug("the deadline is not looked at", _RETRY, "if elapsed + wait <= policy.deadline else None", ""),
    Bug("a refusal is asked again", _RETRY, "not isinstance(error, TransientError) or ", ""),
    Bug(
        "a Retry-After in the past is a wait below nothing",
        _RETRY,
        "else max(0.0, (moment",
        "else max(-60.0, (moment",
    ),
    Bug(
        "a Retry-After without a zone is not understood",
        _RETRY,
        "return moment if moment.tzinfo else moment.replace(tzinfo=UTC)",
        "return moment if moment.tzinfo else None",
    ),
    # --- completeness
    Bug("10,000 results are taken for all", _RANGES, "total_results >= ROW_LIMIT", "total_results > ROW_LIMIT"),
    Bug("page 501 is asked for", _RANGES, "total_pages > PAGE_LIMIT", "total_pages > PAGE_LIMIT + 1"),
    Bug(
        "the day between two halves is lost",
        _RANGES,
        "cut = _cut_between(whole.start, whole.end)\n        return replace(whole, end=cut - timedelta(days=1))",
        "cut = _cut_between(whole.start, whole.end)\n        return replace(whole, end=cut - timedelta(days=2))",
    ),
    Bug(
        "the day between two halves is in both",
        _RANGES,
        "cut = _cut_between(whole.start, whole.end)\n        return replace(whole, end=cut - timedelta(days=1))",
        "cut = _cut_between(whole.start, whole.end)\n        return replace(whole, end=cut)",
    ),
    Bug(
        "votes between two halves are in neither",
        _RANGES,
        "replace(day, min_votes=middle + 1)",
        "replace(day, min_votes=middle + 2)",
    ),
    Bug("a day is never cut by votes", _RANGES, 'None if "votes" in undivided else _split_votes(whole)', "None"),
    Bug(
        "films with a genre are asked for twice",
        _RANGES,
        "replace(day, without_genres=(*day.without_genres, genre))",
        "replace(day, with_genres=(*day.with_genres, genre))",
    ),
    Bug(
        "the last year is left out",
        _RANGES,
        "date(start_year, 1, 1), date(end_year, 12, 31)",
        "date(start_year, 1, 1), date(end_year, 12, 30)",
    ),
    Bug(
        "the last piece of a cut is lost",
        _RANGES,
        "return (*pieces, replace(whole, start=first)) if pieces",
        "return (*pieces,) if pieces",
    ),
    Bug(
        "a piece begins a day late",
        _RANGES,
        "            first, films = day, 0.0\n",
        "            first, films = day + timedelta(days=1), 0.0\n",
    ),
    Bug(
        "a range is proven when a film is missing",
        _SPANS,
        "len(self.films) >= self.reported",
        "len(self.films) >= self.reported - 1",
    ),
    Bug(
        "rows are counted, not films",
        _PLANNER,
        "distinct=max(span.progress.distinct, len(span.films))",
        "distinct=span.progress.rows",
    ),
    Bug(
        "what TMDB reported first is believed",
        _PLANNER,
        "reported_high=max(total_results, before.reported_high or 0)",
        "reported_high=before.reported_high or total_results",
    ),
    Bug(
        "a last page that is short is taken for the end",
        _PLANNER,
        "pages = min(max(reachable, before.pages, 1), span.empty_from or PAGE_LIMIT)",
        "pages = len(before.pages_done) if before.rows % 20 else max(reachable, before.pages, 1)",
    ),
    Bug(
        "the last page is not asked for",
        _SPANS,
        "return range(first, pages + 1)",
        "return range(first, pages)",
    ),
    Bug(
        "a page that failed is not asked for again",
        _PLANNER,
        "            self._todo.append(request)\n            return True",
        "            return True",
    ),
    Bug(
        "a page that fails for good is asked for for ever",
        _PLANNER,
        "if self._put_back[request] <= MOST_PUT_BACK:",
        "if self._put_back[request] <= 10**9:",
    ),
    Bug(
        "a resumed walk forgets which pages it had",
        _PLANNER,
        "span.asked.update(progress.pages_done)",
        "span.asked.update(())",
    ),
    Bug(
        "a resumed walk skips ranges that were open",
        _PLANNER,
        "        self._ask(span, most=1 if span.is_saturated else PAGE_LIMIT)\n\n    def take",
        "\n    def take",
    ),
    Bug(
        "pieces do not take over their parent's films",
        _PLANNER,
        "        self._hand_down(span, list(span.films.values()))\n",
        "",
    ),
    Bug(
        "an overfull range is called best effort",
        _PLANNER,
        'elif span.is_saturated:\n            self._close(span, "overfull")',
        'elif span.is_saturated:\n            self._close(span, "best effort")',
    ),
    Bug(
        "a page from the other end is taken for whatever page is the last by then",
        _SPANS,
        "return self.other_end or request.page if",
        "return self.progress.pages if",
    ),
    Bug(
        "a range that lacks films is not swept again",
        _PLANNER,
        "elif progress.sweeps or not self._bounds.may_search(1):",
        "elif True:",
    ),
    Bug(
        "a saturated range is not split",
        _PLANNER,
        "return self._replace(span, self._pieces.of_saturated(span))",
        "return False",
    ),
    Bug(
        "a filter of which the server takes no notice cuts a range",
        _SPLITTING,
        "genres=self._genres, undivided=span.undivided",
        "genres=self._genres",
    ),
    Bug(
        "the lowest of all totals is believed",
        _CHAINS,
        "most, last = max(counts), len(self._links)",
        "most, last = min(counts), len(self._links)",
    ),
    Bug(
        "a link is only as long as what was met of it",
        _SPANS,
        "return max(len(self.films), self.reported)",
        "return len(self.films)",
    ),
    # --- what an answer means
    Bug(
        "a film that TMDB deleted is asked for for ever",
        _PROTOCOL,
        "_GONE_CODES = frozenset({6, NO_SUCH})",
        "_GONE_CODES = frozenset({6})",
    ),
    Bug(
        "a bare 404 deletes a film",
        _PROTOCOL,
        "isinstance(error, NotFound) and error.code in _GONE_CODES",
        "isinstance(error, NotFound)",
    ),
    Bug("an error inside a 200 is a film", _PROTOCOL, 'if "status_code" not in found:', "if True:"),
    Bug("a 429 from the edge is no reason to wait", _PROTOCOL, "        429: RateLimited,\n", ""),
    Bug("a wrong key is tried again and again", _PROTOCOL, "        401: Unauthorized,\n", ""),
    Bug("the age of a cached answer is not subtracted", _ANSWERS, "    age = _age(answer)", "    age = _NONE"),
    Bug(
        "half a surrogate pair loses a film",
        _ANSWERS,
        'lambda escape: rb"\\ufffd" if escape[1] else escape[0]',
        "lambda escape: escape[0]",
    ),
    # --- freshness
    Bug(
        "a changed film is dropped when its row has no flag",
        _FEED,
        "(add and not film.adult)",
        "(add and film.adult is False)",
    ),
    Bug(
        "the watermark passes a day of which a page is missing",
        _FEED,
        "        run.report.missing_pages += error.missing\n        complete = False",
        "        run.report.missing_pages += error.missing",
    ),
    Bug(
        "a day of the feed is read before it is over",
        _FEED,
        "(now - settled).astimezone(UTC).date() - _DAY",
        "(now - settled).astimezone(UTC).date()",
    ),
    Bug(
        "the day after the watermark is skipped",
        _FEED,
        "wanted, reach = position.watermark + _DAY, REACH",
        "wanted, reach = position.watermark + 2 * _DAY, REACH",
    ),
    Bug(
        "a feed page out of a cache counts as the whole day",
        _FEED,
        "complete &= page.observed_at >= safe_at",
        "complete &= True",
    ),
    Bug("a gap in the feed is not told", _FEED, "return Stretch(first, last, gap)", "return Stretch(first, last)"),
    Bug(
        "films that came after the list are not looked for in the feed",
        "database/sql/changes.sql",
        "             (SELECT min(started_at) FROM sweeps WHERE kind = {kind}),\n",
        "",
    ),
    Bug(
        "a window of the feed overlaps the next by a day",
        _CHANGES,
        "        start = last + timedelta(days=1)\n",
        "        start = last\n        if start == end:\n            return\n",
    ),
    Bug(
        "the last page of the feed is not asked for",
        _CHANGES,
        "for page in range(asked + 1, last + 1)",
        "for page in range(asked + 1, last)",
    ),
    Bug(
        "copies near six months wait their turn",
        _REFRESH,
        "age >= LONGEST_ALLOWED - policy.near_limit",
        "age >= LONGEST_ALLOWED",
    ),
    Bug(
        "what changed comes after what is old",
        _REFRESH,
        '{"terms": 2, "changed": 1, "age": 0}',
        '{"terms": 2, "changed": 0, "age": 1}',
    ),
    Bug(
        "a film in cinemas is refreshed as an old one",
        _REFRESH,
        "        if since < self.after_release:\n            return self.in_cinemas\n",
        "",
    ),
    Bug(
        "a film that failed keeps the others from their turn",
        _REFRESH,
        "return (not self.failed, _RANKS",
        "return (self.failed, _RANKS",
    ),
    Bug(
        "the net lets films through that are due",
        _REFRESH,
        "old_before=now - min(self.older, self._longest)",
        "old_before=now - max(self.older, self._longest)",
    ),
    Bug(
        "a copy is kept past six months",
        _RETENTION,
        "return now - LONGEST_KEPT\n",
        "return now - LONGEST_KEPT - timedelta(days=10)\n",
    ),
    Bug(
        "an older span is discovered every day",
        _SYNC,
        "replace(plan, end_year=recent - 1)",
        "replace(plan, end_year=recent)",
    ),
    # --- OMDb's quota, and budgets
    Bug(
        "a request is sent that the lease does not have",
        _QUOTA,
        "if self.used >= self.granted:",
        "if self.used > self.granted:",
    ),
    Bug(
        "a request right before midnight counts for the next day",
        _QUOTA,
        "now < midnight_after(day) - BEFORE_MIDNIGHT",
        "now < midnight_after(day)",
    ),
    Bug(
        "OMDb's word that the quota is spent is not believed",
        _QUOTA,
        "return 0 if self.learned_at else max(0,",
        "return max(0,",
    ),
    Bug(
        "the day is the machine's, not UTC's",
        _QUOTA,
        "return moment.astimezone(UTC).date()",
        "return moment.astimezone().date()",
    ),
    Bug(
        "a budget of requests is passed by one", _BUDGET, "if self.requests_left == 0:", "if self.requests_left == -1:"
    ),
    Bug("a budget of time is never over", _BUDGET, "if self.seconds_left == 0:", "if self.seconds_left == -1:"),
    # --- transactions, crashes and cancellation
    Bug(
        "films are committed before the progress they stand for",
        _COMMITS,
        "    # The last word on each range counts.\n",
        "    tx.con.commit()\n    tx.con.begin()\n",
    ),
    Bug(
        "the watermark is committed before the films that changed",
        "database/changes.py",
        "            if day.films:\n",
        '            tx.run("move_watermark", day=day.day, now=moment)\n'
        "            tx.con.commit()\n            tx.con.begin()\n            if day.films:\n",
    ),
    Bug(
        "a lease is spent that was never written down",
        "database/ratings.py",
        '            tx.run("spend_allowance", **begun, granted=granted)\n',
        "",
    ),
    Bug(
        "a change counts as seen in whatever answer",
        "database/sql/changes.sql",
        "WHERE changed.kind = {kind} AND changed.tmdb_id = a.tmdb_id AND a.moment >= changed.safe_at;",
        "WHERE changed.kind = {kind} AND changed.tmdb_id = a.tmdb_id;",
    ),
    Bug(
        "a film that left the list before its details came is forgotten",
        _STATEMENTS,
        "AND (tmdb_id IN (SELECT tmdb_id FROM listed WHERE sweep_id = $sweep_id)\n",
        "AND (true\n",
    ),
    Bug(
        "a film that is gone is neither marked nor listed as failed",
        _COMMITS,
        "    disputed = history.store_marks(tx, facts, now)\n",
        "    disputed: list[Any] = []\n",
    ),
    Bug(
        "whoever is stopped stores nothing of what came",
        _RUN,
        "            await self.writer.flush()\n            if self.sweeps",
        "            if self.sweeps",
    ),
    Bug(
        "an answer stays open when nobody waits for it any more",
        _SESSION,
        "        finally:\n            await response.aclose()\n\n    async def _answer_of(",
        "        except Exception:\n            await response.aclose()\n            raise\n\n"
        "    async def _answer_of(",
    ),
    Bug(
        "a 429 pauses only the request that got it",
        _SESSION,
        "await self.allowance.pause(pause)",
        "await self._clock.sleep(pause)",
    ),
    Bug(
        "twice as many requests at once as were allowed",
        _SESSION,
        "asyncio.Semaphore(max_concurrent)",
        "asyncio.Semaphore(2 * max_concurrent)",
    ),
    Bug(
        "tasks are left running when nobody wants their results",
        "net/fan_out.py",
        "        left = True\n        while workers:\n",
        "        while False:\n",
    ),
    Bug(
        "what was paid for is thrown away when a budget ends",
        "net/fan_out.py",
        "                spent = result\n                continue\n",
        "                raise result\n",
    ),
    # --- the wire
    Bug(
        "the key is sent to wherever a server redirects",
        "net/session.py",
        "transport else wire_to(self._server, key), timeout=None)",
        "transport else wire_to(self._server, key), timeout=None, follow_redirects=True)",
    ),
    Bug(
        "a key that a server repeats is kept",
        "net/session.py",
        '            said = said.replace(secret, b"***")\n',
        "            pass\n",
    ),
    Bug(
        "a bomb is unpacked whole",
        "net/bodies.py",
        "yield self._member.decompress(piece, _STEP)",
        "yield self._member.decompress(piece)",
    ),
    Bug(
        "a body may be of any size",
        "net/bodies.py",
        "                if self._size > MAX_BODY_BYTES:\n                    raise self._too_large()\n",
        "",
    ),
    Bug(
        "half of a packed body is taken for all of it",
        "net/bodies.py",
        '        if self._member and not self._member.eof:\n            raise zlib.error("it breaks off")\n',
        "",
    ),
    Bug(
        "a connection is used again after half an answer",
        "net/wire.py",
        "usable = self._complete and self._may_go_on and not self._pieces",
        "usable = True",
    ),
    Bug(
        "an old connection is trusted for ever",
        "net/wire.py",
        "self._error is None and self._loop.time() - self._idle_since < KEEP_SECONDS",
        "self._error is None",
    ),
    Bug(
        "two requests are smuggled in one",
        "net/wire.py",
        'if request.method != "GET" or head.count(b"\\n") != len(lines) or head.count(b"\\r") != len(lines)',
        'if request.method != "GET"',
    ),
    # --- the file
    Bug(
        "an error in the middle leaves half a batch",
        "database/file.py",
        "            except BaseException:\n                roll_back(con)\n                raise\n",
        "            except BaseException:\n                con.commit()\n                raise\n",
    ),
    Bug(
        "a file that vanished is quietly begun anew",
        "database/file.py",
        "        if self._up_to_date and not Path(self.path).exists():\n",
        "        if False:\n",
    ),
    Bug(
        "a query reads any file of the machine",
        "database/connection.py",
        '    con.execute("SET enable_external_access = false")\n',
        "",
    ),
    Bug(
        "of equal films the first counts",
        _COMMITS,
        "            films[tmdb_id] = film\n",
        "            films.setdefault(tmdb_id, film)\n",
    ),
    Bug(
        "an old answer out of a cache undoes a newer one",
        _COMMITS,
        'if outdated := {tmdb_id for (tmdb_id,) in tx.run("outdated_details")}:',
        "if outdated := set[int]():",
    ),
    Bug(
        "a list row out of a cache undoes newer details",
        _COMMITS,
        '    tx.run("drop_stale_summaries")\n',
        "",
    ),
    Bug(
        "parts of an earlier answer stay beside the new ones",
        _COMMITS,
        '                tx.run(f"delete_{table}", ids=ids)\n',
        "                pass\n",
    ),
    Bug(
        "what is gathered grows without bound",
        "data_collection/writer.py",
        "is_full = self._gathered >= MOST_GATHERED",
        "is_full = False",
    ),
    Bug(
        "what came last is never written",
        "data_collection/writer.py",
        "        await self._wait()\n        self._submit()\n        await self._wait()\n",
        "        await self._wait()\n",
    ),
)
