"""Say what each field and kind of the wire format means, once, for schema and documentation.

`settee schema`, the OpenAPI page and docs/events.md all print these lines; a test fails when a
field has none.

Reads / Writes: nothing.
Not here: types and ranges (core.schema).
"""

KIND_MEANINGS: dict[str, str] = {
    "play": "Watching or listening began.",
    "pause": "It was paused.",
    "stop": "It was ended before the end.",
    "complete": "It was watched to the end.",
    "browse": "The account looked around, at nothing in particular.",
    "search": "Something was searched for; `query` says what.",
    "view": "The page of an item was looked at.",
    "click": "An item was clicked in a list.",
    "like": "Thumb up.",
    "dislike": "Thumb down; the item is not shown again.",
    "rate": "A rating from 0.5 to 5 in `value`.",
    "wishlist": "Saved for later.",
    "cart": "Put into the cart.",
    "purchase": "Bought; `value` is the quantity.",
    "impression": "An item was shown on the screen.",
    "touch": "An advertising contact; `channel` and `campaign` say which.",
    "convert": "Something of value happened, such as a subscription.",
    "profile": "A profile was picked; `profile_id` says which.",
}

EVENT_MEANINGS: dict[str, str] = {
    "event_id": "Names the event; sending it again is harmless.",
    "account_id": "Whose account.",
    "kind": "What happened.",
    "at": "When, with a time zone.",
    "item_id": "What it was about; required for kinds that are about an item.",
    "device_id": "On which device.",
    "device_type": "What kind of device.",
    "platform": "Which product or service.",
    "ip_hash": "Hash of the network address; never the address.",
    "profile_id": "A profile that the viewer picked: a label, noisy.",
    "value": "Rating 0.5 to 5, or quantity.",
    "duration_s": "Seconds watched or stayed, counted from `at`.",
    "revenue_cents": "Revenue of a purchase or conversion, in cents of `currency`.",
    "currency": "ISO 4217 code, such as EUR.",
    "channel": "Advertising channel of a touch.",
    "campaign": "Advertising campaign of a touch.",
    "cost_micros": "Cost of a touch in millionths of the currency unit.",
    "slot": "Place on the screen that this reacts to.",
    "exposure_id": "Answer of settee that this reacts to.",
    "rank": "Rank in that answer, from 1.",
    "query": "What was searched for.",
}

ITEM_MEANINGS: dict[str, str] = {
    "item_id": "Names the item.",
    "title": "Shown in answers and reasons.",
    "kind": "film, episode, album, product, …; free text.",
    "tags": "Genres, categories, moods.",
    "year": "Year of release.",
    "language": "Language tag, such as en or pt-BR.",
    "age_rating": "Least age in years.",
    "duration_s": "Length in seconds.",
    "price_cents": "Price in cents.",
    "text": "Synopsis or description.",
    "image_embedding": "A vector that describes the picture.",
    "available_from": "Not shown before.",
    "available_to": "Not shown from then on.",
    "stock": "Pieces left; at 0 the item is not shown.",
    "margin": "Worth of a sale to the business, in units of its own.",
}
