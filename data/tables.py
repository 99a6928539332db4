"""From result sets to typed tables: one set of types for every engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

Query = sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[*tuple[Any, ...]]
"""What can be asked of a store."""

Types = dict[str, pa.DataType | None]

_ARROW: tuple[tuple[type[sa.types.TypeEngine[Any]], pa.DataType], ...] = (
    (sa.Boolean, pa.bool_()),
    (sa.Integer, pa.int64()),
    (sa.Numeric, pa.float64()),
    (sa.DateTime, pa.timestamp("us")),
    (sa.Date, pa.date32()),
    (sa.String, pa.string()),
)

_PANDAS: dict[pa.DataType, Any] = {
    pa.string(): pd.StringDtype(na_value=np.nan),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}

# PostgreSQL sums are Decimal: numbers are made plain here.
_PLAIN: dict[pa.DataType, Callable[[Any], Any]] = {pa.int64(): int, pa.float64(): float}


def types_of(statement: Query) -> Types:
    """The arrow type of each selected column (None where SQLAlchemy does not know)."""
    return {
        column.key or "": next(
            (arrow for kind, arrow in _ARROW if isinstance(column.type, kind)), None
        )
        for column in statement.selected_columns
    }


def from_arrow(table: pa.Table, types: Types) -> pa.Table:
    """An engine's own arrow table, cast to the declared types."""
    columns = [
        table.column(i) if wanted is None else table.column(i).cast(wanted)
        for i, wanted in enumerate(types.values())
    ]
    return pa.table(columns, names=list(types))


def from_rows(rows: Sequence[Sequence[Any]], types: Types) -> pa.Table:
    """Rows of a DB-API cursor as an arrow table of the declared types."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(types)
    arrays = []
    for values, wanted in zip(columns, types.values(), strict=True):
        plain = None if wanted is None else _PLAIN.get(wanted)
        if plain is not None:
            arrays.append(pa.array([None if v is None else plain(v) for v in values], wanted))
        else:
            arrays.append(pa.array(values, wanted))
    return pa.table(arrays, names=list(types))


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """A frame with explicit dtypes: ``str``, ``Int64``, ``boolean``, ``float64``, ``datetime64``."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=_PANDAS.get, date_as_object=False)
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
            frame[name] = frame[name].astype("datetime64[us]")
    return frame
