"""The gallery of wrong statements: each is refused with the message that is written there."""

import pytest

from tests.gallery.gallery import files, message, open_shop, read

ENTRIES = [
    pytest.param(sql, told, id=f"{file.stem}: {sql[:60]}")
    for file in files()
    for sql, told in read(file)
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with open_shop(tmp_path_factory.mktemp("gallery")) as connection:
        yield connection


def test_the_gallery_is_large():
    assert len(ENTRIES) >= 100


@pytest.mark.parametrize(("sql", "told"), ENTRIES)
def test_what_the_user_is_told(shop, sql, told):
    assert message(shop, sql) == told
