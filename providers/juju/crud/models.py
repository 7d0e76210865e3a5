"""Models: made or found by name; config and constraints changed in place; destroying waits until the model is gone.

inputs -> the model of that name that an earlier try left, or that is empty, or a new one -> config, constraints,
annotations where they differ -> outputs. One that holds somebody's applications is left alone unless `adopt` says so.
Sources: juju 3.6 API, ModelManager: CreateModel, ChangeModelCredential, DestroyModels, ModelStatus; ModelConfig:
ModelGet, ModelSet, ModelUnset, GetModelConstraints, SetModelConstraints.
"""

from collections.abc import Iterable, Mapping

from providers.common.cleaning import filled, flag, matching, whole
from providers.common.fields import Field, Schema
from providers.common.progress import say, warn
from providers.common.raw import Raw, mapping, mappings, maybe_whole, text
from providers.common.raw import whole as read_whole
from providers.juju import tags
from providers.juju.crud import claims
from providers.juju.crud.base import Found, JujuProvider, Props, sure, surely_removed
from providers.juju.crud.cleaners import annotations, cloud_name, credential_name, reason
from providers.juju.errors import ForeignError, JujuError, Refused, WaitFailed, from_item, gone
from providers.juju.facades import major
from providers.juju.link import APPLICATIONS, STATUS, Link
from providers.juju.models import ModelSummary
from providers.juju.names import nearest
from providers.juju.plan import config, constraints
from providers.juju.plan.charm import means
from providers.juju.session import MODELS, Session
from providers.juju.status_wire import base as base_of
from providers.juju.waiter import elapsed

CONFIG, CONSTRAINTS = "model config", "model constraints"
_QUALIFIED = 11
"""ModelManager 11 (Juju 4) calls the owner of a model its qualifier."""
_PERSISTENT = "persistent storage"
_UNASKED = 4
"""The major version of Juju that destroys a model with its storage, whatever it is told of it."""
_model_name = matching(r"[a-z0-9]+[a-z0-9-]*", "a model's name: lower-case letters, digits and '-'")


class ModelProvider(JujuProvider):
    """See `providers.juju.resources.models.Model`."""

    schema = Schema(
        (
            Field("name", clean=_model_name, required=True, replaces=True),
            Field("cloud", clean=cloud_name, replaces=True),
            Field("region", clean=filled, replaces=True),
            Field("credential", clean=credential_name),
            Field("config", clean=config.clean, same=config.same),
            Field("constraints", clean=constraints.clean),
            Field("annotations", clean=annotations),
            Field("claim", clean=filled),
            Field("adopt", clean=flag, default=False),
            Field("destroy_storage", clean=flag, default=False),
            Field("force", clean=reason),
            Field("minutes", clean=whole(1, 24 * 60), default=30),
        ),
        delete_first=True,  # the name is the model's key
        stables=("uuid",),
    )

    def make(self, juju: Session, props: Props) -> Found:
        there = _by_name(juju, text(props, "name"))
        if there is not None and there.life in {"dying", "dead"}:
            _wait_gone(juju, there.uuid, props)
            there = None
        adopted = there is not None and _taken_over(juju, there, props)
        if there is None:
            there = sure(lambda: _create(juju, props), lambda: _by_name(juju, text(props, "name")))
        link = juju.model(there.uuid)
        _bring(juju, link, there, {}, claims.unclaimed(props) if adopted else props)
        return Found(there.uuid, {**_observe(juju, link, there.uuid, props), "adopted": adopted})

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        models = juju.models()
        found = models.get(id_) or next((one for one in models.values() if one.name == id_), None)
        if found is None or found.life in {"dying", "dead"}:
            return None
        return Found(found.uuid, _observe(juju, juju.model(found.uuid), found.uuid, props))

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        found = juju.models(id_).get(id_)
        if found is None:
            raise JujuError(f"Juju no longer has the model {text(news, 'name')}: after a refresh, up makes it again")
        link = juju.model(id_)
        _bring(juju, link, found, olds, news)
        return _observe(juju, link, id_, news)

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        """Destroy it with everything in it and wait until it is gone; what was adopted stays."""
        if props.get("adopted"):
            warn(f"The model {text(props, 'name')} was there before this stack took it over, so it stays")
            return
        if id_ in juju.models(id_):
            _destroy(juju, id_, props)
            _wait_gone(juju, id_, props)


def _by_name(juju: Session, name: str) -> ModelSummary | None:
    """Find our user's model of this name; others' models of the same name are theirs."""
    found = (one for one in juju.models(name).values() if one.name == name and _plain(one.owner) == _plain(juju.user))
    return next(found, None)


def _plain(user: str) -> str:
    return user.removesuffix("@local")


