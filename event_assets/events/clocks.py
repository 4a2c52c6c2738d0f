"""Clocks: four columns of texts as sent, resolved to instants (contract §4)."""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from event_assets.events.envelope import CLOCKS, NUMBER
from event_assets.events.instants import read_instant
from event_assets.events.schema import INSTANT
from loaders.formats.timestamps import DAY, HOUR, SECOND, read_common_timestamps

_INTEGER: Final = f"^{NUMBER}([0-9]{{1,19}})$"
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def read_instants(texts: pl.Series) -> pl.Series:
    """Return microseconds since 1970 of each text, NULL where it is unreadable; NUMBER marks a number's digits.

    The forms that SDKs send are read by column; every other distinct text is read once by `read_instant`.
    """
    micros = read_common_timestamps(texts)
    if micros.null_count() == texts.null_count():
        return micros
    if _holds_numbers(texts):
        number = pl.col(texts.name).str.extract(_INTEGER).cast(pl.Int64, strict=False)
        unit = pl.when(number < 10**11).then(SECOND).when(number < 10**14).then(1_000).otherwise(1)
        instant = pl.when(number < 10**17).then(number * unit).otherwise(number // 1_000)
        micros = micros.zip_with(micros.is_not_null(), texts.to_frame().select(instant).to_series())
    rest = texts.filter(micros.is_null()).drop_nulls().unique()
    exact = texts.replace_strict(rest, [read_instant(one) for one in rest], default=None, return_dtype=pl.Int64)
    return micros.zip_with(micros.is_not_null(), exact).alias(texts.name)


def resolve_clocks(sent: pl.DataFrame, hour: datetime) -> pl.DataFrame:
    """Return the resolved clocks of events that arrived in an archive hour.

    `sent` has a text column per envelope clock, in the form that `read_instants` reads. The result has the lake's
    columns original_timestamp, sent_at, received_at, timestamp and received_believed, the flags _clock_corrected and
    _late, and per clock ``<member>_held``: whether a column holds the value that was sent, true where none was sent,
    and ``<member>_unread``: whether a value was sent that is no readable clock.
    """
    start = (hour - _EPOCH) // timedelta(microseconds=1)
    original, sent_at, received_at, timestamp = (pl.col(clock) for clock in CLOCKS)
    received, claimed = pl.col("received"), pl.col("claimed")
    frame = (
        pl.DataFrame([read_instants(sent.get_column(clock)) for clock in CLOCKS])
        .with_columns(believed=received_at.is_between(0, start + HOUR + DAY).fill_null(value=False))
        .with_columns(received=pl.when("believed").then(received_at).otherwise(start))
        .with_columns(claimed=pl.coalesce(timestamp, received - (sent_at - original), received))
        .with_columns(plausible=claimed.is_between(0, received + DAY))
        .with_columns(resolved=pl.when("plausible").then(claimed).otherwise(received))
    )
    return frame.select(
        original_timestamp=original.cast(INSTANT),
        sent_at=sent_at.cast(INSTANT),
        received_at=received.cast(INSTANT),
        timestamp=pl.col("resolved").cast(INSTANT),
        received_believed="believed",
        _clock_corrected=~pl.col("plausible"),
        _late=pl.col("resolved") < start,
        originalTimestamp_held=original.is_not_null() | sent["originalTimestamp"].is_null(),
        sentAt_held=sent_at.is_not_null() | sent["sentAt"].is_null(),
        receivedAt_held=pl.col("believed") | sent["receivedAt"].is_null(),
        timestamp_held=(timestamp.is_not_null() & pl.col("plausible")) | sent["timestamp"].is_null(),
        **{f"{clock}_unread": pl.col(clock).is_null() & sent[clock].is_not_null() for clock in CLOCKS},
    )


def _holds_numbers(texts: pl.Series) -> bool:
    return bool(texts.str.starts_with(NUMBER).any())
