"""A town lives through days by seed, over the real services, and is checked against the written rules each day."""
