"""The keys that real writers give their files, and the layouts that read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

FIRST = datetime(2024, 11, 19, 3, tzinfo=UTC)
UUID = "4f6d2c1e-9a3b-4c5d-8e7f-0a1b2c3d4e5f"
HEX = "6f1c8a90b7de"


def seconds(at: datetime) -> int:
    return int(at.timestamp())


Key = Callable[[datetime, int], str]

WRITERS: dict[str, tuple[Key, str]] = {
    "Kafka Connect S3, hourly": (
        lambda at, n: f"topics/web/year={at:%Y}/month={at:%m}/day={at:%d}/hour={at:%H}/web+{n}+{at:%j%H}00{n}.json.gz",
        "kafka-connect",
    ),
    "Kafka Connect S3, path.format of one's own": (
        lambda at, n: f"topics/web/dt={at:%Y-%m-%d}/hr={at:%H}/web+{n}+0000{at:%j%H}.json.gz",
        "*/*/dt={date}/hr={hour}/*",
    ),
    "Kafka Connect GCS, dashes": (
        lambda at, n: f"topics/web/{at:%Y-%m-%d-%H}/web+{n}+0000{at:%j%H}.json",
        "*/*/{date}-{hour}/*",
    ),
    "Kafka Connect, by minute": (
        lambda at, n: f"events/{at:%Y/%m/%d/%H/%M}/part+{n}+12.json",
        "*/{year}/{month}/{day}/{hour}/*/*",
    ),
    "Aiven's S3 connector": (
        lambda at, n: f"web-{n}-{at:%Y-%m-%d-%H}-0000{at:%j}.gz",
        "*-{date}-{hour}*",
    ),
    "Firehose": (lambda at, n: f"{at:%Y/%m/%d/%H}/web-{n}-{at:%Y-%m-%d-%H-%M}-09-{UUID}.gz", "firehose"),
    "Firehose, prefix of one's own": (
        lambda at, n: f"raw/date={at:%Y-%m-%d}/hour={at:%H}/web-{n}-{at:%Y-%m-%d-%H-%M}-09-{UUID}",
        "firehose",
    ),
    "Firehose, dynamic partitions": (
        lambda at, n: f"customer_id=4{n}/device=ios/{at:%Y/%m/%d/%H}/web-1-{at:%Y-%m-%d-%H-%M}-09-{UUID}",
        "firehose",
    ),
    "Fluentd's S3 output": (lambda at, n: f"logs/{at:%Y%m%d%H}_{n}.gz", "*/{year}{month}{day}{hour}*"),
    "Fluentd, time_slice with folders": (
        lambda at, n: f"logs/{at:%Y/%m/%d}/web.{at:%Y%m%d%H%M}_{n}.log",
        "*/*/*/*/*.{year}{month}{day}{hour}{minute}*",
    ),
    "Fluent Bit": (
        lambda at, n: f"fluent-bit-logs/app.log/{at:%Y/%m/%d/%H/%M}/00-object{HEX[n:]}",
        "*/*/{year}/{month}/{day}/{hour}/*/*",
    ),
    "Fluent Bit, default key": (
        lambda at, n: f"fluent-bit-logs/app/{at:%Y/%m/%d/%H/%M/%S}-object{HEX[n:]}",
        "*/*/{year}/{month}/{day}/{hour}/*/*",
    ),
    "Vector, date prefix and epoch name": (
        lambda at, n: f"date={at:%Y-%m-%d}/{seconds(at) + n}-{UUID}.log.gz",
        "*/{epoch}*",
    ),
    "Vector, hourly prefix": (
        lambda at, n: f"date={at:%F}/hour={at:%H}/{seconds(at) + n}-{UUID}.log.gz",
        "date={date}/hour={hour}/*",
    ),
    "Logstash's S3 output": (
        lambda at, n: f"{at:%Y/%m/%d}/ls.s3.{UUID}.{at:%Y-%m-%dT%H.%M}.part{n}.txt.gz",
        "*/*/*/*.{date}T{hour}*",
    ),
    "RudderStack's storage": (
        lambda at, n: f"rudder-logs/2Ab3/{at:%Y-%m-%d}/{seconds(at) + n}.2Ab3.{UUID}.json.gz",
        "rudderstack",
    ),
    "RudderStack's storage, US dates": (
        lambda at, n: f"rudder-logs/2Ab3/{at:%m-%d-%Y}/{seconds(at) + n}.2Ab3.{UUID}.json.gz",
        "rudderstack",
    ),
    "RudderStack's gateway": (
        lambda at, n: f"2Ab3/gw/{at:%Y-%m-%d}/{at.hour}/i-0/{seconds(at)}_{seconds(at) + n}_ws_{UUID}.json.gz",
        "rudderstack-gateway",
    ),
    "Segment": (
        lambda at, n: f"segment-logs/aBcD/{seconds(at.replace(hour=0))}000/{seconds(at) + n}123.x.1.{UUID}.gz",
        "segment",
    ),
    "Snowplow's runs": (lambda at, n: f"run={at:%Y-%m-%d-%H-%M-%S}/part-0000{n}", "snowplow"),
    "Snowplow's enriched archive": (
        lambda at, n: f"enriched/archive/run={at:%Y-%m-%d-%H-%M-%S}/part-0000{n}-{UUID}.gz",
        "snowplow",
    ),
    "Snowplow's S3 loader": (
        lambda at, n: f"raw/{at:%Y-%m-%d-%H%M%S}-{UUID}-{n}.gz",
        "*/{date}-{hour}{minute}{second}*",
    ),
    "Hive, date and hour": (lambda at, n: f"date={at:%F}/hour={at:%H}/part-{n}.json", "date={date}/hour={hour}/*"),
    "Hive, hour not padded": (lambda at, n: f"dt={at:%F}/hour={at.hour}/part-{n}.json", "dt={date}/hour={hour}/*"),
    "Hive, year to hour, not padded": (
        lambda at, n: f"year={at.year}/month={at.month}/day={at.day}/hour={at.hour}/{n}.json",
        "year={year}/month={month}/day={day}/hour={hour}/*",
    ),
    "Hive, names of one's own": (
        lambda at, n: f"p_year={at:%Y}/p_month={at:%m}/p_day={at:%d}/p_hour={at:%H}/{n}.json",
        "p_year={year}/p_month={month}/p_day={day}/p_hour={hour}/*",
    ),
    "Hive, one partition of ten digits": (lambda at, n: f"dt={at:%Y%m%d%H}/{n}.json", "dt={year}{month}{day}{hour}/*"),
    "Hive, a partition between": (
        lambda at, n: f"dt={at:%F}/app=web/hour={at:%H}/{n}.json",
        "dt={date}/*/hour={hour}/*",
    ),
    "Hive, compact date": (lambda at, n: f"ds={at:%Y%m%d}/hr={at:%H}/{n}.json", "ds={year}{month}{day}/hr={hour}/*"),
    "Hive, table's folder": (
        lambda at, n: f"warehouse/web/dt={at:%F}/hr={at:%H}/{n}_0.gz",
        "*/*/dt={date}/hr={hour}/*",
    ),
    "Pub/Sub to GCS": (
        lambda at, n: f"events/{at:%Y-%m-%dT%H:%M:%S}+00:00_{HEX}{n}.json",
        "*/{date}T{hour}*",
    ),
    "Dataflow's windows": (
        lambda at, n: f"out/{at:%Y/%m/%d/%H}/out-{at:%Y-%m-%dT%H:00:00.000Z}-pane-0-last-0000{n}-of-00002",
        "*/{year}/{month}/{day}/{hour}/*",
    ),
    "Event Hubs Capture": (
        lambda at, n: f"ns/hub/{n}/{at:%Y/%m/%d/%H/%M/%S}.json",
        "*/*/*/{year}/{month}/{day}/{hour}/*/*",
    ),
    "Event Hubs Capture, one name": (
        lambda at, n: f"ns-hub-{n}-{at:%Y-%m-%d-%H-%M-%S}.json",
        "*-{date}-{hour}*",
    ),
    "Azure's diagnostics": (
        lambda at, n: f"resourceId=/SUBSCRIPTIONS/A/y={at:%Y}/m={at:%m}/d={at:%d}/h={at:%H}/m=0{n}/PT1H.json",
        "*/*/*/y={year}/m={month}/d={day}/h={hour}/*/*",
    ),
    "Azure Stream Analytics": (
        lambda at, n: f"out/{at:%Y-%m-%d}/{at:%H}/{n}_{HEX}.json",
        "*/{date}/{hour}/*",
    ),
    "CloudWatch through Firehose": (
        lambda at, n: f"cwlogs/{at:%Y/%m/%d/%H}/cw-{n}-{at:%Y-%m-%d-%H-%M}-01-{UUID}",
        "firehose",
    ),
    "CloudTrail": (
        lambda at, n: (
            f"AWSLogs/111122223333/CloudTrail/eu-west-1/{at:%Y/%m/%d}/111122223333_CloudTrail_eu-west-1_"
            f"{at:%Y%m%dT%H%M}Z_{HEX}{n}.json.gz"
        ),
        "cloudtrail",
    ),
    "GH Archive": (lambda at, n: f"{at:%Y-%m-%d}-{at.hour}.json.gz", "gharchive"),
    "GH Archive, in a folder": (lambda at, n: f"gh/{at:%Y-%m-%d}-{at.hour}.json.gz", "gharchive"),
    "GH Archive's names in folders by day": (
        lambda at, n: f"{at:%Y/%m/%d}/{at:%Y-%m-%d-%H}.json.gz",
        "*/*/*/{date}-{hour}*",
    ),
    "names by hour in folders by month": (
        lambda at, n: f"{at:%Y/%m}/{at:%Y-%m-%d-%H}-{n}.json.gz",
        "*/*/{date}-{hour}*",
    ),
    "Cloudflare Logpush": (
        lambda at, n: f"{at:%Y%m%d}/{at:%Y%m%dT%H%M%S}Z_{at + timedelta(minutes=10):%Y%m%dT%H%M%S}Z_{HEX}.log.gz",
        "*/{year}{month}{day}T{hour}{minute}{second}*",
    ),
    "ALB": (
        lambda at, n: (
            f"AWSLogs/111122223333/elasticloadbalancing/eu-west-1/{at:%Y/%m/%d}/111122223333_elasticloadbalancing_"
            f"eu-west-1_app.lb.{HEX}_{at:%Y%m%dT%H%M}Z_172.160.001.19{n}_sxosxcf.log.gz"
        ),
        "*/*/*/*/*/*/*/*_{year}{month}{day}T{hour}{minute}*",
    ),
    "CloudFront's names": (lambda at, n: f"cdn/E2EXAMPLE.{at:%Y-%m-%d-%H}.{HEX}{n}.gz", "*/*.{date}-{hour}*"),
    "Fastly": (lambda at, n: f"fastly/{at:%Y-%m-%dT%H:%M:%S}.000-{HEX}{n}.log.gz", "*/{date}T{hour}*"),
    "epoch seconds": (lambda at, n: f"ev-{seconds(at) + n}.json", "*-{epoch}*"),
    "epoch milliseconds below a source": (lambda at, n: f"web/{seconds(at) + n}042.json", "*/{epoch_ms}*"),
    "first and last epoch of a file": (
        lambda at, n: f"in/{seconds(at)}_{seconds(at) + 60 + n}.json",
        "*/{epoch}*",
    ),
    "Airflow's runs": (
        lambda at, n: f"dag/scheduled__{at:%Y-%m-%dT%H:%M:%S}+00:00/{n}.json",
        "*/*_{date}T{hour}*/*",
    ),
    "log rotation": (lambda at, n: f"app.log.{at:%Y-%m-%d_%H-%M}.gz", "*.{date}_{hour}*"),
    "logrotate's dateext": (lambda at, n: f"app.log-{at:%Y%m%d}-{seconds(at)}.gz", "*-{epoch}*"),
    "a space between date and time": (lambda at, n: f"dump {at:%Y-%m-%d %H:%M:%S}.json", "* {date} {hour}*"),
    "underscores throughout": (lambda at, n: f"web_{at:%Y_%m_%d_%H}_{n}.json", "*_{year}_{month}_{day}_{hour}*"),
    "month and day in one folder": (lambda at, n: f"{at:%Y/%m%d/%H}/{n}.json", "{year}/{month}{day}/{hour}/*"),
    "day, month, year": (lambda at, n: f"{at:%d-%m-%Y}/{at:%H}/{n}.json", "{day}-{month}-{year}/{hour}/*"),
    "hour and minute in one folder": (
        lambda at, n: f"{at:%Y/%m/%d/%H%M}/x.json",
        "{year}/{month}/{day}/{hour}{minute}/*",
    ),
    "hour below another folder": (lambda at, n: f"{at:%F}/web/{at:%H}/{n}.json", "{date}/*/{hour}/*"),
}
"""What writes it -> the key of the n-th file of an hour, and the layout that `init` finds."""
