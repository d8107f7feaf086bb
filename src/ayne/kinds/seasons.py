"""Seasons and their episodes, which come with the series they belong to.

Ids stay when a season or an episode is moved or given another number, so they are what makes a row itself. Numbers are
what TMDB says at the moment: they have gaps, begin at 0, may be years, and two rows of a series may have the same.

Source: https://developer.themoviedb.org/reference/tv-season-details
"""

# Pure: values in, values out.

from __future__ import annotations

from ayne.kinds.column import Column
from ayne.kinds.kind import Inside, Kind
from ayne.kinds.objects import Network
from ayne.kinds.part_shapes import IMAGE
from ayne.kinds.readers import AVERAGE, DAY, INTEGER, MINUTES, SMALL_INTEGER, TEXT, list_of

_NETWORKS = list_of(Network)

EPISODE = Kind(
    name="episode",
    noun="episode",
    plural="episodes",
    table="episodes",
    live="live_episodes",
    history="episode_history",
    as_of="episode_as_of",
    comment="One row an episode, specials included. Unknown is NULL. Times are UTC.",
    columns=(
        Column("tmdb_id", INTEGER, "TMDB's id of the episode", key="id"),
        Column("series_id", INTEGER, "TMDB's id of the series"),
        Column("season_id", INTEGER, "TMDB's id of the season"),
        Column("season_number", SMALL_INTEGER, "Number of the season; 0 for specials"),
        Column("episode_number", SMALL_INTEGER, "Number within the season; numbers have gaps, and some begin at 0"),
        Column("name", TEXT, "Name in the requested language"),
        Column("overview", TEXT, "Summary of the plot"),
        Column("air_date", DAY, "Day of the first broadcast"),
        Column("episode_type", TEXT, "standard, premiere, mid_season or finale; sent since 2023"),
        Column("runtime", MINUTES, "Minutes"),
        Column("production_code", TEXT, "The makers' own code of the episode"),
        Column("vote_average", AVERAGE, "0.5 to 10, NULL when nobody voted"),
        Column("vote_count", INTEGER, "Number of votes"),
        Column("still_path", TEXT, IMAGE),
    ),
    tracked=("air_date", "vote_count", "vote_average"),
    inside=Inside("episodes", above=("series_id", "season_id")),
    # Guest stars and crew are the part episode_credits.
    ignored=frozenset({"show_id", "guest_stars", "crew"}),
    title="name",
    day="air_date",
    votes="vote_count",
)

SEASON = Kind(
    name="season",
    noun="season",
    plural="seasons",
    table="seasons",
    live="live_seasons",
    history="season_history",
    as_of="season_as_of",
    comment="One row a season; season 0 holds specials. Unknown is NULL. Times are UTC.",
    columns=(
        Column("tmdb_id", INTEGER, "TMDB's id of the season", key="id"),
        Column("series_id", INTEGER, "TMDB's id of the series"),
        Column("season_number", SMALL_INTEGER, "Number of the season; 0 for specials, sometimes a year"),
        Column("name", TEXT, "Name in the requested language"),
        Column("overview", TEXT, "Summary of the plot"),
        Column("air_date", DAY, "Day of the season's first episode"),
        Column(
            "episode_count", SMALL_INTEGER, "Number of episodes by the series' count; the table episodes has them all"
        ),
        Column(
            "network_ids",
            _NETWORKS.each("id", "BIGINT[]"),
            "TMDB's ids of the networks that broadcast it",
            key="networks",
        ),
        Column(
            "networks",
            _NETWORKS.each("name", "VARCHAR[]"),
            "Names of the networks, in the order of network_ids; sent since 2026",
        ),
        Column("vote_average", AVERAGE, "0.5 to 10, NULL when nobody voted; sent since 2023"),
        Column("poster_path", TEXT, IMAGE),
    ),
    tracked=("air_date", "episode_count", "vote_average"),
    children=(EPISODE,),
    inside=Inside("seasons", above=("series_id",), appended="season/", number="season_number"),
    ignored=frozenset({"_id"}),
    title="name",
    day="air_date",
)
