"""Inspecting an unknown archive: what its keys and its first events contain."""
