"""Whole processes: a sandbox to collect from, and ``ayne collect`` as a user starts it.

The sandbox has a process of its own, so that it and the collector do not share an interpreter lock: its log tells when
requests arrived, not when Python came round to them.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).resolve().parents[1]

T = TypeVar("T")

# The shape of a v3 key; a sandbox accepts any.
KEY = "0" * 32

# Nothing here takes a tenth of it; what takes longer hangs, and is ended.
MOST_SECONDS = 900.0

Figures = dict[str, Any]


class Skipped(Exception):
    """A figure cannot be had here; the message says what it needs."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox in another process."""

    url: str
    pid: int = 0

    def report(self) -> dict[str, Any]:
        """What it was asked, in figures."""
        return self._get("requests")

    def log(self) -> list[dict[str, Any]]:
        """Every request it got, in order."""
        entries: list[dict[str, Any]] = self._get("requests", log="1")["log"]
        return entries

    def ids(self, **filters: str) -> list[int]:
        """The films that discovery can reach, with the filters of ``/discover/movie``."""
        ids: list[int] = self._get("truth", ids="1", **filters)["ids"]
        return ids

    def reset(self) -> None:
        """Empty the log."""
        httpx.post(self._own("reset"), trust_env=False, timeout=60).raise_for_status()

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        answer = httpx.get(self._own(path), params=parameters, trust_env=False, timeout=60)
        body: dict[str, Any] = answer.raise_for_status().json()
        return body

    def _own(self, path: str) -> str:
        return f"{self.url.removesuffix('/3')}/sandbox/{path}"


@contextmanager
def sandbox(*options: str, **environment: str) -> Iterator[Sandbox]:
    """Start ``ayne sandbox`` with these options and variables; it ends with the context, or with this process."""
    command = [sys.executable, "-m", "ayne", "sandbox", "--port", "0", "--until-stdin-closes", *options]
    process = subprocess.Popen(  # noqa: S603 - our own command line
        command,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                raise RuntimeError(f"the sandbox did not start: {' '.join(command)}")
            yield Sandbox(url, process.pid)
        finally:
            if process.stdin:
                process.stdin.close()


def start_collect(server: Sandbox, database: Path, *options: str) -> subprocess.Popen[str]:
    """Start ``ayne collect`` from a sandbox into a file."""
    return start_ayne("collect", server, database, *options)


def start_ayne(name: str, server: Sandbox, database: Path, *options: str) -> subprocess.Popen[str]:
    """Start a command that collects from a sandbox into a file."""
    command = [sys.executable, "-m", "ayne", name, "--db", str(database), "--quiet", *options]
    environment = {**os.environ, "AYNE_TMDB_URL": server.url, "TMDB_API_KEY": KEY}
    environment.pop("TMDB_ACCESS_TOKEN", None)
    return subprocess.Popen(  # noqa: S603 - our own command line
        # A folder without an .env file, which would be read.
        command,
        env=environment,
        cwd=database.parent,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def collect(server: Sandbox, database: Path, *options: str) -> None:
    """Run ``ayne collect`` from a sandbox into a file to its end.

    Raises:
        RuntimeError: it did not end with exit code 0; the message is what it said.
    """
    see_through(start_collect(server, database, *options))


def see_through(process: subprocess.Popen[str], seconds: float = MOST_SECONDS) -> None:
    """Let a started ``ayne collect`` come to its end, within so many seconds.

    Raises:
        RuntimeError: it did not end with exit code 0; the message is what it said.
    """
    try:
        _, said = process.communicate(timeout=seconds)
    finally:
        process.kill()
    if process.returncode:
        raise RuntimeError(f"ayne collect ended with exit code {process.returncode}: {said}")


def killed_at(process: subprocess.Popen[str], server: Sandbox, requests: int) -> int:
    """Let a collector work until the server has so many requests, and kill it then; the exit code it ended with."""
    until = time.monotonic() + MOST_SECONDS
    with process:
        try:
            while process.poll() is None and server.report()["total"] < requests and time.monotonic() < until:
                time.sleep(0.1)
        finally:
            process.kill()
    return process.returncode


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run something of ayne's in this process, for a bounded time."""
    return asyncio.run(asyncio.wait_for(work, MOST_SECONDS))


def most_memory() -> int:
    """The most memory this process has had, in MB. What getrusage tells is that of its parent, if that had more."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return round(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


@contextmanager
def each_on_its_core() -> Iterator[None]:
    """Keep this process off the server's core, where there are two and the system lets one choose."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[1]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def move(pid: int, core: int) -> None:
    """Keep a process on a core, where the system lets one choose."""
    if sys.platform == "linux" and core in os.sched_getaffinity(pid):
        os.sched_setaffinity(pid, {core})
