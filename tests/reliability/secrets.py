"""Whatever happens, a key is nowhere but on the wire: all that commands and failures leave behind is searched.

In each trial a few commands are run in a folder of their own, with keys from the environment or from ``.env``, against
the sandbox or a server that gives everything back that it was sent. One that starts others is watched as everybody on
the machine sees it. Then the clients themselves are made to fail in ways of the network, with everything logged and
each traceback printed with the values in it.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import logging
import os
import pickle
import random
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import duckdb
import psutil
from rich.console import Console
from rich.traceback import Traceback

from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.tmdb import TMDBClient
from ayne.errors import AyneError, SourceError
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import addresses, running
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.reliability.children import Said, command, in_child, own_environment
from tests.reliability.hostile import listening, once

V3_KEY = "5ec4e70fedcba9876543210fedcba987"
V4_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI1ZWM0ZTcwIn0.5ec4e70-signature_5ec4e70"
OMDB_KEY = "5ec4e709"
PASSWORD = "5ec4e70-password"

_SPAN = ("--from", "2020", "--to", "2020")
_FAST = ("--rate", "2000")
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("plan", *_SPAN, "--min-votes", "0"),
    ("refresh", "--limit", "3", *_FAST),
    ("ratings", "--limit", "3", *_FAST),
    ("sync", *_SPAN, "--max-requests", "20", *_FAST),
    ("doctor",),
    ("status",),
    ("status", "--json"),
    ("movie", "550", "--history"),
    ("sql", "SELECT * FROM runs"),
    ("sql", "SELECT no such thing"),
    ("export", "--format", "csv", "--out", "csv"),
    ("export", "--format", "parquet", "--out", "parquet"),
    ("report", "--out", "report.html"),
    ("rebuild",),
    ("purge",),
)  # fmt: skip

# These start others: a sandbox, the workers of a cluster.
_WITH_PROCESSES = ("--sandbox",), ("--dask", "local:1")


def _trial(seed: int) -> Tally:
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for said in _live(Path(folder), dice):
            assert "Traceback" not in said.err, said.err[-2000:]
            _search(f"{said.out}\n{said.err}".encode(), "what a command printed", tally)
            tally.counts["commands"] += 1
        for path in Path(folder).rglob("*"):
            if path.is_file() and path.name != ".env":
                for text in _texts(path):
                    _search(text, path.name, tally)
    with tempfile.TemporaryDirectory() as folder:
        for line in _process_list(Path(folder), dice):
            _search(line, "the list of processes", tally)
            tally.counts["processes"] += 1
    for text in _failures(dice):
        _search(text, "a failure of a client", tally)
        tally.counts["failures"] += 1
    return tally


def _search(text: bytes, where: str, tally: Tally) -> None:
    tally.counts.update(places=1, bytes=len(text))
    for secret in (V3_KEY, V4_TOKEN, V4_TOKEN.rpartition(".")[2], OMDB_KEY, PASSWORD):
        plain = secret.encode()
        for form in (
            plain,
            quote(secret, safe="").encode(),
            base64.b64encode(plain).rstrip(b"="),
            plain.hex().encode(),
        ):
            place = text.find(form)
            assert place < 0, f"a key in {where}: …{text[max(0, place - 150) : place].decode(errors='replace')}"


def _texts(path: Path) -> Iterator[bytes]:
    """What a file holds, as it is and unpacked."""
    body = path.read_bytes()
    yield body
    if path.suffix == ".gz":
        with suppress(EOFError, OSError):
            yield gzip.decompress(body)
    if path.suffix == ".parquet":
        yield repr(duckdb.read_parquet(str(path)).fetchall()).encode()
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as con:
            for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                yield repr(con.table(name).fetchall()).encode()


# --- commands -----------------------------------------------------------------------------------------------------


def _live(folder: Path, dice: random.Random) -> Iterator[Said]:
    keys = {"OMDB_API_KEY": OMDB_KEY}
    keys |= {"TMDB_API_KEY": V3_KEY} if dice.random() < 0.5 else {"TMDB_ACCESS_TOKEN": V4_TOKEN}
    if dice.random() < 0.5:
        lines = "".join(f"{name}={value}\n" for name, value in keys.items())
        (folder / ".env").write_text(lines, encoding="utf-8")
        keys = {}
    collect = ("collect", *_SPAN, "--min-votes", "0", "--limit", "5", "--parts", "credits", *_FAST)
    with _server(dice) as urls:
        for arguments in (collect, *dice.sample(_COMMANDS, 4)):
            loud = dice.choice(((), ("-v",), ("-vv",)))
            yield in_child(command, [*arguments, *loud], keys | urls, str(folder))
            assert arguments is not collect or _Echo.status != 200 or (folder / "films.duckdb").exists()


def _process_list(folder: Path, dice: random.Random) -> set[bytes]:
    """What a command and the processes it starts show to everybody on the machine, from beginning to end."""
    lines: set[bytes] = set()
    arguments = [*_SPAN, "--min-votes", "0", *_FAST, *dice.choice(_WITH_PROCESSES)]
    with running(SandboxApp(_films())) as sandbox:
        environment = own_environment() | addresses(sandbox.url) | {"TMDB_API_KEY": V3_KEY}
        with subprocess.Popen(
            [sys.executable, "-m", "ayne", "collect", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            command = psutil.Process(process.pid)
            while process.poll() is None:
                with suppress(psutil.Error):
                    for seen in (command, *command.children(recursive=True)):
                        lines.add(" ".join([seen.name(), *seen.cmdline()]).encode())
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
    assert process.returncode == 0, f"the command ended with {process.returncode}"
    assert len(lines) > 1, "the command was seen alone, though it starts others"
    return lines


@contextmanager
def _server(dice: random.Random) -> Iterator[dict[str, str]]:
    """The sandbox, or somebody who repeats what he is told."""
    if dice.random() < 0.5:
        _Echo.status = 200
        with running(SandboxApp(_films())) as sandbox:
            yield addresses(sandbox.url)
        return
    _Echo.status = dice.choice((200, 200, 401, 404))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield addresses(f"http://127.0.0.1:{server.server_port}/3")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _films() -> Catalogue:
    return Catalogue.generated(500, seed=1)


class _Echo(BaseHTTPRequestHandler):
    """Gives back the request in every place that an answer has."""

    status = 200

    def do_GET(self) -> None:
        told = f"{self.path} {self.headers.get('Authorization', '')}".replace('"', "").strip()
        film = f'{{"id":550,"imdb_id":"tt0137523","title":"{told}","overview":"{told}","{told}":1,"status":"{told}"}}'
        row = f'{{"id":550,"title":"{told}","release_date":"2020-05-05","vote_count":1}}'
        body = (
            f'{{"results":[{row}],"page":1,"total_pages":1,"total_results":1}}'
            if "discover" in self.path or "changes" in self.path
            else f'{{"Response":"True","imdbID":"tt0137523","Title":"{told}","Plot":"{told}"}}'
            if "omdb" in self.path
            else film
        )
        if self.status != 200:
            body = f'{{"status_code":7,"status_message":"no such key: {told}","Error":"{told}"}}'
        self.send_response(self.status, told)
        for name in ("ETag", "Location", "Retry-After", "Date", "Server", "X-Echo", "WWW-Authenticate", "Set-Cookie"):
            self.send_header(name, f'"{told}"' if name == "ETag" else told)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


# --- clients ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Log:
    """All that is logged and warned of, with everything that a record carries."""

    text: io.StringIO

    @classmethod
    @contextmanager
    def of_everything(cls) -> Iterator[_Log]:
        log = cls(io.StringIO())
        handler = logging.StreamHandler(log.text)
        handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s %(pathname)s"))
        root = logging.getLogger()
        before = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                yield log
            log.text.writelines(f"{warning.message} {warning.source!r}\n" for warning in caught)
        finally:
            root.setLevel(before)
            root.removeHandler(handler)


def _failures(dice: random.Random) -> Iterator[bytes]:
    """Clients that fail, each with its log, its error in every form, and itself."""
    for kind in dice.sample(sorted(_WIRES), 3):
        with _Log.of_everything() as log:
            told = asyncio.run(_fail(kind, dice.choice(("v3", "v4", "omdb"))))
        yield f"{told}\n{log.text.getvalue()}".encode()
    with _Log.of_everything() as log:
        told = asyncio.run(_fail_to_share(dice.choice((V3_KEY, V4_TOKEN))))
    yield f"{told}\n{log.text.getvalue()}".encode()


async def _fail_to_share(key: str) -> str:
    """A client whose allowance is at a server that refuses its password."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"-WRONGPASS invalid username-password pair or user is disabled.\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = TMDBClient(key, base_url="http://127.0.0.1:1/3", allowance=f"redis://me:{PASSWORD}@127.0.0.1:{port}/0")
        told = [
            repr(client),
            repr(vars(client)),
            repr(client.token_server),
            repr(client.token_server and vars(client.token_server)),
        ]
        error = await _error_of_joining(client)
    return "\n".join([*told, *_forms(error)])


