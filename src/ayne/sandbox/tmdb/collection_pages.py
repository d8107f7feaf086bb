"""What belongs together and what films have in common: `/collection/{id}`, `/company/{id}` and `/keyword/{id}`.

https://developer.themoviedb.org/reference/collection-details
"""

from typing import TypeVar

from ayne.sandbox.chance import Dice
from ayne.sandbox.directory import companies, keywords, parts_of
from ayne.sandbox.films import words
from ayne.sandbox.films.columns import Body

from .lists import discovered
from .questions import MISSING, Endpoint, Mistake, Question

T = TypeVar("T")


def search_row(collection: Body) -> Body:
    """Return a collection as a search shows it."""
    return {
        "adult": False,
        "backdrop_path": collection["backdrop_path"],
        "id": collection["id"],
        "name": collection["name"],
        "original_language": "en",
        "original_name": collection["name"],
        "overview": _overview(collection),
        "poster_path": collection["poster_path"],
    }


def _collection(question: Question) -> Body:
    catalogue = question.catalogue
    positions = parts_of(catalogue, question.number())
    if not positions:
        raise Mistake(MISSING)
    collection = _collection_of(question, positions[0])
    return {
        "id": collection["id"],
        "name": collection["name"],
        "original_language": "en",
        "original_name": collection["name"],
        "overview": _overview(collection),
        "poster_path": collection["poster_path"],
        "backdrop_path": collection["backdrop_path"],
        # Positions are in the order of the dates, as the parts of a collection are.
        "parts": [catalogue.summary(position) | {"media_type": "movie"} for position in sorted(positions)],
    }


def _collection_of(question: Question, position: int) -> Body:
    (film_id,) = question.catalogue.ids([position])
    collection: Body = (question.catalogue.details(film_id) or {})["belongs_to_collection"]
    return collection


def _overview(collection: Body) -> str:
    dice = Dice("collection overview", collection["id"])
    return f"{dice.pick(words.TWISTS)} {dice.pick(words.TAGLINES)}" if dice.chance(70) else ""


def _collection_images(question: Question) -> Body:
    collection = _collection(question)
    return {
        "id": collection["id"],
        "backdrops": [_image(path, 1280, 720) for path in [collection["backdrop_path"]] if path],
        "posters": [_image(path, 1000, 1500) for path in [collection["poster_path"]] if path],
    }


def _image(path: str, width: int, height: int) -> Body:
    dice = Dice("image of", path)
    votes = dice.below(30)
    return {
        "aspect_ratio": round(width / height, 3),
        "height": height,
        "iso_639_1": dice.pick((None, "en")),
        "file_path": path,
        "vote_average": dice.below(10_000) / 1000 if votes else 0.0,
        "vote_count": votes,
        "width": width,
    }


def _collection_translations(question: Question) -> Body:
    collection = _collection(question)
    data = {"title": "", "overview": collection["overview"], "homepage": ""}
    english = {"iso_3166_1": "US", "iso_639_1": "en", "name": "English", "english_name": "English", "data": data}
    return {"id": collection["id"], "translations": [english]}


def _known(found: T | None) -> T:
    if found is None:
        raise Mistake(MISSING)
    return found


def _company(question: Question) -> Body:
    company = _known(companies(question.catalogue).get(question.number()))
    dice = Dice("company page", company.id)
    return {
        "description": "",
        "headquarters": dice.pick(words.PLACES) if dice.chance(50) else "",
        "homepage": f"https://companies.example/{company.id}" if dice.chance(30) else "",
        "id": company.id,
        "logo_path": company.logo_path,
        "name": company.name,
        "origin_country": company.origin_country,
        "parent_company": None,
    }


def _company_images(question: Question) -> Body:
    company = _known(companies(question.catalogue).get(question.number()))
    logos = [_image(path, 500, 250) for path in [company.logo_path] if path]
    for logo in logos:
        del logo["iso_639_1"]
    numbered = [logo | {"id": Dice("logo", company.id).hex(24), "file_type": ".png"} for logo in logos]
    return {"id": company.id, "logos": numbered}


def _company_movies(question: Question) -> Body:
    """Return the films of a company: no longer documented, and still what libraries ask for."""
    company = _known(companies(question.catalogue).get(question.number()))
    return {"id": company.id, **discovered(question, {"with_companies": str(company.id)})}


def _company_names(question: Question) -> Body:
    company = _known(companies(question.catalogue).get(question.number()))
    return {"id": company.id, "results": []}


def _keyword(question: Question) -> Body:
    return _known(keywords(question.catalogue).get(question.number()))._asdict()


def _keyword_movies(question: Question) -> Body:
    keyword = _known(keywords(question.catalogue).get(question.number()))
    filters = {"with_keywords": str(keyword.id), "include_adult": question.parameters.get("include_adult", "false")}
    return {"id": keyword.id, **discovered(question, filters)}


ROUTES: dict[str, Endpoint] = {
    "/3/collection/{}": _collection,
    "/3/collection/{}/images": _collection_images,
    "/3/collection/{}/translations": _collection_translations,
    "/3/company/{}": _company,
    "/3/company/{}/alternative_names": _company_names,
    "/3/company/{}/images": _company_images,
    "/3/company/{}/movies": _company_movies,
    "/3/keyword/{}": _keyword,
    "/3/keyword/{}/movies": _keyword_movies,
}
