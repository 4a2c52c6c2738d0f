"""This process: its temporary folders, its worker processes, and how it ends in the middle of its work."""
