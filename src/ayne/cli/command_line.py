"""What all commands share: some options, settings from files and variables, errors in two lines."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from ayne.cli import config, logs
from ayne.cli.streams import ReaderGone
from ayne.cli.terminal import say, say_below, say_script, show_script
from ayne.errors import (
    AyneError,
    CertificateRefused,
    ConfigurationError,
    ConnectionFailed,
    OutOfReach,
    TimedOut,
    Unauthorized,
)

log = logging.getLogger("ayne.cli")

# Where what was said of these lies while a command runs.
_QUIET, _VERBOSE, _LOG_FILE = "ayne.quiet", "ayne.verbose", "ayne.log_file"

# Only those that collect share what they can be told, for others the same word means something else.
_COLLECTING = ("collect", "plan", "ratings", "refresh", "sync")

# A sandbox is told what it is to be where it is started; and a printed script cannot be set.
_WITHOUT_SETTINGS = frozenset({"sandbox", "completion"})

# For one command this is a bound, the next has no use for it.
_OF_ONE_COMMAND = frozenset({"limit", "max_pages"})


class Quoted(ConfigurationError):
    """An error in a text of the user's; the text is shown between what happened and what to do.

    Args:
        happened: what is wrong.
        quoted: lines of the text, and marks below them.
        todo: what to do about it.
    """

    def __init__(self, happened: str, quoted: Sequence[str], todo: str) -> None:
        super().__init__(f"{happened}. {todo}")
        self.happened, self.quoted, self.todo = happened, quoted, todo


def is_quiet() -> bool:
    """Return whether to print errors only."""
    return bool(click.get_current_context().meta.get(_QUIET))


def _speak(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Set how much to print. The options may come before or after the command; the last one counts."""
    if value:
        context.meta[f"ayne.{parameter.name}"] = value
        set_up_logs(context)


def set_up_logs(context: click.Context) -> None:
    """Set up the log as the options say."""
    said = context.meta
    logs.set_up(verbose=said.get(_VERBOSE, 0), quiet=said.get(_QUIET, False), file=said.get(_LOG_FILE))


def speech_options() -> list[click.Option]:
    """Add the options for how much to print, and where."""
    return [
        click.Option(
            ["-q", "--quiet"], is_flag=True, expose_value=False, callback=_speak, help="Print only what went wrong."
        ),
        click.Option(
            ["-v", "--verbose"],
            count=True,
            expose_value=False,
            callback=_speak,
            help="Log more to stderr; -vv logs each request.",
        ),
        click.Option(
            ["--log-file"],
            type=click.Path(dir_okay=False, path_type=Path),
            expose_value=False,
            callback=_speak,
            help="Also write the log to this file; as lines of JSON if its name ends in .jsonl.",
        ),
    ]


class Commands(click.Group):
    """ayne's commands. Each gets the options that all share, and the settings of files and variables."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command."""
        cmd.params += speech_options()
        super().add_command(cmd, name)
        for key, option in _options(cmd).items():
            if key in self.known().shared and cmd.name not in _WITHOUT_SETTINGS:
                option.envvar = config.variable_of(key)

    def known(self) -> config.Known:
        """Return the names of all settings."""
        of_command = {
            name: frozenset(_options(command))
            for name, command in self.commands.items()
            if name not in _WITHOUT_SETTINGS
        }
        shared = {key for name in _COLLECTING for key in of_command.get(name, ())}
        return config.Known(of_command, frozenset(shared) - _OF_ONE_COMMAND, config.POLICY)

    def defaults(self) -> dict[str, Any]:
        """Return the defaults of the settings that commands share."""
        options = {key: option for name in _COLLECTING for key, option in _options(self.commands[name]).items()}
        known = {key: option.default for key, option in options.items() if key in self.known().shared}
        # click has values of its own for "none".
        return {key: value if isinstance(value, str | int | float) else "" for key, value in known.items()}

    def use(self, context: click.Context, configuration: config.Configuration) -> None:
        """Let options that are not given be what files say."""
        defaults: dict[str, dict[str, Any]] = {}
        for name, said in configuration.defaults(self.known()).items():
            options = _options(self.commands[name])
            for key, value in said.items():
                if wanted := _wanted(options[key], value):
                    found = configuration.found(name, key)
                    where = found.told if found and found.value is value else config.FILE_NAME
                    raise ConfigurationError(f"{where}: {key} must be {wanted}. `ayne {name} --help` tells more of it.")
            defaults[name] = {str(options[key].name): _as_default(options[key], value) for key, value in said.items()}
        context.default_map = defaults
        context.obj = configuration

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or raise an error that suggests the closest one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(self.list_commands(ctx))}."
            raise click.UsageError(f"There is no command {args[0]!r}. {hint}", ctx) from None