def _taken_over(juju: Session, there: ModelSummary, props: Props) -> bool:
    """Say whether it was somebody's before: ours by annotation or empty is not; full is taken only where asked."""
    link, name = juju.model(there.uuid), text(props, "name")
    theirs = claims.claim_of(link, tags.model(there.uuid))
    claims.check_ours(f"The model {name}", theirs, text(props, "claim"))
    status = link.status()
    if theirs or not (status.applications or status.machines):
        return False
    if not props.get("adopt"):
        held = f"{len(status.applications)} applications and {len(status.machines)} machines"
        raise ForeignError(
            f"The controller has a model {name} already, with {held} in it: give adopt=True to take it over, or "
            "another name"
        )
    say(f"the model {name} is taken over")
    return True


def _create(juju: Session, props: Props) -> ModelSummary:
    name = text(props, "name")
    asked: dict[str, object] = {"name": name, "config": dict(mapping(props, "config"))}
    qualified = juju.controller.version_of("ModelManager") >= _QUALIFIED
    asked |= {"qualifier": _plain(juju.user)} if qualified else {"owner-tag": tags.user(juju.user)}
    if props.get("cloud") is not None:
        asked["cloud-tag"] = tags.cloud(text(props, "cloud"))
    if props.get("region") is not None:
        asked["region"] = text(props, "region")
    if props.get("credential") is not None:
        asked["credential"] = _credential(juju, text(props, "cloud"), text(props, "credential"))
    if asked["config"]:
        _warn(mapping(props, "config"), _config(juju.controller), name)  # its own model has every option too
    purpose = f"create the model {name}"
    juju.controller.change("ModelManager", "CreateModel", asked, purpose=purpose, touches=(MODELS,))
    made = _by_name(juju, name)
    if made is None:
        raise JujuError(f"Juju created the model {name}, but does not list it")
    return made


def _credential(juju: Session, cloud: str, name: str) -> str:
    if not cloud:
        raise JujuError(f"The credential {name} needs the cloud that it is for: give cloud")
    return tags.credential(cloud, _plain(juju.user), name)


def _bring(juju: Session, link: Link, found: ModelSummary, olds: Props, news: Props) -> None:
    """Change what differs, each kind by one call."""
    _bring_credential(juju, found, news)
    _bring_config(link, olds, news)
    if news.get("constraints") is not None:
        asked, there = text(news, "constraints"), _constraints(link)
        if constraints.observed(there, asked) != asked:
            params = {"application": "", "constraints": constraints.to_send(asked, there)}
            purpose = f"set the constraints of the model {text(news, 'name')}"
            link.change("ModelConfig", "SetModelConstraints", params, purpose=purpose, touches=(CONSTRAINTS,))
    claims.bring(link, tags.model(found.uuid), olds, news, f"annotate the model {text(news, 'name')}")


def _bring_credential(juju: Session, found: ModelSummary, news: Props) -> None:
    wanted = text(news, "credential")
    if wanted and found.credential and wanted != found.credential:
        change = {"model-tag": tags.model(found.uuid), "credential-tag": _credential(juju, found.cloud, wanted)}
        params = {"model-credentials": [change]}
        purpose = f"give the model {found.name} the credential {wanted}"
        juju.controller.change("ModelManager", "ChangeModelCredential", params, purpose=purpose, touches=(MODELS,))


def _bring_config(link: Link, olds: Props, news: Props) -> None:
    asked, before = mapping(news, "config"), mapping(olds, "config")
    if not asked and not before:
        return
    there = _config(link)
    found = config.changes(before, asked, there, _means)
    purpose = f"configure the model {text(news, 'name')}"
    _warn(found.set, there, text(news, "name"))
    if found.set:
        link.change("ModelConfig", "ModelSet", {"config": found.set}, purpose=purpose, touches=(CONFIG,))
    if found.unset:
        link.change("ModelConfig", "ModelUnset", {"keys": list(found.unset)}, purpose=purpose, touches=(CONFIG,))


def _warn(asked: Iterable[str], known: Mapping[str, object], name: str) -> None:
    """Tell of options that Juju does not have: it takes any, so that a misspelt one would go unnoticed."""
    for option in sorted(set(asked) - set(known)):
        warn(f'Juju has no model option "{option}", which the model {name} gets all the same: {nearest(option, known)}')


def _config(link: Link) -> Mapping[str, object]:
    def read() -> Mapping[str, object]:
        answer = link.call("ModelConfig", "ModelGet", purpose="show the model's config", repeatable=True)
        values = mapping(answer, "config")
        return {name: mapping(values, name).get("value") for name in values}

    return link.shared(CONFIG, read)


def default_base(link: Link) -> str:
    """Give the base that the model's config says applications are to have, such as "ubuntu@22.04"; "" for none.

    Juju 2.9 says the series, and 3.x may say both.
    """
    said = _config(link)
    base = str(said.get("default-base") or "").partition("/")[0]
    return base or base_of({"series": str(said.get("default-series") or "")})


