"""The child process of a watch: `python -m meterkeep.site.reader` in the environment of its parent."""

from __future__ import annotations

import os
import sys

from meterkeep.errors import MeterkeepError


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)  # What a library prints shall not be taken for an answer.
    from meterkeep.site.composition import open_custodian

    try:
        custodian = open_custodian()
    except MeterkeepError as error:
        from meterkeep.jobs.watching.reader import say, stop

        say(answers, stop(error))
        return
    from meterkeep.jobs.watching.reader import serve

    serve(custodian, requests=sys.stdin.buffer, answers=answers)


if __name__ == "__main__":
    main()
