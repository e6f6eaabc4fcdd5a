"""Whole columns go through a zone as single datetimes do."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from coldb.engine.functions.dates.time_zones import local_from_utc, named_zone, utc_from_local
from coldb.errors import DataError

DAY = 86_400_000_000
EPOCH = dt.datetime(1970, 1, 1)
MICROSECOND = dt.timedelta(microseconds=1)
ZONES = [
    "Africa/Casablanca", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Asia/Tehran",
    "Australia/Lord_Howe", "Europe/Amsterdam", "Europe/Berlin", "Pacific/Apia", "UTC",
]  # fmt: skip


def moments() -> np.ndarray:
    """Any of the years 1800 to 2100, and all hours around the turns of a year and of summer."""
    random = np.random.default_rng(7)
    anywhere = random.integers(-62_000 * DAY, 47_000 * DAY, 40)
    hours = np.arange(0, 366 * DAY, DAY // 24) + (dt.datetime(2011, 1, 1) - EPOCH) // MICROSECOND
    return np.concatenate([anywhere, hours])


@pytest.mark.parametrize("zone", ZONES)
def test_local_times_are_those_of_zoneinfo(zone: str) -> None:
    times = moments()
    info = ZoneInfo(zone)
    expected = [
        (
            (EPOCH + int(time) * MICROSECOND)
            .replace(tzinfo=dt.UTC)
            .astimezone(info)
            .replace(tzinfo=None)
            - EPOCH
        )
        // MICROSECOND
        for time in times
    ]
    assert local_from_utc(times, zone).tolist() == expected


@pytest.mark.parametrize("zone", ZONES)
def test_the_way_back_leads_to_the_same_clock(zone: str) -> None:
    local = local_from_utc(moments(), zone)
    assert (local_from_utc(utc_from_local(local, zone), zone) == local).all()


def test_years_without_datetimes_borrow_others() -> None:
    summer = (dt.datetime(2024, 7, 1) - EPOCH) // MICROSECOND
    cycle = 146_097 * DAY  # 400 years
    later = np.array([summer + 25 * cycle, summer + 700 * cycle])
    assert (local_from_utc(later, "Europe/Berlin") - later == 2 * DAY // 24).all()
    earlier = np.array([summer - 12 * cycle])
    assert local_from_utc(earlier, "Europe/Berlin") - earlier == 3_208_000_000


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("europe/BERLIN", "Europe/Berlin"), (" UTC ", "UTC"), ("PST", -8 * 3_600_000_000),
        ("UTC+2", -2 * 3_600_000_000), ("-05:30", 19_800_000_000),
    ],
)  # fmt: skip
def test_names(name: str, zone: str | int) -> None:
    assert named_zone(name) == zone


@pytest.mark.parametrize("name", ["", "Nowhere", "UTC+99", "+5:99", "../etc/passwd"])
def test_names_of_no_zone(name: str) -> None:
    with pytest.raises(DataError, match="no time zone"):
        named_zone(name)


def test_no_times() -> None:
    nothing = np.zeros(0, np.int64)
    assert len(local_from_utc(nothing, "Europe/Berlin")) == 0
    assert len(utc_from_local(nothing, "Europe/Berlin")) == 0
