"""Addresses of the simulated city and who calls from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from data.demo.arrays import Floats, Ints
from data.demo.city import City

ZIPF = 0.7
MOST_ADDRESSES = 400_000


@dataclass(frozen=True)
class Places:
    """Addresses in street order: those of street ``s`` are ``offset[s]`` to ``offset[s + 1]``."""

    offset: Ints
    address: pa.Array
    short: pa.Array  # the name a caller would say
    community: pa.Array
    lon: Floats
    lat: Floats

    def pick(self, street: Ints, shift: Ints, rng: np.random.Generator) -> Ints:
        """An address in each street: few are named often, most rarely (Zipf).

        ``shift`` turns the order for half of the picks, so that kinds of complaint
        have hot addresses of their own.
        """
        count = np.diff(self.offset)[street]
        power = 1 - ZIPF
        rank = ((((count + 1.0) ** power - 1) * rng.random(len(street)) + 1) ** (1 / power)) - 1
        rank = np.minimum(rank.astype(np.int64), count - 1)
        turned = rng.random(len(street)) < 0.5
        return np.asarray(self.offset[street] + (rank + np.where(turned, shift, 0)) % count)


def places(city: City, orders: int, seed: int) -> Places:
    """The city's addresses: their number follows the number of orders, up to a limit."""
    rng = np.random.default_rng([seed, 301])
    people = np.array([s.population for s in city.streets], dtype=float)
    wanted = min(max(orders // 10, 8_000), MOST_ADDRESSES)
    count = np.maximum((people / people.sum() * wanted).astype(np.int64), 25)
    offset = np.concatenate([[0], np.cumsum(count)])
    street = np.repeat(np.arange(len(count)), count)
    lon, lat = _points(city, street, count, rng)
    address, short, community = _names(city, street, rng)
    return Places(offset, address, short, community, lon, lat)


def callers(address: Ints, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """A caller number per order: most call once or twice, some again and again."""
    size = len(address)
    who = (70 * rng.random(size) ** 1.4).astype(np.uint64)
    number = address.astype(np.uint64) * np.uint64(128) + who
    return _mix(number + np.uint64(1))


def _mix(number: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Scramble numbers (splitmix64), so that keys look like the hashes of an import."""
    with np.errstate(over="ignore"):
        z = number * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def _points(
    city: City, street: Ints, count: Ints, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    lon, lat = np.empty(len(street)), np.empty(len(street))
    start = 0
    for number, size in enumerate(count):
        polygon = city.map.streets[number]
        shapely.prepare(polygon)
        label = city.map.street_points[number]
        west, south, east, north = polygon.bounds
        spread = (0.28 if city.streets[number].township else 0.40) * np.array(
            [east - west, north - south]
        )
        got: list[Floats] = []
        have = 0
        while have < size:
            draw = rng.normal(0, 1, (int(size) * 2 + 20, 2)) * spread + label
            draw = draw[shapely.contains_xy(polygon, draw[:, 0], draw[:, 1])]
            got.append(draw)
            have += len(draw)
        chosen = np.concatenate(got)[:size]
        lon[start : start + size], lat[start : start + size] = chosen[:, 0], chosen[:, 1]
        start += int(size)
    return np.round(lon, 6), np.round(lat, 6)


def _names(
    city: City, street: Ints, rng: np.random.Generator
) -> tuple[pa.Array, pa.Array, pa.Array]:
    words = city.words
    size = len(street)
    stem = np.array(words["stem"])[rng.integers(0, len(words["stem"]), size)]
    estate = np.array(words["estate"])[rng.integers(0, len(words["estate"]), size)]
    road = np.array(words["road"])[rng.integers(0, len(words["road"]), size)]
    number = rng.integers(1, 190, size)
    block = rng.integers(1, 28, size)
    kind = rng.random(size)
    rural = np.array([s.township for s in city.streets])[street]
    which = rng.random(size)
    addresses, shorts, communities = [], [], []
    for i, s in enumerate(street.tolist()):
        home = city.streets[s]
        community = home.communities[int(which[i] * len(home.communities))]
        if rural[i] and kind[i] < 0.55:
            short = community
            place = f"{community}{block[i]}组{number[i]}号"
        elif kind[i] < 0.78:
            short = f"{stem[i]}{estate[i]}"
            place = f"{stem[i]}{road[i]}{number[i]}号{short}{block[i]}号楼"
        else:
            short = f"{stem[i]}{road[i]}"
            place = f"{short}{number[i]}号"
        addresses.append(f"{city.districts[home.district]}{home.name}{place}")
        shorts.append(short)
        communities.append(community)
    return pa.array(addresses), pa.array(shorts), pa.array(communities)
