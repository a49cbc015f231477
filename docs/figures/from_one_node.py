"""Draw the figures of docs/from-one-node.md beside this file: python docs/figures/from_one_node.py."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import lacunet as ln
from lacunet.net import Network, SquaredError, he, xavier, zeros
from lacunet.report._network_figure import network_figure

HERE = Path(__file__).parent
INK, MUTED, BLUE, ORANGE, GREEN = "#1f2933", "#52606d", "#34597d", "#b63e0b", "#23776a"
KINDS = {"schooling": "continuous", "children": "count"}
SAME = {"hidden": (128, 128), "learning_rate": 1e-3, "batch": 64, "weight_decay": 0.0}
CHECK_EPOCHS = (2, 5, 10, 20, 30, 45, 60, 80, 100)
"""Epochs at which the training loss of the whole network, without silenced nodes, is taken."""


def read_people() -> pd.DataFrame:
    """The people of the page, in its order."""
    raw = pd.read_csv(ln.data.nist_path(), na_values="N")
    raw = raw[(raw["AGEP"] >= 18) & (raw["OWN_RENT"] > 0)].sample(3000, random_state=1)
    marriage = {1: "yes", 2: "yes", 3: "widowed", 4: "divorced", 5: "divorced", 6: "never"}
    columns = {
        "owns": raw["OWN_RENT"].map({1: "yes", 2: "no"}),
        "age": raw["AGEP"],
        "sex": raw["SEX"].map({1: "man", 2: "woman"}),
        "schooling": raw["EDU"],
        "married": raw["MSP"].map(marriage),
        "income": raw["PINCP"],
        "children": raw["NOC"],
        "density": np.log(raw["DENSITY"]),
        "walks": raw["DPHY"].map({1: "with difficulty", 2: "well"}),
    }
    return pd.DataFrame(columns).reset_index(drop=True)


def paper(width: float, height: float, n: int = 1, **options: object) -> tuple[Figure, list[Axes]]:
    """A figure of n panels side by side, without frames."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    panels = list(np.atleast_1d(figure.subplots(1, n, **options)))
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(MUTED)
        axes.tick_params(colors=MUTED, labelcolor=INK)
    return figure, panels


def keep(figure: Figure, name: str) -> None:
    """Write a figure beside this file, without the date that would make each run differ."""
    figure.savefig(HERE / name, dpi=150, metadata={"Software": None})


