"""People who visit the shop: identity, devices, and the context that their SDK sends.

Covered by tests/demo/test_generate.py.
"""

from dataclasses import dataclass
from random import Random

from event_assets.demo.chance import make_uuid, seeded
from event_assets.demo.shop import dump, members

_FIRST = (
    "Ada",
    "Jiří",
    "Sofía",
    "Björn",
    "Chloé",
    "Łukasz",
    "Aoife",
    "さくら",
    "Omar",
    "Zoë",
    "Nguyễn",
    "Mary Ann",
    "Эмма",
)
_LAST = ("Novák", "O'Brien", "Müller", "García", "Smith", "Kowalska", "山田", "Østergaard", "van der Berg", "Dvořák")
_CITIES = (
    ("Praha", "CZ", "110 00", "cs-CZ", "Europe/Prague", "GMT+0100"),
    ("Köln", "DE", "50667", "de-DE", "Europe/Berlin", "GMT+0100"),
    ("São Paulo", "BR", "01310-100", "pt-BR", "America/Sao_Paulo", "GMT-0300"),
    ("Austin", "US", "73301", "en-US", "America/Chicago", "GMT-0600"),
    ("東京", "JP", "100-0001", "ja-JP", "Asia/Tokyo", "GMT+0900"),
    ("Dublin", "IE", "D02 AF30", "en-IE", "Europe/Dublin", "GMT+0000"),
)
_BROWSERS = (
    ("Windows NT 10.0; Win64; x64", "Chrome/122.0.6261.112 Safari/537.36", 1920, 1080, "1"),
    ("Macintosh; Intel Mac OS X 10_15_7", "Version/17.3.1 Safari/605.1.15", 1440, 900, "2"),
    ("X11; Linux x86_64", "Chrome/121.0.6167.184 Safari/537.36", 2560, 1440, "1.25"),
    ("Windows NT 10.0; Win64; x64", "Chrome/122.0.0.0 Safari/537.36 Edg/122.0.2365.66", 1536, 864, "1.5"),
)
_PHONES = (
    ("Apple", "iPhone15,2", "iPhone", "iOS", "17.3.1", 1179, 2556, 3),
    ("Apple", "iPhone12,8", "iPhone", "iOS", "16.7.5", 750, 1334, 2),
    ("Google", "Pixel 8", "shiba", "Android", "14", 1080, 2400, 2.625),
    ("samsung", "SM-A546B", "a54x", "Android", "13", 1080, 2340, 2.8125),
)
_CARRIERS = ("T-Mobile CZ", "O2", "Vivo", "AT&T", "NTT docomo", "eir")
_COMPANIES = ("Acme s.r.o.", "Ebb & Sons", "株式会社 Umi", "Haus Nord GmbH")
PLANS = ("free", "plus", "pro")
RETRYING_LIBRARY = ("rudder-ios-library", "1.24.0")
"""The library whose retries cause most of the duplicates in a dirty archive."""


@dataclass(frozen=True, slots=True)
class Person:
    """One visitor; strings are pieces of JSON unless noted otherwise."""

    number: int
    platform: str
    """Plain text: `web` or `mobile`."""
    anonymous_id: str
    """Plain text."""
    user_id: str
    """A JSON string, or `""` for a person without an account."""
    context: str
    """Members of `context` that stay the same, without braces."""
    traits: str
    """Members of `traits`, without braces."""
    ip: str
    company: str
    plan: int

    @property
    def known(self) -> bool:
        """Whether the person has an account."""
        return self.user_id != '""'


class Crowd(dict[int, Person]):
    """Person by number, generated on first use; the same for the same seed."""

    def __init__(self, seed: int, size: int) -> None:
        super().__init__()
        self.seed = seed
        self.size = size

    def __missing__(self, number: int) -> Person:
        person = _make_person(seeded(self.seed, "person", number), number)
        self[number] = person
        return person

    def meet(self, random: Random) -> Person:
        """Return a random person: a few people come often, most come seldom."""
        return self[int(self.size * random.random() ** 2)]


