"""The `tideline` command: a module or folder per command, and `output` for what they print.

Only here are typer and rich imported.
"""
