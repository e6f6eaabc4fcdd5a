"""`python -m tests.gallery` writes the messages of today into the gallery."""

import tempfile
from pathlib import Path

from tests.gallery.gallery import rewrite

with tempfile.TemporaryDirectory() as folder:
    rewrite(Path(folder))
