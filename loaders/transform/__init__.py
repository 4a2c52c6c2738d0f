"""Pure: events in, typed frames for the warehouse's tables out."""
