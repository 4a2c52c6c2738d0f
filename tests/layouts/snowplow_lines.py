"""Enriched events of Snowplow as lines of 131 columns, by the names of its documentation."""

from __future__ import annotations

import json
from typing import Final

HEADER: Final = """
app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker
v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid geo_country
geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp ip_organization ip_domain
ip_netspeed page_url page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery
page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium
refr_source refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action
se_label se_property se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state
tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min
pp_yoffset_max useragent br_name br_family br_version br_type br_renderengine br_lang br_features_pdf
br_features_flash br_features_java br_features_director br_features_quicktime br_features_realplayer
br_features_windowsmedia br_features_gears br_features_silverlight br_cookies br_colordepth br_viewwidth
br_viewheight os_name os_family os_manufacturer os_timezone dvce_type dvce_ismobile dvce_screenwidth
dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base tr_tax_base tr_shipping_base
ti_currency ti_price_base base_currency geo_timezone mkt_clickid mkt_network etl_tags dvce_sent_tstamp
refr_domain_userid refr_device_tstamp derived_contexts domain_sessionid derived_tstamp event_vendor event_name
event_format event_version event_fingerprint true_tstamp
"""
COLUMNS: Final = HEADER.split()


def enriched_line(**values: str) -> bytes:
    """A line with these columns, the others empty."""
    return "\t".join(values.get(column, "") for column in COLUMNS).encode()


def self_describing(schema: str, data: object) -> str:
    """Data with its schema, as one JSON text."""
    return json.dumps({"schema": f"iglu:{schema}", "data": data}, separators=(",", ":"))


def contexts(*entities: tuple[str, object]) -> str:
    """Entities of an event, each a schema and its data."""
    wrapped = [{"schema": f"iglu:{schema}", "data": data} for schema, data in entities]
    return self_describing("com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1", wrapped)


def unstruct(schema: str, data: object) -> str:
    """A self-describing event."""
    inner = {"schema": f"iglu:{schema}", "data": data}
    return self_describing("com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", inner)


COMMON: Final = {
    "app_id": "shop",
    "platform": "web",
    "etl_tstamp": "2026-01-31 07:10:00.000",
    "collector_tstamp": "2026-01-31 07:00:02.500",
    "dvce_created_tstamp": "2026-01-31 07:00:01.000",
    "dvce_sent_tstamp": "2026-01-31 07:00:02.000",
    "derived_tstamp": "2026-01-31 07:00:01.500",
    "name_tracker": "sp",
    "v_tracker": "js-3.24.0",
    "user_ipaddress": "203.0.113.7",
    "domain_userid": "d-1",
    "network_userid": "n-1",
    "domain_sessionidx": "3",
    "geo_latitude": "50.08",
    "br_cookies": "1",
    "page_url": "https://shop.example/košík",
    "useragent": "Mozilla/5.0",
}


ENTITY: Final = "com.acme/user/jsonschema/1-0-0"
CLICK: Final = "com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1"
NAMED: Final = {"event_vendor": "com.acme", "event_format": "jsonschema", "event_version": "1-0-0"}


def enriched_lines() -> list[bytes]:
    """Return a page view, a ping, a structured event, two self-describing ones, and one with another name."""
    return [
        enriched_line(
            **COMMON,
            event="page_view",
            event_id="s-1",
            user_id="u-1",
            page_title="Košík",
            contexts=contexts((ENTITY, {"tier": "gold", "seats": 3})),
            event_vendor="com.snowplowanalytics.snowplow",
            event_name="page_view",
        ),
        enriched_line(**COMMON, event="page_ping", event_id="s-2", pp_yoffset_max="640"),
        enriched_line(**COMMON, event="struct", event_id="s-3", se_category="shop", se_action="add", se_value="9.99"),
        enriched_line(
            **COMMON,
            event="unstruct",
            event_id="s-4",
            unstruct_event=unstruct(CLICK, {"targetUrl": "https://x.example", "elementClasses": ["a"]}),
            contexts=contexts((ENTITY, {"tier": "gold"}), (ENTITY, {"tier": "free"})),
            derived_contexts=contexts(("com.acme/ua_parser/jsonschema/2-0-0", {"useragentFamily": "Firefox"})),
        ),
        enriched_line(
            **COMMON,
            **NAMED,
            event="unstruct",
            event_id="s-5",
            event_name="signed_up",
            true_tstamp="2026-01-31 05:00:00.000",
            unstruct_event=unstruct("com.acme/signedUp/jsonschema/2-1-0", {"plan": "pro", "userId": "x"}),
        ),
        enriched_line(
            **{**COMMON, "collector_tstamp": "2026-01-31 08:00:02.500", "domain_userid": ""},
            event="transaction",
            event_id="s-6",
            tr_orderid="o-1",
            tr_total="12.50",
        ),
    ]
