"""Plain household models that the serving one has to beat: k-means, Gaussians, plain EM."""

from settee.people.baselines.gaussian import GaussianMixture
from settee.people.baselines.kmeans import KMeans
from settee.people.baselines.plain_em import PlainMixture

__all__ = ["GaussianMixture", "KMeans", "PlainMixture"]
