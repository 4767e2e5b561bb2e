"""Do compiled kernels give what they should on this machine?"""

import numpy as np

from settee.cli.doctor.finding import Finding, Patient


def check(patient: Patient) -> Finding:  # noqa: ARG001 -- every check has this shape
    """Run the shared top-k kernel, which is compiled by numba, on three scores."""
    from settee.candidates import top_k  # loads numba: not for `settee --help`

    scores = np.array([[0.1, 0.9, 0.5]], dtype=np.float32)
    items, _ = top_k(scores, 2, None)
    if items.tolist() != [[1, 2]]:
        detail = f"top two of (0.1, 0.9, 0.5) came out as {items.tolist()}"
        return Finding(False, "1 kernel", detail, "Install numba and numpy again.")
    return Finding(True, "1 kernel", "top-k of three scores is right")