def _constraints(link: Link) -> Raw:
    def read() -> Raw:
        purpose = "show the model's constraints"
        answer = link.call("ModelConfig", "GetModelConstraints", purpose=purpose, repeatable=True)
        return mapping(answer, "constraints")

    return link.shared(CONSTRAINTS, read)


def _means(name: str, one: object, other: object) -> bool:
    """Compare two values of the model's config, which may say true in any case."""
    del name
    texts = [str(value).lower() if isinstance(value, bool | str) else value for value in (one, other)]
    return means(None, texts[0], texts[1])


def _observe(juju: Session, link: Link, uuid: str, props: Props) -> dict[str, object]:
    """Give outputs, and of the inputs those that were given; each kind costs one call only where it was."""
    found = juju.models(uuid)[uuid]
    outs: dict[str, object] = {
        "uuid": uuid,
        "name": found.name,
        "type": found.type,
        "cloud": found.cloud,
        "region": found.region,
        "owner": _plain(found.owner),
        "agent_version": found.agent_version,
    }
    if found.credential:
        outs["credential"] = found.credential
    if props.get("config") is not None:
        outs["config"] = config.observed(mapping(props, "config"), _config(link), _means)
    if props.get("constraints") is not None:
        outs["constraints"] = constraints.observed(_constraints(link), text(props, "constraints"))
    if props.get("annotations") is not None:
        tag = tags.model(uuid)
        there = claims.annotations(link, [tag], tag).get(tag, {})
        outs["annotations"] = claims.observed(mapping(props, "annotations"), there)
    return outs


def _destroy(juju: Session, uuid: str, props: Props) -> None:
    name = text(props, "name")
    one: dict[str, object] = {"model-tag": tags.model(uuid), "force": props.get("force") is not None}
    if props.get("destroy_storage"):
        one["destroy-storage"] = True
    if props.get("force") is not None:
        say(f"model {name}: forced, because {text(props, 'force')}")
    link, purpose = juju.model(uuid), f"destroy the model {name}"
    _check_storage(juju, link, props)
    params = {"models": [one]}
    try:
        surely_removed(
            lambda: juju.controller.change("ModelManager", "DestroyModels", params, purpose=purpose, touches=(MODELS,)),
            lambda: uuid in juju.models(uuid) and juju.models(uuid)[uuid].life == "alive",
        )
    except Refused as error:
        if _PERSISTENT in error.code or error.mentions(_PERSISTENT):
            raise JujuError(
                f"{error}: give it destroy_storage (in the config destroyStorage), or remove the storage first"
            ) from None
        raise
    finally:
        link.touched((STATUS, APPLICATIONS))


def _check_storage(juju: Session, link: Link, props: Props) -> None:
    """Refuse as older versions of Juju do where storage would be lost that nobody gave up: Juju 4 asks nobody."""
    unasked = major(juju.version) >= _UNASKED and juju.models(link.uuid)[link.uuid].life == "alive"
    if not unasked or props.get("destroy_storage"):
        return
    kept = sorted(one.id for one in link.status().storage.values() if one.persistent)
    if kept:
        raise JujuError(
            f"The model {text(props, 'name')} holds storage, which Juju {juju.version} would destroy with it: "
            f"{', '.join(kept)}; give it destroy_storage (in the config destroyStorage), or remove the storage first"
        )


def _wait_gone(juju: Session, uuid: str, props: Props) -> None:
    """Ask the controller for this one model until it is not there; its own connection ends with it."""
    started, minutes, said = juju.now(), maybe_whole(props, "minutes") or 30, ""
    while True:
        standing = _standing(juju, uuid)
        juju.controller.wrote(MODELS)
        if standing is None:
            return
        age = juju.now() - started
        if age > minutes * 60:
            raise WaitFailed(
                f"The model {text(props, 'name')} is not gone within {elapsed(minutes * 60)}: {standing}; "
                "force, with a reason, takes what does not go by itself"
            )
        if standing != said:
            said = standing
            say(f"{text(props, 'name')}: {standing} ({elapsed(age)})")
        juju.pause(min(5.0, max(0.1, age / 6)))


def _standing(juju: Session, uuid: str) -> str | None:
    """Say what is left of a model that is going, None when nothing is (ModelManager.ModelStatus)."""
    purpose = "say what is left of the model"
    params = {"entities": [{"tag": tags.model(uuid)}]}
    answer = juju.controller.call("ModelManager", "ModelStatus", params, purpose=purpose, repeatable=True)
    listed = mappings(answer, "models") or mappings(answer, "results")
    for item in listed:
        error = from_item(purpose, item)
        if error is not None:
            if gone(error):
                return None
            raise error
        counts = {name: read_whole(item, f"{name}-count") for name in ("application", "unit", "hosted-machine")}
        left = ", ".join(f"{count} {name.removeprefix('hosted-')}s" for name, count in counts.items() if count)
        return f"destroying, with {left or 'nothing'} left"
    return None
