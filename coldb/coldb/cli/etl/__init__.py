"""`coldb etl`: from an OLTP database into the star."""

from __future__ import annotations

from coldb.cli.lazy import LazyGroup

__all__ = ["command"]

command = LazyGroup(
    "coldb.cli.etl",
    {
        "discover": "Propose a model of a source, as SQL to run.",
        "plan": "Say what a run would do, and do nothing.",
        "run": "Load the star from its sources, all or nothing.",
        "status": "Tell how fresh each table is.",
        "rejects": "Show the rows that the last loads refused, and why.",
        "verify": "Compare counts and checksums with the sources.",
    },
    name="etl",
    help="""Fill a warehouse from its source.

    `discover` writes the model, `coldb shell DB -f MODEL.sql` creates it, `run` loads it; then again
    `run` whenever the source has changed.
    """,
)
