"""Average rankers: one text whose score is the mean of the scores of several.

Trees add up, so the mean of two forests is one forest with the trees of both and half the value in
every leaf: leaves of 0.4 and 0.2 that a row reaches become 0.2 and 0.1, which add up to the mean,
0.3. What serves, explains and is stored stays a single forest.

Reads: texts as LightGBM writes them.  Writes: nothing.
Source: Breiman (1996), "Bagging Predictors"; LightGBM 4, `GBDT::SaveModelToString`.
Not here: the fitting (ranking.ranker), the reading (ranking.forest).
"""

from collections.abc import Sequence

from settee.ranking.forest import RankerDamaged

_END = "\nend of trees"
_TREE = "\n\nTree="
_SIZES = "tree_sizes="
_SCALED = ("leaf_value=", "internal_value=")


def averaged(texts: Sequence[str]) -> str:
    """One text that scores as the mean of several.

    Args:
        texts: At least one, of the same features; a single one comes back as it is.

    Returns:
        A text that LightGBM and ranking.forest read.

    Raises:
        RankerDamaged: If the texts are not of the same features, or one is cut.
    """
    if len(texts) == 1:
        return texts[0]
    heads, blocks = [], []
    for text in texts:
        body, end, _ = text.partition(_END)
        head, *trees = body.split(_TREE)
        if not end:
            raise RankerDamaged('a ranker\'s text does not run to "end of trees".')
        heads.append(_without_sizes(head))
        blocks += trees
    if any(_names(head) != _names(heads[0]) for head in heads):
        raise RankerDamaged("rankers of different features cannot be averaged.")
    whole = [_tree(number, block, len(texts)) for number, block in enumerate(blocks)]
    sizes = " ".join(str(len(tree.encode())) for tree in whole)
    return f"{heads[0]}\n{_SIZES}{sizes}\n\n{''.join(whole)}end of trees\n"


def _without_sizes(head: str) -> str:
    return "\n".join(line for line in head.split("\n") if line and not line.startswith(_SIZES))


def _names(head: str) -> str:
    return next((line for line in head.split("\n") if line.startswith("feature_names=")), "")


def _tree(number: int, block: str, n: int) -> str:
    """A tree under its new number, its leaves worth an n-th."""
    lines = [f"Tree={number}"]
    for line in block.strip().split("\n")[1:]:
        name, mark, values = line.partition("=")
        if name + mark in _SCALED:
            values = " ".join(repr(float(word) / n) for word in values.split())
        lines.append(f"{name}{mark}{values}")
    return "\n".join(lines) + "\n\n\n"
