"""Manifests as bytes: a line that guards them, then JSON.

    coldb-manifest 2 <crc32 of the rest, 8 hex digits> <bytes of the rest>
    {"features": [], "version": 7, ...}

`features` are names of what a reader must know to read the warehouse rightly, and to keep it when it
writes; it refuses those it does not know. Floats are hexadecimal strings, which keep every bit and
can say "inf" and "nan".
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

from coldb_warehouse.chunks.layout import MAX_ROWS
from coldb_warehouse.errors import CatalogError, CorruptionError, UnsupportedFormatError
from coldb_warehouse.schema import Source
from coldb_warehouse.versions.json_fields import (
    count,
    flag,
    integer,
    mapping,
    number_from_json,
    number_to_json,
    text,
)
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
from coldb_warehouse.versions.retention import Retention
from coldb_warehouse.versions.schema_codec import schema_from_json, schema_to_json
from coldb_warehouse.versions.view_codec import (
    definitions_to_json,
    macros_from_json,
    views_from_json,
)

__all__ = [
    "FORMAT_VERSION",
    "MAX_MANIFEST_BYTES",
    "Outline",
    "decode_manifest",
    "encode_manifest",
    "is_torn",
    "outline_manifest",
]

FORMAT_VERSION = 2
KNOWN_FEATURES = frozenset({"comments", "macros", "views"})
MAX_MANIFEST_BYTES = 1 << 26
_END = b"\n"  # in JSON on one line, there is no other
_HEADER = re.compile(rb"coldb-manifest (\d{1,9}) ([0-9a-f]{8}) (\d{1,18})\n")
_COMMITTED_AT = re.compile(rb'"committed_at":(\d{1,19}),')
_DATA_FILE = re.compile(rb'"(\d+-[0-9a-f]+-\d+\.col)"')


@dataclass(frozen=True, slots=True)
class Outline:
    """What a sweep must know of a version: when it was committed, and every data file it names."""

    committed_at: int
    files: frozenset[str]


def encode_manifest(manifest: Manifest) -> bytes:
    """The bytes of the manifest's file."""
    body = json.dumps(_manifest_to_json(manifest), separators=(",", ":"), allow_nan=False).encode()
    body += _END
    return b"coldb-manifest %d %08x %d\n" % (FORMAT_VERSION, zlib.crc32(body), len(body)) + body


def decode_manifest(data: bytes, where: str) -> Manifest:
    """The manifest in the file `where`; CorruptionError or UnsupportedFormatError."""
    body = _verified_body(data, where)
    try:
        fields = json.loads(body)
        _check_features(fields["features"], where)
        manifest = _manifest_from_json(fields)
        _check_names(manifest)
        return manifest
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, CatalogError) as error:
        problem = " ".join(f"{type(error).__name__}: {error}"[:300].split())
        raise CorruptionError(f'manifest "{where}" makes no sense ({problem})') from error


def outline_manifest(data: bytes, where: str) -> Outline:
    """The outline of the manifest in the file `where`, found many times faster than all of it.

    Also text that only looks like the name of a file counts as one: at worst a file is kept longer.
    Raises CorruptionError, UnsupportedFormatError.
    """
    body = _verified_body(data, where)
    committed_at = _COMMITTED_AT.search(body)  # no text of users comes before
    if committed_at is None:
        raise CorruptionError(f'manifest "{where}" makes no sense (it has no time)')
    return Outline(
        int(committed_at[1]), frozenset(name.decode() for name in _DATA_FILE.findall(body))
    )


def is_torn(data: bytes) -> bool:
    """Whether only the beginning of a manifest is there, or nothing but zeros."""
    header = _HEADER.match(data)
    if header is None:
        return b"\n" not in data[:64] and (len(data) < 64 or not data.strip(b"\0"))
    # A whole manifest of which only the length in the header is damaged has its end.
    return len(data) - header.end() < int(header[3]) and not data.endswith(_END)


def _verified_body(data: bytes, where: str) -> bytes:
    """The JSON of a manifest of this format whose checksum matches."""
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
    return body


def _check_features(features: list[str], where: str) -> None:
    unknown = sorted(set(features) - KNOWN_FEATURES)
    if unknown:
        raise UnsupportedFormatError(
            f'"{where}" needs features unknown to this coldb: {", ".join(unknown)[:300]}; use a newer one'
        )


def _features(manifest: Manifest) -> list[str]:
    """What there is in the manifest that the first release did not know."""
    present = {
        "comments": any(table.schema.has_comments for table in manifest.tables),
        "macros": bool(manifest.macros),
        "views": bool(manifest.views),
    }
    return [name for name, is_present in present.items() if is_present]


def _check_names(manifest: Manifest) -> None:
    """Every table has its own name, and comes after all whose primary keys it references; no view
    has the name of another or of a table, and no macro that of another."""
    known: dict[str, tuple[str, ...]] = {}
    for table in manifest.tables:
        name = table.schema.name
        if name in known:
            raise ValueError(f'there are two tables "{name}"')
        known[name] = table.schema.primary_key
        for key in table.schema.foreign_keys:
            if key.table not in known:
                raise ValueError(f'table "{name}" references "{key.table}", which is not before it')
            if not key.columns or not len(key.columns) == len(key.referenced):
                raise ValueError(f"a key of {len(key.columns)} columns for {len(key.referenced)}")
            if key.referenced != known[key.table]:
                raise ValueError(f'table "{name}" does not reference the key of "{key.table}"')
    for view in manifest.views:
        if view.name in known:
            raise ValueError(f'there are two tables or views "{view.name}"')
        known[view.name] = ()
    macros = [macro.name for macro in manifest.macros]
    if len(set(macros)) < len(macros):
        raise ValueError("there are two macros of one name")


