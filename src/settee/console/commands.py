"""Show a command that somebody may copy into a terminal.

Reads / Writes: nothing.
Not here: which calls a page made (console.frame).
"""

from nicegui import ui


def command(text: str) -> ui.code:
    """A command with a button that copies it.

    Args:
        text: The command, one a line.
    """
    code = ui.code(text, language="bash")
    code.copy_button.props('aria-label="Copy the command"')
    return code
