"""Find out where a setting comes from: the command line, the environment, ``ayne.toml`` here, the user's, or nowhere.

The first of these that has it wins. A key of a file is the long name of an option, ``min_votes`` for ``--min-votes``.
At the top it applies to every command that has the option, and has a variable, ``AYNE_MIN_VOTES``. In a table with a
command's name it applies to that command alone, and wins. Options that differ in meaning between commands may stand in
tables only. API keys of TMDB and OMDb may stand in a file too, and are never shown.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ayne import settings
from ayne.errors import ConfigurationError

FILE_NAME = "ayne.toml"
ENV_FILE = ".env"
PREFIX = "AYNE_"

# Keys of a file, and the variables that mean the same.
CREDENTIALS = {
    "tmdb_api_key": "TMDB_API_KEY",
    "tmdb_access_token": "TMDB_ACCESS_TOKEN",
    "omdb_api_key": "OMDB_API_KEY",
}

# Written out, because the module that knows them takes too long to import for a help text; a test compares.
POLICY = frozenset(
    {
        *("before_release", "after_release", "new_for", "in_cinemas", "announced", "undated", "first_year", "older"),
        *("quiet", "quiet_votes", "quiet_popularity", "near_limit", "settled", "recent", "recent_span", "older_span"),
        *("refused", "airing", "airing_for"),
    }
)

_POLICY_KEYS = frozenset(("refresh", key) for key in POLICY)

# Either suffices; setting one overrides the other in lower layers.
_ALTERNATIVES = (("TMDB_API_KEY", "TMDB_ACCESS_TOKEN"), ("OMDB_API_KEY",))


@dataclass(frozen=True, slots=True)
class Known:
    """The settings that exist.

    Attributes:
        of_command: the keys that each command takes.
        shared: those that may stand outside of a command's table.
        of_policy: further keys of the table ``[refresh]``, which are no options.
    """

    of_command: Mapping[str, frozenset[str]]
    shared: frozenset[str]
    of_policy: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Layer:
    """The settings of one file.

    Attributes:
        name: the file, as it is shown.
        shared: settings for every command that takes them.
        of_command: settings for one command.
    """

    name: str
    shared: Mapping[str, Any] = field(default_factory=dict)
    of_command: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def table(self, command: str) -> Mapping[str, Any]:
        """Return the settings for one command alone."""
        return self.of_command.get(command, {})

    def keys(self) -> dict[str, str]:
        """The credentials, by the names of their variables."""
        return {variable: str(self.shared[key]) for key, variable in CREDENTIALS.items() if self.shared.get(key)}


@dataclass(frozen=True, slots=True)
class Origin:
    """A setting, its value, and the source of the value."""

    setting: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Found:
    """A setting, and where it was found.

    Attributes:
        place: the environment, or the name of a file.
        told: the place as it is told, with the variable or the table.
        value: what it is there.
    """

    place: str
    told: str
    value: Any


@dataclass(frozen=True, slots=True)
class Configuration:
    """All layers below the command line.

    Attributes:
        environment: the variables as they were, without those of an ``.env`` file.
        env_file: those of the ``.env`` file that count.
        layers: the files, the strongest first.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    env_file: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()

    def defaults(self, known: Known) -> dict[str, dict[str, Any]]:
        """What the files say, by command and option."""
        found: dict[str, dict[str, Any]] = {command: {} for command in known.of_command}
        for layer in reversed(self.layers):
            for command, options in known.of_command.items():
                # What the refresh policy calls quiet are films.
                own = {key: value for key, value in layer.table(command).items() if (command, key) not in _POLICY_KEYS}
                of_layer = {**layer.shared, **own}
                found[command].update({key: value for key, value in of_layer.items() if key in options})
        return found

    def policy(self) -> dict[str, Any]:
        """Return what the files say about how old copies may grow."""
        said: dict[str, Any] = {}
        for layer in reversed(self.layers):
            said.update({key: value for key, value in layer.table("refresh").items() if key in POLICY})
        return said

    def variables(self) -> dict[str, str]:
        """Return the environment to run in: the process's own, then the ``.env`` file, then the credentials."""
        variables = {**self.env_file, **self.environment}
        for layer in self.layers:
            variables |= without_alternatives(layer.keys(), variables)
        return variables

    def source_of(self, command: str, key: str) -> str | None:
        """Return where a setting of a command comes from, other than the command line; None for nowhere."""
        found = self.found(command, key)
        return found.told if found else None

    def found(self, command: str, key: str) -> Found | None:
        """Return a setting of a command, other than from the command line; None when nothing sets it."""
        return next(self._sources(command, key), None)

    def key_from(self, *variables: str) -> tuple[str, str] | None:
        """Return the place of the first of these credentials that is set, and the place in words; None for no key."""
        known = self.variables()
        for variable in variables:
            if known.get(variable, "").strip():
                return self._place_of_key(variable)
        return None

    def origins(self, known: Known) -> Iterator[Origin]:
        """Return every setting that is set anywhere, with the source that won; credentials are hidden."""
        variables = self.variables()
        for variable in CREDENTIALS.values():
            if value := variables.get(variable, "").strip():
                yield Origin(variable.lower(), f"hidden, {len(value)} characters", self._place_of_key(variable)[1])
        for key in sorted(known.shared):
            if found := self.found("", key):
                yield Origin(key, shown(found.value), found.told)
        for command in sorted(known.of_command):
            for key in sorted({key for layer in self.layers for key in layer.table(command)}):
                if found := self.found(command, key):
                    yield Origin(f"{command}.{key}", shown(found.value), found.told)

    def _sources(self, command: str, key: str) -> Iterator[Found]:
        variable = variable_of(key)
        if value := self.environment.get(variable):
            yield Found(settings.ENVIRONMENT, f"variable {variable}", value)
        if value := self.env_file.get(variable):
            yield Found(ENV_FILE, f"{variable} in {ENV_FILE}", value)
        for layer in self.layers:
            if key in layer.table(command):
                yield Found(layer.name, f"{layer.name} [{command}]", layer.table(command)[key])
            if key in layer.shared:
                yield Found(layer.name, layer.name, layer.shared[key])

    def _place_of_key(self, variable: str) -> tuple[str, str]:
        if self.environment.get(variable, "").strip():
            return settings.ENVIRONMENT, f"variable {variable}"
        if self.env_file.get(variable, "").strip():
            return ENV_FILE, f"{variable} in {ENV_FILE}"
        name = next(layer.name for layer in self.layers if variable in layer.keys())  # noqa: SIM118 - a layer has keys and no `in`
        return name, name


