"""Write the pages that are made of the integration's own tables."""

import argparse
import sys

from .entities import PAGE, page


def main() -> int:
    """Write the page of entities, or tell whether it is as it should be."""
    parser = argparse.ArgumentParser(prog="scripts/document", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, fail if a page is outdated"
    )
    options = parser.parse_args()
    text = page()
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.name} is outdated: scripts/document", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
