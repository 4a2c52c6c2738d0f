"""The exit codes of the command, as `tideline --help` and docs/mistakes.md document them.

Covered by tests/cli/test_help.py.
"""

from __future__ import annotations

from typing import Final

FAILED: Final = 1
"""A storage, the warehouse or an archive hour failed; the same command may succeed later."""
OPERATOR_MISTAKE: Final = 2
"""A flag, a variable, the configuration or a permission must be changed first."""
UNRECOGNIZED: Final = 3
"""`tideline init` cannot recognise the archive without a hint."""
WARNED: Final = 3
"""`tideline load --strict` has loaded everything, and has warnings about the archive."""
DIFFERENT: Final = 3
"""`tideline audit` has found a difference between an hour and what it is derived from, `tideline compare` one that the
contract does not explain, `tideline copy` one between two warehouses, or `tideline contract check` an event that
violates its contract."""
STOPPED: Final = 130
"""The operator stopped the command with Ctrl-C; any other signal is 128 + its number, too."""
READER_GONE: Final = 141
"""The program that reads the output has ended, as in `tideline status | head`: 128 + SIGPIPE."""
