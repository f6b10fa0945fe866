"""One typed tree of settings: `tamrex.toml`, then `TAMREX_SECTION__KEY` variables, then options."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from extractors.types import THRESHOLD
from pipeline.errors import UsageError

SETTINGS_FILE = "tamrex.toml"
ENVIRONMENT_PREFIX = "TAMREX_"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class EntrezSettings(_Section):
    """How NCBI is asked; `email` is required by NCBI for every request."""

    email: str = ""
    api_key: str = Field(default="", repr=False)
    tool: str = "tamrex"
    base_url: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
    rate: float = Field(default=0.0, ge=0.0, description="requests a second; 0: 3, or 10 with a key")
    query: str = ""
    strict: bool = Field(default=False, description="fail when PubMed drops a part of the query")

    def hide_key(self, words: str) -> str:
        """Return words with the API key made unreadable, also where it is part of an address."""
        for secret in {self.api_key, quote(self.api_key), quote_plus(self.api_key)} - {""}:
            words = words.replace(secret, "…")
        return words

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        parts = urlsplit(address)
        # Asking for the port raises where it is no number.
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("not an address that begins with http:// or https://")
        return address

    @field_validator("query")
    @classmethod
    def _has_words(cls, query: str) -> str:
        if query and not query.strip():
            raise ValueError("the query is empty")
        return query


class AnnotateSettings(_Section):
    """How texts are annotated.

    `model` names a syntax model of one's own in place of the shipped one: a folder, an archive, or the
    address of an archive, which needs `model_sha256`.
    """

    model: str = ""
    model_sha256: str = ""
    batch_size: int = Field(default=32, ge=1, le=1024)


class ExtractSettings(_Section):
    """Which rows are accepted."""

    threshold: float = Field(default=THRESHOLD, ge=0.0, le=1.0)
    keep_generic: bool = True


class ExportSettings(_Section):
    """What is written."""

    text: bool = True


class StoreSettings(_Section):
    """Where records and results are kept between runs."""

    path: Path = Path("outputs/.store.sqlite")


class BulkSettings(_Section):
    """How PubMed's bulk files are read."""

    prefilter: bool = Field(default=True, description="pass over records that can't give a row")
    folder: Path = Field(default=Path("outputs/.bulk"), description="where files of a mirror are kept")


class GateSettings(_Section):
    """How much a run may lose against the last one before the old output is kept; 1 allows anything."""

    counts_drop: float = Field(default=0.2, ge=0.0, le=1.0, description="share of a table's rows")
    precision_drop: float = Field(default=0.1, ge=0.0, le=1.0, description="difference of precision on gold")


class Settings(BaseSettings):
    """All settings of a run."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        # A value can be a key or hold a password.
        hide_input_in_errors=True,
    )

    entrez: EntrezSettings = EntrezSettings()
    annotate: AnnotateSettings = AnnotateSettings()
    extract: ExtractSettings = ExtractSettings()
    export: ExportSettings = ExportSettings()
    store: StoreSettings = StoreSettings()
    bulk: BulkSettings = BulkSettings()
    gate: GateSettings = GateSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let variables of the environment win over the file, whose values come by `init`."""
        return env_settings, init_settings

    def for_manifest(self) -> dict[str, Any]:
        """Return all settings as plain values without the API key and what lets one in at an address."""
        values = self.model_dump(mode="json")
        values["entrez"]["api_key"] = "set" if self.entrez.api_key else ""
        for section, key in (("entrez", "base_url"), ("annotate", "model")):
            values[section][key] = _without_access(values[section][key])
        return values


def _without_access(address: str) -> str:
    """Return an address without user, password and parameters."""
    parts = urlsplit(address)
    if not parts.scheme or not parts.netloc:
        return address
    return urlunsplit(parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1], query="", fragment=""))


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file (if there is one) and the environment.

    Parameters
    ----------
    path
        A settings file that must exist; left out, `tamrex.toml` of the working folder is read if it
        is there.

    Raises
    ------
    UsageError
        For a file that can't be read, an unknown key (with the nearest valid name) or a wrong value.
    """
    values: dict[str, Any] = {}
    file = path or Path(SETTINGS_FILE)
    if path is not None or file.is_file():
        try:
            values = tomllib.loads(file.read_text("utf-8"))
        except OSError as fault:
            raise UsageError("settings file can't be read", str(file), fault.strerror or "") from fault
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise UsageError(f"settings file is not TOML ({fault})", str(file)) from fault
    _refuse_unknown(values, str(file))
    _refuse_unknown(_from_environment(os.environ), "environment")
    try:
        return Settings(**values)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        words = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"setting has a wrong value ({words})", where) from fault


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Sort `TAMREX_SECTION__KEY` variables into sections, only to check their names."""
    found: dict[str, Any] = {}
    for name, value in environment.items():
        if name.upper().startswith(ENVIRONMENT_PREFIX):
            section, _, key = name[len(ENVIRONMENT_PREFIX) :].lower().partition("__")
            if key:
                found.setdefault(section, {})[key] = value
    return found


def _refuse_unknown(values: Mapping[str, Any], where: str) -> None:
    """Raise for a section or key that doesn't exist, with the nearest one that does."""
    for section, content in values.items():
        if section not in Settings.model_fields:
            _raise_unknown("section", section, list(Settings.model_fields), where)
        model = Settings.model_fields[section].annotation
        assert isinstance(model, type) and issubclass(model, BaseModel)
        for key in content if isinstance(content, dict) else ():
            if key not in model.model_fields:
                _raise_unknown(
                    "key", f"{section}.{key}", [f"{section}.{k}" for k in model.model_fields], where
                )


def _raise_unknown(what: str, name: str, valid: list[str], where: str) -> None:
    near = difflib.get_close_matches(name, valid, n=1, cutoff=0.4)
    mend = f"did you mean {near[0]!r}?" if near else "valid are " + ", ".join(valid)
    raise UsageError(f"unknown {what} {name!r} in the settings", where, mend)
