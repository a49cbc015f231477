"""A fitted autoencoder in plain words, and what to cite."""

from typing import Any

from lacunet.report import cite_software

HINTON_2006 = (
    "Hinton, G. E., and R. R. Salakhutdinov. 2006. Reducing the dimensionality of data with neural networks. "
    "Science 313: 504-507."
)
VINCENT_2010 = (
    "Vincent, P., H. Larochelle, I. Lajoie, Y. Bengio, and P.-A. Manzagol. 2010. Stacked denoising autoencoders. "
    "Journal of Machine Learning Research 11: 3371-3408."
)
KINGMA_2014 = "Kingma, D. P., and M. Welling. 2014. Auto-encoding variational Bayes. ICLR."


def describe(fitted: Any) -> str:
    """Say what was fitted, in a few sentences."""
    columns, last = fitted.schema.columns, min(fitted.history, key=lambda row: row["held_out_loss"])
    kind = "Variational autoencoder" if fitted.settings.variational else "Autoencoder"
    widths = " - ".join(map(str, (*fitted.settings.hidden, fitted.latent, *fitted.settings.hidden[::-1])))
    noise = f"{fitted.settings.corruption} noise of {fitted.settings.noise:g}" if fitted.settings.noise else "no noise"
    lines = [
        f"{kind} of {len(fitted.schema.modelled)} of {len(columns)} columns with seed {fitted.seed}: nodes {widths}, "
        f"{noise}; {len(fitted.refits)} refits.",
        f"Loss on rows held out: {last['held_out_loss']:.4g} after {last['epoch']:g} epochs.",
    ]
    left = ", ".join(f"{column.name!r} ({column.reason})" for column in columns if not column.is_modelled)
    lines += [f"Left out: {left}."] if left else []
    if fitted.choice:
        told = ", ".join(f"{row['latent']}: {row['held_out_error']:.4g}" for row in fitted.choice)
        lines.append(f"{fitted.latent} latents were chosen by the loss on hidden cells of held-out rows ({told}).")
    return "\n".join(lines)


def works_to_cite(fitted: Any) -> str:
    """Works to cite, one a line."""
    works = [HINTON_2006]
    works += [VINCENT_2010] if fitted.settings.noise else []
    works += [KINGMA_2014] if fitted.settings.variational else []
    return "\n".join([*works, cite_software(fitted.versions)])
