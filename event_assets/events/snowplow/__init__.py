"""Snowplow events in the common envelope."""
