"""Dirt in the events of the fictional shop: broken lines, copies, conflicts, hostile names, wrong clocks."""
