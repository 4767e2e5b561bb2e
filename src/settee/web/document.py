"""Write the OpenAPI document, hot routes included.

FastAPI describes the parameters of its routes; what they and the hot routes return is described
by the very types that are encoded, so the document cannot promise a field that is not there.

Reads / Writes: nothing.
Source: OpenAPI 3.1.
Not here: operations that FastAPI does not know (web.operations), the page for people (web.manual).
"""

from dataclasses import dataclass

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

import settee
from settee.audiences import AudienceCurves, AudienceQuery, ItemAudience
from settee.core import DEVICE_TYPES, Event, Item
from settee.events import (
    AccountMerge,
    Contacted,
    ContactState,
    ContactWord,
    Merged,
    Onboarded,
    Onboarding,
)
from settee.learn import VersionList, VersionView
from settee.measure import CampaignReading, CreditQuery, CreditReport, Impact, ImpactInputs
from settee.respond import (
    Account,
    Accounts,
    Answer,
    Corrected,
    HouseholdView,
    Inventory,
    ItemPage,
    ListAnswer,
    Similar,
    Why,
)
from settee.rules import DryRun
from settee.web.access import (
    AskedKey,
    AskedTenant,
    KeyList,
    KeyView,
    MadeKey,
    MadeTenant,
    Me,
    TenantList,
    TenantView,
)
from settee.web.accounts import ACCOUNTS
from settee.web.asking import Asked
from settee.web.attribution import ATTRIBUTION
from settee.web.audience_curves import CURVES
from settee.web.audience_exports import (
    AUDIENCE_LOG,
    DOWNLOAD,
    FILE_TYPES,
    AskedDownload,
    AudienceLog,
)
from settee.web.audiences import (
    AUDIENCE,
    AUDIENCE_PREVIEW,
    AUDIENCES,
    EXPORT,
    AskedExport,
    AudienceExported,
    AudienceList,
    AudienceView,
)
from settee.web.campaigns import CAMPAIGN
from settee.web.catalogue import CATALOGUE, ITEMS
from settee.web.contacts import CONTACT, SUPPRESSIONS, AskedSuppression, Suppression
from settee.web.data import QUARANTINE, REFUSED, REPORTS, QuarantineList, QuarantinePage, ReportList
from settee.web.explain import EXPLAIN, AskedWhy, AskedWhyAmid
from settee.web.hot import EVENTS, RECOMMENDATIONS, WHO, Taken
from settee.web.impact import IMPACT
from settee.web.lists import LISTS, PrecomputedLists
from settee.web.models import CARD, VERSION, VERSIONS, ModelCard
from settee.web.operations import (
    REF,
    Schema,
    ask_by_body,
    ask_by_query,
    batch_body,
    events,
    made_list,
    parameters,
    reached,
    ref,
    rules_body,
    who,
)
from settee.web.previews import PREVIEW, AskedPreview
from settee.web.reached import REACHED
from settee.web.routes import Health, ItemView, Readiness, Stored
from settee.web.rules import (
    RULES,
    AskedRollback,
    RuleDocument,
    RulesChecked,
    RulesHistory,
    RulesInForce,
    RulesPut,
)
from settee.web.stats import Stats
from settee.web.who import AskedCorrection, AskedWho, WhoIsThere

_SUMMARY = "Self-hosted personalisation: events in, explained recommendations out."


class ErrorShape(msgspec.Struct, omit_defaults=True):
    """What went wrong: a stable code, a sentence, one next step, the place in the input."""

    code: str
    message: str
    hint: str = ""
    place: str = ""


class Failure(msgspec.Struct):
    """The one error shape of every route."""

    error: ErrorShape


_TYPES = (
    Event, Item, Asked, AskedWho, WhoIsThere, AskedCorrection, Corrected, HouseholdView, Answer,
    Similar, Account, Taken, Stored, ItemView, Health, Readiness, Failure,
    Onboarding, Onboarded, AccountMerge, Merged, ListAnswer, PrecomputedLists, Stats,
    RuleDocument, RulesInForce, RulesPut, RulesChecked, RulesHistory, AskedRollback, DryRun,
    Me, AskedKey, KeyView, KeyList, MadeKey, AskedTenant, TenantView, TenantList, MadeTenant,
    ContactWord, Contacted, ContactState, AskedSuppression, Suppression,
    AudienceQuery, AudienceView, AudienceList, AskedExport, AudienceExported, ItemAudience,
    AudienceCurves, AudienceLog, AskedDownload,
    AskedWhyAmid, Why, AskedPreview, Accounts, ImpactInputs, Impact, CampaignReading,
    ModelCard,
    CreditQuery, CreditReport,
    ItemPage, Inventory, ReportList, QuarantineList, QuarantinePage, VersionList, VersionView,
)  # fmt: skip


