"""What ayne promises: of each promise, what measures it, and how the figures are told and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.reliability.campaigns import CAMPAIGNS

from benchmarks import (
    change_feed,
    choosing,
    conduct,
    coverage,
    daily_files,
    dask_allowance,
    dask_kills,
    dask_speed,
    drift_modes,
    end_to_end,
    footprint,
    given_lists,
    larger_files,
    likeness,
    living_series,
    mirror_figures,
    mutants,
    names,
    part_tables,
    passing_time,
    people,
    report_page,
    scale,
    second_reader,
    series,
    shared_allowance,
    shared_storage,
    speed,
    stand_in,
    store_speed,
    track_record,
    upkeep,
    whole_runs,
)
from benchmarks.processes import Figures


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A promise, what measures it, and how the figures are told and judged."""

    promise: str
    measure: Callable[[], Figures]
    told: Callable[[Figures], str]
    kept: Callable[[Figures], bool] = lambda _: True


def _tell_completeness(figures: Figures) -> str:
    return "; ".join(
        f"{where}: {seen['found']:,} of {seen['films']:,} films in {seen['requests']:,} requests, "
        f"{seen['ratio']:.2f} x the fewest possible"
        for where, seen in (("true totals", figures["true"]), ("clamped totals", figures["clamped"]))
    )


def _tell_politeness(figures: Figures) -> str:
    told = [
        f"at {rate}/s the server saw {seen['mean_rate']:.1f}/s, at most {seen['worst_1s']} in 1 s "
        f"(promised {seen['promised_1s']:g}) and {seen['worst_10s']} in 10 s ({seen['promised_10s']:g})"
        for rate, seen in ((4, figures["at_4"]), (40, figures["at_40"]))
    ]
    slow = figures["slow_server"]
    return "; ".join([*told, f"at most {slow['peak_concurrency']} at once (cap {slow['max_concurrent']})"])


def _tell_names(figures: Figures) -> str:
    kinds = {plural: seen for plural, seen in figures.items() if "rows" in seen}
    told = [
        f"{seen['rows']:,} {plural} of {seen['export_bytes'] / 1e6:.2f} MB in {seen['seconds, first day']:.1f} s, "
        f"those of the next day in {seen['seconds, next day']:.1f} s"
        for plural, seen in kinds.items()
    ]
    sizes = figures["file_mb"]
    return "; ".join([*told, f"the file has {sizes['first day']:.0f} MB, and {sizes['next day']:.0f} MB the next day"])


def _tell_choosing(figures: Figures) -> str:
    chosen, planned, exports = figures["choose"], figures["plan_sync"], figures["export"]
    told = [
        f"{what} takes {seen['cpu_seconds']:.0f} s of a core and {seen['peak_mb']:,} MB"
        for what, seen in (
            (f"choosing {chosen['chosen']:,} of {chosen['cells_requests']:,} lists", chosen),
            ("`ayne plan --sync`", planned),
            ("storing a day's export", exports["next"]),
        )
    ]
    return f"of {figures['films']:,} films: {', '.join(told)}"


def _tell_popularity_history(figures: Figures) -> str:
    told = [
        f"{name}: {100 * seen['share_of_films_a_day']:.1f} % of the films a day, {seen['mb']:.1f} MB"
        for name, seen in figures.items()
        if isinstance(seen, dict)
    ]
    return f"{figures['days']} exports of {figures['films']:,} films; {'; '.join(told)}"


def _tell_ratings_file(figures: Figures) -> str:
    return "; ".join(
        f"{name}, {day}: "
        + ", ".join(
            f"{who} {100 * seen[who]['share']:.1f} % at {seen[who]['median_age_days']:g} days"
            for who in ("IMDb", "OMDb")
        )
        for name, days in figures.items()
        if isinstance(days, dict)
        for day, seen in days.items()
    )


def _tell_faults(figures: Figures) -> str:
    return "; ".join(
        f"{where}: {seen['received']:,} of {seen['asked_for']:,} films received, {seen['failed']} listed as failed; "
        f"{seen['faults_served']} faults of {len(seen['faults_by_kind'])} kinds in {seen['requests']:,} requests"
        for where, seen in (
            ("over sockets", figures[conduct.ON_SOCKETS]),
            ("in virtual time", figures[conduct.VIRTUAL]),
        )
    )


