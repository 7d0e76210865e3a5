"""Expected and found hardware."""

from components.hardware import Hardware, found, shortfalls


def test_nothing_expected_is_always_there() -> None:
    assert shortfalls(Hardware(), found(0, 0, 0, 0)) == []


def test_what_is_less_than_expected_is_told() -> None:
    least = Hardware(memory_gib=16, cpus=2, disks=2, nics=1)
    assert shortfalls(least, found(12288, 2, 1, 0)) == [
        "16 GiB of memory, found 12",
        "2 disks, found 1",
        "1 network cards, found 0",
    ]
    assert shortfalls(least, found(32768, 4, 2, 1)) == []


def test_firmware_may_keep_some_memory() -> None:
    assert shortfalls(Hardware(memory_gib=16), found(16384 - 300, 1, 1, 1)) == []
    assert shortfalls(Hardware(memory_gib=16), found(16384 - 600, 1, 1, 1)) == ["16 GiB of memory, found 15"]