@dataclass(frozen=True)
class _Promise:
    """What one operation returns.

    Args:
        result: Name of the schema of a 200, or "" for plain text.
        errors: Statuses that it may answer with, beside those of every route.
        files: Media types of a 200 that is a file.
    """

    result: str
    errors: tuple[int, ...] = ()
    files: tuple[str, ...] = ()


PEOPLE = "/v1/accounts/{account_id}/people"
CORRECTIONS = f"{PEOPLE}/corrections"
ONBOARDING = "/v1/accounts/{account_id}/onboarding"
MERGE = "/v1/accounts/{account_id}/merge"
KEYS = "/v1/keys"
TENANTS = "/v1/tenants"
_EVERYWHERE = (400, 401, 403, 421, 429, 500)
_BODY = (408, 413, 415)
_PROMISES: dict[tuple[str, str], _Promise] = {
    (EVENTS, "post"): _Promise("Taken", (*_BODY, 429, 503)),
    (RECOMMENDATIONS, "get"): _Promise("Answer", (503,)),
    (RECOMMENDATIONS, "post"): _Promise("Answer", (*_BODY, 503)),
    (WHO, "post"): _Promise("WhoIsThere", (*_BODY, 503)),
    (EXPLAIN, "get"): _Promise("Why", (404, 503)),
    (EXPLAIN, "post"): _Promise("Why", (404, *_BODY, 503)),
    (PREVIEW, "post"): _Promise("Answer", (*_BODY, 503)),
    (ACCOUNTS, "get"): _Promise("Accounts", (503,)),
    ("/v1/items", "put"): _Promise("Stored", (*_BODY, 503)),
    (ITEMS, "get"): _Promise("ItemPage", (503,)),
    (CATALOGUE, "get"): _Promise("Inventory", (503,)),
    (REPORTS, "get"): _Promise("ReportList", (503,)),
    (QUARANTINE, "get"): _Promise("QuarantineList", (503,)),
    (REFUSED, "get"): _Promise("QuarantinePage", (404, 503)),
    (VERSIONS, "get"): _Promise("VersionList", (503,)),
    (VERSION, "get"): _Promise("VersionView", (404, 503)),
    ("/v1/items/{item_id}/similar", "get"): _Promise("Similar", (404, 503)),
    ("/v1/items/{item_id}", "get"): _Promise("ItemView", (404, 503)),
    ("/v1/accounts/{account_id}", "get"): _Promise("Account", (404, 503)),
    (PEOPLE, "get"): _Promise("HouseholdView", (404, 503)),
    (CORRECTIONS, "post"): _Promise("Corrected", (404, 409, *_BODY, 503)),
    (ONBOARDING, "post"): _Promise("Onboarded", (404, *_BODY, 429, 503)),
    (CONTACT, "get"): _Promise("ContactState", (404, 503)),
    (CONTACT, "put"): _Promise("Contacted", (404, *_BODY, 429, 503)),
    (SUPPRESSIONS, "post"): _Promise("Suppression", (*_BODY, 503)),
    (MERGE, "post"): _Promise("Merged", (409, *_BODY, 429, 503)),
    (LISTS, "get"): _Promise("ListAnswer", (404, 503)),
    ("/v1/precomputed", "get"): _Promise("PrecomputedLists", (503,)),
    ("/stats", "get"): _Promise("Stats", (503,)),
    (AUDIENCES, "post"): _Promise("AudienceView", (404, 409, *_BODY, 503)),
    (AUDIENCE_PREVIEW, "post"): _Promise("AudienceView", (404, 409, *_BODY, 503)),
    (AUDIENCES, "get"): _Promise("AudienceList", (503,)),
    (AUDIENCE, "get"): _Promise("AudienceView", (404, 503)),
    (CURVES, "get"): _Promise("AudienceCurves", (404, 503)),
    (AUDIENCE_LOG, "get"): _Promise("AudienceLog", (503,)),
    (DOWNLOAD, "post"): _Promise("", (404, 409, *_BODY, 503), tuple(FILE_TYPES.values())),
    (EXPORT, "post"): _Promise("AudienceExported", (404, 409, *_BODY, 503)),
    (REACHED, "get"): _Promise("ItemAudience", (404, 503)),
    (RULES, "get"): _Promise("RulesInForce", (404, 503)),
    (RULES, "put"): _Promise("RulesPut", (409, *_BODY, 503)),
    (f"{RULES}/check", "post"): _Promise("RulesChecked", (*_BODY, 503)),
    (f"{RULES}/dry-run", "post"): _Promise("DryRun", (*_BODY, 503)),
    (f"{RULES}/history", "get"): _Promise("RulesHistory", (503,)),
    (f"{RULES}/rollback", "post"): _Promise("RulesPut", (404, 409, *_BODY, 503)),
    (ATTRIBUTION, "post"): _Promise("CreditReport", (404, 409, *_BODY, 503)),
    (IMPACT, "post"): _Promise("Impact", (*_BODY, 503)),
    (CAMPAIGN, "get"): _Promise("CampaignReading", (404, 503)),
    (CARD, "get"): _Promise("ModelCard", (404, 503)),
    ("/v1/me", "get"): _Promise("Me", (503,)),
    (KEYS, "get"): _Promise("KeyList", (503,)),
    (KEYS, "post"): _Promise("MadeKey", (404, 409, *_BODY, 503)),
    (f"{KEYS}/{{key_id}}", "delete"): _Promise("KeyView", (404, 503)),
    (TENANTS, "get"): _Promise("TenantList", (503,)),
    (TENANTS, "post"): _Promise("MadeTenant", (409, *_BODY, 503)),
    (f"{TENANTS}/{{tenant_id}}", "delete"): _Promise("TenantView", (404, 503)),
    ("/health", "get"): _Promise("Health"),
    ("/ready", "get"): _Promise("Readiness"),
    ("/metrics", "get"): _Promise("", (503,)),
}
_WHAT = {
    400: "The request cannot be understood.",
    401: "A key or session token is needed.",
    403: "The caller may not do this.",
    404: "Nothing has that name.",
    409: "The present state forbids it.",
    408: "The body did not arrive in time.",
    413: "The body or batch is over its limit.",
    415: "The body's coding is not accepted.",
    421: "The request names another host.",
    429: "Too many requests, or too many events wait; `Retry-After` says when to try again.",
    500: "A bug; the log has it under the id in the message.",
    503: "A part that is needed is not there.",
}


