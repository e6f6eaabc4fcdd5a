"""From a source of rows into the star: discover, plan, run, status, rejects, verify."""

from coldb_etl.errors import EtlError, ModelError, SourceError
from coldb_etl.progress import Progress
from coldb_etl.run import RunReport, run

__all__ = ["EtlError", "ModelError", "Progress", "RunReport", "SourceError", "run"]
