"""The resource of assets, checks and sensors: the settings, read again in every run.

Covered by tests/defs/sensors/test_pending_hours.py.
"""

import os
from dataclasses import replace

import dagster as dg

from event_assets.config.settings import Flags, Settings, load_settings

LEDGER_WAIT_SECONDS = 2.0
"""How long a tick, or what loads the definitions, waits for a ledger that a load has locked."""


class Tideline(dg.ConfigurableResource):  # type: ignore[type-arg]  # its type variable is the object it provides
    """Provides the settings. Only the file's name is Dagster configuration, so that the UI shows no secret."""

    config: str | None = None

    def settings(self) -> Settings:
        """Return the settings from environment and file. Raise `SettingsError` where they are invalid."""
        return load_settings(os.environ, Flags(config=self.config), demo=True)

    def settings_of(self, source: str) -> Settings:
        """Return the settings with this source alone."""
        settings = self.settings()
        return replace(settings, sources={source: settings.sources[source]})
