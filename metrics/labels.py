"""Labels: a word key with its holes, made into a sentence only at the edge.

Modules below the pages never write sentences. A label may hold labels (a span
holds two dates), which are resolved from the inside out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Say = Callable[..., str]


@dataclass(frozen=True)
class Label:
    """A key of the words catalogue and what fills its holes."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, say: Say) -> str:
        """The sentence. ``say(code, **holes)`` looks one up, e.g.
        ``lambda code, **holes: words.say(code, lang, **holes)``."""
        holes = {k: v.text(say) if isinstance(v, Label) else v for k, v in self.params.items()}
        return say(self.code, **holes)
