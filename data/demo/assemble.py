"""Drafts and what became of them, put together as canonical order tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.demo import texts
from data.demo.arrays import Floats, Ints
from data.demo.city import City
from data.demo.clock import DAY
from data.demo.draft import NO, Draft, Handled
from data.demo.places import Places
from data.demo.taxonomy import COMPANY_LEVEL1, Taxonomy
from data.frames import ARROW_SCHEMA
from data.importing import points
from data.importing.derive import derive
from metrics.fields import (
    EXCLUSIONS,
    FOLLOWUPS,
    GRADES,
    ORDER_TYPES,
    POINT_KINDS,
    RESOLUTIONS,
    SATISFACTIONS,
    STATUSES,
)

SOURCE = "demo"
PLACEHOLDER_SHARE = 0.03
NO_POINT_SHARE = 0.05


@dataclass(frozen=True)
class Span:
    """First and last simulated day; "now" is the midnight after the last."""

    start: date
    end: date


class Assembler:
    """Turns arrays into tables: names, points, texts, contradictory rows, worked-out fields."""

    def __init__(
        self, city: City, tax: Taxonomy, places: Places, span: Span, seed: int, country: str
    ) -> None:
        self._city, self._tax, self._places = city, tax, places
        self._origin = np.datetime64(span.start, "s")
        self._now = np.datetime64(span.end, "us") + np.timedelta64(1, "D")
        self._country = country
        self._keys = points.place_keys(places.address, places.lon, places.lat)
        self._cells = points.cells(places.lon, places.lat, np.ones(len(places.lon), dtype=bool))
        self._book = texts.phrases(tax, seed)
        stock = self._book.stock
        self._notes = tuple(stock["exclusion_note"][reason] for reason in EXCLUSIONS)
        self._units = pa.array(city.units["unit"].tolist())
        self._districts = pa.array(list(city.districts))
        self._streets = pa.array([s.name for s in city.streets])
        self._level1, self._level2 = pa.array(list(tax.level1)), pa.array(list(tax.level2))
        self._tags = pa.array([stock["tags"].get(season) for season in tax.season], pa.string())
        self._company = np.isin(np.array(tax.level1), COMPANY_LEVEL1)
        self._hall = city.map.city_point
        share = np.array(list(city.channels.values()))
        self._channel_chance = np.cumsum(share / share.sum())

    def table(self, draft: Draft, handled: Handled, rng: np.random.Generator) -> pa.Table:
        """Canonical orders (``data.frames.ARROW_SCHEMA``). Spoils a few rows of the draft."""
        spoil(draft, handled, rng)
        size = len(draft)
        seconds = draft.created.astype(np.int64)
        channel = np.searchsorted(self._channel_chance, rng.random(size))
        where = self._where(draft, rng)
        columns: dict[str, Any] = {
            "source": pa.array([SOURCE]).take(pa.array(np.zeros(size, dtype=np.int64))),
            "order_id": self._numbers(seconds),
            "order_type": _named(ORDER_TYPES, handled.order_type),
            "category1": self._level1.take(pa.array(handled.filed)),
            "category2": self._level2.take(pa.array(handled.filed)),
            "tags": self._tags.take(pa.array(draft.category)),
            "status": _named(STATUSES, handled.status),
            "grade": _named(GRADES, handled.grade),
            "channel": pa.array(list(self._city.channels)).take(pa.array(channel)),
            **where,
            "unit": self._units.take(pa.array(handled.unit)),
            "first_unit": self._units.take(pa.array(handled.first_unit)),
            "assist_units": self._assist(draft, handled),
            "enterprise": self._enterprise(draft, rng),
            "caller_key": self._callers(draft, channel, rng),
        }
        columns |= self._texts(draft, handled, where["address"], rng)
        columns |= self._times(draft, handled)
        columns |= {
            "followup": _named(FOLLOWUPS, handled.followup),
            "contacted": _flag(handled.contacted),
            "resolution": _named(RESOLUTIONS, handled.resolution),
            "satisfaction": _named(SATISFACTIONS, handled.satisfaction),
            "on_time": pa.nulls(size, pa.bool_()),  # worked out from closed_at and due_at
            "photo_evidence": _flag(handled.photo),
            "refused": pa.array(handled.refused),
            "ledger": pa.array(handled.ledger),
            "exclusion": _named(EXCLUSIONS, handled.exclusion),
            "exclusion_note": _named(self._notes, handled.exclusion),
        }
        for name in ("returns", "redos", "extensions", "hops", "whistles"):
            columns[name] = pa.array(getattr(handled, name))
        derive(columns, self._country, self._now, given={"closed_at"})
        return pa.Table.from_arrays(
            [_fit(columns.get(field.name), field, size) for field in ARROW_SCHEMA],
            schema=ARROW_SCHEMA,
        )

    def _numbers(self, seconds: Ints) -> pa.Array:
        """Order numbers: LC, the day, and the number of the order on that day."""
        day = seconds // 86_400
        first = np.searchsorted(day, day, side="left")
        stamp = np.datetime_as_string(self._origin.astype("datetime64[D]") + np.unique(day))
        stamps = pa.array([text.replace("-", "") for text in stamp])
        which = np.unique(day, return_inverse=True)[1]
        running = pc.utf8_lpad(
            pc.cast(pa.array(np.arange(len(day)) - first + 1), pa.string()), 6, "0"
        )
        return pc.binary_join_element_wise("LC", stamps.take(pa.array(which)), running, "")

    def _where(self, draft: Draft, rng: np.random.Generator) -> dict[str, Any]:
        """District to coordinates; some stand on a placeholder point, some have no point."""
        draw = rng.random(len(draft))
        placeholder = draw < PLACEHOLDER_SHARE
        missing = (draw >= PLACEHOLDER_SHARE) & (draw < PLACEHOLDER_SHARE + NO_POINT_SHARE)
        lon = self._places.lon[draft.address].copy()
        lat = self._places.lat[draft.address].copy()
        lon[placeholder], lat[placeholder] = self._hall
        lon[missing] = lat[missing] = np.nan
        at = pa.array(draft.address)
        gone = pa.array(placeholder)
        kinds = np.where(
            placeholder,
            POINT_KINDS.index("placeholder"),
            np.where(missing, POINT_KINDS.index("missing"), POINT_KINDS.index("ok")),
        )
        return {
            "district": self._districts.take(pa.array(self._city.street_district[draft.street])),
            "street": self._streets.take(pa.array(draft.street)),
            "community": pc.if_else(gone, None, self._places.community.take(at)),
            "address": pc.if_else(gone, None, self._places.address.take(at)),
            "lon": pa.array(lon, from_pandas=True),
            "lat": pa.array(lat, from_pandas=True),
            "h3_9": pc.if_else(pa.array(~placeholder & ~missing), self._cells.take(at), None),
            "place_key": pc.if_else(gone, None, self._keys.take(at)),
            "point_kind": _named(POINT_KINDS, kinds),
        }

    def _assist(self, draft: Draft, handled: Handled) -> pa.Array:
        """Where a whistle was blown, the department that was called."""
        streets = len(self._city.streets)
        options = self._tax.handlers[draft.category]
        outside = np.where(options >= streets, options, streets).max(axis=1)
        return pc.if_else(pa.array(handled.whistles > 0), self._units.take(pa.array(outside)), None)

    def _enterprise(self, draft: Draft, rng: np.random.Generator) -> pa.Array:
        words = self._city.words
        size = len(draft)
        # the same address has the same firm
        first = pa.array(words["stem"]).take(pa.array(draft.address % len(words["stem"])))
        kind = pa.array(words["enterprise"]).take(
            pa.array(draft.address % len(words["enterprise"]))
        )
        named = self._company[draft.category] & (rng.random(size) < 0.7)
        return pc.if_else(
            pa.array(named), pc.binary_join_element_wise("澜川", first, kind, ""), None
        )

    def _callers(self, draft: Draft, channel: Ints, rng: np.random.Generator) -> pa.Array:
        known = rng.random(len(draft)) > 0.02
        for name in ("网格上报", "媒体"):
            known &= channel != list(self._city.channels).index(name)
        return pa.array(
            [
                f"{k:016x}" if ok else None
                for k, ok in zip(draft.caller.tolist(), known.tolist(), strict=True)
            ],
            pa.string(),
        )

    def _texts(
        self, draft: Draft, handled: Handled, address: pa.Array, rng: np.random.Generator
    ) -> dict[str, Any]:
        short = self._places.short.take(pa.array(draft.address))
        place = pc.coalesce(address, self._streets.take(pa.array(draft.street)))
        closed = handled.status == STATUSES.index("closed")
        variant = texts.variants(self._book, draft.category, rng)
        return {
            "title": texts.titles(self._book, draft.category, variant, short),
            "content": texts.contents(self._book, draft.category, variant, place, draft.again, rng),
            "reply": texts.replies(self._book, draft.category, closed, handled.solved, rng),
        }

    def _times(self, draft: Draft, handled: Handled) -> dict[str, Any]:
        names = {
            "created_at": draft.created, "dispatched_at": handled.dispatched, "signed_at": handled.signed,
            "contacted_at": handled.contacted_at, "closed_at": handled.closed,
            "followed_up_at": handled.followed, "due_at": handled.due,
        }  # fmt: skip
        return {name: self._moments(values) for name, values in names.items()}

    def _moments(self, seconds: Floats) -> pa.Array:
        gone = np.isnan(seconds)
        whole = np.where(gone, 0, np.floor(seconds)).astype("timedelta64[s]")
        return pa.array((self._origin + whole).astype("datetime64[us]"), mask=gone)


def spoil(draft: Draft, handled: Handled, rng: np.random.Generator) -> None:
    """Contradictory rows as real files have them, about two in a hundred."""
    draw = rng.random((8, len(draft)))
    created, closed = draft.created, handled.status == STATUSES.index("closed")
    back = rng.random(len(draft)) * 4 * 3600 + 60
    early = closed & (draw[0] < 0.0025)
    handled.closed[early] = (created - back)[early]
    early = (draw[1] < 0.002) & ~np.isnan(handled.signed)
    handled.signed[early] = (created - back / 8)[early]
    early = (draw[2] < 0.002) & ~np.isnan(handled.contacted_at)
    handled.contacted_at[early] = (created - back / 6)[early]
    solved = (handled.resolution == RESOLUTIONS.index("resolved")) & (draw[3] < 0.006)
    handled.contacted[solved] = 0
    pleased = (handled.satisfaction >= 0) & (
        handled.satisfaction <= SATISFACTIONS.index("satisfied")
    )
    handled.resolution[pleased & (draw[4] < 0.006)] = RESOLUTIONS.index("unresolved")
    lost = closed & (draw[5] < 0.0015)
    handled.closed[lost] = np.nan
    unfinished = closed & ~lost & (draw[6] < 0.001)
    handled.status[unfinished] = STATUSES.index("in_progress")
    year = ~np.isnan(handled.followed) & (draw[7] < 0.0002)
    handled.followed[year] += 3650 * DAY  # a mistyped year


def _fit(column: pa.Array | None, field: pa.Field, size: int) -> pa.Array:
    return pa.nulls(size, field.type) if column is None else column.cast(field.type)


def _named(values: tuple[str, ...], codes: Ints) -> pa.Array:
    gone = codes == NO
    return pa.array(list(values)).take(pa.array(np.where(gone, 0, codes), mask=gone))


def _flag(codes: Ints) -> pa.Array:
    return pa.array(codes == 1, mask=codes == NO)
