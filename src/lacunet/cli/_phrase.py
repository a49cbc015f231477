"""What the library says of its Python options, in the words of the command line."""

import ast
import re
import shlex
from typing import Any

from lacunet.cli._options import EMPTY

_MAPPING = re.compile(r"\b(missing_codes|not_applicable|kinds)=(\{[^{}]*\})")
_NAMES = re.compile(r"\b(leave_out)=(\[[^\]]*\])")
_ENCODING = re.compile(r"\bencoding=('[^']*')")
_LAYERS = re.compile(r"(?<!\()\bhidden=\(([\d, ]*)\)")
_VALUE = re.compile(
    r"(?<!\()\b(kind|latent|noise|dim|min_count|window|negative|epochs|sample|text|units|limit)=('[^']*'|[\d.]*\d)"
)
_BARE = re.compile(r"\b(missing_codes|not_applicable|impute_not_applicable|leave_out|held_out)\b(?!=)")


def as_typed(sentence: str) -> str:
    """Say ``--missing-codes income=-8`` where a sentence says ``missing_codes={'income': [-8]}``.

    What cannot be typed so (a comma in a code) is left as it is.

    Examples
    --------
    >>> as_typed("Say missing_codes={'income': [-8, 'no answer']}, or leave it out with leave_out=['income'].")
    "Say --missing-codes 'income=-8,no answer', or leave it out with --leave-out income."
    >>> as_typed("Give hidden layers, hidden=(16,), or take kind='number'.")
    'Give hidden layers, --hidden 16, or take --kind number.'
    """
    sentence = sentence.replace("float('inf'), float('-inf')", "'inf', '-inf'")
    for pattern in (_MAPPING, _NAMES):
        sentence = pattern.sub(_option, sentence)
    sentence = _ENCODING.sub(lambda found: f"--encoding {ast.literal_eval(found[1])}", sentence)
    sentence = _LAYERS.sub(lambda found: f"--hidden {found[1].replace(' ', '').strip(',') or 'none'}", sentence)
    sentence = _VALUE.sub(lambda found: f"--{found[1].replace('_', '-')} {ast.literal_eval(found[2])}", sentence)
    sentence = _BARE.sub(lambda found: f"--{found[1].replace('_', '-')}", sentence)
    return sentence.replace("force=True", "--force")


def _option(found: re.Match[str]) -> str:
    try:
        value = ast.literal_eval(found[2])
    except (ValueError, SyntaxError):
        return found[0]
    pairs = [(None, value)] if isinstance(value, list) else list(value.items())
    words = [_word(name, codes) for name, codes in pairs]
    if not all(words):
        return found[0]
    option = f"--{found[1].replace('_', '-')}"
    return " ".join(f"{option} {shlex.quote(str(word))}" for word in words)


def _word(name: Any, codes: Any) -> str | None:
    parts = [EMPTY if code is None else str(code) for code in (codes if isinstance(codes, list | tuple) else [codes])]
    if any("," in part or "=" in part for part in [*parts, str(name)]):
        return None
    return ",".join(parts) if name is None else f"{name}={','.join(parts)}"
