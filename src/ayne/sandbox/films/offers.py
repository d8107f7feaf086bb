"""Where to watch invented films: the provider, the country, and the kind of offer.

TMDB has these from JustWatch, country by country. https://developer.themoviedb.org/reference/movie-watch-providers
"""

from typing import NamedTuple

from ayne.sandbox.chance import Dice

from .columns import Body, Offer
from .drawn import Drawn


class Provider(NamedTuple):
    """Somebody who offers films: the name, and in which ways."""

    name: str
    ways: tuple[str, ...]


#: By id; the order is the `display_priority`.
PROVIDERS = {
    8: Provider("Netflix", ("flatrate",)),
    9: Provider("Amazon Prime Video", ("flatrate",)),
    337: Provider("Disney Plus", ("flatrate",)),
    2: Provider("Apple TV", ("rent", "buy")),
    3: Provider("Google Play Movies", ("rent", "buy")),
    10: Provider("Amazon Video", ("rent", "buy")),
    35: Provider("Rakuten TV", ("rent", "buy")),
    11: Provider("MUBI", ("flatrate",)),
    283: Provider("Crunchyroll", ("flatrate", "ads")),
    73: Provider("Tubi TV", ("ads",)),
    300: Provider("Pluto TV", ("ads",)),
    191: Provider("Kanopy", ("free",)),
    235: Provider("YouTube Free", ("free",)),
}
#: The countries whose offers are known.
REGIONS = ("US", "GB", "DE", "FR", "BR", "CA", "AU", "ES", "IT", "JP", "IN", "MX")

_OFFER_LISTS = 8192
_COUNTS = (0, 0, 0, 0, 1, 1, 2, 3, 5, 9)
_PRIORITIES = {provider: priority for priority, provider in enumerate(PROVIDERS)}


def _offer_list(number: int) -> tuple[Offer, ...]:
    dice = Dice("offers", number)
    found = set()
    for country in dice.some(REGIONS, dice.pick(_COUNTS)):
        for provider in dice.some(tuple(PROVIDERS), dice.between(1, 4)):
            ways = PROVIDERS[provider].ways
            found |= {Offer(country, way, provider) for way in (ways if dice.chance(70) else ways[:1])}
    return tuple(sorted(found, key=lambda offer: (offer.country, offer.way, _PRIORITIES[offer.provider])))


#: What the code of a list of offers means.
OFFER_LISTS = Drawn(_OFFER_LISTS, _offer_list)


def provider(provider_id: int) -> Body:
    """Return a provider as the part `watch/providers` shows it."""
    return {
        "logo_path": Dice("provider", provider_id).image(),
        "provider_id": provider_id,
        "provider_name": PROVIDERS[provider_id].name,
        "display_priority": _PRIORITIES[provider_id],
    }