def _make_person(random: Random, number: int) -> Person:
    platform = "web" if random.random() < 0.6 else "mobile"
    city = random.choice(_CITIES)
    known = random.random() < 0.55
    ip = f"203.0.{random.randrange(256)}.{random.randrange(1, 255)}"
    describe = _describe_browser if platform == "web" else _describe_phone
    anonymous_id = make_uuid(random)
    first, last = random.choice(_FIRST), random.choice(_LAST)
    traits = _describe_person(random, number, f"{first} {last}", city)
    context: dict[str, object] = {"ip": ip, "locale": city[3], **describe(random, city)}
    if known:
        context["traits"] = {"email": traits["email"], "plan": PLANS[number % 3], "newsletter": number % 4 == 0}
    return Person(
        number=number,
        platform=platform,
        anonymous_id=anonymous_id,
        user_id=dump(f"user-{number:06d}") if known else '""',
        context=members(context),
        traits=members(traits),
        ip=ip,
        company=dump(random.choice(_COMPANIES)),
        plan=number % 3,
    )


def _describe_person(random: Random, number: int, name: str, city: tuple[str, ...]) -> dict[str, object]:
    born = f"{random.randrange(1950, 2006)}-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}"
    since = f"2025-0{random.randrange(1, 10)}-{random.randrange(10, 29)}T08:{number % 60:02d}:00Z"
    return {
        "name": name,
        "email": f"user{number}@mail.example",
        "age": random.randrange(18, 80),
        "birthday": born,
        "createdAt": since,
        "address": {"city": city[0], "country": city[1], "postalCode": city[2]},
        "newsletter": number % 4 == 0,
        "interests": random.sample(("hiking", "sea", "kids", "cooking", "maps"), 2),
    }


def _describe_browser(random: Random, city: tuple[str, ...]) -> dict[str, object]:
    system, browser, width, height, density = random.choice(_BROWSERS)
    version = random.choice(("2.48.6", "3.0.3"))
    return {
        "app": {
            "installType": "npm",
            "name": "RudderLabs JavaScript SDK",
            "namespace": "com.rudderlabs.javascript",
            "version": version,
        },
        "library": {"name": "RudderLabs JavaScript SDK", "version": version},
        "os": {"name": "", "version": ""},
        "screen": {
            "density": float(density) if "." in density else int(density),
            "height": height,
            "width": width,
            "innerHeight": height - random.randrange(80, 160),
            "innerWidth": width,
        },
        "timezone": city[5],
        "userAgent": f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) {browser}",
    }


def _describe_phone(random: Random, city: tuple[str, ...]) -> dict[str, object]:
    maker, model, name, system, version, width, height, density = random.choice(_PHONES)
    apple = system == "iOS"
    library = RETRYING_LIBRARY if apple else ("com.rudderstack.android.sdk.core", "1.20.1")
    agent = f"TideShop/5.2.0 CFNetwork/1490 Darwin/23.{random.randrange(6)}.0" if apple else f"Dalvik/2.1.0 ({model})"
    wifi = random.random() < 0.6
    return {
        "app": {"build": "571", "name": "Tide Shop", "namespace": "org.example.tideshop", "version": "5.2.0"},
        "device": {
            "adTrackingEnabled": random.random() < 0.3,
            "attTrackingStatus": random.randrange(4),
            "id": make_uuid(random),
            "manufacturer": maker,
            "model": model,
            "name": name,
            "type": system,
        },
        "library": {"name": library[0], "version": library[1]},
        "network": {"bluetooth": False, "carrier": random.choice(_CARRIERS), "cellular": not wifi, "wifi": wifi},
        "os": {"name": system, "version": version},
        "screen": {"density": density, "height": height, "width": width},
        "timezone": city[4],
        "userAgent": agent,
    }
