"""``python -m ayne`` is ``ayne``."""

from ayne.cli import main

main()
