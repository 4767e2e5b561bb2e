"""Choose whom to reach: people ranked for an item, sized by profit, kept within bounds."""

from settee.audiences.definition import (
    Audience,
    AudienceQuery,
    BadAudience,
    How,
    ItemQuery,
    Members,
    PeopleQuery,
    check_query,
    parse_query,
)

__all__ = [
    "Audience",
    "AudienceQuery",
    "BadAudience",
    "How",
    "ItemQuery",
    "Members",
    "PeopleQuery",
    "check_query",
    "parse_query",
]
