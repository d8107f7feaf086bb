"""Make up everything else about an invented film from (seed, id), on request.

The oddities are the recorded ones: an IMDb id of seven or eight digits, null or even ""; a budget of 0; a runtime of
null; an overview with a line break of the wrong kind; a title in another script, or the same in both. What a filter of
`/discover/movie` looks at is not made up here: it stands in the columns.
"""

from collections.abc import Mapping, Sequence

from ayne.sandbox.chance import Dice

from . import words
from .columns import GENRES, Body, Columns, Origin, Texts
from .franchises import collection_of
from .generation import LAST_RELEASED_DAY

# Every fourth seven-digit number from here on, or ten million more for eight digits: the id can be read back from it.
_IMDB_BASE, _IMDB_STEP, _IMDB_LEAP = 100_001, 4, 10_000_000


class Invented:
    """The lore of generated films."""

    def __init__(self, columns: Columns, seed: int, released_until: int = LAST_RELEASED_DAY) -> None:
        self._columns = columns
        self._seed = seed
        self._released_until = released_until

    def texts(self, position: int) -> Texts:
        """Return what a list row shows."""
        dice = self._dice(position, "texts")
        title, original_title = invented_titles(dice, self._origin(position))
        return Texts(
            title=title,
            original_title=original_title,
            overview="" if dice.chance(4) else invented_overview(dice),
            poster_path=None if dice.chance(5) else dice.image(),
            backdrop_path=None if dice.chance(16) else dice.image(),
        )

    def titles(self, position: int) -> tuple[str, str]:
        """Return the title and the original title alone."""
        return invented_titles(self._dice(position, "texts"), self._origin(position))

    def extras(self, position: int) -> Body:
        """Return the fields that only `/movie/{id}` has."""
        dice = self._dice(position, "extras")
        runtime = self._columns.runtimes[position]
        return {
            "belongs_to_collection": collection_of(self._columns.ids[position]),
            "budget": _budget(dice, self._columns.revenues[position]),
            "homepage": _homepage(dice),
            "imdb_id": imdb_id(dice, self._columns.ids[position]),
            "production_countries": produced_in(dice, self._origin(position)),
            "runtime": None if runtime == 0 and dice.chance(30) else runtime,
            "spoken_languages": spoken_in(dice, self._origin(position)),
            "status": self._status(dice, self._columns.days[position]),
            "tagline": dice.pick(words.TAGLINES) if dice.chance(40) else "",
        }

    def revisions(self, position: int) -> Mapping[str, int]:
        """A film is as it was made."""
        return {}

    def imdb_id(self, position: int) -> str | None:
        """Return the IMDb id, if one is known."""
        found: str | None = self.extras(position)["imdb_id"]
        return found

    def id_of(self, imdb_id: str) -> int | None:
        """Return the id of the only film that can have this IMDb id."""
        return id_of(imdb_id)

    def _dice(self, position: int, topic: str) -> Dice:
        return Dice(self._seed, self._columns.ids[position], topic)

    def _origin(self, position: int) -> Origin:
        return self._columns.origin_list[self._columns.origins[position]]

    def _status(self, dice: Dice, day: int) -> str:
        if 0 < day <= self._released_until:
            return "Canceled" if dice.chance(1) else "Released"
        # "Released" without any date is a real answer, too.
        return dice.pick(
            ("Planned", "In Production", "Post Production", "Rumored", "Released" if day == 0 else "Planned")
        )


def imdb_ids(film_id: int) -> tuple[str, str]:
    """Return the two IMDb ids that can be an invented film's: of seven and of eight digits."""
    number = _IMDB_BASE + _IMDB_STEP * film_id
    return f"tt{number:07d}", f"tt{number + _IMDB_LEAP:07d}"


def imdb_id(dice: Dice, film_id: int) -> str | None:
    """Return the IMDb id of a film, if it has one: seven or eight digits, from which its TMDB id can be read."""
    if dice.chance(5):
        return "" if dice.chance(6) else None
    return imdb_ids(film_id)[dice.chance(30)]


