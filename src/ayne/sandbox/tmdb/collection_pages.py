"""Serve `/collection/{id}`, `/company/{id}` and `/keyword/{id}`.

https://developer.themoviedb.org/reference/collection-details
"""

from typing import TypeVar

from ayne.sandbox.chance import Dice
from ayne.sandbox.directory import companies, keywords, parts_of
from ayne.sandbox.films import words
from ayne.sandbox.films.columns import Body, Company

from .appending import with_parts
from .languages import images_in
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
    return with_parts(_collection_itself(question), question, _COLLECTION_PARTS)


def _collection_itself(question: Question) -> Body:
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
    collection = _collection_itself(question)
    body = {
        "id": collection["id"],
        "backdrops": [_image(path, 1280, 720) for path in [collection["backdrop_path"]] if path],
        "posters": [_image(path, 1000, 1500) for path in [collection["poster_path"]] if path],
    }
    return images_in(body, question)


def _image(path: str, width: int, height: int) -> Body:
    dice = Dice("image of", path)
    votes = dice.below(30)
    language = dice.pick((None, "en"))
    return {
        "aspect_ratio": round(width / height, 3),
        "height": height,
        "iso_3166_1": "US" if language else None,
        "iso_639_1": language,
        "file_path": path,
        "vote_average": dice.below(10_000) / 1000 if votes else 0.0,
        "vote_count": votes,
        "width": width,
    }


def _collection_translations(question: Question) -> Body:
    collection = _collection_itself(question)
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
    body = {
        "description": "",
        "headquarters": dice.pick(words.PLACES) if dice.chance(50) else "",
        "homepage": f"https://companies.example/{company.id}" if dice.chance(30) else "",
        "id": company.id,
        "logo_path": company.logo_path,
        "name": company.name,
        # Where it is not known, films have "" for it.
        "origin_country": company.origin_country or None,
        "parent_company": _parent(question, company),
    }
    return with_parts(body, question, _COMPANY_PARTS)


def _parent(question: Question, company: Company) -> Body | None:
    """Return the company that owns another one, if any does: an older one, so that none owns itself."""
    dice = Dice("parent of", company.id)
    older = [each for each in companies(question.catalogue).values() if each.id < company.id]
    if not older or not dice.chance(10):
        return None
    parent = dice.pick(older)
    return {"id": parent.id, "logo_path": parent.logo_path, "name": parent.name}


def _company_images(question: Question) -> Body:
    company = _known(companies(question.catalogue).get(question.number()))
    return {"id": company.id, "logos": logos_of(company.id, company.logo_path)}


def logos_of(number: int, path: str | None) -> list[Body]:
    """Return the logos of a company or a network: the one it has, if any."""
    logos = [_image(each, 500, 250) for each in [path] if each]
    for logo in logos:
        del logo["iso_3166_1"], logo["iso_639_1"]
    return [logo | {"id": Dice("logo", number).hex(24), "file_type": ".png"} for logo in logos]


def _company_movies(question: Question) -> Body:
    """Return the films of a company: no longer documented, and still what libraries ask for."""
    company = _known(companies(question.catalogue).get(question.number()))
    return {"id": company.id, **discovered(question, {"with_companies": str(company.id)})}


def _company_names(question: Question) -> Body:
    company = _known(companies(question.catalogue).get(question.number()))
    return {"id": company.id, "results": []}


def _keyword(question: Question) -> Body:
    keyword = _known(keywords(question.catalogue).get(question.number()))
    return with_parts(keyword._asdict(), question, _KEYWORD_PARTS)


def _keyword_movies(question: Question) -> Body:
    keyword = _known(keywords(question.catalogue).get(question.number()))
    filters = {"with_keywords": str(keyword.id), "include_adult": question.parameters.get("include_adult", "false")}
    return {"id": keyword.id, **discovered(question, filters)}


_COLLECTION_PARTS: dict[str, Endpoint] = {"images": _collection_images, "translations": _collection_translations}
_COMPANY_PARTS: dict[str, Endpoint] = {
    "alternative_names": _company_names,
    "images": _company_images,
    "movies": _company_movies,
}
_KEYWORD_PARTS: dict[str, Endpoint] = {"movies": _keyword_movies}

ROUTES: dict[str, Endpoint] = {
    "/3/collection/{}": _collection,
    "/3/company/{}": _company,
    "/3/keyword/{}": _keyword,
    **{f"/3/collection/{{}}/{name}": part for name, part in _COLLECTION_PARTS.items()},
    **{f"/3/company/{{}}/{name}": part for name, part in _COMPANY_PARTS.items()},
    **{f"/3/keyword/{{}}/{name}": part for name, part in _KEYWORD_PARTS.items()},
}
