"""The command that erases persons."""
