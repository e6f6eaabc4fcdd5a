"""Manifests as bytes: a line that guards them, then JSON.

    coldb-manifest 1 <crc32 of the rest, 8 hex digits> <bytes of the rest>
    {"features": [], "version": 7, ...}

`features` are names of what a reader must know to read the data rightly; it refuses those it does
not know. Floats are hexadecimal strings, which keep every bit and can say "inf" and "nan".
"""

from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from coldb_warehouse.errors import CatalogError, CorruptionError, UnsupportedFormatError
from coldb_warehouse.schema import (
    Column,
    Filling,
    ForeignKey,
    Hierarchy,
    MissingKey,
    Source,
    TableKind,
    TableSchema,
)
from coldb_warehouse.types import Kind, Type
from coldb_warehouse.versions.manifest import (
    ChunkEntry,
    DeletedEntry,
    DictionaryEntry,
    Manifest,
    MoveEntry,
    PartEntry,
    Place,
    SegmentEntry,
    TableEntry,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FORMAT_VERSION", "MAX_MANIFEST_BYTES", "decode_manifest", "encode_manifest", "is_torn"]

FORMAT_VERSION = 2
KNOWN_FEATURES: frozenset[str] = frozenset()
MAX_MANIFEST_BYTES = 1 << 28
_END = b"\n"  # in JSON on one line, there is no other
_HEADER = re.compile(rb"coldb-manifest (\d{1,9}) ([0-9a-f]{8}) (\d{1,18})\n")


def encode_manifest(manifest: Manifest) -> bytes:
    """The bytes of the manifest's file."""
    body = json.dumps(_manifest_to_json(manifest), separators=(",", ":"), allow_nan=False).encode()
    body += _END
    return b"coldb-manifest %d %08x %d\n" % (FORMAT_VERSION, zlib.crc32(body), len(body)) + body


def decode_manifest(data: bytes, where: str) -> Manifest:
    """The manifest in the file `where`; CorruptionError or UnsupportedFormatError."""
    header = _HEADER.match(data)
    if header is None:
        raise CorruptionError(f'manifest "{where}" is damaged: its first line is not a manifest\'s')
    format_version, crc, length = int(header[1]), int(header[2], 16), int(header[3])
    if format_version > FORMAT_VERSION:
        raise UnsupportedFormatError(
            f'"{where}" has format {format_version}, and this coldb reads up to format '
            f"{FORMAT_VERSION}; use a newer coldb"
        )
    if format_version < FORMAT_VERSION:
        raise UnsupportedFormatError(
            f'"{where}" has format {format_version}, of a coldb before the first release; '
            f"load the data again"
        )
    body = data[header.end() :]
    if len(body) != length or zlib.crc32(body) != crc:
        raise CorruptionError(f'manifest "{where}" is damaged: its checksum does not match')
    try:
        fields = json.loads(body)
        _check_features(fields["features"], where)
        manifest = _manifest_from_json(fields)
        _check_names(manifest)
        return manifest
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, CatalogError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise CorruptionError(f'manifest "{where}" makes no sense ({problem})') from error


def is_torn(data: bytes) -> bool:
    """Whether only the beginning of a manifest is there, or nothing but zeros."""
    header = _HEADER.match(data)
    if header is None:
        return b"\n" not in data[:64] and (len(data) < 64 or not data.strip(b"\0"))
    # A whole manifest of which only the length in the header is damaged has its end.
    return len(data) - header.end() < int(header[3]) and not data.endswith(_END)


def _check_features(features: list[str], where: str) -> None:
    unknown = sorted(set(features) - KNOWN_FEATURES)
    if unknown:
        raise UnsupportedFormatError(
            f'"{where}" needs features unknown to this coldb: {", ".join(unknown)}; use a newer one'
        )


def _check_names(manifest: Manifest) -> None:
    """Every table has its own name, and comes after all that it references."""
    known: set[str] = set()
    for table in manifest.tables:
        name = table.schema.name
        if name in known:
            raise ValueError(f'there are two tables "{name}"')
        known.add(name)
        for key in table.schema.foreign_keys:
            if key.table not in known:
                raise ValueError(f'table "{name}" references "{key.table}", which is not before it')


def _manifest_to_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "features": [],
        "version": manifest.version,
        "committed_at": manifest.committed_at,
        "previous": manifest.previous,
        "next_table_id": manifest.next_table_id,
        "sources": [[s.name, s.kind, [list(pair) for pair in s.options]] for s in manifest.sources],
        "properties": dict(manifest.properties),
        "tables": [_table_to_json(table) for table in manifest.tables],
    }


