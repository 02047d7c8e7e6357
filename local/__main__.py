"""The local stack from the command line: `python -m local up|down|status|feed|make-feed|demo-feeds|remind|story|enroll|dashboard`, each with `--help`."""

import sys


def main(arguments: list[str]) -> int:  # noqa: PLR0911  # a row for each command
    """Hand over to the command. The stack itself answers to `up`, `down` and `status`, and to whatever is no command."""
    match arguments:
        case ["feed", *rest]:
            from local.feed import drop

            return drop.main(rest)
        case ["make-feed", *rest]:
            from local.demo import make_feed

            return make_feed.main(rest)
        case ["demo-feeds", *rest]:
            from local.demo import feeds

            return feeds.main(rest)
        case ["remind", *rest]:
            from local import remind

            return remind.main(rest)
        case ["story", *rest]:
            from local.story import tell

            return tell.main(rest)
        case ["enroll", *rest]:
            from local import enroll

            return enroll.main(rest)
        case ["dashboard", *rest]:
            from local import dashboard

            return dashboard.main(rest)
        case _:
            from local import commands

            return commands.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