def _tell_drift(figures: Figures) -> str:
    walks = [seen for name, seen in figures.items() if name.startswith("drift_")]
    recorded = figures["recorded"]
    shares, distances = ([seen[key] for seen in walks] for key in ("surplus_share", "distances"))
    return (
        f"a walk of 500 pages repeats {min(shares):.1%} to {max(shares):.1%} of its rows (recorded: "
        f"{recorded['surplus_share']:.1%}), half of them {min(d['50%'] for d in distances)} to "
        f"{max(d['50%'] for d in distances)} rows apart or more (recorded: {recorded['distances']['50%']}), and misses "
        f"{min(seen['missed'] for seen in walks)} to {max(seen['missed'] for seen in walks)} films; without drift: "
        f"{figures['still']['surplus']} and {figures['still']['missed']}"
    )


def _tell_sandbox_speed(figures: Figures) -> str:
    speeds = "; ".join(
        f"{words} {figures[name]['per_cpu_second']:,} ({figures[name]['of_aiohttp']:.0%} of aiohttp with a fixed body)"
        for name, words in (
            ("details", "details"),
            ("discover_page_1", "discover page 1"),
            ("discover_page_500", "page 500"),
        )
    )
    return (
        f"{figures['films']:,} films start in {figures['start_seconds']:g} s and take {figures['resident_mb']} MB; "
        f"answers for each second of one core: {speeds}"
    )


def _tell_parts(figures: Figures) -> str:
    seen, recorded = figures["sandbox"], figures["recorded"]
    told = (
        f"{sum(seen['rows'].values()):,} rows in {len(seen['rows'])} tables out of {seen['films']:,} sandbox films, "
        f"{seen['films_with_leftovers']} bodies with leftovers, rebuilt "
        f"{'the same' if seen['rebuilt_equal'] else 'NOT THE SAME'}"
    )
    if recorded:
        told += (
            f"; {sum(recorded['rows'].values()):,} rows out of {sum(recorded['bodies'].values())} recorded bodies, "
            f"{recorded['unreadable']} unreadable, {recorded['bodies_with_leftovers']} bodies with leftovers"
        )
    return told


def _tell_daily_refresh(figures: Figures) -> str:
    told = f"{figures['days']} daily refreshes of {figures['films']:,} films, 0.5 % of them changed each day: "
    return told + "; ".join(
        f"{where}: {seen['requests']:,} requests, {seen['feed_pages']} of them for the feed, {seen['changed']} for "
        f"changed films, {seen['terms']} for films near six months, {seen['age']} for films due by age; without these "
        f"{seen['ratio_without_age']:.2f} x the fewest possible"
        for where, seen in (
            ("answers made anew", figures["no_caches"]),
            ("through caches, at 9:00 UTC", figures["caches_at_9"]),
            ("at 16:00", figures["caches_at_16"]),
        )
    )


def _tell_second_reader(figures: Figures) -> str:
    return "; ".join(
        f"{where}: {seen['commands']['a_minute']:,} `ayne sql` a minute, at most {seen['commands']['longest_ms']:,} "
        f"ms, collecting takes {seen['commands']['slowdown']:+.1%}; a program that asks without a pause: "
        f"{seen['program']['a_minute']:,} answers a minute, at most {seen['program']['longest_ms']:,} ms, "
        f"{seen['program']['slowdown']:+.1%}"
        for where, seen in (("at 40/s", figures["at_40"]), ("without a limit", figures["without_limit"]))
    )


def _tell_libraries(figures: Figures) -> str:
    return "; ".join(f"{name}: {seen['calls']} calls, {len(seen['failed'])} failed" for name, seen in figures.items())


def _tell_drifting(figures: Figures) -> str:
    names = {"drift": "as in the recorded walk", "mild_drift": "at 1 % repeats", "still": "without drift"}
    return "; ".join(
        f"{names[name]}: {seen['found']:,} of {seen['films']:,} films in {seen['ratio']:.2f} x the fewest possible "
        f"requests (one sweep: {seen['found_by_one_sweep_year_by_year']:,})"
        for name, seen in figures.items()
    )


def _tell_all_of_tmdb(figures: Figures) -> str:
    return "; ".join(
        f"{totals} totals: {seen['found']:,} of {seen['films']:,} films in {seen['ratio']:.3f} x the fewest possible "
        f"requests, {seen['peak_mb']} MB at most"
        for totals, seen in figures.items()
    )


