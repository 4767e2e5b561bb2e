"""Put settee together: settings in, a wired workspace out; nothing is built elsewhere."""

from settee.app.tuning import preset_of
from settee.app.workspace import Workspace, open_workspace

__all__ = ["Workspace", "open_workspace", "preset_of"]