def _options(command: click.Command) -> dict[str, click.Option]:
    """Return a command's options by their keys."""
    found = {}
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden and not option.is_eager:
            long = max(option.opts, key=len)
            found[long.removeprefix("--").replace("-", "_")] = option
    return found


def _wanted(option: click.Option, value: Any) -> str | None:
    """Return the type that a setting of a file should have, or None if it has it; click checks the value itself."""
    kinds: tuple[type, ...] = (str,)
    wanted = "a text"
    if option.is_bool_flag:
        kinds, wanted = (bool,), "true or false"
    elif isinstance(option.type, click.types.IntParamType):
        kinds, wanted = (int, str), "a whole number"
    elif isinstance(option.type, click.types.FloatParamType):
        kinds, wanted = (int, float, str), "a number"
    elif option.type is click.STRING:
        # Of many texts in a file, and of ids, which are numbers.
        values = value if isinstance(value, list) else [value]
        fits = all(isinstance(item, str | int) and not isinstance(item, bool) for item in values)
        return None if fits else "a text or a list of texts"
    fits = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
    return None if fits else wanted


def _as_default(option: click.Option, value: Any) -> Any:
    """Return a setting of a file in the form that click expects."""
    if option.multiple:
        return value if isinstance(value, list) else [value]
    return ",".join(map(str, value)) if isinstance(value, list) else value


def run(cli: Commands) -> int:
    """Run the command line, and turn whatever comes of it into an exit code, an error into two lines too."""
    try:
        ended = _ended(cli)
        sys.stdout.flush()
    except ReaderGone:
        return 0
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return 130
    except (click.ClickException, AyneError, OSError) as error:
        return say_error(error)
    except Exception as error:
        log.debug("a fault of ayne's own", exc_info=True)
        say_below("ayne: ", f"a fault of ayne's own: {type(error).__name__}: {str(error).partition(chr(10))[0]}")
        say_below("      ", "What was stored is safe. `ayne -vv` with the same words tells where it is, for a report.")
        return 1
    return ended


def say_error(error: click.ClickException | AyneError | OSError) -> int:
    """Say what happened and what to do about it, in two lines; the exit code that it means."""
    if isinstance(error, click.ClickException):
        what, todo = _usage(error)
        code = error.exit_code
    elif isinstance(error, AyneError):
        what, todo = (error.happened, error.todo) if isinstance(error, Quoted) else in_two(_told(error))
        todo = todo or _todo(error)
        code = 2 if isinstance(error, (ConfigurationError, Unauthorized)) else 1
    else:
        what, todo = _of_system(error)
        code = 1
    say_below("ayne: ", what)
    *others, line, marks = ["", "", *error.quoted] if isinstance(error, Quoted) else ["", ""]
    for other in filter(None, others):
        say_below("      ", other)
    for part in filter(None, (line, marks)):
        # Broken, the marks would stand elsewhere.
        say_script(f"      {part}")
    say_below("      ", todo)
    return code


def _ended(cli: Commands) -> int:
    """Run the command line; its exit code."""
    try:
        ended = cli.main(prog_name="ayne", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        show_script(error.ctx.get_help())
        return 2
    except SystemExit as end:
        ended = end.code
    return ended if isinstance(ended, int) else 0


def _of_system(error: OSError) -> tuple[str, str]:
    """Return which system call was refused, and what to do about it."""
    try:
        Path.cwd()
    except OSError:
        return "The working folder is no longer there.", "Change into another one, then run the command again."
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}", "Is it there, is it yours, and is there room? `ayne doctor` looks."


