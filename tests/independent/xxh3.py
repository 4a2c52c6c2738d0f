"""XXH3-64 and XXH3-128 (seed 0, default secret) in plain Python, from the public description of the algorithm."""

from struct import unpack_from

MASK = (1 << 64) - 1
MASK32 = (1 << 32) - 1
P32_1, P32_2, P32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P64_1 = 0x9E3779B185EBCA87
P64_2 = 0xC2B2AE3D27D4EB4F
P64_3 = 0x165667B19E3779F9
P64_4 = 0x85EBCA77C2B2AE63
P64_5 = 0x27D4EB2F165667C5
MIX_1 = 0x165667919E3779F9
MIX_2 = 0x9FB21C651E98DF25
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b"
    "16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
STRIPE, BLOCK = 64, 1024
KEYS = tuple(unpack_from("<8Q", SECRET, 8 * index) for index in range(16))
SCRAMBLE = unpack_from("<8Q", SECRET, len(SECRET) - STRIPE)
LAST = unpack_from("<8Q", SECRET, len(SECRET) - STRIPE - 7)


def xxh3_64(data: bytes) -> int:
    """The 64-bit hash as an unsigned integer."""
    size = len(data)
    if size <= 16:
        return _short_64(data, size)
    if size <= 240:
        return _medium_64(data, size)
    return _merge(_accumulate(data, size), 11, size * P64_1 & MASK)


def xxh3_64_signed(data: bytes) -> int:
    """The 64-bit hash as a signed integer, as `_fingerprint` holds it (contract §3)."""
    value = xxh3_64(data)
    return value - (1 << 64) if value >> 63 else value


