"""The simulated city: districts, streets, units, addresses' building blocks. Nothing in it exists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from data.demo.arrays import Ints
from data.demo.geometry import AreaMap, draw_areas

HERE = Path(__file__).parent
CITY_SEED = 20_260  # the city itself is always the same; `seed` changes what happens in it


@dataclass(frozen=True)
class Street:
    """A street or township: its place, people and office (unit and area share the code)."""

    name: str
    name_en: str
    district: int
    ring: int
    township: bool
    population: int
    communities: tuple[str, ...]


@dataclass(frozen=True)
class City:
    """Everything fixed about the simulated city."""

    name_zh: str
    name_en: str
    zone: str
    districts: tuple[str, ...]
    rings: tuple[int, ...]
    streets: tuple[Street, ...]
    units: pd.DataFrame
    areas: pd.DataFrame
    channels: dict[str, float]
    words: dict[str, list[str]]
    map: AreaMap

    @property
    def street_district(self) -> Ints:
        """District number of each street."""
        return np.array([street.district for street in self.streets])

    @property
    def unit_number(self) -> dict[str, int]:
        """Unit code to its row in ``units``."""
        return {str(code): i for i, code in enumerate(self.units["unit"])}


def load_yaml(name: str) -> dict[str, Any]:
    """A YAML file of this package."""
    tree: dict[str, Any] = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return tree


def _syllables(text: str) -> list[tuple[str, str]]:
    return [(word[0], word[1:]) for word in text.split()]


@lru_cache(maxsize=1)
def city() -> City:
    """The simulated city (built once per process; always the same)."""
    plan = load_yaml("city.yaml")
    rng = np.random.default_rng(CITY_SEED)
    names = list(plan["districts"])
    spec = [plan["districts"][name] for name in names]
    rings = [int(s["ring"]) for s in spec]
    drawn = draw_areas(
        rings, [int(s["streets"]) for s in spec], plan["centre"]["lon"], plan["centre"]["lat"]
    )
    streets = _streets(plan, rings, drawn, rng)
    return City(
        name_zh=plan["city"]["zh"],
        name_en=plan["city"]["en"],
        zone=plan["zone"],
        districts=tuple(names),
        rings=tuple(rings),
        streets=streets,
        units=_units(plan, streets, names, rng),
        areas=_areas(plan, streets, names, drawn),
        channels={name: float(c["w"]) for name, c in plan["channels"].items()},
        words={
            "stem": [
                a[0] + b[0]
                for a in _syllables(plan["first"])
                for b in _syllables(plan["second_town"])
            ],
            "estate": plan["estate"],
            "road": plan["road"],
            "village": plan["village"],
            "enterprise": plan["enterprise"],
            "first": [a[0] for a in _syllables(plan["first"])],
        },
        map=drawn,
    )


def _streets(
    plan: dict[str, Any], rings: list[int], drawn: AreaMap, rng: np.random.Generator
) -> tuple[Street, ...]:
    pools = {}
    for kind in ("second_town", "second_rural"):
        pairs = [
            (a[0] + b[0], (a[1] + b[1]).capitalize())
            for a in _syllables(plan["first"])
            for b in _syllables(plan[kind])
        ]
        # different characters may sound alike: keep one per sound, so English names are unique too
        by_sound = {sound: name for name, sound in pairs}
        pools[kind] = [(name, sound) for sound, name in sorted(by_sound.items())]
        rng.shuffle(pools[kind])
    villages = [name for name, _ in pools["second_rural"]]
    taken: set[str] = set()
    out = []
    centre_distance = np.hypot(*drawn.seeds_km.T)
    for index, district in enumerate(drawn.district_of):
        ring = rings[district]
        order = np.flatnonzero(drawn.district_of == district)
        # the nearest street of a county is its town, the rest are townships
        nearest = order[np.argsort(centre_distance[order])]
        share = {0: 0.0, 1: 0.0, 2: 0.4, 3: 0.75}[ring]
        rural = index in set(nearest[len(nearest) - round(share * len(nearest)) :].tolist())
        pool = pools["second_rural" if rural else "second_town"]
        while True:
            name, sound = pool.pop()
            if sound not in taken:
                taken.add(sound)
                break
        suffix, suffix_en = ("乡", "Township") if rural and rng.random() < 0.25 else ("镇", "Town")
        if not rural:
            suffix, suffix_en = "街道", "Street"
        mean = {0: 68_000, 1: 66_000, 2: 47_000, 3: 42_000}[ring] * (0.72 if rural else 1.0)
        people = int(np.round(mean * rng.lognormal(-0.06, 0.35), -1))
        count = int(rng.integers(7, 15))
        if rural:
            picks = rng.choice(len(villages), count, replace=False)
            places = tuple(f"{villages[i]}村" for i in picks)
        else:
            stems = [a[0] for a in pools["second_town"]]
            picks = rng.choice(len(stems), count, replace=False)
            places = tuple(f"{stems[i]}社区" for i in picks)
        out.append(
            Street(
                name + suffix,
                f"{sound} {suffix_en}",
                int(district),
                ring,
                bool(rural),
                people,
                places,
            )
        )
    return tuple(out)


def _units(
    plan: dict[str, Any],
    streets: tuple[Street, ...],
    districts: list[str],
    rng: np.random.Generator,
) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for street in streets:
        group = (
            "township"
            if street.township
            else ("street_core" if street.ring < 2 else "street_outer")
        )
        office = (
            f"{street.name_en} Office" if not street.township else f"{street.name_en} Government"
        )
        rows.append(
            (
                street.name,
                street.name,
                office,
                "township" if street.township else "street",
                districts[street.district],
                group,
                round(40 + street.population / 1000 * rng.uniform(0.9, 1.5)),
                street.population,
            )
        )
    for kind, unit_type in (
        ("departments", "department"),
        ("hospitals", "hospital"),
        ("utilities", "utility"),
    ):
        for name, facts in plan[kind].items():
            home = next((d for d in districts if name.startswith(d)), None)
            rows.append((name, name, facts["en"], unit_type, home, unit_type, facts["staff"], None))
    columns = [
        "unit",
        "name_zh",
        "name_en",
        "unit_type",
        "district",
        "peer_group",
        "staff",
        "population",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"staff": "Int32", "population": "Int32"})


def _areas(
    plan: dict[str, Any], streets: tuple[Street, ...], districts: list[str], drawn: AreaMap
) -> pd.DataFrame:
    people = np.bincount([s.district for s in streets], weights=[s.population for s in streets])
    home = plan["city"]
    rows: list[tuple[Any, ...]] = [
        (
            home["zh"],
            "city",
            None,
            home["zh"],
            home["en"],
            int(people.sum()),
            *drawn.city_point,
            drawn.city_json,
        )
    ]
    for i, name in enumerate(districts):
        rows.append(
            (
                name,
                "district",
                home["zh"],
                name,
                plan["districts"][name]["en"],
                int(people[i]),
                *drawn.district_points[i],
                drawn.district_json[i],
            )
        )
    for i, street in enumerate(streets):
        english = (
            f"{street.name_en}"
            if street.township
            else street.name_en.replace(" Street", " Subdistrict")
        )
        rows.append(
            (
                street.name,
                "street",
                districts[street.district],
                street.name,
                english,
                street.population,
                *drawn.street_points[i],
                drawn.street_json[i],
            )
        )
    columns = [
        "area",
        "level",
        "parent",
        "name_zh",
        "name_en",
        "population",
        "lon",
        "lat",
        "geometry",
    ]
    return pd.DataFrame(rows, columns=columns).astype({"population": "Int32"})
