"""Read moments as people and programs write them: ISO 8601, in UTC unless they say otherwise."""

from datetime import UTC, datetime


def moment(text: str) -> float:
    """Read a moment, as seconds since 1970.

    >>> moment("2026-06-01"), moment("2026-06-01T12:00:00Z") - moment("2026-06-01")
    (1780272000.0, 43200.0)

    Raises:
        ValueError: The text is no moment.
    """
    try:
        # In a query string, an unescaped plus sign has become a blank.
        read = datetime.fromisoformat(text.strip().replace(" ", "+") if text.count(" ") == 1 and "T" in text else text)
    except ValueError:
        raise ValueError(f"{text!r} is no moment; write it like 2026-06-01 or 2026-06-01T12:00:00Z") from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def written_moment(seconds: float) -> str:
    """Write a moment the way `moment` reads it.

    >>> written_moment(1780272000.5)
    '2026-06-01T00:00:00.500000Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
