"""Serve what does not depend on films: configuration, genres, certifications, providers, jobs.

https://developer.themoviedb.org/reference/configuration-details
"""

from collections.abc import Iterable, Mapping, Sequence

from ayne.sandbox.chance import Dice
from ayne.sandbox.films.columns import GENRES, Body
from ayne.sandbox.films.offers import PROVIDERS, REGIONS, provider
from ayne.sandbox.films.places import COUNTRIES, LANGUAGES, PRIMARY_TRANSLATIONS, TRANSLATED_COUNTRIES, ZONES
from ayne.sandbox.films.releases import CERTIFICATIONS
from ayne.sandbox.series.columns import GENRES as SERIES
from ayne.sandbox.series.parts import RATINGS

from .questions import Endpoint, Question

_CHANGE_KEYS = """
adult air_date also_known_as alternative_titles biography birthday budget cast certifications character_names
created_by crew deathday episode episode_number episode_run_time freebase_id freebase_mid general genres
guest_stars homepage images imdb_id languages name network origin_country original_name original_title overview
parts place_of_birth plot_keywords production_code production_companies production_countries releases revenue
runtime season season_number season_regular softcore spoken_languages status tagline title translations tvdb_id
tvrage_id type video videos
"""

_CONFIGURATION = {
    "images": {
        "base_url": "http://image.tmdb.org/t/p/",
        "secure_base_url": "https://image.tmdb.org/t/p/",
        "backdrop_sizes": ["w300", "w780", "w1280", "original"],
        "logo_sizes": ["w45", "w92", "w154", "w185", "w300", "w500", "original"],
        "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
        "profile_sizes": ["w45", "w185", "h632", "original"],
        "still_sizes": ["w92", "w185", "w300", "original"],
    },
    "change_keys": _CHANGE_KEYS.split(),
}

#: Names of the genres, in the order of `GENRES`. Other languages get the English ones.
_TRANSLATED_GENRES = {
    "de": "Action,Abenteuer,Animation,Komödie,Krimi,Dokumentarfilm,Drama,Familie,Fantasy,Historie,Horror,Musik,"
    "Mystery,Liebesfilm,Science Fiction,TV-Film,Thriller,Kriegsfilm,Western",
    "es": "Acción,Aventura,Animación,Comedia,Crimen,Documental,Drama,Familia,Fantasía,Historia,Terror,Música,"
    "Misterio,Romance,Ciencia ficción,Película de TV,Suspense,Bélica,Western",
    "fr": "Action,Aventure,Animation,Comédie,Crime,Documentaire,Drame,Familial,Fantastique,Histoire,Horreur,Musique,"
    "Mystère,Romance,Science-Fiction,Téléfilm,Thriller,Guerre,Western",
    "it": "Azione,Avventura,Animazione,Commedia,Crime,Documentario,Dramma,Famiglia,Fantasy,Storia,Horror,Musica,"
    "Mistero,Romance,Fantascienza,televisione film,Thriller,Guerra,Western",
    "pt": "Ação,Aventura,Animação,Comédia,Crime,Documentário,Drama,Família,Fantasia,História,Terror,Música,"
    "Mistério,Romance,Ficção científica,Cinema TV,Thriller,Guerra,Faroeste",
}

_JOBS = {
    "Actors": "Actor,Stunt Double,Voice,Cameo,Special Guest",
    "Writing": "Screenplay,Author,Novel,Characters,Adaptation,Dialogue,Writer,Story,Short Story,Comic Book,Lyricist",
    "Production": "Producer,Executive Producer,Co-Producer,Associate Producer,Line Producer,Casting,Location Manager",
    "Directing": "Director,Co-Director,First Assistant Director,Script Supervisor,Assistant Director",
    "Camera": "Director of Photography,Camera Operator,Steadicam Operator,Still Photographer,Focus Puller",
    "Lighting": "Gaffer,Best Boy Electric,Lighting Technician,Rigging Gaffer,Electrician",
    "Art": "Production Design,Art Direction,Set Decoration,Property Master,Concept Artist,Storyboard Artist",
    "Costume & Make-Up": "Costume Design,Makeup Artist,Hairstylist,Costume Supervisor,Set Costumer",
    "Sound": "Original Music Composer,Sound Designer,Sound Editor,Foley Artist,Music Supervisor,Boom Operator",
    "Editing": "Editor,Assistant Editor,Colorist,Dialogue Editor,Additional Editing",
    "Visual Effects": "Visual Effects Supervisor,Visual Effects Producer,Animation,Compositor,Matte Painter",
    "Crew": "Stunt Coordinator,Stunts,Special Effects,Choreographer,Translator,Thanks,Unit Publicist",
}