def document(app: FastAPI) -> Schema:
    """The whole document.

    Args:
        app: The application with the typed routes.
    """
    whole = get_openapi(
        title="settee", version=settee.__version__, summary=_SUMMARY, routes=app.routes
    )
    paths: Schema = whole["paths"]
    paths[EVENTS] = {"post": events()}
    paths[WHO] = {"post": who()}
    paths[LISTS] = {"get": made_list()}
    paths[REACHED] = {"get": reached()}
    paths[RECOMMENDATIONS] = {"get": ask_by_query(), "post": ask_by_body()}
    paths[EXPLAIN]["get"]["parameters"] = parameters(AskedWhy)
    paths["/v1/items"]["put"]["requestBody"] = batch_body("Item", "items")
    _, schemas = msgspec.json.schema_components(_TYPES, ref_template=REF)
    paths[CORRECTIONS]["post"]["requestBody"] = {
        "required": True,
        "description": "One correction; which fields a kind needs is said in docs/people.md.",
        "content": {"application/json": {"schema": ref("AskedCorrection")}},
    }
    for path, name in (
        (ONBOARDING, "Onboarding"), (MERGE, "AccountMerge"), (KEYS, "AskedKey"),
        (TENANTS, "AskedTenant"), (AUDIENCES, "AudienceQuery"), (EXPORT, "AskedExport"),
        (DOWNLOAD, "AskedDownload"), (AUDIENCE_PREVIEW, "AudienceQuery"),
        (EXPLAIN, "AskedWhyAmid"), (PREVIEW, "AskedPreview"),
        (SUPPRESSIONS, "AskedSuppression"), (IMPACT, "ImpactInputs"),
        (ATTRIBUTION, "CreditQuery"),
    ):  # fmt: skip
        paths[path]["post"]["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": ref(name)}},
        }
    paths[CONTACT]["put"]["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": ref("ContactWord")}},
    }
    for path, method in ((RULES, "put"), (f"{RULES}/check", "post"), (f"{RULES}/dry-run", "post")):
        paths[path][method]["requestBody"] = rules_body()
    paths[f"{RULES}/rollback"]["post"]["requestBody"] = {
        "required": False,
        "content": {"application/json": {"schema": ref("AskedRollback")}},
    }
    for name in ("AskedWho", "AskedPreview", "AskedWhyAmid"):
        schemas[name]["properties"]["events"]["items"] = ref("Event")
    schemas["AskedWho"]["properties"]["device_type"] |= {"enum": [*DEVICE_TYPES, None]}
    whole["components"] = {
        "schemas": schemas,
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        },
    }
    for (path, method), promise in _PROMISES.items():
        operation = paths[path][method]
        operation["responses"] = _responses(path, promise)
        if path.startswith("/v1/") or path in ("/metrics", "/stats"):
            operation["security"] = [{"bearer": []}, {"header": []}, {}]
    return whole


def _responses(path: str, promise: _Promise) -> Schema:
    content: Schema = {"text/plain": {"schema": {"type": "string"}}}
    if promise.result:
        content = {"application/json": {"schema": ref(promise.result)}}
    if promise.files:
        content = {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in promise.files
        }
    responses: Schema = {"200": {"description": "Done.", "content": content}}
    for status in sorted({*_EVERYWHERE, *promise.errors}):
        responses[str(status)] = {
            "description": _WHAT[status],
            "content": {"application/json": {"schema": ref("Failure")}},
        }
    if path == "/ready":
        responses["503"] = {
            "description": "Not ready; the body says which part is missing.",
            "content": {"application/json": {"schema": ref("Readiness")}},
        }
    return responses
