"""A fitted autoencoder as words and arrays."""

from dataclasses import asdict
from typing import Any

from lacunet.encoding._member import Member
from lacunet.keep import Arrays, Parts, spec_as_dict


def parts_of(fitted: Any) -> Parts:
    """Everything of a ``FittedAutoencoder`` but its table."""
    meta = {
        "spec": spec_as_dict(fitted.spec),
        "settings": asdict(fitted.settings),
        "schema": fitted.schema.as_dict(),
        "seed": fitted.seed,
        "names": fitted.names,
        "choice": list(fitted.choice),
        "versions": dict(fitted.versions),
        "histories": [member.network.history for member in (fitted.main, *fitted.refits)],
    }
    members = [fitted.main, *fitted.refits]
    return Parts(
        kind="FittedAutoencoder", meta=meta, arrays={f"member {i}": _arrays(it) for i, it in enumerate(members)}
    )


def _arrays(member: Member) -> Arrays:
    network, pose = member.network, member.pose
    weights = {f"net.{name}": array for name, array in network.params.items()}
    code = {"code.centre": network.code.centre, "code.unit": network.code.unit, "spread": network.spread}
    return weights | code | {"pose.centre": pose.centre, "pose.turn": pose.turn}
