"""The table of a study, one row a picture: its columns with types and units, to pandas and to Parquet and back.

``COLUMNS`` come first, always all of them and in this order, with None where nothing is known. Whatever else the rows
hold (a metric, a variable of the prompt's template) follows in the order in which it first appears. A column's type
never depends on which of its values happen to be missing:

==============  ===========================  =============================  =======================
type            in a row                     in pandas                      in Parquet
==============  ===========================  =============================  =======================
``text``        ``str``                      ``string``                     string (UTF-8)
``integer``     ``int``                      ``Int64``                      int64
``number``      ``float``                    ``float64``, NaN for None      double
``truth``       ``bool``                     ``boolean``                    bool
``time``        ``str``, ISO 8601 in UTC     ``datetime64[us, UTC]``        timestamp[us, UTC]
``json``        list, dict, any of these     ``string`` of JSON             string, marked as JSON
==============  ===========================  =============================  =======================

Lists (``image_urls``) are JSON text, since a list of lists or a dict of anything (``extra_body``) has no one Parquet
type, and every program that reads tables reads text. A further column is a ``number`` where all its values are numbers
and one has a fraction or none is there, else what its values are, and ``json`` where they are mixed.
"""

from __future__ import annotations

import datetime
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from . import words
from .analysis import needs_extra
from .errors import ConfigurationError
from .metrics import unit_of
from .ratings import RATING_FIELDS
from .request import thaw

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Type = Literal["text", "integer", "number", "truth", "time", "json"]
Row = dict[str, Any]

_MARK = {b"apimart": b"json"}  # on a Parquet column whose text is JSON


@dataclass(frozen=True)
class Column:
    """One column: its ``name``, its ``type`` (see the module), its ``unit`` ("" for none) and what it means."""

    name: str
    type: Type
    unit: str = ""
    meaning: str = ""


COLUMNS: tuple[Column, ...] = (
    # what was asked for: the fields of ImageRequest
    Column("prompt", "text", "", "the prompt sent, its template filled in"),
    Column("model", "text", "", "the model asked for"),
    Column("size", "text", "", "the ratio asked for, such as 3:2"),
    Column("n", "integer", "pictures", "pictures asked for in one request"),
    Column("quality", "text", "", "the quality asked for"),
    Column("background", "text", "", "the background asked for"),
    Column("moderation", "text", "", "the moderation asked for"),
    Column("output_format", "text", "", "the file format asked for"),
    Column("output_compression", "integer", "%", "the compression asked for, 0 to 100"),
    Column("image_urls", "json", "", "addresses of the reference pictures, without their queries"),
    Column("mask_url", "text", "", "address of the mask, without its query"),
    Column("resolution", "text", "", "the resolution asked for"),
    Column("extra_body", "json", "", "fields sent beside these"),
    # where it stands
    Column("sweep", "text", "", "name of the sweep"),
    Column("repeat", "integer", "", "which repeat of the same settings, from 0"),
    Column("mode", "text", "", "live, sandbox for a drawing of the offline sandbox, or a replay of either"),
    Column("task_id", "text", "", "the server's name of the task"),
    Column("job_id", "text", "", "our name of the request"),
    Column("index", "integer", "", "place among the task's pictures, from 0"),
    Column("created", "time", "UTC", "when the picture was fetched"),
    # what it took
    Column("waited", "number", "s", "from submit to the pictures"),
    Column("generated", "number", "s", "what the server says it took"),
    Column("cost", "number", "cost_unit", "what this picture was billed"),
    Column("cost_unit", "text", "", "USD or credits"),
    Column("cost_source", "text", "", "who says what it cost, and when"),
    Column("cost_estimated", "truth", "", "whether the cost stands for a price list and not for the server's own word"),
    # what came
    Column("bytes", "integer", "bytes", "length of the file"),
    Column("width", "integer", "px", "of the picture"),
    Column("height", "integer", "px", "of the picture"),
    Column("format", "text", "", "png, jpeg or webp"),
    Column("sha256", "text", "", "of the file, in hexadecimal"),
    Column("path", "text", "", "where the file lies; within a saved study from its folder"),
    Column("rating", "integer", "stars", "the user's own, 1 to 5"),
    Column("note", "text", "", "the user's own"),
)
"""Every column there always is, in order. ``cost`` is in the unit that ``cost_unit`` names, row by row."""

RATING_COLUMNS: tuple[Column, ...] = tuple(
    Column(name, "integer" if name == "repeat" else "text") for name in RATING_FIELDS
)
"""The columns of a table of ratings; see ``ratings.RATING_FIELDS``."""

