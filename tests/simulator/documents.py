"""Which keys the documents of the API name."""

from collections.abc import Iterator
import csv
from pathlib import Path
import re

FIELDS = Path(__file__).parents[1] / "fixtures" / "fields.csv"


def documented_keys(api: str, type_id: str) -> Iterator[str]:
    """Yield the keys of an answer; "plant" stands for plants."""
    with FIELDS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["key"]
            if row["api"] != api or row["dev_type_id"] != type_id:
                continue
            if key.startswith("battery_unit_info."):
                continue
            key = key.removesuffix("[].sn").removesuffix("[].soh")
            if match := re.search(r"\{(\d+)\.\.(\d+)\}", key):
                for number in range(int(match[1]), int(match[2]) + 1):
                    yield key.replace(match[0], str(number))
            else:
                yield key