def _tell_sources(figures: Figures) -> str:
    told = ", ".join(f"by {source} {figures[source]['found']:,}" for source in ("discover", "export", "both"))
    return f"of {figures['exist']:,} films, 25,000 on one day and 2 % without a date: {told}"


def _tell_plan(figures: Figures) -> str:
    ratios = [seen["ratio"] for seen in figures.values()]
    return f"{len(ratios)} spans: planned requests are {min(ratios):.1%} to {max(ratios):.1%} of those it took"


def _tell_upkeep(figures: Figures) -> str:
    is_part = all(seen["budget"] < upkeep.BUDGET for seen in figures.values())
    told = "; ".join(f"{upkeep.PACES[pace]}: {_tell_trial(seen)}" for pace, seen in figures.items())
    return ("a tenth of the films, of 700 requests and of 92 pages of feed a day; " if is_part else "") + told


def _tell_upkeep_budgets(figures: Figures) -> str:
    first = next(iter(figures.values()))
    told = ", ".join(
        f"{f'{int(name):,}' if name.isdigit() else '700 as spent before lists renewed numbers'}: {_shares(_last(seen))}"
        for name, seen in figures.items()
    )
    return (
        f"{first['films']:,} films, {first['days']} days, votes as at TMDB, a tenth of these requests a day and of 92 "
        f"pages of feed; as TMDB has them now, as of midnight, within 1 vote or 1 %: {told}"
    )


def _tell_upkeep_least(figures: Figures) -> str:
    return "; ".join(
        f"{name} ({seen['films']:,}): {seen['requests_a_day']['mean']:,} requests a day for {seen['days']} days, then "
        f"{_last(seen)['sync']['votes_close']:.1%} within 1 vote or 1 %, {_last(seen)['expected_close']:.1%} expected"
        for name, seen in figures.items()
    )


def _last(figures: Figures) -> Figures:
    last: Figures = figures["by_day"][str(figures["days"])]
    return last


def _shares(seen: Figures, name: str = "sync") -> str:
    return f"{seen[name]['equal']:.1%}, {seen[name]['midnight']:.1%} and {seen[name]['close']:.1%}"


def _tell_trial(figures: Figures) -> str:
    last = _last(figures)
    beside = "".join(f"; {name} {_shares(last, name)}" for name in ("in turn", "feed only") if name in last)
    noticed = "; ".join(
        f"of {seen['number']} {what} the median was known after {seen['median']} days, {seen['never']} never"
        for what in ("new", "gone", "merged")
        if (seen := figures.get(what)) and seen["number"]
    )
    return (
        f"{figures['films']:,} films after {figures['days']} days with {figures['budget']} requests a day, as TMDB has "
        f"them now, as of midnight, and within 1 vote or 1 %: {_shares(last)}{beside}; of votes alone "
        f"{last['expected_close']:.1%} were expected to be within, and {last['sync']['votes_close']:.1%} were; numbers "
        f"{last['median_age']} days old (median)" + (f"; {noticed}" if noticed else "")
    )


def _tell_report(figures: Figures) -> str:
    return "; ".join(
        f"{seen['films']:,} films: {seen['bytes'] / 1e6:.1f} MB, written in {seen['write_seconds']} s with "
        f"{seen['write_mb']} MB of memory; to be read after {seen['readable_ms']} ms, {seen['charts']} charts take "
        f"{seen['cpu_ms']} ms of the processor; {seen['requests']} requests, {seen['console']} words on the console"
        for seen in (figures[name] for name in ("real", "sandbox", "most"))
    )


def _tell_store_speed(figures: Figures) -> str:
    told = "; ".join(
        f"with {int(size):,} films in the file {seen['inserted_per_cpu_second']:,} inserted and "
        f"{seen['updated_per_cpu_second']:,} updated for each second of one core, {seen['insert_to_copy']:g} and "
        f"{seen['update_to_copy']:g} x what COPY takes"
        for size, seen in figures.items()
        if size.isdigit()
    )
    sizes = figures["bytes_of_a_film"]
    return (
        f"{told}; a film takes {sizes['details']:,} bytes of a file, {sizes['details_and_answers']:,} with its answer, "
        f"with three parts {sizes['three_parts']:,} and {sizes['three_parts_and_answers']:,}"
    )