def _manifest_to_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "features": _features(manifest),
        "version": manifest.version,
        "committed_at": manifest.committed_at,
        "previous": manifest.previous,
        "next_table_id": manifest.next_table_id,
        "retention": [manifest.retention.versions, manifest.retention.seconds],
        "sources": [[s.name, s.kind, [list(pair) for pair in s.options]] for s in manifest.sources],
        "properties": dict(manifest.properties),
        **definitions_to_json(manifest.views, manifest.macros),
        "tables": [_table_to_json(table) for table in manifest.tables],
    }


def _manifest_from_json(fields: dict[str, Any]) -> Manifest:
    return Manifest(
        version=count(fields["version"]),
        committed_at=count(fields["committed_at"]),
        previous=text(fields["previous"]),
        tables=tuple(_table_from_json(table) for table in fields["tables"]),
        sources=tuple(
            Source(text(name), text(kind), tuple((text(k), text(v)) for k, v in options))
            for name, kind, options in fields["sources"]
        ),
        views=views_from_json(fields),
        macros=macros_from_json(fields),
        properties=mapping(fields["properties"]),
        next_table_id=count(fields["next_table_id"]),
        retention=Retention(*(count(number) for number in fields["retention"])),
    )


def _table_to_json(table: TableEntry) -> dict[str, Any]:
    return {
        "schema": schema_to_json(table.schema),
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
        "next_column_id": table.next_column_id,
    }


def _table_from_json(fields: dict[str, Any]) -> TableEntry:
    segments = []
    for segment in fields["segments"]:
        chunks = {key: _chunk_from_json(c) for key, c in mapping(segment["chunks"]).items()}
        rows, deleted, partition = segment["rows"], segment["deleted"], segment["partition"]
        segments.append(
            SegmentEntry(
                rows=_segment_rows(rows),
                is_sorted=flag(segment["sorted"]),
                chunks=chunks,
                deleted=None if deleted is None else _deleted_from_json(deleted, rows),
                partition=None if partition is None else integer(partition),
            )
        )
    dictionaries = {}
    for key, dictionary in mapping(fields["dictionaries"]).items():
        parts = tuple(PartEntry(_place_from_json(p), count(n)) for p, n in dictionary["parts"])
        if not parts:
            raise ValueError("a dictionary has no parts")
        generation, moves = count(dictionary["generation"]), _moves_from_json(dictionary["moves"])
        dictionaries[key] = DictionaryEntry(parts, flag(dictionary["sorted"]), generation, moves)
    return TableEntry(
        schema_from_json(fields["schema"]),
        tuple(segments),
        dictionaries,
        count(fields["generation"]),
        _moves_from_json(fields["moves"]),
        count(fields["next_column_id"]),
    )


def _segment_rows(value: Any) -> int:
    """Readers make arrays of so many rows, so no segment can have more than a chunk can."""
    if count(value) > MAX_ROWS:
        raise ValueError(f"a segment of {value} rows is too long")
    return count(value)


def _deleted_from_json(fields: list[Any], rows: int) -> DeletedEntry:
    place, deleted = fields
    if not 0 < count(deleted) <= rows:
        raise ValueError(f"{deleted} of {rows} rows are deleted")
    return DeletedEntry(_place_from_json(place), deleted)


def _moves_to_json(moves: tuple[MoveEntry, ...]) -> list[Any]:
    return [[move.generation, _place_to_json(move.place), move.size] for move in moves]


def _moves_from_json(fields: list[Any]) -> tuple[MoveEntry, ...]:
    return tuple(
        MoveEntry(count(generation), _place_from_json(place), count(size))
        for generation, place, size in fields
    )


def _chunk_to_json(chunk: ChunkEntry) -> list[Any]:
    return [
        _place_to_json(chunk.place),
        chunk.coded,
        chunk.nulls,
        number_to_json(chunk.low),
        number_to_json(chunk.high),
        chunk.distinct,
        chunk.is_sorted,
        list(chunk.encodings),
        chunk.generation,
    ]


def _chunk_from_json(fields: list[Any]) -> ChunkEntry:
    place, coded, nulls, low, high, distinct, is_sorted, encodings, generation = fields
    return ChunkEntry(
        place=_place_from_json(place),
        coded=flag(coded),
        nulls=count(nulls),
        low=number_from_json(low),
        high=number_from_json(high),
        distinct=None if distinct is None else count(distinct),
        is_sorted=flag(is_sorted),
        encodings=tuple(text(name) for name in encodings),
        generation=count(generation),
    )


def _place_to_json(place: Place) -> list[Any]:
    return [place.file, place.offset, place.length, place.crc, place.file_bytes]


def _place_from_json(fields: list[Any]) -> Place:
    file, offset, length, crc, file_bytes = fields
    if not count(offset) + count(length) <= count(file_bytes):
        raise ValueError(f"a chunk of {length} bytes from {offset} on in {file_bytes} bytes")
    return Place(text(file), offset, length, count(crc), file_bytes)
