"""Changes by an operator or by retention: retype, drop, restore, retain."""
