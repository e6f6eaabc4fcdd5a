"""Which files a path with wild cards means."""

from __future__ import annotations

import glob
import os
from difflib import get_close_matches

from coldb.errors import OperationalError

__all__ = ["matching_files"]


def matching_files(pattern: str) -> list[str]:
    """The file of that name, or the files that match it, by name. OperationalError if there is none."""
    path = os.path.expanduser(pattern)
    if os.path.exists(path):
        return [path]
    if glob.has_magic(path):
        found = sorted(filter(os.path.isfile, glob.glob(path, recursive=True)))
        if not found:
            raise OperationalError(f'no file matches "{pattern}"')
        return found
    directory, name = os.path.split(path)
    directory = directory or "."
    if not os.path.isdir(directory):
        raise OperationalError(f'no file "{pattern}": there is no directory "{directory}"')
    near = get_close_matches(name, os.listdir(directory), n=1)
    hint = f'; did you mean "{near[0]}"?' if near else f' in "{os.path.abspath(directory)}"'
    raise OperationalError(f'no file "{pattern}"{hint}')
