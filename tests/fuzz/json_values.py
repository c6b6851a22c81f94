"""JSON of all kinds, whose objects mostly have the names that the client reads."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from custom_components.smartpvms import northbound

FOLDER: Final = Path(northbound.__path__[0])


def _names() -> Iterator[str]:
    """Yield every text that stands in the client's own modules and could be a name."""
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from (node.value,) if len(node.value) < 40 else ()


NAMES: Final = sorted(set(_names()))
ODD: Final = (
    *(None, True, False, 0, -1, 1, 39, 407, 2**31, 2**63, -(2**63), 10**400),
    *(0.0, -0.0, 0.5, 512.0, 1e300, 5e-324, float("nan"), float("inf"), -float("inf")),
    *(
        "",
        " ",
        "null",
        "N/A",
        "NaN",
        "Infinity",
        "1e999",
        "-1,5",
        "0x10",
        "\uff11\uff12",
        "39",
    ),
    *("2026-06-21T08:30:00+02:00", "0001-01-01T00:00:00+14:00", "24:00", "12:60"),
    *("\x00", "\ud800", "\u202e", "x" * 5000, "9" * 5000, 1_750_000_000_000, 10**16),
)
leaves: Final = (
    st.sampled_from(ODD)
    | st.sampled_from(NAMES)
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
)


def objects_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with these values."""
    names = st.sampled_from(NAMES) | st.text(max_size=6)
    return st.dictionaries(names, values, max_size=12)


values: Final = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | objects_of(inner), max_leaves=12
)
objects: Final = objects_of(values)
rows: Final = st.lists(objects, max_size=4)
