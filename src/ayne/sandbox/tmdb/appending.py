"""Append parts to an answer: `append_to_response`, for everything that has parts.

https://developer.themoviedb.org/docs/append-to-response
"""

from collections.abc import Mapping

from ayne.sandbox.films.columns import Body

from .questions import TOO_MANY_PARTS, Endpoint, Mistake, Question

_MOST_APPENDED = 20


def names(question: Question) -> list[str]:
    """Return the parts that are to be appended, known or not.

    Raises:
        Mistake: They are too many.
    """
    found = [name for name in question.parameters.get("append_to_response", "").split(",") if name]
    if len(found) > _MOST_APPENDED:
        raise Mistake(TOO_MANY_PARTS)
    return found


def with_parts(body: Body, question: Question, parts: Mapping[str, Endpoint]) -> Body:
    """Return the body with the parts that are asked for, each without its id; names that mean nothing are ignored.

    Raises:
        Mistake: Too many parts are asked for.
    """
    appended = {name: parts[name](question) for name in names(question) if name in parts}
    return body | {name: _without_id(part) for name, part in appended.items()}


def _without_id(part: object) -> object:
    return {key: value for key, value in part.items() if key != "id"} if isinstance(part, dict) else part
