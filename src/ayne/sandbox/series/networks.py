"""The networks that broadcast invented series. A network is a function of its id alone."""

from functools import cache

from ayne.sandbox.chance import Dice
from ayne.sandbox.films import words
from ayne.sandbox.films.drawn import Drawn

from .columns import Network

#: How many networks there are: their ids start at 1.
NETWORKS = 3000
_LISTS = 8192
_COUNTS = (0, 1, 1, 1, 1, 1, 1, 1, 1, 2)
_KINDS = ("TV", "One", "Two", "Channel", "Network", "Kids", "Plus", "Sport", "News", "+")


@cache
def network(network_id: int) -> Network | None:
    """Return a network; None when there is none with this id."""
    if not 1 <= network_id <= NETWORKS:
        return None
    dice = Dice("network", network_id)
    return Network(
        id=network_id,
        logo_path=None if dice.chance(10) else dice.image("png"),
        name=f"{dice.pick(words.LAST_NAMES)} {dice.pick(_KINDS)}",
        origin_country="" if dice.chance(5) else dice.pick(tuple(words.COUNTRIES)),
    )


def _network_list(number: int) -> tuple[Network, ...]:
    dice = Dice("networks", number)
    # The lower the id, the more series.
    ids = [1 + dice.below(1 + dice.below(1 + dice.below(NETWORKS))) for _ in range(dice.pick(_COUNTS))]
    return tuple(found for each in dict.fromkeys(ids) if (found := network(each)))


#: What the code of a list of networks means.
NETWORK_LISTS = Drawn(_LISTS, _network_list)