def in_two(message: str) -> tuple[str, str]:
    """Split a message into what happened and what to do; the second is empty when the message does not say.

    >>> in_two("films.duckdb is held by process 12. Wait for it to finish, then try again.")
    ('films.duckdb is held by process 12.', 'Wait for it to finish, then try again.')
    >>> in_two("no answer from films.example")
    ('no answer from films.example', '')
    """
    parts = re.split(r"(?<=[.?!]) (?=[A-Z`])", message, maxsplit=1)
    return parts[0], parts[1] if len(parts) > 1 else ""


def _usage(error: click.ClickException) -> tuple[str, str]:
    """Return what is wrong with a command line, and where to read how to use it."""
    message = error.format_message().replace("a valid float range", "a number")
    what, todo = in_two(message.replace("a valid integer range", "a whole number"))
    context = getattr(error, "ctx", None)
    parameter = getattr(error, "param", None)
    path = context.command_path if context else "ayne"
    where = None
    if context and isinstance(parameter, click.Option) and isinstance(context.obj, config.Configuration):
        key = max(parameter.opts, key=len).removeprefix("--").replace("-", "_")
        source = context.get_parameter_source(str(parameter.name))
        if source in {click.core.ParameterSource.ENVIRONMENT, click.core.ParameterSource.DEFAULT_MAP}:
            where = context.obj.source_of(context.info_name or "", key)
    told = [todo, f"It is set by {where}." if where else "", "" if todo else f"`{path} --help` shows how it is used."]
    return what, " ".join(filter(None, told))


def _told(error: AyneError) -> str:
    """Describe an error. For a server that does not answer, name the server and the cause, without the request."""
    if not isinstance(error, ConnectionFailed | TimedOut | OutOfReach) or isinstance(error, CertificateRefused):
        return str(error)
    # OMDb has one address for everything.
    name = "OMDb" if error.request.startswith("/?") else "TMDB"
    return f"{name} cannot be reached ({unreached(error.message)})"


def unreached(message: str) -> str:
    """Return why a server was not reached, without the words of the library that tried.

    >>> unreached("the connection failed: [Errno 111] Connect call failed ('127.0.0.1', 9)")
    'connection refused by 127.0.0.1, port 9'
    >>> unreached("the connection failed: [Errno -2] Name or service not known")
    'Name or service not known'
    >>> unreached("no whole answer for 120 s; the last: the connection failed: reset")
    'no whole answer for 120 s; the last: reset'
    """
    message = re.sub(r"^(no connection; the last: )?the connection failed: ", "", message)
    message = message.replace("; the last: the connection failed: ", "; the last: ")
    if refused := re.search(r"Connect call failed \('([^']+)', (\d+)", message):
        why = "connection refused by" if "[Errno 111]" in message or "[Errno 61]" in message else "no way to"
        return f"{why} {refused[1]}, port {refused[2]}"
    return re.sub(r"\[Errno -?\d+\] ", "", message)


def _todo(error: AyneError) -> str:
    """Return what to do about an error that does not say so itself."""
    return {
        "CertificateRefused": f"{CertificateRefused.ADVICE}. `ayne doctor` looks.",
        "ConnectionFailed": "Is the network up, and the address right? `ayne doctor` looks.",
        "IncompleteDiscovery": "Is the network up, and the address right? `ayne doctor` looks.",
        "OutOfReach": "Is the network up, and the address right? `ayne doctor` looks. The same command carries on.",
        "TimedOut": "Is the network up? Wait a little; the same command carries on.",
        "RateLimited": "Wait a little, or ask for less with --rate; the same command carries on.",
        "ServerFailure": "The server has trouble of its own. Wait a little; the same command carries on.",
        "StoreBusy": "Wait for the other process to finish.",
        "StoreUnreadable": "Name another file with --db.",
        "ConfigurationError": "`ayne doctor` shows what is set, and where.",
    }.get(
        type(error).__name__,
        "Everything fetched so far is stored; the same command carries on.",
    )
