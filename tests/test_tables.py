"""The table of a study: stable types, whole rows, and back from Parquet as it went in."""

from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from apimart_widgets.errors import ConfigurationError
from apimart_widgets.request import FIELDS
from apimart_widgets.results import RECORD_FIELDS, ImageSet
from apimart_widgets.tables import COLUMNS, RATING_COLUMNS, from_parquet, rows, to_pandas, to_parquet, unit
from tests.examples import examples
from tests.test_results import picture

Row = dict[str, Any]
NAMES = [column.name for column in COLUMNS]

TEXT = st.text(max_size=20)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False),
    "truth": st.booleans(),
    "time": st.datetimes(timezones=st.just(datetime.timezone.utc)).map(lambda moment: moment.isoformat()),
    "json": st.lists(TEXT, max_size=3) | st.dictionaries(TEXT, st.integers() | TEXT, max_size=2),
}
EXTRA = st.one_of(
    st.floats(allow_nan=False), st.integers(), st.booleans(), TEXT, st.lists(TEXT, max_size=2), st.just({"a": [1]})
)


@st.composite
def drawn_rows(draw: st.DrawFn, fewest: int = 0) -> list[Row]:
    """Rows with anything a column can hold, or nothing, and further columns of their own."""
    names = draw(st.lists(TEXT.filter(lambda name: name not in NAMES), max_size=3, unique=True))
    kinds = {name: draw(st.sampled_from([EXTRA, VALUES["number"], VALUES["integer"], TEXT])) for name in names}
    columns = {column.name: VALUES[column.type] for column in COLUMNS} | kinds
    row = st.fixed_dictionaries({name: st.none() | values for name, values in columns.items()})
    return draw(st.lists(row, min_size=fewest, max_size=4))


def test_the_columns_are_those_of_a_request_then_those_of_a_picture() -> None:
    assert tuple(NAMES[: len(FIELDS)]) == FIELDS
    assert set(RECORD_FIELDS) <= set(NAMES)
    assert len(set(NAMES)) == len(NAMES)
    assert all(column.meaning for column in COLUMNS)


@settings(max_examples=examples(30), deadline=None)
@given(drawn_rows())
def test_rows_come_back_from_parquet_as_they_went(tmp_path_factory: pytest.TempPathFactory, records: list[Row]) -> None:
    path = tmp_path_factory.mktemp("tables") / "images.parquet"
    to_parquet(records, path)
    back = from_parquet(path)
    assert back == rows(records) == rows(back)
    extra = [name for name in (records[0] if records else ()) if name not in NAMES]
    assert all(list(row) == [*NAMES, *extra] for row in back)
    for given_row, row in zip(records, back, strict=True):
        assert row == {name: None if value is None else value for name, value in given_row.items()}


@settings(max_examples=examples(15), deadline=None)
@given(drawn_rows(fewest=1))
def test_types_do_not_depend_on_what_is_missing(records: list[Row]) -> None:
    table = to_pandas(records)
    bare = to_pandas([{}])
    assert list(bare.columns) == NAMES
    assert table.dtypes[NAMES].to_dict() == bare.dtypes.to_dict() == to_pandas([]).dtypes.to_dict()
    assert len(table) == len(records)
    for name in ("cost", "waited"):
        expected = [math.nan if row[name] is None else row[name] for row in records]
        np.testing.assert_array_equal(table[name], expected)


def test_the_parquet_file_says_its_types_to_any_program(tmp_path: Path) -> None:
    to_parquet([{"image_urls": ["https://e.example/a"], "sharpness": 2, "mood": "calm", "blur": None}], tmp_path / "t")
    schema = parquet.read_schema(tmp_path / "t")
    types = dict(zip(schema.names, schema.types, strict=True))
    assert types["created"] == pa.timestamp("us", tz="UTC")
    assert (types["cost"], types["rating"], types["cost_estimated"]) == (pa.float64(), pa.int64(), pa.bool_())
    assert (types["blur"], types["sharpness"], types["mood"]) == (pa.float64(), pa.int64(), pa.string())
    assert schema.names == [*NAMES, "sharpness", "mood", "blur"]
    assert pd.read_parquet(tmp_path / "t")["image_urls"][0] == '["https://e.example/a"]'


def test_the_rows_of_pictures_are_whole_rows() -> None:
    records = ImageSet([picture(cost=0.016), picture(index=1, image_urls=["https://e.example/a.png"])]).to_records()
    found = rows(records)
    assert [{name: row[name] for name in RECORD_FIELDS} for row in found] == records
    assert found[0]["note"] is None


def test_numbers_of_other_libraries_and_gaps_become_plain() -> None:
    given_row = {
        "waited": np.float32(0.5),
        "rating": 4.0,
        "n": np.int64(2),
        "cost": float("nan"),
        "note": pd.NA,
        "created": pd.Timestamp("2026-11-22T12:00:00+02:00"),
        "blur": np.float64(1.5),
    }
    (row,) = rows([given_row])
    assert [row[name] for name in given_row] == [0.5, 4, 2, None, None, "2026-11-22T10:00:00+00:00", 1.5]
    assert {type(row[name]) for name in ("waited", "rating", "n", "blur")} == {int, float}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"cost": "0.2"}, "The column 'cost' cannot hold '0.2', which stands in row 2. Write it as 0.5, or None."),
        ({"prompt": 7}, "'prompt' cannot hold 7, which stands in row 2"),
        ({"rating": 2.5}, "'rating' cannot hold 2.5"),
        ({"rating": True}, "'rating' cannot hold True"),
        ({"index": 2**63}, "'index' cannot hold"),
        ({"cost_estimated": "no"}, "'cost_estimated' cannot hold 'no'"),
        ({"created": "yesterday"}, "'created' cannot hold 'yesterday'"),
        ({"created": "2026-11-22T12:00:00"}, "'created' cannot hold"),
        ({"created": 12}, "'created' cannot hold 12"),
        ({"prompt": "half \ud83e"}, r"'prompt' cannot hold 'half \\ud83e'"),
        ({"mood": object()}, "'mood' cannot hold <object"),
        ({3: "x"}, "A column needs a name in quotes, not 3"),
        ("row", "Each row is a dict"),
    ],
)
def test_what_a_column_cannot_hold_is_said(row: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        rows([{}, row])


def test_units() -> None:
    assert [unit(name) for name in ("waited", "rating", "sharpness", "prompt", "nothing")] == [
        "s",
        "stars",
        "grey levels²",
        "",
        "",
    ]


def test_ratings_have_columns_of_their_own(tmp_path: Path) -> None:
    rating = {"rater": "r1", "a": "x", "b": "y", "choice": "tie", "time": "2026-11-24T09:00:00+00:00", "repeat": 0}
    to_parquet([rating, {**rating, "repeat": 1}], tmp_path / "ratings.parquet", RATING_COLUMNS)
    assert from_parquet(tmp_path / "ratings.parquet", RATING_COLUMNS) == [rating, {**rating, "repeat": 1}]


def test_a_file_that_is_no_table_is_said(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"PAR1 fox PAR1")
    with pytest.raises(ValueError, match=r"[Pp]arquet"):
        from_parquet(tmp_path / "t")
