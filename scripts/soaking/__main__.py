"""Run a soak: python -m scripts.soaking --help."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