def variable_of(key: str) -> str:
    """Return the environment variable of a setting.

    >>> variable_of("min_votes")
    'AYNE_MIN_VOTES'
    """
    return f"{PREFIX}{key.upper()}"


def unknown_variables(environment: Iterable[str], known: Known) -> list[str]:
    """Variables that look like ayne's and are none, each with the nearest right one."""
    names = {variable_of(key) for key in known.shared}
    strange = sorted(name for name in environment if name.startswith(PREFIX) and name not in names)
    return [f"{name} is no setting{_nearest(name, names)}" for name in strange]


def without_alternatives(found: Mapping[str, str], stronger: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a stronger source does not override.

    >>> without_alternatives({"TMDB_API_KEY": "a", "OMDB_API_KEY": "b"}, {"TMDB_ACCESS_TOKEN": "c"})
    {'OMDB_API_KEY': 'b'}
    """
    taken = {
        name for names in _ALTERNATIVES if any(stronger.get(other, "").strip() for other in names) for name in names
    }
    taken |= {name for name, value in stronger.items() if name not in CREDENTIALS.values() or value.strip()}
    return {name: value for name, value in found.items() if name not in taken}


def load(known: Known, environment: Mapping[str, str], user_folder: Path) -> Configuration:
    """Read the ``.env`` file and both configuration files.

    Raises:
        ConfigurationError: a file cannot be read, or has an unknown key.
    """
    env_file = without_alternatives(settings.read_env_file(Path(ENV_FILE)), environment)
    files = [(FILE_NAME, Path(FILE_NAME)), (str(user_folder / FILE_NAME), user_folder / FILE_NAME)]
    layers = [_layer(name, file, known) for name, file in files]
    return Configuration(dict(environment), env_file, tuple(layer for layer in layers if layer))


def files_with_keys(user_folder: Path) -> Iterator[tuple[Path, bool]]:
    """Return each file that holds a credential, and whether users other than its owner may read it."""
    for path in (Path(ENV_FILE), Path(FILE_NAME), user_folder / FILE_NAME):
        try:
            text = settings.read_text(path).upper()
            mode = path.stat().st_mode
        except (OSError, ConfigurationError):
            continue
        if any(name in text for name in CREDENTIALS.values()):
            yield path, os.name == "posix" and bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def read_layer(name: str, document: Mapping[str, Any], known: Known) -> Layer:
    """Read the settings of a parsed file.

    Args:
        name: the file, for errors.
        document: what it says.
        known: what it may say.

    Raises:
        ConfigurationError: it has an unknown key, or an invalid value.

    Example:
        >>> known = Known({"collect": frozenset({"rate", "min_votes"})}, shared=frozenset({"rate"}))
        >>> read_layer("ayne.toml", {"rate": 4, "collect": {"min-votes": 0}}, known).of_command
        {'collect': {'min_votes': 0}}
        >>> read_layer("ayne.toml", {"rat": 4}, known)
        Traceback (most recent call last):
        ayne.errors.ConfigurationError: ayne.toml has an unknown setting 'rat'. Did you mean 'rate'?
    """
    shared: dict[str, Any] = {}
    of_command: dict[str, dict[str, Any]] = {}
    for written, value in document.items():
        key = written.replace("-", "_")
        if isinstance(value, Mapping):
            if key not in known.of_command:
                raise _unknown(name, f"table [{written}]", key, known.of_command)
            further = known.of_policy if key == "refresh" else frozenset()
            of_command[key] = _values(f"{name} [{key}]", value, known.of_command[key] | further)
            continue
        owners = [f"[{command}]" for command, keys in known.of_command.items() if key in keys]
        if owners and key not in known.shared:
            raise ConfigurationError(
                f"{name}: {written} belongs to one command. Put it into the command's table, {' or '.join(owners)}."
            )
        shared |= _values(name, {written: value}, known.shared | CREDENTIALS.keys())
    return Layer(name, shared, of_command)


def _layer(name: str, path: Path, known: Known) -> Layer | None:
    try:
        document = settings.read_toml(path)
    except FileNotFoundError:
        return None
    return read_layer(name, document, known)


def _values(where: str, table: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    found = {}
    for written, value in table.items():
        key = written.replace("-", "_")
        if key not in known:
            raise _unknown(where, f"setting {written!r}", key, known)
        is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not is_list and not isinstance(value, str | int | float):
            raise ConfigurationError(f"{where}: {written} must be a text, a number, true, false or a list of texts.")
        if key in CREDENTIALS and not isinstance(value, str):
            raise ConfigurationError(f"{where}: {written} must be a text. Write it between quotes.")
        if any("\0" in text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)):
            raise ConfigurationError(f"{where}: {written} has a null character in it. Take it out.")
        found[key] = value
    return found


def _unknown(where: str, what: str, key: str, known: Iterable[str]) -> ConfigurationError:
    hint = _nearest(key, known) or ". `ayne COMMAND --help` lists them."
    return ConfigurationError(f"{where} has an unknown {what}{hint}")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f". Did you mean {near[0]!r}?" if near else ""


def shown(value: Any) -> str:
    """Format a value for people; hide an address that may hold a password.

    >>> shown(["credits", "keywords"]), shown(True), shown("http://me:secret@films.example")
    ('credits,keywords', 'true', 'hidden')
    """
    if isinstance(value, bool):
        return str(value).lower()
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return "hidden" if "://" in text and ("@" in text or "?" in text) else text
