"""By what the rows of a load are sorted: their partition first, then the columns of the table's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.chunk import Coded
from coldb_warehouse.domain import Dictionary
from coldb_warehouse.loading.arrange import SortKey, form_key, sort_key
from coldb_warehouse.partitioning import NULL_PARTITION
from coldb_warehouse.values import take

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.loading.load import Workspace
    from coldb_warehouse.loading.loaded import LoadedRows
    from coldb_warehouse.partitioning import PartitionNumbers
    from coldb_warehouse.schema import TableSchema

__all__ = ["TableOrder"]


class TableOrder:
    """The order of one table. `columns` are all that it depends on."""

    def __init__(self, workspace: Workspace, schema: TableSchema) -> None:
        self.schema = schema
        self.columns = set(schema.sort_columns)
        if schema.partitioning is not None:
            self.columns.add(schema.partitioning.column)
        self._workspace = workspace

    def keys(self, rows: LoadedRows) -> list[SortKey]:
        """Partitions come first, NULL's last of them. Keys of other tables are sorted by position,
        text by code if it has one, all else by value."""
        keys = []
        partitions = self.partitions(rows)
        if partitions is not None:
            known = partitions != NULL_PARTITION
            keys.append(sort_key(partitions, None if known.all() else known))
        for name in self.schema.sort_columns:
            reference = self.schema.foreign_key_on(name)
            if reference is not None and reference.table != self.schema.name:
                positions = rows.positions[name]
                known = positions >= 0
                keys.append(sort_key(positions, None if known.all() else known))
            else:
                keys.append(form_key(rows.forms[name], rows.valid[name]))
        return keys

    def partitions(self, rows: LoadedRows) -> PartitionNumbers | None:
        """The partition of each row; None if the table has none."""
        partitioning = self.schema.partitioning
        if partitioning is None:
            return None
        name = partitioning.column
        type = self.schema.column(name).type
        key = self.schema.foreign_key_on(name)
        codes: npt.NDArray[np.integer[Any]]
        valid: Mask | None
        if key is not None and key.table != self.schema.name:
            codes = rows.positions[name]
            valid = codes >= 0
            entries = self._workspace.snapshot().table(key.table).values(key.referenced[0])[0]
        elif isinstance(form := rows.forms[name], Coded) and isinstance(form.domain, Dictionary):
            codes, valid, entries = form.codes, rows.valid[name], form.domain.values
        else:
            return partitioning.partitions_of(rows.values(name), rows.valid[name], type)
        # Once for each entry of the domain instead of once for each row.
        numbers = take(partitioning.partitions_of(entries, None, type), np.maximum(codes, 0))
        assert isinstance(numbers, np.ndarray), "partitions are numbers"
        return numbers if valid is None else np.where(valid, numbers, NULL_PARTITION)
