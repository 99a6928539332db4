"""The tables of the steps "dispatch" and "hot_topics" (data/refresh)."""

from __future__ import annotations

import sqlalchemy as sa


def dispatch_tables(metadata: sa.MetaData) -> tuple[sa.Table, ...]:
    """Declare them: model, topics, orders of topics."""
    dispatch_model = sa.Table(
        "dispatch_model",
        metadata,
        # dispatch.packing as base64 text in parts, so that every user of the store has it
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    hot_topics = sa.Table(
        "hot_topics",
        metadata,
        # dispatch.topics
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),  # path, two levels
        sa.Column("level", sa.Text, nullable=False),  # place | cell | street
        sa.Column("district", sa.Text),
        sa.Column("street", sa.Text),
        sa.Column("place", sa.Text),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("callers", sa.Integer),  # null: no order names a caller
        sa.Column("places", sa.Integer, nullable=False),
        sa.Column("expected", sa.Float, nullable=False),
        sa.Column("ratio", sa.Float, nullable=False),
        sa.Column("p", sa.Float, nullable=False),
        sa.Column("q", sa.Float, nullable=False),
        sa.Column("first_at", sa.DateTime, nullable=False),
        sa.Column("last_at", sa.DateTime, nullable=False),
        sa.Column("first_key", sa.Text, nullable=False),  # source, a tab, order_id
        sa.Column("last_key", sa.Text, nullable=False),
    )
    hot_orders = sa.Table(
        "hot_orders",
        metadata,
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
    )
    return dispatch_model, hot_topics, hot_orders
