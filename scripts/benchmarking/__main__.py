"""Run the benchmarks: python -m scripts.benchmarking --help."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
