"""Snowplow enriched events in the common envelope."""
