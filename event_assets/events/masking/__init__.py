"""Masking: values at configured paths are removed, hashed or shortened in rows of the lake's schema (contract §13)."""
