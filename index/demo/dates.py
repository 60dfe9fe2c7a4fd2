"""The demo shop moved to another day: a shop whose prices were all seen long ago shows nothing but that."""

from datetime import timedelta

from index.demo.records import ShopRecord
from index.product import Origin, Price, PriceObservation, Product, Review


def moved(record: ShopRecord, by: timedelta) -> ShopRecord:
    """The same record seen, priced and written so much later."""
    update: dict[str, object] = {"origin": _origin(record.origin, by)}
    match record:
        case Product():
            update["offers"] = tuple(
                offer.model_copy(update={"price": _price(offer.price, by)}) for offer in record.offers
            )
        case PriceObservation():
            update["price"] = _price(record.price, by)
        case Review():
            update["written"] = record.written + by if record.written else None
    return record.model_copy(update=update)


def _origin(origin: Origin, by: timedelta) -> Origin:
    return origin.model_copy(update={"seen": origin.seen + by})


def _price(price: Price, by: timedelta) -> Price:
    return price.model_copy(update={"seen": price.seen + by})