def xxh3_128_hex(data: bytes) -> str:
    """The 128-bit hash in hex, high half first."""
    size = len(data)
    if size <= 16:
        low, high = _short_128(data, size)
    elif size <= 240:
        low, high = _medium_128(data, size)
    else:
        lanes = _accumulate(data, size)
        low = _merge(lanes, 11, size * P64_1 & MASK)
        high = _merge(lanes, len(SECRET) - STRIPE - 11, ~(size * P64_2) & MASK)
    return f"{high:016x}{low:016x}"


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def _half(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _swap(value: int, size: int) -> int:
    return int.from_bytes(value.to_bytes(size, "little"), "big")


def _fold(left: int, right: int) -> int:
    product = left * right
    return (product & MASK) ^ (product >> 64)


def _avalanche(value: int) -> int:
    value ^= value >> 37
    value = value * MIX_1 & MASK
    return value ^ (value >> 32)


def _avalanche_64(value: int) -> int:
    value ^= value >> 33
    value = value * P64_2 & MASK
    value ^= value >> 29
    value = value * P64_3 & MASK
    return value ^ (value >> 32)


def _mix16(data: bytes, at: int, key: int) -> int:
    return _fold(_word(data, at) ^ _word(SECRET, key), _word(data, at + 8) ^ _word(SECRET, key + 8))


def _few(data: bytes, size: int) -> int:
    return data[0] << 16 | data[size >> 1] << 24 | data[-1] | size << 8


def _short_64(data: bytes, size: int) -> int:
    if size > 8:
        low = _word(data, 0) ^ _word(SECRET, 24) ^ _word(SECRET, 32)
        high = _word(data, size - 8) ^ _word(SECRET, 40) ^ _word(SECRET, 48)
        return _avalanche((size + _swap(low, 8) + high + _fold(low, high)) & MASK)
    if size >= 4:
        value = (_half(data, size - 4) + (_half(data, 0) << 32)) ^ _word(SECRET, 8) ^ _word(SECRET, 16)
        value ^= (value << 49 | value >> 15) & MASK ^ (value << 24 | value >> 40) & MASK
        value = value * MIX_2 & MASK
        value = (value ^ ((value >> 35) + size)) * MIX_2 & MASK
        return value ^ (value >> 28)
    if size:
        return _avalanche_64(_few(data, size) ^ _half(SECRET, 0) ^ _half(SECRET, 4))
    return _avalanche_64(_word(SECRET, 56) ^ _word(SECRET, 64))


def _medium_64(data: bytes, size: int) -> int:
    total = size * P64_1
    if size <= 128:
        for index in range((size - 1) // 32, -1, -1):
            total += _mix16(data, 16 * index, 32 * index) + _mix16(data, size - 16 * (index + 1), 32 * index + 16)
        return _avalanche(total & MASK)
    for index in range(8):
        total += _mix16(data, 16 * index, 16 * index)
    total = _avalanche(total & MASK)
    for index in range(8, size // 16):
        total += _mix16(data, 16 * index, 16 * (index - 8) + 3)
    return _avalanche((total + _mix16(data, size - 16, 119)) & MASK)


def _short_128(data: bytes, size: int) -> tuple[int, int]:
    if size > 8:
        first, last = _word(data, 0), _word(data, size - 8)
        product = (first ^ last ^ _word(SECRET, 32) ^ _word(SECRET, 40)) * P64_1
        low, high = (product & MASK) + ((size - 1) << 54) & MASK, product >> 64
        last ^= _word(SECRET, 48) ^ _word(SECRET, 56)
        high = (high + last + (last & MASK32) * (P32_2 - 1)) & MASK
        product = (low ^ _swap(high, 8)) * P64_2
        return _avalanche(product & MASK), _avalanche(((product >> 64) + high * P64_2) & MASK)
    if size >= 4:
        keyed = (_half(data, 0) + (_half(data, size - 4) << 32)) ^ _word(SECRET, 16) ^ _word(SECRET, 24)
        product = keyed * (P64_1 + (size << 2) & MASK)
        low = product & MASK
        high = ((product >> 64) + (low << 1)) & MASK
        low ^= high >> 3
        low = (low ^ (low >> 35)) * MIX_2 & MASK
        return low ^ (low >> 28), _avalanche(high)
    if size:
        few = _few(data, size)
        swapped = _swap(few, 4)
        turned = (swapped << 13 | swapped >> 19) & MASK32
        return (
            _avalanche_64(few ^ _half(SECRET, 0) ^ _half(SECRET, 4)),
            _avalanche_64(turned ^ _half(SECRET, 8) ^ _half(SECRET, 12)),
        )
    return (
        _avalanche_64(_word(SECRET, 64) ^ _word(SECRET, 72)),
        _avalanche_64(_word(SECRET, 80) ^ _word(SECRET, 88)),
    )


def _mix32(low: int, high: int, data: bytes, one: int, two: int, key: int) -> tuple[int, int]:
    low = (low + _mix16(data, one, key) & MASK) ^ (_word(data, two) + _word(data, two + 8) & MASK)
    high = (high + _mix16(data, two, key + 16) & MASK) ^ (_word(data, one) + _word(data, one + 8) & MASK)
    return low, high


def _medium_128(data: bytes, size: int) -> tuple[int, int]:
    low, high = size * P64_1 & MASK, 0
    if size <= 128:
        for index in range((size - 1) // 32, -1, -1):
            low, high = _mix32(low, high, data, 16 * index, size - 16 * (index + 1), 32 * index)
    else:
        for index in range(4):
            low, high = _mix32(low, high, data, 32 * index, 32 * index + 16, 32 * index)
        low, high = _avalanche(low), _avalanche(high)
        for index in range(4, size // 32):
            low, high = _mix32(low, high, data, 32 * index, 32 * index + 16, 3 + 32 * (index - 4))
        low, high = _mix32(low, high, data, size - 16, size - 32, 103)
    mixed = (low * P64_1 + high * P64_4 + size * P64_2) & MASK
    return _avalanche((low + high) & MASK), -_avalanche(mixed) & MASK


def _accumulate(data: bytes, size: int) -> list[int]:
    lanes = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1]
    full = (size - 1) // STRIPE
    words = unpack_from(f"<{full * 8}Q", data)
    for stripe in range(full):
        _add_stripe(lanes, words[8 * stripe : 8 * stripe + 8], KEYS[stripe & 15])
        if stripe & 15 == 15 and stripe < (size - 1) // BLOCK * 16:
            _scramble(lanes)
    _add_stripe(lanes, unpack_from("<8Q", data, size - STRIPE), LAST)
    return [lane & MASK for lane in lanes]


def _add_stripe(lanes: list[int], words: tuple[int, ...], keys: tuple[int, ...]) -> None:
    """Lanes are not cut to 64 bits here: a block's sums stay small, and `_scramble` and the caller cut them."""
    w0, w1, w2, w3, w4, w5, w6, w7 = words
    k0, k1, k2, k3, k4, k5, k6, k7 = keys
    k0, k1, k2, k3, k4, k5, k6, k7 = k0 ^ w0, k1 ^ w1, k2 ^ w2, k3 ^ w3, k4 ^ w4, k5 ^ w5, k6 ^ w6, k7 ^ w7
    lanes[0] += w1 + (k0 & MASK32) * (k0 >> 32)
    lanes[1] += w0 + (k1 & MASK32) * (k1 >> 32)
    lanes[2] += w3 + (k2 & MASK32) * (k2 >> 32)
    lanes[3] += w2 + (k3 & MASK32) * (k3 >> 32)
    lanes[4] += w5 + (k4 & MASK32) * (k4 >> 32)
    lanes[5] += w4 + (k5 & MASK32) * (k5 >> 32)
    lanes[6] += w7 + (k6 & MASK32) * (k6 >> 32)
    lanes[7] += w6 + (k7 & MASK32) * (k7 >> 32)


def _scramble(lanes: list[int]) -> None:
    for index in range(8):
        lane = lanes[index] & MASK
        lanes[index] = (lane ^ (lane >> 47) ^ SCRAMBLE[index]) * P32_1 & MASK


def _merge(lanes: list[int], key: int, total: int) -> int:
    for index in range(4):
        left = lanes[2 * index] ^ _word(SECRET, key + 16 * index)
        total += _fold(left, lanes[2 * index + 1] ^ _word(SECRET, key + 16 * index + 8))
    return _avalanche(total & MASK)
