"""Area polygons of the simulated city: shared fractal borders, no gaps, no overlaps.

Streets are Voronoi cells of seeds that lie dense in the centre and far apart
outside; every border between two cells is bent once (midpoint displacement) and
used by both neighbours; districts are unions of their streets.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.spatial import Voronoi, cKDTree

from data.demo.arrays import Floats, Ints

KM_PER_DEGREE = 111.195
DECIMALS = 5
RADIUS_KM = 62.0
ROUGHNESS = 0.16
SEED = 7


@dataclass(frozen=True)
class AreaMap:
    """Polygons (shapely, degrees), their GeoJSON text and label points."""

    seeds_km: Floats
    district_of: Ints
    streets: tuple[shapely.Polygon, ...]
    districts: tuple[shapely.Polygon, ...]
    city: shapely.Polygon
    street_json: tuple[str, ...]
    district_json: tuple[str, ...]
    city_json: str
    street_points: tuple[tuple[float, float], ...]
    district_points: tuple[tuple[float, float], ...]
    city_point: tuple[float, float]
    centre: tuple[float, float]


def draw_areas(rings: list[int], counts: list[int], lon: float, lat: float) -> AreaMap:
    """Draw the map: ``rings`` and ``counts`` give each district's ring and number of streets."""
    rng = np.random.default_rng(SEED)
    outline = _outline(rng)
    seeds, district_of = _seeds(outline, np.array(rings), np.array(counts), rng)
    faces = _faces(seeds, outline, rng)
    scale = np.array([KM_PER_DEGREE * np.cos(np.radians(lat)), KM_PER_DEGREE])

    def to_degrees(points: Floats) -> Floats:
        return np.asarray(np.round(points / scale + (lon, lat), DECIMALS))

    streets = [shapely.transform(face, to_degrees) for face in faces]
    districts = [
        shapely.union_all([streets[i] for i in np.flatnonzero(district_of == d)])
        for d in range(len(rings))
    ]
    city = shapely.union_all(districts)
    return AreaMap(
        seeds_km=seeds,
        district_of=district_of,
        streets=tuple(streets),
        districts=tuple(districts),
        city=city,
        street_json=tuple(map(_geojson, streets)),
        district_json=tuple(map(_geojson, districts)),
        city_json=_geojson(city),
        street_points=tuple(map(_label, streets)),
        district_points=tuple(map(_label, districts)),
        city_point=(lon, lat),
        centre=(lon, lat),
    )


def _geojson(polygon: shapely.Polygon) -> str:
    rings = [polygon.exterior, *polygon.interiors]
    coordinates = [
        [[x, y] for x, y in np.round(shapely.get_coordinates(r), DECIMALS).tolist()] for r in rings
    ]
    return json.dumps({"type": "Polygon", "coordinates": coordinates}, separators=(",", ":"))


def _label(polygon: shapely.Polygon) -> tuple[float, float]:
    """A point well inside the polygon (centre of its largest inscribed circle)."""
    line = shapely.maximum_inscribed_circle(polygon, tolerance=0.002)
    x, y = shapely.get_coordinates(line)[0]
    return round(float(x), DECIMALS), round(float(y), DECIMALS)


def _outline(rng: np.random.Generator) -> Floats:
    """A closed, irregular city border as points in km around the centre."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones_like(angle)
    for k in range(2, 9):
        sway = rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.3)
        radius += 0.34 / k**1.15 * sway * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    radius = radius.clip(0.45, 1.7)
    radius *= RADIUS_KM / np.sqrt((radius**2).mean())
    points = np.c_[radius * np.cos(angle) + 7.0, radius * np.sin(angle) - 5.0]
    pieces = [
        _bend(points[i], points[(i + 1) % len(points)], 3, rng, 0.18)[:-1]
        for i in range(len(points))
    ]
    return np.concatenate(pieces)


def _bend(
    start: Floats, end: Floats, levels: int, rng: np.random.Generator, rough: float
) -> Floats:
    """A line from start to end, its midpoints displaced ``levels`` times."""
    line = np.array([start, end])
    for level in range(levels):
        step = np.diff(line, axis=0)
        normal = np.c_[-step[:, 1], step[:, 0]]
        amount = rng.normal(0, rough, len(step)).clip(-2 * rough, 2 * rough)
        along = rng.normal(0, 0.06, len(step)).clip(-0.15, 0.15)
        middle = (line[:-1] + line[1:]) / 2 + normal * amount[:, None] + step * along[:, None]
        merged = np.empty((2 * len(line) - 1, 2))
        merged[0::2], merged[1::2] = line, middle
        line = merged
        rough *= 0.85 if level else 0.9
    return line


def _size(distance: Floats) -> Floats:
    """Typical width of a street's area (km) at a distance from the centre."""
    return 1.5 + 0.165 * distance + 0.0004 * distance**2


def _seeds(
    outline: Floats,
    rings: Ints,
    counts: Ints,
    rng: np.random.Generator,
) -> tuple[Floats, Ints]:
    """Street seeds and the district of each: weighted k-means, districts first."""
    shape = shapely.Polygon(outline)
    cloud = rng.uniform(-1.6 * RADIUS_KM, 1.6 * RADIUS_KM, (400_000, 2))
    cloud = cloud[shapely.contains_xy(shape, cloud[:, 0], cloud[:, 1])]
    chance = _size(np.hypot(*cloud.T)) ** -2.0
    # centroids follow density^(1/2): sample by size^-2 twice over to get cells of that width
    cloud = cloud[rng.choice(len(cloud), 60_000, p=chance / chance.sum())]
    district = _district_regions(cloud, rings, counts, rng)
    seeds, owner = [], []
    for number, count in enumerate(counts):
        own = cloud[district == number]
        seeds.append(_kmeans(own, own[rng.choice(len(own), count, replace=False)], 25))
        owner += [number] * int(count)
    return np.concatenate(seeds), np.array(owner)


