"""The `tideline` command: a module per command, and output modules that print. Only here is typer or rich imported."""
