"""Shapes of the shop's events: the steps of a visit, and the members of every event.

Covered by tests/demo/test_generate.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from event_assets.demo.people import PLANS, Person
from event_assets.demo.shop import (
    CART_PAGE,
    CATEGORY_NAMES,
    CATEGORY_PAGES,
    HOME_PAGE,
    PRODUCTS,
    SEARCH_PAGES,
    SEARCH_TEXTS,
    Product,
    spell_price,
)

REFERRERS = (
    '"referrer":"$direct","referring_domain":"","initial_referrer":"$direct","initial_referring_domain":""',
    '"referrer":"https://www.google.com/","referring_domain":"www.google.com",'
    '"initial_referrer":"https://www.google.com/","initial_referring_domain":"www.google.com"',
    '"referrer":"https://news.example/2026/03/gear?ref=tide","referring_domain":"news.example",'
    '"initial_referrer":"$direct","initial_referring_domain":""',
)
CAMPAIGNS = (
    "",
    "",
    ',"campaign":{"name":"spring_sale","source":"newsletter","medium":"email","content":"hero","test":"b"}',
    ',"campaign":{"name":"léto 2026","source":"google","medium":"cpc","term":"tent 2p"}',
)


@dataclass(frozen=True, slots=True)
class TrackingPlan:
    """The tracking plan of the shop, changed or original; clean archives have the original."""

    changed: bool = False

    def tier(self, person: Person) -> str:
        """Return a property that only the changed plan has."""
        return f',"loyalty_tier":"{PLANS[person.plan]}"' if self.changed else ""

    def rating(self, product: Product) -> str:
        """Return a property that is an integer at first and a fraction in the changed plan."""
        return f"{product.rating - 0.5}" if self.changed else str(product.rating)

    def coupon(self, person: Person) -> str:
        """Return the key of a renamed property; a third of the people keep the old app."""
        return "coupon_code" if self.changed and person.number % 3 else "coupon"


UNCHANGED_PLAN = TrackingPlan()


@dataclass(slots=True)
class Visit:
    """One person's visit to the shop."""

    person: Person
    random: Random
    plan: TrackingPlan
    session: int
    campaign: str
    referrer: str
    cart: list[Product] = field(default_factory=list)
    product: Product = PRODUCTS[0]
    page: str = HOME_PAGE


class VisitStep(NamedTuple):
    """One action of a person, as pieces of JSON."""

    type: str
    name: str
    """Plain text: the event's or page's name; empty for identify, group and alias. Needs no escaping in JSON."""
    body: str
    """Members between the name and the context, with their commas."""


def _track(name: str, properties: str) -> VisitStep:
    return VisitStep("track", name, f',"properties":{{{properties}}}')


def see_page(visit: Visit) -> VisitStep:
    """Return a page or, on a phone, a screen."""
    visit.page = visit.random.choice(CATEGORY_PAGES)
    if visit.person.platform == "web":
        return VisitStep("page", "Category", f',"properties":{{{visit.page},{visit.referrer},"category":"Shop"}}')
    number = visit.random.randrange(6)
    return VisitStep(
        "screen", "Shelf", f',"properties":{{"name":"Shelf","tab":{number},"automatic":{_bool(number == 0)}}}'
    )


def view_product(visit: Visit) -> VisitStep:
    """Return Product Viewed, the most common event."""
    product = visit.product = visit.random.choice(PRODUCTS)
    visit.page = product.page
    extra = f'"rating":{visit.plan.rating(product)},"position":{visit.random.randrange(1, 40)}'
    price = f'"price":{spell_price(product.cents)},"currency":"EUR"'
    return _track("Product Viewed", f"{product.core},{price},{extra}{visit.plan.tier(visit.person)}")


def view_list(visit: Visit) -> VisitStep:
    """Return Product List Viewed, with an array of products."""
    number = visit.random.randrange(len(CATEGORY_NAMES))
    visit.page = CATEGORY_PAGES[number]
    start = visit.random.randrange(len(PRODUCTS) - 4)
    products = ",".join(_list_item(product, n) for n, product in enumerate(PRODUCTS[start : start + 3], 1))
    return _track(
        "Product List Viewed",
        f'"list_id":"list-{number}","category":{CATEGORY_NAMES[number]},"sorting":{{"by":"price","desc":false}},'
        f'"filters":[],"products":[{products}]',
    )


def _list_item(product: Product, position: int) -> str:
    return f'{{{product.core},"price":{spell_price(product.cents)},"position":{position}}}'


def search_products(visit: Visit) -> VisitStep:
    """Return Products Searched."""
    number = visit.random.randrange(len(SEARCH_TEXTS))
    visit.page = SEARCH_PAGES[number]
    results = visit.random.randrange(60)
    return _track("Products Searched", f'"query":{SEARCH_TEXTS[number]},"results":{results},"page_number":1')


def add_product(visit: Visit) -> VisitStep:
    """Return Product Added: the last viewed product is put into the cart."""
    visit.cart.append(visit.product)
    return _track("Product Added", _cart_item(visit, visit.product))


def remove_product(visit: Visit) -> VisitStep:
    """Return Product Removed."""
    product = visit.cart.pop() if visit.cart else visit.product
    return _track("Product Removed", _cart_item(visit, product))


def _cart_item(visit: Visit, product: Product) -> str:
    quantity = visit.random.randrange(1, 4)
    return (
        f'"cart_id":"c-{visit.session}",{product.core},"price":{spell_price(product.cents)},"currency":"EUR",'
        f'"quantity":{quantity},"gift":{_bool(quantity == 3)}'
    )


def view_cart(visit: Visit) -> VisitStep:
    """Return Cart Viewed."""
    visit.page = CART_PAGE
    return _track("Cart Viewed", f'"cart_id":"c-{visit.session}",{_sum_up(visit)}')


