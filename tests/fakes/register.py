"""Archives and kinship in a dict."""

from __future__ import annotations

from collections.abc import Iterable

from vaxcert.archives.model import Archive, Link, LinkKind, links_of


class FakeRegister:
    """Port `Register`; counts what is asked of it, since a list must not cost more as the register grows."""

    def __init__(self, *archives: Archive) -> None:
        self.stored = {archive.key: archive for archive in archives}
        self.queries = 0
        self.reads = 0

    def store(self, archive: Archive) -> None:
        """Put an archive in place, as the nightly sync does."""
        self.stored[archive.key] = archive

    def links(self, subject: str) -> tuple[Link, ...]:
        self.queries += 1
        return self._links(subject)

    def own_links(self, person_key: str) -> tuple[Link, ...]:
        assert person_key, "DynamoDB takes no empty key"
        self.queries += 1
        return tuple(link for link in self._links(person_key) if link.kind is LinkKind.OWN)

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        wanted = list(dict.fromkeys(keys))
        self.reads += len(wanted)
        return tuple(self.stored[key] for key in wanted if key in self.stored)

    def _links(self, subject: str) -> tuple[Link, ...]:
        found = (link for archive in self.stored.values() for link in links_of(archive))
        return tuple(link for link in found if link.subject == subject)
