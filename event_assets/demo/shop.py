"""The shop: products, categories and pages, as prepared pieces of JSON.

Covered by tests/demo/test_generate.py.
"""

import json
from dataclasses import dataclass

from event_assets.demo.chance import seeded

HOST = "https://shop.example"

CATEGORIES = ("Shoes", "Jackets", "Tents & Tarps", "Sleeping Bags", "Kitchen", "Maps", "Kids", "Sale %")
_ADJECTIVES = ("Alpine", "Light", "Storm", "Měsíc", "Trail", "Polar", "Ultra", "Señor", "Old", "Tidal")
_NOUNS = ("Boot", "Parka", "Tent 2P", "Bag -5 °C", "Stove", "Map 1:50 000", "Backpack 45 l", "Socks", "Lamp", "靴")
_BRANDS = ("Nordwind", "Ebbe & Flut", "Hájek", "Kaizen", "O'Hara", "Tideline Basics")


@dataclass(frozen=True, slots=True)
class Product:
    """One product: its price in cents and its JSON pieces."""

    cents: int
    core: str
    """Members without braces, price left out."""
    page: str
    """The `page` object of its page in a browser, up to the referrer."""
    path: str
    rating: int


def dump(value: object) -> str:
    """Return compact JSON as browsers write it: no spaces, non-ASCII unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def members(value: dict[str, object]) -> str:
    """Return the members of an object without its braces, to insert into a larger one."""
    return dump(value)[1:-1]


def describe_page(path: str, title: str, search: str = "") -> str:
    """Return members of `context.page`, without braces and without the referrers."""
    url = f"{HOST}{path}{search}"
    return members({"path": path, "search": search, "tab_url": url, "title": title, "url": url})


def stock_products(count: int = 240) -> tuple[Product, ...]:
    """Return the products of the shop: the same for every seed, so that archives can be compared."""
    return tuple(_make_product(number) for number in range(count))


def _make_product(number: int) -> Product:
    random = seeded("product", number)
    name = f"{random.choice(_ADJECTIVES)} {random.choice(_NOUNS)}"
    category = CATEGORIES[number % len(CATEGORIES)]
    path = f"/p/{number:04d}-{'-'.join(name.lower().split())}"
    core: dict[str, object] = {
        "product_id": f"P{number:05d}",
        "sku": f"{random.choice('ABCDEF')}-{random.randrange(10_000):04d}-{random.choice('SMLX')}",
        "name": name,
        "category": category,
        "brand": random.choice(_BRANDS),
        "variant": random.choice(("red", "blue", "schwarz", "žlutá")),
        "url": f"{HOST}{path}",
        "image_url": f"https://cdn.shop.example/img/{number:05d}/large.webp",
    }
    return Product(
        cents=random.randrange(290, 49_990),
        core=members(core),
        page=describe_page(path, f"{name} · {category} | Tide Shop"),
        path=path,
        rating=random.randrange(1, 6),
    )


PRODUCTS = stock_products()
CATEGORY_PAGES = tuple(describe_page(f"/c/{n}", f"{name} | Tide Shop") for n, name in enumerate(CATEGORIES))
CATEGORY_NAMES = tuple(map(dump, CATEGORIES))
HOME_PAGE = describe_page("/", "Tide Shop · everything for the shore")
CART_PAGE = describe_page("/kosik", "Košík · Tide Shop")
SEARCHES = ("tent", "boty", "靴", "rain jacket", "mapa 1:50 000", "stove gas", "Ω lamp", "socks 43", "kids' boots")
SEARCH_PAGES = tuple(describe_page("/search", "Search | Tide Shop", f"?q={word}") for word in SEARCHES)
SEARCH_TEXTS = tuple(map(dump, SEARCHES))


def spell_price(cents: int) -> str:
    """Return a price as JavaScript writes the number: 12.5, 12.34, 12."""
    return f"{cents / 100:g}" if cents < 100_000 else str(cents / 100)
