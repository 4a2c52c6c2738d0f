"""Contracts beside the load: the check over the lake, and schemas from the tracking plans of other products."""
