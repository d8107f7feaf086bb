"""``ayne completion``."""

from __future__ import annotations

import click

from ayne.cli.terminal import show_script


@click.command(short_help="Print a script that completes commands in a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that lets a shell complete ayne's commands and options.

    \b
    ayne completion bash > ~/.local/share/bash-completion/completions/ayne
    ayne completion zsh > ~/.zfunc/_ayne
    ayne completion fish > ~/.config/fish/completions/ayne.fish
    """
    from click.shell_completion import get_completion_class

    how = get_completion_class(shell)
    root = click.get_current_context().find_root().command
    if how is not None:
        # source() would start a bash to see how old it is; this one may be for another machine.
        script = how(root, {}, "ayne", "_AYNE_COMPLETE")
        show_script(script.source_template % script.source_vars())
