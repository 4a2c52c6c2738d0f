"""Tests of the room that makes typed rows of events."""
