"""When and where invented films come out, and who may see them.

A pattern lists the releases of a film by the days after its primary date. It belongs to a country of origin, where the
film comes out first: as a premiere, in cinemas, on a disc or on television.
"""

from ayne.sandbox.chance import SIZE, Dice

from .columns import Release
from .drawn import Drawn
from .words import COUNTRIES

#: The certifications of a country, from the mildest to the strictest: what `certification.lte` goes by.
CERTIFICATIONS = {
    "AU": ("E", "G", "PG", "M", "MA 15+", "R 18+"),
    "BR": ("L", "10", "12", "14", "16", "18"),
    "CA": ("G", "PG", "14A", "18A", "A"),
    "DE": ("0", "6", "12", "16", "18"),
    "ES": ("A", "7", "12", "16", "18"),
    "FR": ("TP", "12", "16", "18"),
    "GB": ("U", "PG", "12A", "12", "15", "18", "R18"),
    "IN": ("U", "UA", "A"),
    "IT": ("T", "6+", "VM14", "VM18"),
    "JP": ("G", "PG12", "R15+", "R18+"),
    "KR": ("All", "12", "15", "18"),
    "MX": ("AA", "A", "B", "B-15", "C", "D"),
    "PT": ("M/3", "M/6", "M/12", "M/14", "M/16", "M/18"),
    "RU": ("0+", "6+", "12+", "16+", "18+"),
    "SE": ("Btl", "7", "11", "15"),
    "US": ("NR", "G", "PG", "PG-13", "R", "NC-17"),
}

PREMIERE, LIMITED, THEATRICAL, DIGITAL, PHYSICAL, TELEVISION = range(1, 7)

_HOMES = tuple(COUNTRIES)
_PATTERNS_OF_A_COUNTRY = 1024
_FIRST_KINDS = (*[THEATRICAL] * 6, *[PREMIERE] * 2, LIMITED, LIMITED, DIGITAL, PHYSICAL, TELEVISION)
_ABROAD = (0, 0, 0, 0, 1, 1, 2, 3, 4, 9)
_FESTIVALS = ("", "", "Venice Film Festival", "Cannes Film Festival", "Berlin International Film Festival")
_DISCS = ("Blu-ray", "DVD", "VHS", "")
_WARNINGS = ("Violence", "Strong Language", "Drug Use", "Sexual Content")
_STREAMS = ("", "Netflix", "Prime Video", "iTunes")
# Three films of a hundred come out again some years later, restored or on disc: `release_date.gte` sees that.
_YEARS_LATER = (5, 12, 25)


def first_pattern(countries: tuple[str, ...]) -> int:
    """Return the first of the codes that mean a film from these countries."""
    home = countries[0] if countries and countries[0] in COUNTRIES else "US"
    return _HOMES.index(home) * _PATTERNS_OF_A_COUNTRY


def pattern_among(draw: int) -> int:
    """Return which of its country's patterns a film has, by a draw."""
    return draw * _PATTERNS_OF_A_COUNTRY // SIZE


def admitted(country: str, named: tuple[str, ...], mildest: str, strictest: str) -> tuple[str, ...]:
    """Return the certifications of a country that are among the named ones (if any) and between the bounds (if any).

    >>> admitted("US", (), "PG", "R")
    ('PG', 'PG-13', 'R')
    >>> admitted("US", ("G", "R"), "", "PG")
    ('G',)
    """
    known = CERTIFICATIONS.get(country, ())
    if not mildest and not strictest:
        return named
    if not {mildest, strictest} <= {"", *known}:
        return ()
    low = known.index(mildest) if mildest else 0
    high = known.index(strictest) if strictest else len(known)
    return tuple(name for name in known[low : high + 1] if not named or name in named)


def _pattern(code: int) -> tuple[Release, ...]:
    dice = Dice("releases", code)
    home = _HOMES[code // _PATTERNS_OF_A_COUNTRY]
    kind = dice.pick(_FIRST_KINDS)
    releases = [_release(dice, home, kind, 0)]
    cinema = 0
    if kind in (PREMIERE, LIMITED) and dice.chance(75):
        cinema = dice.between(5, 150)
        releases.append(_release(dice, home, THEATRICAL, cinema))
    if kind <= THEATRICAL:
        for country in dice.some([country for country in _HOMES if country != home], dice.pick(_ABROAD)):
            releases.append(_release(dice, country, THEATRICAL, cinema + dice.below(200)))
            if dice.chance(20):
                releases.append(_release(dice, country, DIGITAL, cinema + dice.between(60, 500)))
        if dice.chance(30):
            releases.append(_release(dice, home, DIGITAL, cinema + dice.between(45, 240)))
        if dice.chance(20):
            releases.append(_release(dice, home, PHYSICAL, cinema + dice.between(90, 400)))
    if dice.chance(5):
        releases.append(_release(dice, home, TELEVISION, cinema + dice.between(300, 1500)))
    if dice.chance(3):
        again = dice.pick((THEATRICAL, PHYSICAL))
        releases.append(_release(dice, dice.pick((home, "US")), again, 365 * dice.pick(_YEARS_LATER), "Re-release"))
    return tuple(sorted(releases))


def _release(dice: Dice, country: str, kind: int, days: int, note: str = "") -> Release:
    known = CERTIFICATIONS.get(country, ())
    certification = dice.pick(known) if known and dice.chance(60) else ""
    notes = {PREMIERE: _FESTIVALS, DIGITAL: _STREAMS, PHYSICAL: _DISCS}.get(kind, ("",))
    warnings = dice.some(_WARNINGS, dice.between(1, 2)) if certification and dice.chance(8) else ()
    return Release(country, kind, days, certification, note or dice.pick(notes), tuple(warnings))


#: What the code of a pattern of releases means, by country.
PATTERNS = Drawn(len(_HOMES) * _PATTERNS_OF_A_COUNTRY, _pattern)
#: No release is further from the primary date than this many days.
LONGEST = 365 * max(_YEARS_LATER)
