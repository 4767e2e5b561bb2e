"""Settings of the variational autoencoder.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from settee.core.section import Section


class VaeSettings(Section):
    """The `vae_*` settings of the source "vae"."""
