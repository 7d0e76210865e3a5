"""What Juju runs on is not taken away: destroying the stack under it is refused with the reason, and undoes nothing."""

from tests.lab.stack.conftest import Kit
from tests.support.admin import another_admin


def test_a_machine_in_other_hands_holds_the_whole_stack(kit: Kit):
    kit.project.up().ok()
    before = {str(each["urn"]) for each in kit.project.resources()}
    with another_admin(kit.maas) as admin:
        system_id = str(admin.machine("server5")["system_id"])
        # as Juju does: the same user's key, and no mark of Pulumi
        admin.call("Machines.allocate", system_id=system_id, agent_name="a-model-of-juju")
        admin.call("Machine.deploy", {"system_id": system_id}, distro_series="jammy")

        refused = kit.project.pulumi("destroy", "-s", "baremetal", "--yes", "--skip-preview")
        assert refused.code != 0
        assert "something that this stack did not deploy uses server5 (Deployed)" in refused.text
        assert "pulumi destroy -s juju" in refused.text
        assert {str(each["urn"]) for each in kit.project.resources()} == before

        admin.call("Machine.release", {"system_id": system_id})
    kit.project.pulumi("destroy", "-s", "baremetal", "--yes", "--skip-preview").ok()
    assert kit.maas.machines() == []
