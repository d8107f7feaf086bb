"""Serve the networks of series: `/network/{id}`.

https://developer.themoviedb.org/reference/network-details
"""

from ayne.sandbox.chance import Dice
from ayne.sandbox.films import words
from ayne.sandbox.films.columns import Body
from ayne.sandbox.series.columns import Network
from ayne.sandbox.series.networks import network

from .collection_pages import logos_of
from .questions import MISSING, Endpoint, Mistake, Question


def _asked(question: Question) -> Network:
    found = network(question.number())
    if found is None:
        raise Mistake(MISSING)
    return found


def _network(question: Question) -> Body:
    found = _asked(question)
    dice = Dice("network page", found.id)
    return {
        "headquarters": dice.pick(words.PLACES) if dice.chance(60) else "",
        "homepage": f"https://networks.example/{found.id}" if dice.chance(50) else "",
        **found._asdict(),
    }


def _names(question: Question) -> Body:
    found = _asked(question)
    dice = Dice("network names", found.id)
    return {"id": found.id, "results": [{"name": f"{found.name} HD", "type": ""}] if dice.chance(30) else []}


def _images(question: Question) -> Body:
    found = _asked(question)
    return {"id": found.id, "logos": logos_of(found.id, found.logo_path)}


ROUTES: dict[str, Endpoint] = {
    "/3/network/{}": _network,
    "/3/network/{}/alternative_names": _names,
    "/3/network/{}/images": _images,
}
