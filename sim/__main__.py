"""The entry point ``entrench``, and ``python -m sim``."""

from sim.cli import main as main

if __name__ == "__main__":
    main()
