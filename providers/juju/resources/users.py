"""Who may use the controller, and what of it.

Arguments -> property bag -> `providers.juju.crud.users` and `providers.juju.crud.access`.
"""

import pulumi

from providers.common.resource import DeclaredResource
from providers.juju.crud.access import AccessProvider
from providers.juju.crud.users import UserProvider


class User(DeclaredResource, module="juju", name="User"):
    """A user of the controller, who may log in; `Access` gives more.

    Natural key: the name. One that is there is adopted, given this password, and stays at destroy, which both runs say:
    also one that a killed `up` left, since nothing in Juju tells whose a user is. A password that was changed by hand
    is not seen: Juju gives none back. Source: Juju 3.6 API, facade UserManager.
    """

    name: pulumi.Output[str]
    password: pulumi.Output[str]
    """Secret."""
    display_name: pulumi.Output[str]
    """Juju can't change it: another one makes another user of the same name."""
    disabled: pulumi.Output[bool]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        password: pulumi.Input[str],
        display_name: pulumi.Input[str] | None = None,
        disabled: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"name": name, "password": password, "display_name": display_name, "disabled": disabled}
        super().__init__(UserProvider(), resource_name, inputs, ("adopted",), ("password",), opts)


class Access(DeclaredResource, module="juju", name="Access"):
    """One user's access to one thing; without `model`, `offer` and `cloud` to the controller itself.

    Levels: a model's are read, write, admin; an offer's read, consume, admin; a cloud's add-model, admin; the
    controller's login, superuser. The level is exact: what was raised or lowered by hand is put back, and destroy
    restores what the user had before. A level that was already as asked counts as given by an earlier, killed `up`: it
    goes at destroy (to login on the controller, else to none), except for the user that the stack logs in as.
    Import id: `model/UUID:user`, `offer/URL:user`, `cloud/NAME:user`, `controller:user`.
    Source: Juju 3.6 API, ModifyModelAccess and its likes.
    """

    user: pulumi.Output[str]
    access: pulumi.Output[str]
    model: pulumi.Output[str | None]
    """A model's UUID."""
    offer: pulumi.Output[str | None]
    """An offer's URL."""
    cloud: pulumi.Output[str | None]
    previous: pulumi.Output[str]
    """What the user gets back at destroy; "" for nothing."""

    def __init__(
        self,
        resource_name: str,
        *,
        user: pulumi.Input[str],
        access: pulumi.Input[str],
        model: pulumi.Input[str] | None = None,
        offer: pulumi.Input[str] | None = None,
        cloud: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"user": user, "access": access, "model": model, "offer": offer, "cloud": cloud}
        super().__init__(AccessProvider(), resource_name, inputs, ("previous",), opts=opts)
