"""Application: the facade of everything that a person does with applications (Juju 3.6 API: Application v15 to v22).

Its methods live by subject: deploying, configuring, units, relating. SetMetricCredentials is not served: metrics went
with Juju 3.
"""

from lab.juju.facades import configuring, deploying, relating, units
from lab.juju.rpc import MODEL, Facade

FACADE = Facade(
    "Application",
    (15, 16, 17, 18, 19, 20, 21, 22),
    MODEL,
    {
        "AddRelation": relating.add_relation,
        "AddUnits": units.add_units,
        "ApplicationsInfo": configuring.applications_info,
        "CharmConfig": configuring.charm_config,
        "CharmRelations": relating.charm_relations,
        "Consume": relating.consume,
        "Deploy": deploying.deploy,
        "DeployFromRepository": deploying.deploy_from_repository,
        "DestroyApplication": units.destroy_application,
        "DestroyConsumedApplications": relating.destroy_consumed,
        "DestroyRelation": relating.destroy_relation,
        "DestroyUnit": units.destroy_unit,
        "Expose": configuring.expose,
        "Get": configuring.get,
        "GetApplicationStorage": configuring.get_storage,
        "GetCharmURLOrigin": deploying.charm_url_origin,
        "GetConfig": configuring.get_config,
        "GetConstraints": configuring.get_constraints,
        "Leader": units.leader,
        "MergeBindings": configuring.merge_bindings,
        "ResolveUnitErrors": units.resolve,
        "ScaleApplications": units.scale,
        "SetCharm": deploying.set_charm,
        "SetConfigs": configuring.set_configs,
        "SetConstraints": configuring.set_constraints,
        "SetRelationsSuspended": relating.suspend,
        "Unexpose": configuring.unexpose,
        "UnitsInfo": units.units_info,
        "UnsetApplicationsConfig": configuring.unset_configs,
        "UpdateApplicationBase": deploying.update_base,
        "UpdateApplicationStorage": configuring.update_storage,
    },
)
