"""The tables of boundaries: where a polygon came from, and orders whose point lies elsewhere."""

from __future__ import annotations

import sqlalchemy as sa


def area_tables(metadata: sa.MetaData) -> tuple[sa.Table, ...]:
    """Declare them: boundaries, placed."""
    boundaries = sa.Table(
        "boundaries",
        metadata,
        # Polygons taken from a file (data/boundaries): one row per area, keyed like ``areas``.
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("named", sa.Text, nullable=False),  # what the file calls it
        sa.Column("code", sa.Text),  # the file's own code (adcode, BoroCD ...)
        sa.Column("datum", sa.Text, nullable=False),  # wgs84 | gcj02 | bd09 | EPSG:...
        sa.Column("features", sa.Integer, nullable=False),  # of the file, joined into this area
        sa.Column("repairs", sa.Text),  # codes joined by ;
        sa.Column("km2", sa.Float, nullable=False),
        sa.Column("batch", sa.Integer, nullable=False),  # that brought it last
    )

    placed = sa.Table(
        "placed",
        metadata,
        # Orders that do not lie in the area they name (data/placed.py); all others have no row.
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),  # district | street
        sa.Column("named", sa.Text),
        sa.Column("named_parent", sa.Text),
        sa.Column("by_point", sa.Text),  # null: in no area
        sa.Column("by_point_parent", sa.Text),
        # other | border | outside | unnamed | unbounded (data/boundaries/locating.py)
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("metres", sa.Float),  # from the point to the area it names
    )
    return boundaries, placed
