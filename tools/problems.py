"""What can go wrong locally, said so that the reader knows what to do next."""


class LocalProblem(Exception):
    """Ends a command with its message and no traceback."""