def draw_path(train: pd.DataFrame) -> None:
    """Gradient descent on one node, beside the exact solution."""
    logit = ln.Mlp(hidden=()).fit(train, "owns ~ age + schooling + sex + density")
    path, exact = logit.path(steps=100), logit.table().set_index("term")["estimate"]
    spread = {"age": train["age"].std(), "schooling": train["schooling"].std(), "density": train["density"].std()}
    figure, (axes,) = paper(6.4, 3.4)
    for (name, unit), colour in zip(spread.items(), (BLUE, GREEN, ORANGE), strict=True):
        axes.axhline(exact[name] * unit, color=colour, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.plot(path["step"], path[name] * unit, color=colour, linewidth=2)
        axes.annotate(name, (101, exact[name] * unit), color=colour, va="center", annotation_clip=False)
    axes.set(xlabel="step", ylabel="coefficient, per standard deviation", xlim=(0, 100))
    keep(figure, "path.png")


def draw_starts() -> None:
    """What becomes of three starts of the same network."""
    x = np.linspace(-2, 2, 41)[:, None]
    y = np.abs(x[:, 0])
    figure, (axes,) = paper(6.4, 3.4)
    starts = {"all weights zero": zeros, "Xavier": xavier, "He": he}
    for (name, start), colour in zip(starts.items(), (ORANGE, GREEN, BLUE), strict=True):
        rng = np.random.default_rng(1)  # noqa: TID251  (the seed of a figure)
        network = Network.start((1, 8, 1), hidden="relu", start=start, rng=rng)
        losses = []
        for _ in range(300):
            losses.append(network.error(x, y, SquaredError()))
            network = network.step(x, y, SquaredError(), rate=0.1)
        axes.plot(losses, color=colour, linewidth=2, label=name)
    axes.set(xlabel="step", ylabel="mean squared error", yscale="log", xlim=(0, 300))
    axes.legend(frameon=False)
    keep(figure, "starts.png")


def draw_dropout(train: pd.DataFrame) -> None:
    """Training and validation loss without and with dropout."""
    figure, panels = paper(8.2, 3.6, 2, sharex=True, sharey=True)
    for axes, rate, title in zip(panels, (0.0, 0.5), ("without dropout", "with dropout, 0.5"), strict=True):
        fitted = ln.Mlp(**SAME, epochs=100, dropout=rate).fit(train, "owns", seed=1, kinds=KINDS)
        history = pd.DataFrame(fitted.history).query("0 < epoch <= 100")
        axes.plot(history["epoch"], history["train_loss"], color=BLUE, linewidth=2, label="training")
        axes.plot(history["epoch"], history["held_out_loss"], color=ORANGE, linewidth=2, label="validation")
        if rate:
            axes.plot(*whole_network(train, rate), color=BLUE, linewidth=0.9, label="training, no node silenced")
        axes.set_title(title, color=INK, fontsize=11)
        axes.set_xlabel("epoch")
        axes.legend(frameon=False, loc="upper right")
    figure.get_layout_engine().set(wspace=0.06)
    panels[0].set_ylabel("mean loss (cross-entropy)")
    panels[0].set(xlim=(0, 100), ylim=(0.3, 0.78))
    keep(figure, "dropout.png")


def whole_network(train: pd.DataFrame, rate: float) -> tuple[list[float], list[float]]:
    """Loss of all nodes together on the rows that were learnt from, after so many epochs."""
    held = ln.Mlp(**SAME, epochs=1, dropout=rate).fit(train, "owns", seed=1, kinds=KINDS).held
    learnt = train.drop(index=held.rows)
    epochs, losses = [], []
    for epoch in CHECK_EPOCHS:
        fitted = ln.Mlp(**SAME, epochs=epoch, dropout=rate).fit(learnt, "owns", seed=1, kinds=KINDS, validation=0)
        said = fitted.predict_proba(learnt)
        of_truth = said[np.arange(len(learnt)), (learnt["owns"] == fitted.levels[1]).to_numpy(dtype=int)]
        epochs.append(fitted.history[-1]["epoch"])
        losses.append(float(-np.log(of_truth).mean()))
    return epochs, losses


def draw_map(train: pd.DataFrame, later: pd.DataFrame) -> None:
    """Two scores of an autoencoder."""
    encoder = ln.Autoencoder(latent=2, hidden=(32,)).fit(train.drop(columns="owns"), seed=1, kinds=KINDS)
    scores = encoder.encode(later.drop(columns="owns"))
    figure, (axes,) = paper(6.4, 4.2)
    dots = axes.scatter(scores["latent_1"], scores["latent_2"], c=later["age"], s=9, cmap="viridis", linewidths=0)
    bar = figure.colorbar(dots, label="age")
    bar.outline.set_visible(False)
    axes.set(xlabel="first score", ylabel="second score")
    keep(figure, "map.png")


def draw_age(train: pd.DataFrame, later: pd.DataFrame) -> None:
    """Partial dependence on age of a network with dropout."""
    fitted = ln.Mlp(**SAME, epochs=100, dropout=0.5).fit(train, "owns", seed=1, kinds=KINDS)
    table = fitted.dependence("age", later.head(300)).table()
    figure, (axes,) = paper(6.4, 3.4)
    axes.fill_between(table["age"], table["conf_low"], table["conf_high"], color=BLUE, alpha=0.18, linewidth=0)
    axes.plot(table["age"], table["estimate"], color=BLUE, linewidth=2)
    axes.set(xlabel="age", ylabel="predicted probability\nto own the home", ylim=(0, 1))
    keep(figure, "age.png")


def draw_network() -> None:
    """A network with two hidden layers."""
    inputs = ("age", "sex", "schooling", "income", "density")
    picture = network_figure((5, 6, 6, 1), inputs, ("owns",), ("relu", "relu", "sigmoid"))
    # A file of its own has no style sheet: colours and letters are set here, on paper of its own.
    picture = re.sub(r"var\(--[\w-]+,(#\w+)\)", r"\1", picture)
    ground = '<rect width="100%" height="100%" fill="#ffffff"/><g font-family="sans-serif" font-size="12">'
    picture = re.sub(r"(<svg[^>]*>)(.*)</svg>", rf"\1{ground}\2</g></svg>", picture, flags=re.DOTALL)
    (HERE / "network.svg").write_text(picture + "\n", encoding="utf-8")


def main() -> None:
    """Draw all of them."""
    people = read_people()
    train, later = people[:1500], people[1500:]
    draw_network()
    draw_path(train)
    draw_starts()
    draw_dropout(train)
    draw_map(train, later)
    draw_age(train, later)


if __name__ == "__main__":
    main()
