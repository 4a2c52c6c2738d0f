"""Our schema compared with the one that another loader writes: what differs, and what the contract explains (§12, §13).

Covered by tests/compare.
"""