def _genres(question: Question) -> Body:
    language = question.parameters.get("language", "").partition("-")[0]
    translated = _TRANSLATED_GENRES.get(language)
    names = translated.split(",") if translated else GENRES.values()
    return {"genres": [{"id": number, "name": name} for number, name in zip(GENRES, names, strict=True)]}


def _series_genres(question: Question) -> Body:
    """Return the genres of series; those that films have as well are translated."""
    translated = {genre["id"]: genre["name"] for genre in _genres(question)["genres"]}
    return {"genres": [{"id": number, "name": translated.get(number, name)} for number, name in SERIES.items()]}


def _countries(question: Question, codes: Iterable[str]) -> list[Body]:
    """Return countries by their English name, and by the one in the language that is asked for."""
    names = TRANSLATED_COUNTRIES.get(question.parameters.get("language", "").partition("-")[0], {})
    return [
        {"iso_3166_1": code, "english_name": COUNTRIES[code], "native_name": names.get(code, COUNTRIES[code])}
        for code in sorted(codes)
    ]


def _meaning(place: int, count: int) -> str:
    """Return what a certification means, as far as its place in the order says it."""
    if place == 0:
        return "The mildest certification: for everybody, or not rated."
    return "The strictest certification." if place == count - 1 else f"Step {place + 1} of {count}, mildest first."


def _certifications(of: Mapping[str, Sequence[str]]) -> Body:
    return {
        "certifications": {
            country: [
                {"certification": name, "meaning": _meaning(place, len(names)), "order": place}
                for place, name in enumerate(names)
            ]
            for country, names in of.items()
        }
    }


def _provider(provider_id: int) -> Body:
    shown = provider(provider_id)
    dice = Dice("provider priorities", provider_id)
    priorities = {region: dice.below(len(PROVIDERS)) for region in REGIONS}
    return {
        "display_priorities": priorities,
        "display_priority": shown["display_priority"],
        "logo_path": shown["logo_path"],
        "provider_name": shown["provider_name"],
        "provider_id": provider_id,
    }


def _providers(question: Question) -> Body:
    region = question.parameters.get("watch_region")
    offered = [_provider(provider_id) for provider_id in PROVIDERS if region is None or region in REGIONS]
    return {"results": offered}


def _always(body: object) -> Endpoint:
    return lambda question: body


ROUTES: dict[str, Endpoint] = {
    "/3/authentication": _always({"success": True, "status_code": 1, "status_message": "Success."}),
    "/3/certification/movie/list": _always(_certifications(CERTIFICATIONS)),
    "/3/certification/tv/list": _always(_certifications(RATINGS)),
    "/3/configuration": _always(_CONFIGURATION),
    "/3/configuration/countries": lambda question: _countries(question, COUNTRIES),
    "/3/configuration/jobs": _always([{"department": name, "jobs": jobs.split(",")} for name, jobs in _JOBS.items()]),
    "/3/configuration/languages": _always(
        [{"iso_639_1": code, "english_name": english, "name": own} for code, (english, own) in LANGUAGES.items()]
    ),
    "/3/configuration/primary_translations": _always(list(PRIMARY_TRANSLATIONS)),
    "/3/configuration/timezones": _always(
        [{"iso_3166_1": country, "zones": list(ZONES[country])} for country in sorted(ZONES)]
    ),
    "/3/genre/movie/list": _genres,
    "/3/genre/tv/list": _series_genres,
    "/3/watch/providers/movie": _providers,
    "/3/watch/providers/tv": _providers,
    "/3/watch/providers/regions": lambda question: {"results": _countries(question, REGIONS)},
}
