"""Jobs of contract §13: what an operator asks for on purpose, with a typed config."""
