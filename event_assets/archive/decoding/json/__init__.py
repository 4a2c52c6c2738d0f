"""JSON without lines: concatenated values and arrays, cut out of a stream of bytes."""
