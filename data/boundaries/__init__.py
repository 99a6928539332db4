"""A city's own boundaries: read from GeoJSON, set right, matched to the areas that orders name.

``reading`` and ``shapes``: the file; ``names``: which stored area a feature is; ``saving``: into
the store, whole or not at all; ``locating``: which area a point lies in (docs/areas.md).
"""
