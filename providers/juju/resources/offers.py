"""Relations between models: what one offers, and another consumes.

Arguments -> property bag -> `providers.juju.crud.offers` and `providers.juju.crud.consumed`.
"""

from collections.abc import Sequence

import pulumi

from providers.common.resource import DeclaredResource
from providers.juju.crud.consumed import ConsumedOfferProvider
from providers.juju.crud.offers import OfferProvider


class Offer(DeclaredResource, module="juju", name="Offer"):
    """Endpoints of an application that other models may relate to; `url` is where.

    Natural key: model and name (without one the application's). One that is there for the same application is adopted,
    and then stays at destroy. Endpoints and description change in place. `force`: the reason why destroy may cut
    relations that use it. Import id: `MODEL_UUID/name`. Source: Juju 3.6 API, facade ApplicationOffers.
    """

    model: pulumi.Output[str]
    application: pulumi.Output[str]
    endpoints: pulumi.Output[Sequence[str]]
    name: pulumi.Output[str]
    description: pulumi.Output[str]
    url: pulumi.Output[str]
    """E.g. admin/monitoring.prometheus; what ConsumedOffer takes."""
    offer_uuid: pulumi.Output[str]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        application: pulumi.Input[str],
        endpoints: pulumi.Input[Sequence[pulumi.Input[str]]],
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
        force: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "model": model,
            "application": application,
            "endpoints": endpoints,
            "name": name,
            "description": description,
            "force": force,
        }
        super().__init__(OfferProvider(), resource_name, inputs, ("url", "offer_uuid", "adopted"), opts=opts)


class ConsumedOffer(DeclaredResource, module="juju", name="ConsumedOffer"):
    """An offer of another model, which this one can integrate with by `name`.

    Natural key: model and name (without one the offer's). What consumes the same offer under that name is adopted,
    and then stays at destroy, which otherwise waits at most `minutes` until it is gone. `force`: the reason why its
    relations may be cut. Import id: `MODEL_UUID/name`. Source: Juju 3.6 API, Application.Consume.
    """

    model: pulumi.Output[str]
    offer_url: pulumi.Output[str]
    name: pulumi.Output[str]
    endpoints: pulumi.Output[Sequence[str]]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        offer_url: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        force: pulumi.Input[str] | None = None,
        minutes: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"model": model, "offer_url": offer_url, "name": name, "force": force, "minutes": minutes}
        super().__init__(ConsumedOfferProvider(), resource_name, inputs, ("endpoints", "adopted"), opts=opts)
