"""Pure readers of two text formats, strict JSON and ISO 8601 timestamps, that files and warehouse share."""
