"""Shamir's secret sharing over GF(2^8), as Vault cuts its unseal key (pure; Shamir 1979, the field of AES).

secret ─> `split` ─> shares (one byte longer: their x) ─> any `threshold` of them ─> `combine` ─> secret
"""

from collections.abc import Sequence
from functools import reduce

_REDUCE = 0x11B


def _tables() -> tuple[list[int], list[int]]:
    """Give the field's powers of 3 and their logarithms."""
    powers, logs = [0] * 510, [0] * 256
    value = 1
    for exponent in range(255):
        powers[exponent] = powers[exponent + 255] = value
        logs[value] = exponent
        value ^= value << 1
        if value & 0x100:
            value ^= _REDUCE
    return powers, logs


_POWERS, _LOGS = _tables()


def _plus(left: int, right: int) -> int:
    return left ^ right


def _times(left: int, right: int) -> int:
    return _POWERS[_LOGS[left] + _LOGS[right]] if left and right else 0


def _over(left: int, right: int) -> int:
    return _POWERS[_LOGS[left] - _LOGS[right] + 255] if left else 0


def split(secret: bytes, shares: int, threshold: int, noise: bytes) -> list[bytes]:
    """Cut a secret into shares; `noise` holds (threshold - 1) random bytes for each byte of the secret."""
    degree = threshold - 1
    cut: list[bytes] = []
    for x in range(1, shares + 1):
        part = bytearray()
        for place, byte in enumerate(secret):
            value = 0
            for coefficient in reversed(noise[place * degree : (place + 1) * degree]):
                value = _times(value, x) ^ coefficient
            part.append(_times(value, x) ^ byte)
        cut.append(bytes([*part, x]))
    return cut


def combine(shares: Sequence[bytes]) -> bytes:
    """Give the secret back; other bytes when a share is wrong, ValueError when two have the same x."""
    places = [share[-1] for share in shares]
    if len(set(places)) < len(places):
        raise ValueError("duplicate part detected")
    weights = [_weight(places, index) for index in range(len(places))]
    length = min(len(share) for share in shares) - 1
    return bytes(
        reduce(_plus, (_times(share[place], weight) for share, weight in zip(shares, weights, strict=True)))
        for place in range(length)
    )


def _weight(places: Sequence[int], index: int) -> int:
    """Give Lagrange's basis polynomial at 0."""
    weight = 1
    for other, place in enumerate(places):
        if other != index:
            weight = _times(weight, _over(place, place ^ places[index]))
    return weight