def _manifest_from_json(fields: dict[str, Any]) -> Manifest:
    return Manifest(
        version=_count(fields["version"]),
        committed_at=_count(fields["committed_at"]),
        previous=_text(fields["previous"]),
        tables=tuple(_table_from_json(table) for table in fields["tables"]),
        sources=tuple(
            Source(_text(name), _text(kind), tuple((_text(k), _text(v)) for k, v in options))
            for name, kind, options in fields["sources"]
        ),
        properties=_mapping(fields["properties"]),
        next_table_id=_count(fields["next_table_id"]),
    )


def _table_to_json(table: TableEntry) -> dict[str, Any]:
    return {
        "schema": _schema_to_json(table.schema),
        "segments": [
            {
                "rows": segment.rows,
                "sorted": segment.is_sorted,
                "chunks": {key: _chunk_to_json(chunk) for key, chunk in segment.chunks.items()},
                "deleted": None
                if segment.deleted is None
                else [_place_to_json(segment.deleted.place), segment.deleted.count],
                "partition": segment.partition,
            }
            for segment in table.segments
        ],
        "dictionaries": {
            key: {
                "sorted": dictionary.is_sorted,
                "parts": [[_place_to_json(p.place), p.size] for p in dictionary.parts],
                "generation": dictionary.generation,
                "moves": _moves_to_json(dictionary.moves),
            }
            for key, dictionary in table.dictionaries.items()
        },
        "generation": table.generation,
        "moves": _moves_to_json(table.moves),
    }


def _table_from_json(fields: dict[str, Any]) -> TableEntry:
    segments = []
    for segment in fields["segments"]:
        chunks = {key: _chunk_from_json(c) for key, c in _mapping(segment["chunks"]).items()}
        rows, deleted, partition = segment["rows"], segment["deleted"], segment["partition"]
        segments.append(
            SegmentEntry(
                rows=_count(rows),
                is_sorted=_flag(segment["sorted"]),
                chunks=chunks,
                deleted=None if deleted is None else _deleted_from_json(deleted, rows),
                partition=None if partition is None else _integer(partition),
            )
        )
    dictionaries = {}
    for key, dictionary in _mapping(fields["dictionaries"]).items():
        parts = tuple(PartEntry(_place_from_json(p), _count(n)) for p, n in dictionary["parts"])
        if not parts:
            raise ValueError("a dictionary has no parts")
        generation, moves = _count(dictionary["generation"]), _moves_from_json(dictionary["moves"])
        dictionaries[key] = DictionaryEntry(parts, _flag(dictionary["sorted"]), generation, moves)
    return TableEntry(
        _schema_from_json(fields["schema"]),
        tuple(segments),
        dictionaries,
        _count(fields["generation"]),
        _moves_from_json(fields["moves"]),
    )


def _deleted_from_json(fields: list[Any], rows: int) -> DeletedEntry:
    place, count = fields
    if not 0 < _count(count) <= rows:
        raise ValueError(f"{count} of {rows} rows are deleted")
    return DeletedEntry(_place_from_json(place), count)


def _moves_to_json(moves: tuple[MoveEntry, ...]) -> list[Any]:
    return [[move.generation, _place_to_json(move.place), move.size] for move in moves]


def _moves_from_json(fields: list[Any]) -> tuple[MoveEntry, ...]:
    return tuple(
        MoveEntry(_count(generation), _place_from_json(place), _count(size))
        for generation, place, size in fields
    )


