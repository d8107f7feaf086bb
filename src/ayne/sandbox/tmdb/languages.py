"""Choose the images and videos for a request's languages.

Without a language, images come in all languages and videos in English. With one, only those of that language come,
neither those without words nor the English ones, unless `include_image_language` or `include_video_language` names
them: `en,null`. A country behind the language (`de-DE`) decides nothing.

https://developer.themoviedb.org/docs/image-languages
"""

from ayne.sandbox.films.columns import Body

from .questions import Question

_NO_LANGUAGE = "null"
_DEFAULT_OF_VIDEOS = "en"


def images_in(body: Body, question: Question) -> Body:
    """Return the images in the languages that are asked for; in all of them, if none is."""
    wanted = _asked_for(question, "include_image_language")
    if not wanted:
        return body
    return {
        kind: [image for image in images if _language(image) in wanted] if isinstance(images, list) else images
        for kind, images in body.items()
    }


def videos_in(body: Body, question: Question) -> Body:
    """Return the videos in the languages that are asked for; in English, if none is."""
    wanted = _asked_for(question, "include_video_language") or {_DEFAULT_OF_VIDEOS}
    return body | {"results": [video for video in body["results"] if _language(video) in wanted]}


def _language(item: Body) -> str:
    return str(item["iso_639_1"] or _NO_LANGUAGE)


def _asked_for(question: Question, more: str) -> set[str]:
    named = [question.parameters.get("language", ""), *question.parameters.get(more, "").split(",")]
    return {language.strip().partition("-")[0] for language in named if language.strip()}
