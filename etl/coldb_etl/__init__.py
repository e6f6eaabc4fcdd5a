"""From a source of rows into the star: discover, plan, run, status, rejects, verify."""

from coldb_etl.discovery.discover import discover
from coldb_etl.errors import EtlError, ModelError, SourceError
from coldb_etl.plan import Plan, TablePlan, plan
from coldb_etl.progress import Progress
from coldb_etl.rejects import Reject, rejects
from coldb_etl.run import RunReport, run
from coldb_etl.status import Freshness, SourceStatus, Status, TableStatus, status
from coldb_etl.verify import ColumnCheck, TableCheck, verify

__all__ = [
    "ColumnCheck",
    "EtlError",
    "Freshness",
    "ModelError",
    "Plan",
    "Progress",
    "Reject",
    "RunReport",
    "SourceError",
    "SourceStatus",
    "Status",
    "TableCheck",
    "TablePlan",
    "TableStatus",
    "discover",
    "plan",
    "rejects",
    "run",
    "status",
    "verify",
]
