"""What the command prints: modules that take results and render them.

From other packages they import types to check against, constants, and the formatting of `config`; they call nothing
that works. tests/cli/output/test_imports.py holds them to it.
"""
