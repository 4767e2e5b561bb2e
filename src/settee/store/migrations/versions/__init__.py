"""One file a version; each says how to come from the version before."""
