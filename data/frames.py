"""Canonical order frames: one arrow schema, made from ``metrics.fields``.

Everything that writes orders (import, demo city) ends with :func:`conform`, so
every batch file has the same columns and types, which DuckDB reads directly and
psycopg can COPY. Repeat links are left out: the store works them out.
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.fields import ORDER_FIELDS, Kind

REPEAT_FIELDS = ("repeat_of", "repeat_days", "recurred")
"""Fields that need other orders; filled by the store when a batch is drained."""

ARROW_TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "enum": pa.string(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "time": pa.timestamp("us"),
    "date": pa.date32(),
}

_PANDAS_TYPES: dict[Kind, object] = {
    "text": pd.StringDtype(),
    "enum": pd.StringDtype(),
    "bool": pd.BooleanDtype(),
    "int": pd.Int64Dtype(),
    "float": "float64",
    "time": "datetime64[us]",
    "date": "datetime64[us]",
}

BATCH_FIELDS = tuple(f for f in ORDER_FIELDS if f.name not in REPEAT_FIELDS)

ARROW_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field(f.name, ARROW_TYPES[f.kind], nullable=f.name not in ("source", "order_id"))
        for f in BATCH_FIELDS
    ]
)
"""Columns of ``orders-*.parquet`` in a batch directory, in the order of ``ORDER_FIELDS``."""

REJECTS_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("file_name", pa.string(), nullable=False),
        pa.field("row_number", pa.int64(), nullable=False),
        pa.field("column_name", pa.string()),
        pa.field("bad_value", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("details", pa.string()),
    ]
)
"""Columns of ``rejects.parquet`` (``details`` is JSON)."""


def empty_orders() -> pd.DataFrame:
    """An order frame without rows, every batch column with its pandas type.

    Dates are ``datetime64[us]`` at midnight in pandas and ``date32`` in arrow.
    """
    return pd.DataFrame(
        {f.name: pd.Series([], dtype=_PANDAS_TYPES[f.kind]) for f in BATCH_FIELDS}  # type: ignore[call-overload]
    )


def conform(frame: pd.DataFrame) -> pa.Table:
    """An order frame as an arrow table with exactly :data:`ARROW_SCHEMA`.

    Missing columns become null, NaN and "" become null, other columns are an error.

    Raises ``ValueError`` naming the column when a column is unknown, when its values
    do not fit the field's type, or when ``source`` or ``order_id`` is missing somewhere.
    """
    unknown = [str(c) for c in frame.columns if c not in ARROW_SCHEMA.names]
    if unknown:
        raise ValueError(f"not order columns: {', '.join(unknown)}")
    columns = []
    for field in ARROW_SCHEMA:
        if field.name not in frame:
            column: pa.ChunkedArray | pa.Array = pa.nulls(len(frame), field.type)
        else:
            column = _column(frame[field.name], field)
        if not field.nullable and column.null_count:
            raise ValueError(f"'{field.name}' is missing in {column.null_count} rows")
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=ARROW_SCHEMA)


def _column(series: pd.Series, field: pa.Field) -> pa.Array | pa.ChunkedArray:
    try:
        column = pa.array(series, from_pandas=True)
        if pa.types.is_null(column.type):
            return pa.nulls(len(series), field.type)
        if pa.types.is_timestamp(column.type) and pa.types.is_date(field.type):
            return pc.cast(pc.floor_temporal(column, unit="day"), field.type)
        if pa.types.is_timestamp(column.type):
            # nanosecond stamps may carry digits a microsecond cannot: cut them
            return pc.cast(column, field.type, safe=False)
        column = pc.cast(column, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise ValueError(f"'{field.name}' must be {field.type}: {error}") from error
    if pa.types.is_string(field.type):
        return pc.if_else(pc.equal(column, ""), None, column)
    return column
