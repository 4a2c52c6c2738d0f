"""What assets, checks and sensors are handed: the settings, read anew in every run."""

import os

import dagster as dg

from event_assets.config.settings import Flags, Settings, load_settings


class Tideline(dg.ConfigurableResource):  # type: ignore[type-arg]  # its type variable stands for the object it provides
    """Gives the settings. Only the file's name is configuration of Dagster's, so that the UI shows no secret."""

    config: str | None = None

    def settings(self) -> Settings:
        """The settings of this process by environment and file; raises `SettingsError`."""
        return load_settings(os.environ, Flags(config=self.config), demo=True)
