"""Arrow arrays to values of a type, exactly or not at all, and back. One family of types a file."""

from coldb_warehouse.convert.converted import Converted, Failure, Values
from coldb_warehouse.convert.from_arrow import from_arrow
from coldb_warehouse.convert.to_arrow import to_arrow

__all__ = ["Converted", "Failure", "Values", "from_arrow", "to_arrow"]
