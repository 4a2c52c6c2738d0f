"""The plain Python XXH3 gives what the reference library gives, at every length where the algorithm changes."""

import random

import pytest
import xxhash

from tests.independent.xxh3 import xxh3_64, xxh3_64_signed, xxh3_128_hex

LENGTHS = [*range(300), 511, 512, 513, 1023, 1024, 1025, 1088, 1089, 2047, 2048, 2049, 4096, 5000, 20001]


@pytest.mark.parametrize("seed", [1, 2])
def test_both_hashes_equal_the_reference_at_every_length(seed: int) -> None:
    source = random.Random(seed)
    for length in LENGTHS:
        data = source.randbytes(length)
        assert xxh3_64(data) == xxhash.xxh3_64_intdigest(data), length
        assert xxh3_128_hex(data) == xxhash.xxh3_128_hexdigest(data), length


def test_the_signed_form_is_the_same_64_bits() -> None:
    for number in range(64):
        data = b"%d" % number
        assert xxh3_64_signed(data) % (1 << 64) == xxh3_64(data)
        assert -(1 << 63) <= xxh3_64_signed(data) < 1 << 63
