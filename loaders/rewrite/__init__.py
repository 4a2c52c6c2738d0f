"""Rows changed on purpose: retyped, dropped, restored, retained."""
