"""Settings from the environment (``COCKPIT_*``) and ``.env``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things live and who the city is. Every field is ``COCKPIT_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="COCKPIT_", env_file=".env", extra="ignore")

    home: Path = Field(default=Path("var"), description="embedded store, inbox, keys, logs")
    database_url: str | None = Field(
        default=None, description="SQLAlchemy URL; empty = embedded DuckDB file in home"
    )
    memory_limit: str = Field(default="4GB", description="memory of the embedded store")
    zone: str = Field(default="Asia/Shanghai", description="the city's named time zone")
    country: str = Field(default="CN", description="whose public holidays count (ISO 3166)")
    secret_key: SecretStr | None = Field(
        default=None, description="key of the caller hash; made and kept in home when empty"
    )
    refresh: bool = Field(
        default=True,
        description="compute alerts and forecasts anew in the background after imports",
    )
    scheme: str | None = Field(default=None, description="scheme shown first")
    border_metres: float = Field(
        default=150.0, ge=0, le=5000,
        description="an order this near the area it names is not said to lie in another one",
    )  # fmt: skip
    tile_url: str | None = Field(
        default=None,
        description="optional base map: an address with {z}, {x}, {y}; empty = no outside request",
    )
    tile_attribution: str | None = Field(
        default=None, description="whose base map it is, shown on it; needed with tile_url"
    )
    llm_url: str | None = Field(
        default=None, description="OpenAI-compatible address for drafts of replies; empty = none"
    )
    llm_model: str = Field(default="", description="name of the model asked for drafts")
    llm_key: SecretStr | None = Field(default=None, description="key sent to that address")
    llm_seconds: float = Field(default=20.0, gt=0, le=300, description="how long a draft may take")

    @property
    def store_path(self) -> Path:
        """The embedded database file."""
        return self.home / "cockpit.duckdb"

    @property
    def inbox(self) -> Path:
        """Where other processes drop normalised batches."""
        return self.home / "inbox"

    @property
    def url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"duckdb:///{self.store_path}"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
