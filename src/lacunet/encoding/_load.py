"""Putting a saved autoencoder together again."""

from collections.abc import Mapping
from typing import Any

from lacunet._layout import Layout
from lacunet.encoding._autoencoder import Autoencoder
from lacunet.encoding._code import Code
from lacunet.encoding._fitted import FittedAutoencoder
from lacunet.encoding._member import Member
from lacunet.encoding._network import TrainedNetwork
from lacunet.encoding._pose import Pose
from lacunet.encoding._training import Settings, net_of
from lacunet.keep import Arrays, Parts, arrays_under, spec_from_dict
from lacunet.table import Schema

CLASSES: Mapping[str, type] = {"Autoencoder": Autoencoder}
"""Specifications that a file may hold, by name."""


def restore(parts: Parts) -> FittedAutoencoder:
    """The fitted autoencoder that `lacunet.encoding._save.parts_of` took apart, without its table."""
    meta = parts.meta
    schema, settings = Schema.from_dict(meta["schema"]), Settings(**meta["settings"])
    main, *refits = (
        _member(parts.arrays[f"member {i}"], history, settings, schema.as_layout())
        for i, history in enumerate(meta["histories"])
    )
    return FittedAutoencoder(
        spec=spec_from_dict(meta["spec"], CLASSES),
        settings=settings,
        main=main,
        refits=tuple(refits),
        schema=schema,
        seed=meta["seed"],
        names=meta["names"],
        choice=tuple(meta["choice"]),
        versions=dict(meta["versions"]),
    )


def _member(arrays: Arrays, history: list[dict[str, Any]], settings: Settings, layout: Layout) -> Member:
    code = Code.of(layout, arrays["code.centre"], arrays["code.unit"], variational=settings.variational)
    network = TrainedNetwork(
        net=net_of(code, settings),
        code=code,
        params=arrays_under(arrays, "net."),
        spread=arrays["spread"],
        history=list(history),
    )
    return Member(network=network, pose=Pose(centre=arrays["pose.centre"], turn=arrays["pose.turn"]))