_BY_NAME = {column.name: column for column in COLUMNS}


def unit(name: str) -> str:
    """The unit of a column, a metric's too; "" where it has none, or where each row names its own as for ``cost``.

    >>> unit("waited"), unit("rating"), unit("entropy"), unit("quality"), unit("cost")
    ('s', 'stars', 'bits', '', '')
    """
    column = _BY_NAME.get(name)
    if column is None:
        return unit_of(name)
    return "" if column.unit in _BY_NAME else column.unit


def rows(records: Iterable[Mapping[str, Any]], columns: Sequence[Column] = COLUMNS) -> list[Row]:
    """``records`` as whole rows: every one of ``columns``, then what else there is, each value checked.

    NaN, ``pandas.NA`` and what is not there become None, times become ISO 8601 in UTC, numbers of NumPy plain ones.

    Raises:
        ConfigurationError: something that is no row, or a value that its column cannot hold.

    >>> list(rows([{"prompt": "A fox", "sharpness": 2}])[0])[-3:]
    ['rating', 'note', 'sharpness']
    """
    given = list(records)
    laid, values = _laid(given, columns)
    names = [column.name for column in laid]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)] if given else []


def to_pandas(records: Iterable[Mapping[str, Any]], columns: Sequence[Column] = COLUMNS) -> pd.DataFrame:
    """``records`` as a DataFrame whose types are those of the module's table, whatever is missing.

    Raises:
        ConfigurationError: as ``rows``.
        ImportError: the extra is not installed.

    >>> table = to_pandas([{"prompt": "A fox", "image_urls": ["https://example.com/a.png"], "sharpness": 2.5}])
    >>> table.shape, str(table["rating"].dtype), table["image_urls"][0], float(table["sharpness"][0])
    ((1, 35), 'Int64', '["https://example.com/a.png"]', 2.5)
    """
    laid, values = _laid(list(records), columns)
    return _table(laid, values)


def to_parquet(
    records: Iterable[Mapping[str, Any]], path: str | os.PathLike[str], columns: Sequence[Column] = COLUMNS
) -> None:
    """Write ``records`` to a Parquet file; ``from_parquet`` gives ``rows(records)`` again.

    Raises:
        ConfigurationError: as ``rows``.
        ImportError: the extra is not installed.
        OSError: it cannot be written there.
    """
    with needs_extra():
        import pyarrow as pa

    laid, values = _laid(list(records), columns)
    _table(laid, values).to_parquet(
        path, engine="pyarrow", index=False, schema=pa.schema([_field(column) for column in laid])
    )


def from_parquet(path: str | os.PathLike[str], columns: Sequence[Column] = COLUMNS) -> list[Row]:
    """The rows of a file that ``to_parquet`` wrote.

    Raises:
        ValueError: it is no such file.
        ImportError: the extra is not installed.
        OSError: it cannot be read.
    """
    with needs_extra():
        import pyarrow as pa
        from pyarrow import parquet

    known = {column.name: column.type for column in columns}
    try:
        # From a file object: by its path, a folder named so would be read as a data set.
        with open(path, "rb") as file:
            table = parquet.read_table(file)
        found = {
            field.name: _restored(table.column(place).to_pylist(), field, known.get(field.name))
            for place, field in enumerate(table.schema)
        }
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def _restored(values: list[Any], field: pa.Field, known: Type | None) -> list[Any]:
    if known == "json" or (field.metadata or {}).items() >= _MARK.items():
        return [None if value is None else json.loads(value) for value in values]
    if known == "time":
        return [None if value is None else _utc(value) for value in values]
    return values


def _table(laid: Sequence[Column], values: Sequence[list[Any]]) -> pd.DataFrame:
    with needs_extra():
        import pandas as pd

    series = {column.name: _series(column, found) for column, found in zip(laid, values, strict=True)}
    table: pd.DataFrame = pd.DataFrame(series)
    return table


def _series(column: Column, values: list[Any]) -> pd.Series[Any]:
    with needs_extra():
        import numpy as np
        import pandas as pd

    series: pd.Series[Any]
    match column.type:
        case "time":
            moments = [None if value is None else _naive(value) for value in values]
            series = pd.Series(np.array(moments, dtype="datetime64[us]")).dt.tz_localize("UTC")
        case "json":
            series = pd.Series([None if value is None else _json(value) for value in values], dtype="string")
        case kind:
            series = pd.Series(values, dtype=_PANDAS[kind])
    return series


