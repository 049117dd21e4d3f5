"""The entry point ``entrench``, and ``python -m sim``: loads the command line, and runs it."""

import os
import signal

from sim.errors import INTERRUPTED


def main() -> None:
    """Run the command line; Ctrl-C ends it quietly from the beginning, while it is still loaded."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, frame: os._exit(INTERRUPTED))
    from sim.cli import main as run

    run()


if __name__ == "__main__":
    main()