def start_checkout(visit: Visit) -> VisitStep:
    """Return Checkout Started, with a coupon or an empty one."""
    visit.page = CART_PAGE
    coupon = visit.random.choice(('"SPRING10"', '"LÉTO"', "null", '""'))
    key = visit.plan.coupon(visit.person)
    return _track("Checkout Started", f'"order_id":"o-{visit.session}","{key}":{coupon},{_sum_up(visit)}')


def complete_step(visit: Visit) -> VisitStep:
    """Return Checkout Step Completed."""
    step = visit.random.randrange(1, 4)
    method = visit.random.choice(("dpd", "zásilkovna", "pickup"))
    return _track(
        "Checkout Step Completed",
        f'"checkout_id":"k-{visit.session}","step":{step},"shipping_method":"{method}","payment_method":"card"',
    )


def complete_order(visit: Visit) -> VisitStep:
    """Return Order Completed: revenue, an array of products, a delivery date; some with userProperties."""
    key, number = visit.plan.coupon(visit.person), visit.session % 28 + 1
    properties = (
        f'"order_id":"o-{visit.session}","affiliation":"Tide Shop","shipping":4.9,"tax":{number / 4:g},'
        f'"{key}":"SPRING10","delivery_date":"2026-04-{number:02d}",{_sum_up(visit)}'
    )
    step = _track("Order Completed", properties)
    if visit.person.number % 4:
        return step
    return step._replace(body=f'{step.body},"userProperties":{{"orders_so_far":{number},"vip":{_bool(number > 20)}}}')


def _sum_up(visit: Visit) -> str:
    cart = visit.cart[-4:] or [visit.product]
    products = ",".join(f'{{{p.core},"price":{spell_price(p.cents)},"quantity":1}}' for p in cart)
    total = spell_price(sum(p.cents for p in cart))
    return f'"value":{total},"revenue":{total},"currency":"EUR","products":[{products}]'


def refund_order(visit: Visit) -> VisitStep:
    """Return Order Refunded, from the shop's back office."""
    reason = visit.random.choice(("too small", "vadné zboží", "other"))
    return _track(
        "Order Refunded",
        f'"order_id":"o-{visit.session}","total":{spell_price(visit.product.cents)},"reason":"{reason}","full":true',
    )


def ship_order(visit: Visit) -> VisitStep:
    """Return Order Shipped, from the shop's back office."""
    parcel = visit.random.randrange(10**11, 10**12)
    return _track(
        "Order Shipped",
        f'"order_id":"o-{visit.session}","parcel":{{"number":{parcel},"weight_g":{visit.random.randrange(80, 9000)},'
        f'"carrier":{{"name":"DPD","service":"Classic"}}}}',
    )


def add_wish(visit: Visit) -> VisitStep:
    """Return Product Added to Wishlist."""
    return _track("Product Added to Wishlist", f'"wishlist_id":"w{visit.person.number}",{visit.product.core}')


def play_video(visit: Visit) -> VisitStep:
    """Return an event with odd characters in its name: video.progress (50%)."""
    position = visit.random.randrange(1, 900) / 10
    return _track(
        "video.progress (50%)",
        f'"contentAssetId":"v-{visit.product.cents}","positionSec":{position},"fullScreen":{_bool(position > 45)},'
        f'"qualityHDReady":true',
    )


def take_newsletter(visit: Visit) -> VisitStep:
    """Return an event with letters in its name that no identifier can have."""
    return _track("Newsletter · přihlášení", f'"list":"jaro","double_opt_in":{_bool(visit.person.plan == 1)}')


def view_experiment(visit: Visit) -> VisitStep:
    """Return an event whose name is already an identifier."""
    return _track("experiment_viewed", f'"experimentId":"exp-7","variation_name":"B","sampleRate":{0.25}')


def open_app(visit: Visit) -> VisitStep:
    """Return Application Opened."""
    background = _bool(visit.session % 2 == 0)
    return _track("Application Opened", f'"from_background":{background},"build":571,"version":"5.2.0"')


def identify_person(visit: Visit) -> VisitStep:
    """Return identify with the traits of the person; the number of logins and the plan change over time."""
    person = visit.person
    plan = PLANS[(person.plan + visit.session // 40_000) % 3] if person.number % 5 == 0 else PLANS[person.plan]
    traits = f'{person.traits},"plan":"{plan}","logins":{visit.session // 10_000 % 977}'
    return VisitStep("identify", "", f',"traits":{{{traits}}}')


def join_group(visit: Visit) -> VisitStep:
    """Return group: the company of the person."""
    number = visit.person.number % 50
    founded = f"2009-05-0{number % 9 + 1}"
    traits = f'"name":{visit.person.company},"employees":{number * 10 + 3},"plan":"business","founded":"{founded}"'
    return VisitStep("group", "", f',"groupId":"g-{number}","traits":{{{traits}}}')


def alias_person(visit: Visit) -> VisitStep:
    """Return alias: the anonymous id becomes that of the user."""
    return VisitStep("alias", "", f',"previousId":"{visit.person.anonymous_id}"')


BROWSING: tuple[tuple[float, Callable[[Visit], VisitStep]], ...] = (
    (0.27, see_page),
    (0.27, view_product),
    (0.09, view_list),
    (0.07, search_products),
    (0.09, add_product),
    (0.03, remove_product),
    (0.05, view_cart),
    (0.03, add_wish),
    (0.025, play_video),
    (0.015, take_newsletter),
    (0.02, view_experiment),
    (0.04, identify_person),
)
"""Actions of people while they browse, by share."""


def _bool(value: bool) -> str:
    return "true" if value else "false"
