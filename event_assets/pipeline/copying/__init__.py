"""From one warehouse into another one: loaded again from the lake, then compared row by row."""