def _chunk_to_json(chunk: ChunkEntry) -> list[Any]:
    return [
        _place_to_json(chunk.place),
        chunk.coded,
        chunk.nulls,
        _number_to_json(chunk.low),
        _number_to_json(chunk.high),
        chunk.distinct,
        chunk.is_sorted,
        list(chunk.encodings),
        chunk.generation,
    ]


def _chunk_from_json(fields: list[Any]) -> ChunkEntry:
    place, coded, nulls, low, high, distinct, is_sorted, encodings, generation = fields
    return ChunkEntry(
        place=_place_from_json(place),
        coded=_flag(coded),
        nulls=_count(nulls),
        low=_number_from_json(low),
        high=_number_from_json(high),
        distinct=None if distinct is None else _count(distinct),
        is_sorted=_flag(is_sorted),
        encodings=tuple(_text(name) for name in encodings),
        generation=_count(generation),
    )


def _place_to_json(place: Place) -> list[Any]:
    return [place.file, place.offset, place.length, place.crc, place.file_bytes]


def _place_from_json(fields: list[Any]) -> Place:
    file, offset, length, crc, file_bytes = fields
    if not _count(offset) + _count(length) <= _count(file_bytes):
        raise ValueError(f"a chunk of {length} bytes from {offset} on in {file_bytes} bytes")
    return Place(_text(file), offset, length, _count(crc), file_bytes)


def _schema_to_json(schema: TableSchema) -> dict[str, Any]:
    return {
        "id": schema.id,
        "name": schema.name,
        "kind": schema.kind.value,
        "columns": [
            [c.id, c.name, _type_to_json(c.type), c.nullable, c.encoding] for c in schema.columns
        ],
        "primary_key": list(schema.primary_key),
        "foreign_keys": [
            [list(k.columns), k.table, list(k.referenced), k.on_missing.value]
            for k in schema.foreign_keys
        ],
        "hierarchies": [[h.name, list(h.columns)] for h in schema.hierarchies],
        "order_by": list(schema.order_by),
        "filling": None
        if schema.filling is None
        else [schema.filling.source, schema.filling.query],
    }


def _schema_from_json(fields: dict[str, Any]) -> TableSchema:
    filling = fields["filling"]
    return TableSchema(
        id=_count(fields["id"]),
        name=_text(fields["name"]),
        kind=TableKind(fields["kind"]),
        columns=tuple(
            Column(_text(name), _type_from_json(type_), _flag(nullable), encoding, _count(id_))
            for id_, name, type_, nullable, encoding in fields["columns"]
        ),
        primary_key=_names(fields["primary_key"]),
        foreign_keys=tuple(
            ForeignKey(_names(columns), _text(table), _names(referenced), MissingKey(missing))
            for columns, table, referenced, missing in fields["foreign_keys"]
        ),
        hierarchies=tuple(
            Hierarchy(_text(n), _names(columns)) for n, columns in fields["hierarchies"]
        ),
        order_by=_names(fields["order_by"]),
        filling=None if filling is None else Filling(*(_text(part) for part in filling)),
    )


def _type_to_json(type_: Type) -> list[Any]:
    return [type_.kind.value, type_.precision, type_.scale, type_.length]


def _type_from_json(fields: list[Any]) -> Type:
    kind, precision, scale, length = fields
    return Type(Kind(kind), _count(precision), _count(scale), _count(length))


def _number_to_json(number: float | None) -> int | str | None:
    return number.hex() if isinstance(number, float) else number


def _number_from_json(value: Any) -> int | float | None:
    if isinstance(value, str):
        return float.fromhex(value)
    return None if value is None else _integer(value)


def _names(values: Any) -> tuple[str, ...]:
    return tuple(_text(value) for value in values)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ValueError(f"{value!r} is no count")
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -1 << 63 <= value < 1 << 63:
        raise ValueError(f"{value!r} is no integer")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is no object")
    return value
