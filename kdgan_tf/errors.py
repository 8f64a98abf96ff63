"""The one exception that means "what you passed in cannot be used"."""


class InputError(ValueError):
    """Input that a person can put right.

    The message is one line: what was expected, what came, what to do. Command
    line tools print it without a traceback and exit with status 1.
    """
