"""Bytes in, events out: the envelope, its clocks and ids, mapping and quarantine (SPEC §3, §4)."""
