"""Every reader of the client, found by what it takes: no other exception, no NaN.

A reader that is added is found by itself. FUZZ_EXAMPLES asks for more than the few
examples that are the same in each run.
"""

import annotationlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
import importlib
import inspect
import json
import math
import os
import pkgutil
from typing import Any, Final

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.smartpvms import northbound
from custom_components.smartpvms.northbound.control.results import (
    TaskKind,
    TaskReference,
)
from custom_components.smartpvms.northbound.envelope import Answer
from custom_components.smartpvms.northbound.errors import (
    NorthboundError,
    failure_of_code,
)
from custom_components.smartpvms.northbound.transport import Response

from . import json_values

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "25"))

bodies: Final = (
    json_values.values.map(lambda value: json.dumps(value).encode())
    | json_values.objects.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=200)
    | st.sampled_from((b"<html>", b"[" * 100_000, b"9" * 5000, b"\xef\xbb\xbf{}"))
)
responses: Final = st.builds(
    Response,
    status=st.sampled_from((200, 204, 400, 401, 403, 404, 406, 429, 500, 502, 599)),
    headers=st.dictionaries(
        st.sampled_from(("retry-after", "xsrf-token", "content-type")),
        st.text(max_size=30) | st.sampled_from(("1e999", "-5", "Fri, 32 Dec", "nan")),
    ),
    cookies=st.dictionaries(st.just("XSRF-TOKEN"), st.text(max_size=30)),
    body=bodies,
)
codes: Final = st.sampled_from(("NE=1", "NE=2", "1", "-1", "39"))
references: Final = st.builds(
    TaskReference, kind=st.sampled_from(TaskKind), id=st.text(max_size=20)
)
failures: Final = st.none() | st.integers(0, 50_000).map(failure_of_code)
answers: Final = st.builds(
    Answer,
    data=json_values.values | json_values.rows | json_values.objects,
    failure=failures,
    message=st.none() | st.text(max_size=60),
    retry_after=st.none() | st.floats(0, 1e6),
)
CONTENT: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "JsonValue": json_values.values | json_values.rows | json_values.objects,
    "JsonObject": json_values.objects,
    "Mapping[str, JsonValue]": json_values.objects,
    "Mapping[str, JsonValue] | None": st.none() | json_values.objects,
    "Iterable[JsonObject]": json_values.rows,
    "list[JsonObject]": json_values.rows,
    "Response": responses,
    "Answer": answers,
}
"""What comes from the cloud or the disk, by annotation: who takes it is a reader."""
OTHER: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "TaskKind": st.sampled_from(TaskKind),
    "TaskReference": references,
    "TaskReference | None": st.none() | references,
    "str": codes | st.text(max_size=40),
    "str | None": st.none() | st.text(max_size=40),
    "bytes": bodies,
    "float": st.floats(0, 4e9),
    "int | None": st.none() | st.integers(),
    "Failure": st.integers(0, 50_000).map(failure_of_code),
    "Iterable[str]": st.lists(codes, max_size=3),
    "Sequence[str]": st.lists(codes, max_size=3),
    "Iterable[int]": st.lists(st.sampled_from((1, 2, 39, -1)), max_size=3),
}
"""What is given for a parameter beside that."""
READ_TEXT: Final = frozenset({"parsing", "control.reasons"})
"""Modules whose functions all read what comes from the cloud."""


def _functions(module: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public functions of a module, and those of its public classes."""
    for name, item in vars(module).items():
        if name.startswith("_") or getattr(item, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(item):
            yield name, item
        elif inspect.isclass(item):
            for own, member in vars(item).items():
                if isinstance(member, classmethod) and not own.startswith("_"):
                    yield f"{name}.{own}", getattr(item, own)


def _readers() -> Iterator[tuple[str, Callable[..., Any], dict[str, str]]]:
    """Yield every reader with its name and the annotations of its parameters."""
    for found in pkgutil.walk_packages(northbound.__path__, f"{northbound.__name__}."):
        module = importlib.import_module(found.name)
        short = found.name.removeprefix(f"{northbound.__name__}.")
        for name, function in _functions(module):
            signature = inspect.signature(
                function, annotation_format=annotationlib.Format.STRING
            )
            taken = {
                each.name: each.annotation for each in signature.parameters.values()
            }
            if short in READ_TEXT or CONTENT.keys() & set(taken.values()):
                yield f"{short}.{name}", function, taken


READERS: Final = {name: (function, taken) for name, function, taken in _readers()}


PASSES_ON: Final = frozenset(
    {
        "parsing.members",
        "parsing.objects",
        "readers.rows_of",
        "envelope.read_answer",
        "control.masking.masked",
    }
)
"""Readers of an envelope: what is in it is judged by the next one."""


def numbers_in(value: object) -> Iterator[float]:
    """Yield every number in what a reader returns."""
    if isinstance(value, float | int):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from numbers_in(getattr(value, each.name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from numbers_in(key)
            yield from numbers_in(inner)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for inner in value:
            yield from numbers_in(inner)


def test_readers_are_found() -> None:
    assert {"readers.plants_from", "envelope.read_answer", "parsing.number"} <= set(
        READERS
    )
    assert len(READERS) >= 40


@pytest.mark.parametrize("name", READERS)
def test_any_content_gives_a_value_or_our_own_error(name: str) -> None:
    function, taken = READERS[name]
    strategies = {each: (CONTENT | OTHER)[kind] for each, kind in taken.items()}

    @settings(
        max_examples=EXAMPLES,
        derandomize="FUZZ_EXAMPLES" not in os.environ,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.fixed_dictionaries(strategies))
    def read(arguments: dict[str, Any]) -> None:
        try:
            value = function(**arguments)
        except NorthboundError:
            return
        if name not in PASSES_ON:
            assert all(math.isfinite(each) for each in numbers_in(value))

    read()