def id_of(imdb_id: str) -> int | None:
    """Return the id of the only film that can have this IMDb id.

    >>> id_of("tt0100401"), id_of("tt10100401"), id_of("tt0100402")
    (100, 100, None)
    """
    digits = imdb_id.removeprefix("tt")
    if not (digits.isascii() and digits.isdigit()):
        return None
    film_id, rest = divmod((int(digits) - _IMDB_BASE) % _IMDB_LEAP, _IMDB_STEP)
    return film_id if rest == 0 else None


def genres(ids: Sequence[int]) -> list[Body]:
    """Return genres as details show them."""
    return [{"id": genre, "name": GENRES.get(genre, str(genre))} for genre in ids]


def invented_titles(dice: Dice, origin: Origin) -> tuple[str, str]:
    """Return a title and an original title."""
    title = invented_title(dice)
    if origin.language not in words.NATIVE:
        return title, title
    joiner, native = words.NATIVE[origin.language]
    original = joiner.join(dice.some(native, dice.between(2, 3)))
    # A film nobody has translated is listed under its own title.
    return (original if dice.chance(25) else title), original


def invented_title(dice: Dice) -> str:
    """Return a title in English."""
    title = [dice.pick(words.ADJECTIVES), dice.pick(words.NOUNS)]
    if dice.chance(45):
        title.insert(0, dice.pick(words.ARTICLES))
    if dice.chance(30):
        title += [dice.pick(words.LINKS), dice.pick(words.PLACES)]
    if dice.chance(8):
        title.append(dice.pick(words.ENDINGS))
    return " ".join(title).replace(" :", ":").replace(" !", "!")


def invented_overview(dice: Dice) -> str:
    """Return what happens in a film, or in an episode."""
    hero = f"The {dice.pick(words.ADJECTIVES).lower()} {dice.pick(words.TRADES)} from {dice.pick(words.PLACES)}"
    plot = f"{hero} {dice.pick(words.DEEDS)}."
    if dice.chance(60):
        plot += " " + dice.pick(words.TWISTS)
    if dice.chance(3):
        plot += dice.pick(("\r", "\r\n\r\n", "\u00a0", "\u200b ")) + dice.pick(words.TWISTS)
    return plot


def _budget(dice: Dice, revenue: int) -> int:
    """Return US dollars: unknown for most, and sometimes what a joker typed in."""
    if revenue == 0:
        return dice.pick((0, 0, 0, 0, 0, 0, 0, 0, 1, 50_000))
    return 0 if dice.chance(25) else min(dice.between(1, 60) * 250_000 + revenue // 4, 400_000_000)


def _homepage(dice: Dice) -> str | None:
    if dice.chance(75):
        return None if dice.chance(3) else ""
    return f"https://films.example/{dice.hex(8)}"


def produced_in(dice: Dice, origin: Origin) -> list[Body]:
    """Return the countries that produced a work."""
    codes = [] if dice.chance(7) else [*origin.countries]
    # origin_country and production_countries are different facts, and differ.
    codes += dice.some(tuple(words.COUNTRIES), 1) if dice.chance(15) else []
    return [{"iso_3166_1": code, "name": words.COUNTRIES[code]} for code in dict.fromkeys(codes)]


def spoken_in(dice: Dice, origin: Origin) -> list[Body]:
    """Return the languages that are spoken in a work."""
    codes = [] if dice.chance(6) else [origin.language]
    codes += dice.some(tuple(words.LANGUAGES), 1) if dice.chance(20) else []
    return [language(code) for code in dict.fromkeys(codes)]


def language(code: str, name: str | None = None) -> Body:
    """Return a language as details show it."""
    english, own = words.LANGUAGES.get(code, (name or code, name or ""))
    return {"english_name": english, "iso_639_1": code, "name": own if name is None else name}
