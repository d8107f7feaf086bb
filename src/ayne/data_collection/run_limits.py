"""Refuse limits of a run that nobody can mean."""

# Pure: values in, values out.

from __future__ import annotations


def check_limits(**limits: float | None) -> None:
    """Check that no limit is negative; None stands for no limit.

    Raises:
        ValueError: one is, and the message names it.

    Example:
        >>> check_limits(limit=-1)
        Traceback (most recent call last):
        ValueError: limit must not be negative, got -1
    """
    for name, limit in limits.items():
        if limit is not None and not limit >= 0:
            raise ValueError(f"{name} must not be negative, got {limit}")