def _district_regions(
    cloud: Floats,
    rings: Ints,
    counts: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Which district each point belongs to: a power diagram whose sizes follow ``counts``."""
    distance = np.hypot(*cloud.T)
    squeeze = np.log1p(distance / 7.0) / distance.clip(0.01)  # roughly even density of streets
    flat = cloud * squeeze[:, None]
    # each ring starts at the middle of its share of the city, counted outwards
    start = np.empty((len(rings), 2))
    radius_of = np.sort(np.hypot(*flat.T))
    done = 0.0
    for members in (
        np.flatnonzero(rings == 0),
        np.flatnonzero(rings == 1),
        np.flatnonzero(rings >= 2),
    ):
        share_here = counts[members].sum() / counts.sum()
        radius = radius_of[int((done + 0.52 * share_here) * (len(flat) - 1))]
        done += share_here
        turns = rng.permutation(len(members)) + rng.uniform(-0.18, 0.18, len(members))
        angle = rng.uniform(0, 2 * np.pi) + 2 * np.pi * turns / len(members)
        stretch = radius * rng.uniform(0.88, 1.12, len(members))
        start[members] = stretch[:, None] * np.c_[np.cos(angle), np.sin(angle)]
    weight = np.zeros(len(rings))
    want = counts / counts.sum()
    centres = start

    def nearest(points: Floats) -> Ints:
        gap = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2) - weight
        return np.asarray(gap.argmin(axis=1))

    sample = flat[::8]  # enough to balance the sizes
    for turn_number in range(160):
        label = nearest(sample)
        share = np.bincount(label, minlength=len(rings)) / len(sample)
        weight += 0.25 * (want - share)
        if turn_number < 12:
            moved = np.array(
                [
                    sample[label == k].mean(axis=0) if (label == k).any() else centres[k]
                    for k in range(len(rings))
                ]
            )
            centres = centres + 0.15 * (moved - centres)
    return nearest(flat)


def _kmeans(points: Floats, centres: Floats, rounds: int) -> Floats:
    for _ in range(rounds):
        label = cKDTree(centres).query(points)[1]
        count = np.bincount(label, minlength=len(centres)).clip(1)
        centres = np.c_[
            np.bincount(label, points[:, 0], len(centres)) / count,
            np.bincount(label, points[:, 1], len(centres)) / count,
        ]
    return centres


def _faces(seeds: Floats, outline: Floats, rng: np.random.Generator) -> list[shapely.Polygon]:
    """One polygon per seed (km), borders bent once and shared."""
    far = 4 * RADIUS_KM
    ring = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    guard = np.c_[far * np.cos(ring), far * np.sin(ring)]
    diagram = Voronoi(np.concatenate([seeds, guard]))
    lines = [shapely.LineString(np.concatenate([outline, outline[:1]]))]
    reach = shapely.Polygon(outline).buffer(4.0)
    for (left, right), (a, b) in zip(diagram.ridge_points, diagram.ridge_vertices, strict=True):
        if min(a, b) < 0 or min(left, right) >= len(seeds):
            continue
        start, end = diagram.vertices[a], diagram.vertices[b]
        kept = shapely.intersection(shapely.LineString([start, end]), reach)
        if kept.is_empty:
            continue
        start, end = _clip(start, end, kept)
        length = float(np.hypot(*(end - start)))
        levels = 2 if length < 1.2 else (3 if length < 14 else 4)
        lines.append(shapely.LineString(_bend(start, end, levels, rng, ROUGHNESS)))
    shape = shapely.Polygon(outline)
    pieces = shapely.get_parts(shapely.polygonize([shapely.unary_union(lines)]))
    pieces = [p for p in pieces if shape.contains(p.representative_point())]
    return _assign(pieces, seeds)


def _clip(start: Floats, end: Floats, kept: Any) -> tuple[Floats, Floats]:
    """The stretch of a border that can matter: up to a little outside the city."""
    points = shapely.get_coordinates(kept)
    along = (points - start) @ (end - start) / ((end - start) ** 2).sum()
    # an end that stays must stay to the last bit, or neighbours would no longer meet
    first = start if along.min() < 1e-6 else start + along.min() * (end - start)
    last = end if along.max() > 1 - 1e-6 else start + along.max() * (end - start)
    return first, last


def _assign(pieces: list[shapely.Polygon], seeds: Floats) -> list[shapely.Polygon]:
    """Give every face to a seed: its own where it holds one, else to the longest-border neighbour."""
    tree = shapely.STRtree(pieces)
    points = shapely.points(seeds)
    where, found = tree.query(points, predicate="within")
    face: list[Any] = [None] * len(seeds)
    used = set()
    for seed, piece in zip(where.tolist(), found.tolist(), strict=True):
        face[seed] = pieces[piece]
        used.add(piece)
    if any(f is None for f in face) or len(used) != len(seeds):
        raise RuntimeError("a seed lost its face: choose another map seed")
    left = sorted((p for i, p in enumerate(pieces) if i not in used), key=lambda p: -p.area)
    for piece in left:
        touching = [shapely.length(shapely.intersection(f, piece)) for f in face]
        best = int(np.argmax(touching))
        face[best] = shapely.union(face[best], piece)
    return face