async def _error_of_joining(client: TMDBClient) -> BaseException:
    try:
        async with client:
            raise AssertionError("it was let in")
    except AyneError as error:
        return error


# What the server was told; it knows no other key than that of whoever asks.
_ECHOED = b"ECHO"
_WIRES: dict[str, tuple[bytes, ...]] = {
    "reason": (b"HTTP/1.1 500 " + _ECHOED + b"\r\nContent-Length: 0\r\n\r\n",),
    "no status": (_ECHOED + b"\r\n\r\n",),
    "no header": (b"HTTP/1.1 200 OK\r\n" + _ECHOED + b"\r\n\r\n",),
    "broken chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + _ECHOED + b"\r\n",),
    "no json": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + _ECHOED,),
    "encoding": (b"HTTP/1.1 200 OK\r\nContent-Encoding: " + _ECHOED + b"\r\nContent-Length: 2\r\n\r\n{}",),
    "nothing": (),
    "refused": (),
    "no tls": (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
    "no name": (),
    "through a proxy": (b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",),
    "proxy speaks no http": (_ECHOED + b"\r\n\r\n",),
}


_ECHOES = {"v3": f"?api_key={V3_KEY}", "v4": f"Bearer {V4_TOKEN}", "omdb": f"?apikey={OMDB_KEY}"}


async def _fail(kind: str, credential: str) -> str:
    echo = _ECHOES[credential].encode()
    async with listening(once(*(piece.replace(_ECHOED, echo) for piece in _WIRES[kind]))) as server:
        url = {
            "refused": "http://127.0.0.1:1",
            "no tls": server.url.replace("http://", "https://"),
            "no name": "http://films.invalid",
            "through a proxy": "https://films.invalid",
            "proxy speaks no http": "http://films.invalid",
        }.get(kind, server.url)
        proxy = server.url.replace("http://", f"http://me:{PASSWORD}@") if "proxy" in kind else None
        with _environment(http_proxy=proxy, https_proxy=proxy):
            client = _client(credential, url)
        async with client:
            told = [repr(client), str(client), repr(vars(client)), _pickled(client)]
            if error := await _error_of(client):
                told += _forms(error)
    return "\n".join(told)


async def _error_of(client: TMDBClient | OMDBClient) -> SourceError | None:
    """What comes of asking; in a frame of its own, which knows no key."""
    try:
        await (client.get_ratings("tt0137523") if isinstance(client, OMDBClient) else client.get_movie_details(550))
    except SourceError as error:
        return error
    return None


def _client(credential: str, url: str) -> TMDBClient | OMDBClient:
    if credential == "omdb":
        return OMDBClient(OMDB_KEY, base_url=url, max_retries=0)
    return TMDBClient(V3_KEY if credential == "v3" else V4_TOKEN, base_url=f"{url}/3", max_retries=0)


def _pickled(thing: object) -> str:
    try:
        return repr(pickle.dumps(thing))
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing was pickled
        return repr(error)


def _forms(error: BaseException) -> list[str]:
    """An error as it may be shown, with the values of every frame, and all that led to it, also what it hides."""
    told: list[str] = []
    link: BaseException | None = error
    while link:
        console = Console(file=io.StringIO(), width=400)
        shown = Traceback.from_exception(
            type(link), link, link.__traceback__, show_locals=True, locals_max_string=10_000, locals_max_length=1_000
        )
        with console.capture() as printed:
            console.print(shown)
        plain = "".join(traceback.TracebackException.from_exception(link, capture_locals=True).format())
        told += [repr(link), str(link), repr(vars(link)), _pickled(link), plain, printed.get()]
        link = link.__cause__ or link.__context__
    return told


@contextmanager
def _environment(**values: str | None) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in (*values, "no_proxy", "NO_PROXY")}
    for name in before:
        os.environ.pop(name, None)
    os.environ.update({name: value for name, value in values.items() if value})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _told(figures: Figures) -> str:
    return (
        f"{figures['commands']:,} commands, {figures['processes']:,} processes of commands that start others, and "
        f"{figures['failures']:,} failures of clients, {figures['places']:,} "
        f"places searched, {figures['bytes'] / 1e6:,.0f} MB: keys found 0"
    )


SECRETS = Campaign("secrets", "A key is nowhere but on the wire", _trial, quick=2, long=50, told=_told)
