"""The sandbox in process, and things that talk to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ayne.data_collection.tmdb import TMDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.transport import SandboxTransport

KEY = "0123456789abcdef0123456789abcdef"

MakeClient = Callable[..., TMDBClient]


def make_app(catalogue: Catalogue, *, faults: str = "", **options: Any) -> SandboxApp:
    """The sandbox, telling time by the loop it runs on."""
    plan = FaultPlan.parse(faults) if faults else None
    return SandboxApp(catalogue, faults=plan, clock=lambda: asyncio.get_running_loop().time(), **options)


def make_client(app: SandboxApp, **options: Any) -> TMDBClient:
    """A client of a sandbox in process, unhurried by default only by its own defaults."""
    return TMDBClient(KEY, transport=SandboxTransport(app), **{"jitter": 0, **options})
