"""The tables, declared once for every engine (portability rules: docs/storage.md).

Orders have no primary key in DuckDB (it costs 1.65 times on load); the key
(source, order_id) is kept by MERGE there and by a unique index on PostgreSQL.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.schema_areas import area_tables
from data.schema_arrivals import arrival_table
from data.schema_cells import cell_table
from data.schema_dispatch import dispatch_tables
from data.schema_drivers import driver_tables
from data.schema_effects import effect_tables
from data.schema_forecast import forecast_tables
from data.schema_places import places_tables
from metrics.fields import ORDER_FIELDS

metadata = sa.MetaData()

_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "text": sa.Text,
    "enum": sa.Text,
    "bool": sa.Boolean,
    "int": sa.BigInteger,
    "float": sa.Float,
    "time": sa.DateTime,
    "date": sa.Date,
}

ORDER_KEY = ("source", "order_id")

orders = sa.Table(
    "orders",
    metadata,
    *(sa.Column(f.name, _TYPES[f.kind](), nullable=f.name not in ORDER_KEY) for f in ORDER_FIELDS),
    sa.Column("batch", sa.Integer, nullable=False),
)

meta = sa.Table(
    "meta",
    metadata,
    # city_zh, city_en, zone, simulated, truths (JSON), schema_version ...
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
)

batches = sa.Table(
    "batches",
    metadata,
    # The ledger. Its highest number is the data version.
    sa.Column("batch", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("preset", sa.Text),
    sa.Column("file_name", sa.Text),
    sa.Column("state", sa.Text, nullable=False),  # done | refused
    sa.Column("committed_at", sa.DateTime, nullable=False),
    sa.Column("rows_read", sa.BigInteger, nullable=False),
    sa.Column("rows_new", sa.BigInteger, nullable=False),
    sa.Column("rows_updated", sa.BigInteger, nullable=False),
    sa.Column("rows_unchanged", sa.BigInteger, nullable=False),
    sa.Column("rows_rejected", sa.BigInteger, nullable=False),
    sa.Column("first_day", sa.Date),
    sa.Column("last_day", sa.Date),
    sa.Column("report", sa.Text, nullable=False),  # JSON, see data.importing.report
)

rejects = sa.Table(
    "rejects",
    metadata,
    sa.Column("batch", sa.Integer, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("row_number", sa.BigInteger, nullable=False),  # as the user counts: 1 = first line
    sa.Column("column_name", sa.Text),
    sa.Column("bad_value", sa.Text),  # masked, at most 200 characters
    sa.Column("reason", sa.Text, nullable=False),  # words key: import.reason.<reason>
    sa.Column("details", sa.Text),  # JSON parameters of the sentence
)

units = sa.Table(
    "units",
    metadata,
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("name_zh", sa.Text, nullable=False),
    sa.Column("name_en", sa.Text, nullable=False),
    # street | township | department | hospital | utility | other
    sa.Column("unit_type", sa.Text, nullable=False),
    sa.Column("district", sa.Text),
    sa.Column("peer_group", sa.Text, nullable=False),
    sa.Column("staff", sa.Integer),
    sa.Column("population", sa.Integer),
)

areas = sa.Table(
    "areas",
    metadata,
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),  # city | district | street
    sa.Column("parent", sa.Text),
    sa.Column("name_zh", sa.Text, nullable=False),
    sa.Column("name_en", sa.Text, nullable=False),
    sa.Column("population", sa.Integer),
    sa.Column("lon", sa.Float),  # label point
    sa.Column("lat", sa.Float),
    sa.Column("geometry", sa.Text),  # GeoJSON geometry, WGS-84
)

categories = sa.Table(
    "categories",
    metadata,
    sa.Column("path", sa.Text, nullable=False),  # names joined by ->
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("parent", sa.Text),
    sa.Column("name_zh", sa.Text, nullable=False),
    sa.Column("name_en", sa.Text, nullable=False),
)

factors = sa.Table(
    "factors",
    metadata,
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("area", sa.Text),  # null = whole city
    sa.Column("factor", sa.Text, nullable=False),  # rain_mm, temp_mean_c, snow_mm, ...
    sa.Column("amount", sa.Float, nullable=False),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("moment", sa.DateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("details", sa.Text),
)

records = sa.Table(
    "records",
    metadata,
    # What people write (data/records.py): every revision is a row, nothing is changed in place.
    sa.Column("number", sa.BigInteger, nullable=False),  # rises with every write
    sa.Column("kind", sa.Text, nullable=False),  # scheme | indicator | action | task | ...
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),  # 1, 2, ... of this id
    sa.Column("moment", sa.DateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("removed", sa.Boolean, nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # JSON
    sa.Index("records_revision", "kind", "id", "revision", unique=True),
)

scores = sa.Table(
    "scores",
    metadata,
    # Published results (data/publishing.py): one row per publication and unit, never changed.
    # The publication itself (scheme, evidence, totals, bands) is a record of that number.
    sa.Column("publication", sa.BigInteger, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("league", sa.Text, nullable=False),
    sa.Column("place", sa.Integer),  # rank in the league table; null: not ranked
    sa.Column("score", sa.Float),
    sa.Column("counts", sa.Text, nullable=False),  # JSON: facts of the unit and every measure
    sa.Column("shown", sa.Text, nullable=False),  # JSON: everything that was shown
    sa.Index("scores_unit", "publication", "unit", unique=True),
)

orders_before = sa.Table(
    "orders_before",
    metadata,
    # Versions of orders that a published result was counted from and that were replaced later.
    *(sa.Column(f.name, _TYPES[f.kind](), nullable=f.name not in ORDER_KEY) for f in ORDER_FIELDS),
    sa.Column("batch", sa.Integer, nullable=False),
    sa.Column("superseded_by", sa.Integer, nullable=False),  # the batch that replaced it
)

DECISIONS, REGISTER, FACTORS, BOUNDARIES = "decisions", "register", "factors", "boundaries"
"""Sources of the ledger's lines that stand for decisions (data/decisions.py), for files of
registers, of outside facts (data/factors) and of boundaries: no orders came with them."""
WITHOUT_ORDERS = (DECISIONS, REGISTER, FACTORS, BOUNDARIES)

struck = sa.Table(
    "struck",
    metadata,
    # Exclusion decisions in force, and what the source says of the order.
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
    sa.Column("exclusion", sa.Text, nullable=False),
    sa.Column("exclusion_note", sa.Text),
    sa.Column("said_exclusion", sa.Text),
    sa.Column("said_note", sa.Text),
)

scans = sa.Table(
    "scans",
    metadata,
    # Integrity scans (data/integrity_run.py): computed once, opened many times.
    sa.Column("key", sa.Text, nullable=False),  # span and scheme
    sa.Column("data_version", sa.Integer, nullable=False),
    sa.Column("computed_at", sa.DateTime, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # JSON
)

# -- computed ahead (data/refresh) -------------------------------------------
refreshes = sa.Table(
    "refreshes",
    metadata,
    # What was computed from which data: a row per run of a step, the newest one stands.
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("data_version", sa.BigInteger, nullable=False),
    sa.Column("as_of", sa.Date),  # the last complete day of those data
    sa.Column("setting", sa.Text, nullable=False),  # fingerprint of what the step was told
    sa.Column("started_at", sa.DateTime, nullable=False),
    sa.Column("seconds", sa.Float),
    sa.Column("state", sa.Text, nullable=False),  # running | done | nothing | failed
    sa.Column("facts", sa.Text),  # JSON: what pages say about the run
)

alerts = sa.Table(
    "alerts",
    metadata,
    # forecasting.alerts.scan; ids stay the same from run to run while an episode lasts
    sa.Column("alert", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),  # series | category | city
    sa.Column("district", sa.Text),
    sa.Column("category", sa.Text),  # path, two levels
    sa.Column("start_day", sa.Date, nullable=False),
    sa.Column("found_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("until_day", sa.Date, nullable=False),
    sa.Column("ongoing", sa.Boolean, nullable=False),
    sa.Column("observed", sa.Float, nullable=False),
    sa.Column("expected", sa.Float, nullable=False),
    sa.Column("excess", sa.Float, nullable=False),
    sa.Column("ratio", sa.Float, nullable=False),
    sa.Column("p", sa.Float),
    sa.Column("strength", sa.Float, nullable=False),
    sa.Column("last_year", sa.Float),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("part_of", sa.Text),
)

alert_days = sa.Table(
    "alert_days",
    metadata,
    sa.Column("alert", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("observed", sa.Float),  # null: no data that day
    sa.Column("expected", sa.Float),
    sa.Column("high", sa.Float),  # 95 % of such days lie below
)

(forecast_series, forecast_days, forecast_weeks, forecast_scores, forecast_last, forecast_rates) = (
    forecast_tables(metadata)
)
(boundaries, placed) = area_tables(metadata)
driver_effects, driver_lags, driver_base, driver_shares, driver_places = driver_tables(metadata)

arrivals = arrival_table(metadata)

(place_scopes, place_scores, place_cells, place_zones, place_areas, place_repeats) = places_tables(
    metadata
)

(effects,) = effect_tables(metadata)
dispatch_model, hot_topics, hot_orders = dispatch_tables(metadata)

# -- counts ----------------------------------------------------------------
# Each condition that is counted owns one slot; a slot is a column m000..m191 in
# both tables. An unused slot is null, which costs nothing in either engine.
SLOTS: tuple[str, ...] = tuple(f"m{i:03d}" for i in range(192))

measures = sa.Table(
    "measures",
    metadata,
    sa.Column("slot", sa.Text, nullable=False),
    sa.Column("clock", sa.Text, nullable=False),  # created | closed
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("condition", sa.Text, nullable=False),  # JSON
)

CORE_DIMENSIONS = ("day", "unit", "district")
UNIT_DIMENSIONS = ("day", "unit", "district", "category1")
AREA_DIMENSIONS = ("day", "district", "category1", "category2", "channel")


def _counts(name: str, dimensions: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("day", sa.Date, nullable=False),
        *(sa.Column(d, sa.Text) for d in dimensions if d != "day"),
        *(sa.Column(slot, sa.Integer) for slot in SLOTS),
    )


counts_core = _counts("counts_core", CORE_DIMENSIONS)  # counts_unit without categories
counts_unit = _counts("counts_unit", UNIT_DIMENSIONS)
counts_area = _counts("counts_area", AREA_DIMENSIONS)
counts_cell_day = cell_table(metadata)
