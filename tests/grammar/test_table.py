"""The table of the grammar: free of conflicts, complete, and safely kept on disk."""

import logging
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import coldb_grammar
import lark
import pytest
from coldb_grammar import cache
from coldb_grammar.builders import ACTIONS
from coldb_grammar.diagnosis import ROLES
from coldb_grammar.generate import generate
from coldb_grammar.keywords import FOLLOWED_BY, FUNCTION_NAMES, RESERVED
from coldb_grammar.table import load

GRAMMAR = Path(coldb_grammar.__file__).with_name("coldb.lark").read_text(encoding="utf-8")


def test_the_grammar_has_no_shift_reduce_conflict(caplog):
    """Lark settles one silently, by shifting; a reduce-reduce conflict it refuses."""
    lark.logger.setLevel(logging.DEBUG)
    try:
        with caplog.at_level(logging.DEBUG, logger=lark.logger.name):
            lark.logger.addHandler(caplog.handler)
            generate(GRAMMAR)
    finally:
        lark.logger.removeHandler(caplog.handler)
        lark.logger.setLevel(logging.CRITICAL)
    assert [r.message for r in caplog.records if "conflict" in r.message.lower()] == []


def test_every_rule_has_its_action_and_every_action_a_rule():
    assert {rule.action for rule in load().rules if rule.action} == set(ACTIONS)


def test_keywords_are_known_to_the_grammar():
    assert set(FOLLOWED_BY) <= load().keywords - RESERVED
    assert (RESERVED & load().keywords).issuperset(FUNCTION_NAMES)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


DATA = {"rows": [[1, -2]], "symbols": ["a"]}


def test_cache_round_trip(home):
    entry = cache.Entry.of("x")
    assert entry.read() is None
    entry.write(DATA)
    assert entry.read() == DATA
    assert cache.Entry.of("y").read() is None
    assert stat.S_IMODE(os.stat(home / "coldb").st_mode) == 0o700
    assert stat.S_IMODE(entry.path.stat().st_mode) == 0o600
    assert [file.name for file in (home / "coldb").iterdir()] == [entry.path.name]


def test_a_damaged_file_is_not_read(home):
    entry = cache.Entry.of("x")
    entry.write(DATA)
    good = entry.path.read_bytes()
    for bad in (b"", b"\xff", good[:-1], good.replace(b"-2", b"-3"), good[65:]):
        entry.path.write_bytes(bad)
        assert entry.read() is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX permissions")
def test_what_others_can_write_is_not_trusted(home):
    entry = cache.Entry.of("x")
    entry.write(DATA)
    entry.path.chmod(0o666)
    assert entry.read() is None
    entry.path.unlink()
    (home / "coldb").chmod(0o777)
    entry.write(DATA)
    assert not entry.path.exists()


def test_a_link_is_not_followed(home):
    entry = cache.Entry.of("x")
    entry.write(DATA)
    elsewhere = entry.path.rename(home / "elsewhere")
    entry.path.symlink_to(elsewhere)
    assert entry.read() is None


def test_without_a_place_there_is_no_cache(home, monkeypatch):
    (home / "coldb").write_text("a file where the directory should be")
    entry = cache.Entry.of("x")
    entry.write(DATA)
    assert entry.read() is None
    nowhere = cache.Entry(None)
    nowhere.write(DATA)
    assert nowhere.read() is None


def test_the_second_process_needs_no_lark(tmp_path):
    program = (
        "import sys, coldb_grammar; coldb_grammar.parse('SELECT 1'); print('lark' in sys.modules)"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    printed = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert printed == ["True", "False"]


def test_every_rule_is_used():
    defined = re.findall(r"^[!?]*([a-z_]+)(?:\.\d+)?:", GRAMMAR, re.MULTILINE)
    body = re.sub(r"->\s*\w+|//.*", "", GRAMMAR)
    for rule in set(defined) - {"statement"}:
        assert len(re.findall(rf"\b{rule}\b", body)) > 1, rule


def test_every_rule_of_a_name_says_what_it_names():
    """A message about a missing name tells which kind."""
    table = load()
    for row in table.rows:
        after = row.get("NAME", -1)
        steps = table.rows[after].values() if after >= 0 else ()
        for rule in {table.rules[~step] for step in steps if step < 0}:
            assert rule.size > 1 or rule.origin in ROLES, rule
