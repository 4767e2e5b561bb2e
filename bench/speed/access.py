"""Know who asks within a few microseconds, and hold a limit in several processes at once.

Every request passes the check: headers, hash, look-up, rate, quota. Timed here in one process, for
a key with both limits and for a session token that was verified before; beside them what the first
sight of a token costs, by signature. Then two processes spend one key's quota as fast as they can,
which no service does, to see how many of their counts get lost in shared memory.

Reads: nothing.  Writes: the work folder.
Not here: whole requests (speed/respond, speed/answers).
"""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from bench.harness import Bar, Context, Result
from settee.core import AccessSettings, ServeSettings, system_clock
from settee.govern import Key, Keys, Limits, Terms
from settee.govern.keys import caller_of
from settee.store import Tables
from settee.web.keeper import Keeper, heads_of

ID = "speed/access"
SUMMARY = "the check of a caller: microseconds, and limits held by two processes together"

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
Signer = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
_REPEATS = 7
_N_KEYS = 1000
_ISSUER, _AUDIENCE = "https://login.example", "settee"


class _Guarded:
    """Keys and counters, as the keeper wants them."""

    def __init__(self, tables: Tables, limits: Limits) -> None:
        self.keys, self.limits = Keys(tables, limits), limits


def run(context: Context) -> Result:
    """Time each kind of caller, then let two processes race."""
    n = 20_000 if context.quick else 100_000
    limits = Limits(context.work / "limits.bin", 30)
    signers = _signers(context.work / "jwks.json")
    access = AccessSettings(
        jwt_jwks=str(context.work / "jwks.json"), jwt_issuer=_ISSUER, jwt_audience=_AUDIENCE,
        user_per_s=1e6, user_burst=10**6,
    )  # fmt: skip
    figures: dict[str, float] = {}
    with Tables(context.work / "tables.db") as tables:
        guarded = _Guarded(tables, limits)
        for number in range(20 if context.quick else _N_KEYS):
            guarded.keys.create(f"k{number}", NOON)
        terms = Terms("service", rate_per_s=1e6, burst=10**9, quota_per_day=10**12)
        secret = guarded.keys.create("web", NOON, terms).secret
        keeper = Keeper(guarded, ServeSettings(require_key="always"), access, system_clock)
        token = _token(signers["EdDSA"], "EdDSA", 0)
        for name, credential in (("key", secret), ("known_token", token)):
            figures[f"check_{name}_cpu_us"] = _check_us(keeper, credential, n)
        for algorithm, signer in signers.items():
            figures[f"first_sight_{algorithm.lower()}_cpu_us"] = _first_us(
                keeper, signer, algorithm
            )
        figures["look_for_changes_us"] = _median_us(lambda: _look(guarded.keys), 200)
    limits.close()
    figures |= _race(context.work / "limits.bin", 50_000 if context.quick else 400_000)
    return Result(
        figures=figures,
        bars={
            "check_key_cpu_us": Bar(figures["check_key_cpu_us"], 5.0),
            "check_known_token_cpu_us": Bar(figures["check_known_token_cpu_us"], 5.0),
            "paced_lost_share": Bar(figures["paced_lost_share"], 0.001),
        },
    )


def _check_us(keeper: Keeper, credential: str, n: int) -> float:
    """Microseconds of work in one check, the best of some rounds; other jobs do not touch it."""
    scope: dict[str, Any] = {
        "type": "http",
        "client": ("10.0.0.1", 1),
        "headers": [
            (b"host", b"settee.example"),
            (b"user-agent", b"bench/1"),
            (b"accept", b"*/*"),
            (b"content-type", b"application/json"),
            (b"content-length", b"120"),
            (b"authorization", b"Bearer " + credential.encode()),
        ],
    }

    async def round_s() -> float:
        admit = keeper.admit
        begun = time.thread_time()
        for _ in range(n):
            await admit(scope, heads_of(scope))
        return (time.thread_time() - begun) / n

    return min(asyncio.run(round_s()) for _ in range(_REPEATS)) * 1e6


def _first_us(keeper: Keeper, signer: Signer, algorithm: str) -> float:
    """Microseconds to meet a token that was never seen."""
    tokens = [_token(signer, algorithm, number) for number in range(1, 300)]
    scopes = [{"headers": [(b"authorization", b"Bearer " + one.encode())]} for one in tokens]

    async def all_s() -> float:
        begun = time.thread_time()
        for scope in scopes:
            await keeper.admit(scope, heads_of(scope))
        return (time.thread_time() - begun) / len(scopes)

    return asyncio.run(all_s()) * 1e6


def _median_us(call: Callable[[], object], n: int) -> float:
    spent = []
    for _ in range(n):
        begun = time.perf_counter()
        call()
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent) * 1e6


def _look(keys: Keys) -> None:
    keys.look_again()
    keys.caller(b"", int(system_clock().timestamp() * 1e6))


def _signers(path: Path) -> dict[str, Signer]:
    """A key for each algorithm; the public halves are written down."""
    signers: dict[str, Signer] = {
        "EdDSA": ed25519.Ed25519PrivateKey.generate(),
        "RS256": rsa.generate_private_key(65537, 2048),
    }
    kinds: dict[str, Any] = {"EdDSA": OKPAlgorithm, "RS256": RSAAlgorithm}
    public = [
        {**msgspec.json.decode(kinds[name].to_jwk(key.public_key())), "kid": name}
        for name, key in signers.items()
    ]
    path.write_bytes(msgspec.json.encode({"keys": public}))
    return signers


def _token(signer: Signer, algorithm: str, number: int) -> str:
    claims = {
        "iss": _ISSUER, "aud": _AUDIENCE, "sub": "a7", "jti": str(number),
        "exp": system_clock().timestamp() + 3600,
    }  # fmt: skip
    return jwt.encode(claims, signer, algorithm, headers={"kid": algorithm})


def _race(path: Path, n: int) -> dict[str, float]:
    """Share of counts that get lost when two processes count one key, at full speed and paced."""
    figures = {}
    for name, slot, size, pause_s in (("race", 1, n, 0.0), ("paced", 2, n // 50, 0.0005)):
        context = multiprocessing.get_context("spawn")
        start = context.Barrier(2)
        workers = [
            context.Process(target=_spend, args=(path, slot, size, pause_s, start))
            for _ in range(2)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        limits = Limits(path, 30)
        counted = limits.used(_key(slot), int(NOON.timestamp() * 1e6)).n_today
        limits.close()
        figures[f"{name}_lost_share"] = 1 - counted / (2 * size)
    return figures


def _key(slot: int) -> Key:
    return Key("k", "k", "00", NOON, quota_per_day=10**12, slot=slot)


def _spend(path: Path, slot: int, n: int, pause_s: float, start: Barrier) -> None:
    """One process that makes n requests with a key."""
    limits, caller = Limits(path, 30), caller_of(_key(slot))
    now_us = int(NOON.timestamp() * 1e6)
    start.wait()
    for _ in range(n):
        limits.take(caller, now_us)
        if pause_s:
            time.sleep(pause_s)
    limits.close()