_PANDAS: Mapping[Type, Any] = {"text": "string", "integer": "Int64", "number": "float64", "truth": "boolean"}


def _field(column: Column) -> pa.Field:
    with needs_extra():
        import pyarrow as pa

    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "truth": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
        "json": pa.string(),
    }
    return pa.field(column.name, types[column.type], metadata=_MARK if column.type == "json" else None)


# ---- values


def _laid(records: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> tuple[list[Column], list[list[Any]]]:
    """Every column with its checked values, one for each record."""
    if not all(isinstance(record, Mapping) for record in records):
        raise ConfigurationError(words.say("analysis.not_rows"))
    names = {column.name for column in columns}
    extra = dict.fromkeys(name for record in records for name in record if name not in names)
    for name in extra:
        if not isinstance(name, str) or not _is_whole(name):
            raise ConfigurationError(words.say("tables.no_name", name=repr(name)))
    raw = {name: list(map(_plain, (record.get(name) for record in records))) for name in (*names, *extra)}
    laid = [*columns, *(Column(name, _type_of(raw[name])) for name in extra)]
    return laid, [_checked(column, raw[column.name]) for column in laid]


_PLAIN = frozenset((str, int, bool, type(None)))


def _plain(value: Any) -> Any:
    """A number of NumPy as a plain one; None for what stands for nothing."""
    if type(value) in _PLAIN:
        return value
    if type(value).__module__ == "numpy" and hasattr(value, "item") and not getattr(value, "shape", ()):
        value = value.item()
    if (isinstance(value, float) and math.isnan(value)) or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value


def _type_of(values: Iterable[Any]) -> Type:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {str}:
        return "text"
    if kinds == {bool}:
        return "truth"
    if kinds == {int} and all(_fits(value) for value in values if value is not None):
        return "integer"
    return "number" if kinds <= {int, float} and kinds != {int} else "json"


def _checked(column: Column, values: list[Any]) -> list[Any]:
    if _are_fine(column.type, values):
        return values
    read, example = _READERS[column.type]
    found: list[Any] = []
    try:
        for value in values:
            found.append(None if value is None else read(value))  # noqa: PERF401  how many were read is needed below
    except (TypeError, ValueError, OverflowError, RecursionError):
        number = len(found) + 1
        shown = _shown(values[len(found)])
        raise ConfigurationError(
            words.say("tables.wrong_value", name=column.name, number=number, value=shown, example=example)
        ) from None
    return found


def _are_fine(kind: Type, values: list[Any]) -> bool:
    """Whether the values of a column are what they have to be, looked at all at once; False where it takes more."""
    kinds = set(map(type, values)) - {type(None)}
    match kind:
        case "text":
            return kinds <= {str} and _is_whole("".join(value for value in values if value is not None))
        case "number":
            return kinds <= {float}
        case "truth":
            return kinds <= {bool}
        case _:
            return not kinds


def _shown(value: Any) -> str:
    """A value in a sentence; its own text may be what cannot be shown."""
    try:
        return ascii(value)[:60]
    except RecursionError:
        return type(value).__name__


def _is_whole(text: str) -> bool:
    """Whether ``text`` holds no half character (a lone surrogate), which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fits(value: int) -> bool:
    return -(2**63) <= value < 2**63


def _text(value: Any) -> str:
    if not isinstance(value, str) or not _is_whole(value):
        raise TypeError
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():  # a column of pandas with gaps holds floats
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not _fits(value):
        raise TypeError
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError
    return float(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _time(value: Any) -> str:
    moment = value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(value)
    return _utc(moment)


def _utc(moment: datetime.datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError
    utc = moment.astimezone(datetime.timezone.utc)
    # pandas' own write nanoseconds too.
    return datetime.datetime.combine(utc.date(), utc.timetz()).isoformat()


def _naive(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=None)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json_value(value: Any) -> Any:
    """``value`` as it comes back from JSON."""
    text = _json(thaw(value))
    if not _is_whole(text):
        raise ValueError
    return json.loads(text)


_READERS: Mapping[Type, tuple[Callable[[Any], Any], str]] = {
    "text": (_text, '"low"'),
    "integer": (_integer, "4"),
    "number": (_number, "0.5"),
    "truth": (_truth, "True"),
    "time": (_time, '"2026-11-22T12:00:00+00:00"'),
    "json": (_json_value, '["https://example.com/a.png"]'),
}