def _tell_size(seen: Figures) -> str:
    first, again, status = seen["first"], seen["again"], seen["status"]
    return (
        f"{seen['films']:,} films in {first['seconds']:,.0f} s ({first['films_per_second']:,} a second, "
        f"{first['store_share']:.0%} of it waiting for the store), {first['requests']:,} requests, "
        f"{first['peak_mb']} MB at most; again with nothing to do: {again['seconds']:.1f} s, {again['requests']} "
        f"requests, {again['peak_mb']} MB; `ayne status` {status['seconds']:.1f} s, {status['peak_mb']} MB"
    )


def _tell_growth(figures: Figures) -> str:
    sizes = "; ".join(_tell_size(seen) for name, seen in figures.items() if name != "parts")
    by_parts = sorted(figures["parts"].items(), key=lambda item: int(item[0]))
    parts = ", ".join(f"{count}: {seen['cpu_seconds']:g} s" for count, seen in by_parts)
    return f"{sizes}; seconds of one core for a thousand films, by parts: {parts}"


def _tell_list(seen: Figures) -> str:
    ends = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(seen["outcomes"].items(), key=lambda e: -e[1]))
    again, kills, used = seen["again"], seen["kills"], f"{seen['cpu_seconds']:,.0f} s of a core, {seen['peak_mb']} MB"
    return (
        f"{seen['rows']:,} rows: {ends}; {seen['requests']:,} requests in {seen['seconds']:,.0f} s "
        f"({used} at most); again: {again['requests']} requests in {again['seconds']:.1f} s; "
        f"killed {kills['kills']} times on the way: {kills['rows_different']} rows and "
        f"{kills['films_different']} films different, {kills['requests_repeated']:,} requests repeated"
    )


def _is_whole_list(seen: Figures) -> bool:
    is_whole = seen["rows"] == sum(seen["outcomes"].values()) and not seen["again"]["requests"]
    return is_whole and not (seen["kills"]["rows_different"] or seen["kills"]["films_different"])


def _tell_shared_storage(figures: Figures) -> str:
    first, kills = figures["first"], figures["kills"]
    readers = figures["readers"]
    equal = min(seen["equal"] for seen in readers.values())
    different = sum(seen["different"] for seen in readers.values())
    changed = "; ".join(
        f"with {words} {figures[name]['bytes'] / 1e6:.2f} MB, {figures[name]['years_written']} of "
        f"{figures[name]['years']} partitions"
        for name, words in (("random", "1 % of the films changed"), ("newest", "the newest 1 % changed"))
    )
    return (
        f"{figures['films']:,} films in {first['tables']} tables: the first export sends {first['bytes'] / 1e6:.2f} "
        f"MB, one when nothing changed {figures['unchanged']['bytes']} bytes; {changed}; {kills['exports']} exports "
        f"killed at a write: {kills['half_seen']} seen in part, {kills['completed']} done by the next; DuckDB, Polars "
        f"and Dask each read {equal:,} rows as the database has them, {different} otherwise"
    )


