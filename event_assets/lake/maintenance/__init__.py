"""Upkeep of the lake: small files packed, replaced files removed, old hours retired."""
