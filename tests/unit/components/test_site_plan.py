"""How a MaasSite names and orders its resources."""

from components.site_args import ImageArgs, RangeArgs, SubnetArgs
from components.site_plan import import_groups, import_name, range_names, record_name, split_settings, ssh_key_name


def test_settings_that_name_a_release_wait_for_images() -> None:
    before, after = split_settings({"default_distro_series": "jammy", "kernel_opts": "quiet"})
    assert (before, after) == ({"kernel_opts": "quiet"}, {"default_distro_series": "jammy"})


def test_releases_of_the_same_arches_are_imported_together() -> None:
    images = [
        ImageArgs(os="ubuntu", release="jammy", arches=("arm64", "amd64")),
        ImageArgs(os="ubuntu", release="focal", arches=("amd64", "arm64")),
        ImageArgs(os="centos", release="centos7", arches=("amd64",)),
    ]
    groups = import_groups(images)
    assert groups == {("ubuntu", ("amd64", "arm64")): ["jammy", "focal"], ("centos", ("amd64",)): ["centos7"]}
    assert len({import_name("maas", *group) for group in groups}) == 2


def test_the_first_dynamic_range_can_move_without_a_new_name() -> None:
    def names(*entries: tuple[str, str, str]) -> list[str]:
        ranges = [RangeArgs(type=kind, start=start, end=end) for kind, start, end in entries]
        return [name for name, _ in range_names("maas", SubnetArgs(cidr="10.0.0.0/24", ranges=ranges))]

    assert names(("reserved", "10.0.0.2", "10.0.0.9"), ("dynamic", "10.0.0.50", "10.0.0.60")) == [
        "maas-10.0.0.0-24-reserved-10.0.0.2",
        "maas-10.0.0.0-24-dynamic",
    ]
    assert names(("dynamic", "10.0.0.70", "10.0.0.80")) == ["maas-10.0.0.0-24-dynamic"]
    assert names(("dynamic", "10.0.0.70", "10.0.0.80"), ("dynamic", "10.0.0.90", "10.0.0.95"))[1].endswith("10.0.0.90")


def test_a_key_is_known_by_its_text_and_not_by_its_comment() -> None:
    assert ssh_key_name("maas", "ssh-rsa AAAA me") == ssh_key_name("maas", "ssh-rsa AAAA you@there")
    assert ssh_key_name("maas", "ssh-rsa AAAA") != ssh_key_name("maas", "ssh-rsa AAAB")


def test_records_of_one_name_and_type_are_told_apart() -> None:
    names = [record_name("maas", "db.maas", "A/AAAA", twin) for twin in range(3)]
    assert names == ["maas-dns-db.maas-A-AAAA", "maas-dns-db.maas-A-AAAA-2", "maas-dns-db.maas-A-AAAA-3"]