BENCHMARKS: dict[str, Benchmark] = {
    "real_films": Benchmark(
        "Real films are stored as they are",
        whole_runs.real_films,
        lambda f: (
            f"{f['rows_stored']:,} of {f['rows_expected']:,} real films stored, {f['mismatches']} mismatches "
            f"in {f['columns_compared']} columns"
        ),
        lambda f: not (f["missing"] or f["unexpected"] or f["mismatches"]),
    ),
    "completeness": Benchmark(
        "Every film is found, with few requests",
        conduct.completeness,
        _tell_completeness,
        lambda f: not any(seen["missing"] or seen["unexpected"] or seen["doubled"] for seen in f.values()),
    ),
    "drifting_pages": Benchmark(
        "Films that TMDB's pages leave out are found all the same",
        coverage.drifting_pages,
        _tell_drifting,
        lambda f: not any(seen["missing"] for seen in f.values()),
    ),
    "drift_modes": Benchmark(
        "Whatever a server does, a discovery ends within its bound",
        drift_modes.drift_modes,
        lambda f: "; ".join(f"{name}: {seen['ratio']:.2f} x, {seen['found']:,} found" for name, seen in f.items()),
        lambda f: all(seen["requests"] <= seen["bound"] for seen in f.values()),
    ),
    "all_of_tmdb": Benchmark(
        "All of TMDB can be discovered",
        coverage.all_of_tmdb,
        _tell_all_of_tmdb,
        lambda f: not any(seen["missing"] for seen in f.values()),
    ),
    "every_source": Benchmark(
        "Films that no date can reach come from the exports",
        coverage.every_source,
        _tell_sources,
        lambda f: f["both"]["found"] == f["exist"],
    ),
    "overfull": Benchmark(
        "What cannot be complete says so",
        coverage.overfull,
        lambda f: f"a day that no filter can cut: exit code {f['exit_code']}, {f['said'][-1]}",
        lambda f: f["exit_code"] == 1 and not f["complete"],
    ),
    "given_list": Benchmark(
        "Every row of a list of films ends with an outcome, whatever kills the collector",
        given_lists.links,
        _tell_list,
        _is_whole_list,
    ),
    "long_list": Benchmark(
        "A list of films is never in memory as a whole, however long it is",
        given_lists.long_list,
        _tell_list,
        lambda f: _is_whole_list(f) and f["peak_mb"] < 500,
    ),
    "series": Benchmark(
        "Every series is there with every season and episode, each value as TMDB has it",
        series.series,
        series.tell,
        lambda f: series.is_right(f) and f["undated_stored"] == f["undated"] and f["ratio"] <= 1.05,
    ),
    "series_kills": Benchmark(
        "A collection of series that is killed has the same rows as one that is not, and no half series",
        series.series_kills,
        series.tell_kills,
        lambda f: series.is_right(f) and f["kills"] == f["kills_tried"],
    ),
    "people": Benchmark(
        "Everybody is there whom the credits of stored films and series name, and kills change nothing",
        people.people,
        people.tell,
        people.is_right,
    ),
    "plan_against_run": Benchmark(
        "A plan tells what it will take",
        coverage.plan_against_run,
        _tell_plan,
    ),
    "export_cuts": Benchmark(
        "An export is whole, or it is not there",
        coverage.export_cuts,
        lambda f: (
            f"{f['cuts']} downloads cut off at random places and taken up again: {f['whole']} whole, "
            f"{f['half_files_seen']} half files seen, {f['bytes_sent_twice']:,} bytes sent twice"
        ),
        lambda f: f["whole"] == f["cuts"] and not f["half_files_seen"],
    ),
    "upkeep": Benchmark(
        "A budget buys freshness",
        upkeep.upkeep,
        _tell_upkeep,
        lambda f: all(seen["requests_a_day"]["most"] <= seen["budget"] for seen in f.values()),
    ),
    "living_series": Benchmark(
        "Series that go on are kept as TMDB has them, and new episodes come by themselves",
        living_series.living_series,
        living_series.tell,
        lambda f: (
            f["new_episodes"]["not_stored_at_the_end"] == f["new_episodes"]["of_these_entered_in_the_last_two_days"]
        ),
    ),
    "choosing": Benchmark(
        "The daily work takes little computing where all of TMDB is stored",
        choosing.choosing,
        _tell_choosing,
        lambda f: f["choose"]["chosen"] <= f["choose"]["cells_requests"],
    ),
    "popularity_history": Benchmark(
        "The history notes of popularity what one wants",
        daily_files.popularity_history,
        _tell_popularity_history,
        lambda f: f["none"]["rows"] == 0 and f["50 %"]["rows"] <= f["20 %"]["rows"] <= f["daily"]["rows"],
    ),
    "ratings_file": Benchmark(
        "IMDb's daily file rates all films at once",
        daily_files.ratings_file,
        _tell_ratings_file,
    ),
    "names": Benchmark(
        "All names of keywords, companies, networks and collections come for no request",
        names.names,
        _tell_names,
    ),
    "upkeep_whole": Benchmark(
        "So it does for ten times as many films",
        upkeep.upkeep_whole,
        _tell_upkeep,
        lambda f: all(seen["requests_a_day"]["most"] <= seen["budget"] for seen in f.values()),
    ),
    "upkeep_budgets": Benchmark(
        "What other budgets buy",
        upkeep.upkeep_budgets,
        _tell_upkeep_budgets,
        lambda f: all(seen["requests_a_day"]["most"] <= seen["budget"] for seen in f.values()),
    ),
    "upkeep_least": Benchmark("As few requests as keep 99 % of films fresh", upkeep.upkeep_least, _tell_upkeep_least),
    "daily_refresh": Benchmark(
        "A daily refresh asks for what changed, and little else",
        change_feed.daily_refresh,
        _tell_daily_refresh,
        lambda f: bool(f["no_caches"]["ratio_without_age"] <= 1.05),
    ),
    "faults": Benchmark(
        "A fifth of all answers may fail, and every film is received or listed as failed",
        conduct.faults,
        _tell_faults,
        lambda f: all(seen["received"] + seen["failed"] == seen["asked_for"] for seen in f.values()),
    ),
    "politeness": Benchmark(
        "Never faster than told, nor more at once",
        conduct.politeness,
        _tell_politeness,
        lambda f: bool(f["slow_server"]["peak_concurrency"] <= f["slow_server"]["max_concurrent"]),
    ),
    "recordings": Benchmark(
        "Recorded TMDB traffic is read whole",
        footprint.recorded_bodies,
        lambda f: (
            f"{f['movie_details']} films and {f['discover_pages']} pages with {f['rows']:,} rows read, "
            f"{f['unreadable_rows']} unreadable, {len(f['unknown_keys'])} unknown keys"
        ),
        lambda f: not f["unreadable_rows"],
    ),
    "omdb_recordings": Benchmark(
        "Every recorded answer of OMDb is understood",
        footprint.omdb_bodies,
        lambda f: (
            f"{f['bodies']} bodies of 2016 to 2026: {f['titles']} titles with {f['values']:,} values read, "
            f"{len(f['kept_as_sent'])} with keys nobody knows, {sum(f['refused'].values())} rightly refused"
        ),
        lambda f: f["titles"] + sum(f["refused"].values()) == f["bodies"],
    ),
    "parts": Benchmark(
        "Every part is read whole, and its table can be made again without a request",
        part_tables.parts,
        _tell_parts,
        lambda f: (
            f["sandbox"]["rebuilt_equal"]
            and not any(f["sandbox"][name] for name in ("unreadable", "leftovers"))
            and not any(f["recorded"].get(name) for name in ("unreadable", "leftovers"))
        ),
    ),
    "history": Benchmark(
        "What a film was on any day is remembered",
        passing_time.history,
        lambda f: (
            f"{f['films']:,} films followed for {f['days']} days: {f['states_compared']:,} states of a day compared "
            f"with the sandbox's truth, {f['mismatches']} mismatches; {f['rows_of_history']:,} rows of history; "
            f"{f['unchanged']:,} of {f['requests']:,} requests were answered 304, without the film's "
            f"{f['bytes_of_a_film']:,} bytes"
        ),
        lambda f: not f["mismatches"],
    ),
    "track_record": Benchmark(
        "What the people of a film had done before it is added up right, and at once",
        track_record.track_record,
        lambda f: (
            f"{f['films']:,} films, {f['records']:,} records out of {f['earlier_films']:,} earlier films in "
            f"{f['seconds']:.1f} s; {f['films_judged']:,} films beside a slow script that shares no code "
            f"({f['seconds_by_hand']:.0f} s): {f['mismatches']} mismatches"
        ),
        lambda f: not f["mismatches"],
    ),
    "report": Benchmark(
        "The report is one page that asks for nothing, however many films there are",
        report_page.report,
        _tell_report,
        lambda f: not any(seen["requests"] or seen["console"] for seen in f.values()),
    ),
    "client_libraries": Benchmark(
        "TMDB libraries work with the sandbox",
        likeness.client_libraries,
        _tell_libraries,
        lambda f: not any(seen["failed"] for seen in f.values()),
    ),
    "openapi": Benchmark(
        "The sandbox answers as TMDB's OpenAPI description says",
        likeness.described,
        lambda f: (
            f"{f['answers']:,} answers of {f['endpoints']} endpoints checked; {f['explained']} deviations explained by "
            f"{f['reasons']} reasons, {len(f['unexplained'])} unexplained"
        ),
        lambda f: not f["unexplained"],
    ),
    "recorded_shapes": Benchmark(
        "The sandbox serves the keys and types of recorded answers",
        likeness.recorded,
        lambda f: (
            f"{f['paths']} key paths of {f['kinds']} kinds of body compared: {f['missing']} missing, "
            f"{f['extra']} extra, {f['different']} of another type; {f['reasons']} reasons, "
            f"{len(f['unexplained'])} unexplained"
        ),
        lambda f: not f["unexplained"],
    ),
    "startup": Benchmark(
        "Light to install and to start",
        footprint.startup,
        lambda f: (
            f"{f['packages']} packages, {f['installed_mb']:g} MB; `ayne --help` {f['help_ms']:.0f} ms, `import ayne` "
            f"{f['import_ms']:.0f} ms, with TMDBClient {f['import_client_ms']:.0f} ms, Python alone "
            f"{f['python_ms']:.0f} ms"
        ),
    ),
    "second_reader": Benchmark(
        "The file can be looked at while a collection is running",
        second_reader.second_reader,
        _tell_second_reader,
        lambda f: all(seen[who]["answers"] > 0 for seen in f.values() for who in ("commands", "program")),
    ),
    "speed": Benchmark(
        "The program is not what one waits for",
        speed.speed,
        speed.tell,
        speed.is_ahead,
    ),
    "allowance": Benchmark(
        "An allowance is used, and not overdrawn",
        speed.allowance,
        speed.tell_allowance,
        speed.loses_nothing,
    ),
    "shared_allowance": Benchmark(
        "Programs that share an allowance keep to it together",
        shared_allowance.shared_allowance,
        shared_allowance.tell,
        shared_allowance.is_kept,
    ),
    "dask_allowance": Benchmark(
        "A cluster keeps to one allowance, whatever joins and dies",
        dask_allowance.dask_allowance,
        dask_allowance.tell,
        dask_allowance.is_kept,
    ),
    "dask_kills": Benchmark(
        "A cluster whose workers and coordinators are killed ends with the same file",
        dask_kills.dask_kills,
        dask_kills.tell,
        dask_kills.is_kept,
    ),
    "dask_speed": Benchmark(
        "A cluster brings the same file, as fast as one writer can write it",
        dask_speed.dask_speed,
        dask_speed.tell,
        dask_speed.is_kept,
    ),
    "end_to_end": Benchmark(
        "Storing keeps up with fetching",
        end_to_end.end_to_end,
        end_to_end.tell,
    ),
    "store_speed": Benchmark(
        "The store keeps up, however large the file is",
        store_speed.store_speed,
        _tell_store_speed,
    ),
    "shared_storage": Benchmark(
        "Shared tables cost what changed, and nobody sees half of one",
        shared_storage.shared_storage,
        _tell_shared_storage,
        lambda f: bool(
            not f["unchanged"]["bytes"]
            and not f["kills"]["half_seen"]
            and f["kills"]["completed"] == f["kills"]["exports"]
            and all(seen["equal"] and not seen["different"] for seen in f["readers"].values())
        ),
    ),
    "growth": Benchmark(
        "Time grows with the films, and memory has a bound",
        scale.growth,
        _tell_growth,
        lambda f: all(seen["again"]["requests"] == 0 for name, seen in f.items() if name != "parts"),
    ),
    "whole_catalogue": Benchmark(
        "All of TMDB can be collected",
        scale.whole_catalogue,
        _tell_size,
        lambda f: bool(f["films"] == f["exist"] and f["again"]["requests"] == 0),
    ),
    "mutants": Benchmark(
        "The tests notice any change to what is pure",
        mutants.mutants,
        lambda f: (
            f"{f['noticed']:,} of {f['mutants']:,} changes that mutmut made were noticed, {f['survived']} were not, "
            f"and of {f['without_tests']} no test knows"
        ),
    ),
    "larger_files": Benchmark(
        "The file carries ten times the films that TMDB has",
        larger_files.larger_files,
        larger_files.tell,
    ),
    "mirror": Benchmark(
        "What a mirror of TMDB costs can be told beforehand",
        mirror_figures.mirror,
        mirror_figures.tell,
    ),
    "drift_walk": Benchmark(
        "Pages of the sandbox repeat and miss films as TMDB's do",
        stand_in.drift_walk,
        _tell_drift,
        lambda f: not f["still"]["surplus"],
    ),
    "sandbox_speed": Benchmark(
        "The sandbox is of TMDB's size and no bottleneck",
        stand_in.sandbox_speed,
        _tell_sandbox_speed,
    ),
    "sandbox_same_everywhere": Benchmark(
        "The same seed gives the same answers everywhere",
        stand_in.sandbox_same_everywhere,
        lambda f: f"{f['requests']:,} requests to two processes with other hash seeds: {f['differing']} answers differ",
        lambda f: not f["differing"],
    ),
}

# The long form of each campaign that tries to break a promise; a broken one raises.
RELIABILITY = {
    campaign.name: Benchmark(campaign.promise, campaign.measure, campaign.told) for campaign in CAMPAIGNS.values()
}
BENCHMARKS |= RELIABILITY
