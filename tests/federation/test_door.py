"""Coordinator and silos over real connections, in one process."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from ipaddress import ip_address

import msgspec
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from settee.core import SetteeError
from settee.federation import (
    Address,
    BadMessage,
    BadTerms,
    Coordinator,
    Door,
    FederationFailed,
    Finished,
    Learnt,
    Route,
    Silo,
    SiloRefuses,
    StrangeSilo,
    Terms,
    WrongStep,
    serve,
    take_part,
)
from settee.federation.caller import Caller
from settee.federation.messages import write_message

TOKEN = b"t" * 32
ITEMS = ("a", "b")


class Led:
    """A coordinator that listens in a thread of its own."""

    def __init__(self, terms, wait_s=20.0, finish=None, address=None):
        self._address = address or Address(port=0)
        self.coordinator = Coordinator(terms)
        self.said = []
        self.error = None
        self.done = None
        self._door = Door(
            self.coordinator, TOKEN, finish or self.finish, wait_s, lambda *a: self.said.append(a)
        )
        self._ready = threading.Event()
        self.port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(30)

    def finish(self, led):
        total = led.total()
        n = led.n_items
        return Finished(Learnt(led.items, led.n_stayed, 0.0), np.eye(n, dtype=np.float32), total)

    def _run(self):
        try:
            self.done = serve(self._door, self._address, self._open)
        except SetteeError as error:
            self.error = error

    def _open(self, port):
        self.port = port
        self._ready.set()

    def route(self, token=TOKEN, wait_s=20.0):
        return Route(f"http://127.0.0.1:{self.port}", token, wait_s=wait_s)

    def ended(self):
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self


def count_of(place):
    return lambda plan: (np.full(len(plan.items) * 3 // 2 + 1, float(place)), 1.0)


def silos(led, n, **more):
    with ThreadPoolExecutor(n) as pool:
        parts = [
            pool.submit(take_part, Silo(f"s{place}"), led.route(), (), count_of(place), **more)
            for place in range(n)
        ]
        return [one.result() for one in parts]


def test_three_silos_go_through_all_steps_and_get_the_weights():
    led, said = Led(Terms(3, items=ITEMS)), []
    found = silos(led, 3, say=lambda *a: said.append(a[0]))
    assert led.ended().done.made.tolist() == [3.0] * 4
    for learnt, weights in found:
        assert (learnt.items, learnt.n_silos) == (ITEMS, 3)
        assert weights.tolist() == [[1, 0], [0, 1]]
    assert ("federate: hello", 0, 3) in led.said
    assert said.count("federate: opening") == 3


def test_a_silo_that_dies_after_the_key_exchange_is_left_out():
    led = Led(Terms(4, items=ITEMS), wait_s=2.0)

    def dies(_):
        raise RuntimeError("the lights went out")

    with ThreadPoolExecutor(4) as pool:
        parts = [
            pool.submit(
                take_part, Silo(f"s{place}"), led.route(), (), dies if place == 3 else count_of(1)
            )
            for place in range(4)
        ]
        for one in parts[:3]:
            assert one.result()[0].n_silos == 3
        with pytest.raises(RuntimeError):
            parts[3].result()
    assert led.ended().coordinator.survivors.left == ("s3",)
    assert led.done.made.tolist() == [3.0] * 4


def test_too_few_silos_end_it_and_everybody_is_told():
    led = Led(Terms(3, items=ITEMS), wait_s=0.5)
    with pytest.raises(FederationFailed, match="of 3 silos came s0, and 3 must"):
        take_part(Silo("s0"), led.route(), (), count_of(1))
    assert "of 3 silos came s0" in led.ended().error.message


def test_a_total_that_cannot_be_used_is_told_to_the_silos():
    def breaks(_):
        raise FederationFailed("the total is of no use.")

    led = Led(Terms(3, items=ITEMS), finish=breaks)
    with pytest.raises(FederationFailed, match="of no use"):
        silos(led, 3)
    assert led.ended().error.message == "the total is of no use."


def test_calls_without_token_ticket_or_sense_are_refused():
    led = Led(Terms(3, items=ITEMS), wait_s=0.6)
    hello = write_message(Silo("a").hello())
    with pytest.raises(StrangeSilo, match="token"):
        Caller(led.route(b"x" * 32), "a").put("/v1/hello", hello)
    caller = Caller(led.route(), "a")
    with pytest.raises(StrangeSilo, match="not the silo"):
        caller.get("/v1/plan")
    caller.use_ticket(b"no ticket")
    with pytest.raises(StrangeSilo):
        caller.get("/v1/plan")
    with pytest.raises(BadMessage, match="cannot be read"):
        caller.put("/v1/hello", b"[]")
    caller.use_ticket(
        msgspec.json.decode(caller.put("/v1/hello", hello), type=dict)["ticket"].encode()
    )
    with pytest.raises(StrangeSilo):
        caller.put("/v1/parcels", b"{}")
    led.coordinator._tickets["a"] = b"known" * 8
    caller.use_ticket(b"known" * 8)
    for method, path in (("GET", "/v1/secrets"), ("POST", "/v1/secrets"), ("PUT", "/v1/sum")):
        with pytest.raises(FederationFailed, match="nothing there"):
            caller._call(method, path, b"")
    with pytest.raises(WrongStep):
        caller.put("/v1/sum", b"")
    with pytest.raises(WrongStep):
        caller.put("/v1/parcels", b'{"sealed": {}}')
    with pytest.raises(WrongStep):
        caller.put("/v1/opening", b'{"seeds": {}, "keys": {}}')
    slow = Caller(led.route(wait_s=0.0), "a")
    slow.use_ticket(b"known" * 8)
    with pytest.raises(FederationFailed, match="within 0 s"):
        slow.get("/v1/plan")
    with pytest.raises(FederationFailed, match="hello"):
        caller.get("/v1/plan")
    led.ended()


def test_a_sum_of_another_size_is_refused_before_it_is_read():
    led = Led(Terms(3, items=ITEMS), wait_s=1.0)
    members = [Silo(name) for name in "abc"]
    for one in members:
        led.coordinator.hello(one.hello())
    for one in members:
        led.coordinator.put_parcels(one.name, one.shares(led.coordinator.plan))
    caller = Caller(led.route(), "a")
    caller.use_ticket(led.coordinator._tickets["a"])
    with pytest.raises(BadMessage, match="32 bytes, 8 for each cell"):
        caller.put("/v1/sum", bytes(8))
    led.ended()


def test_a_coordinator_that_cannot_be_reached_is_waited_for_and_named():
    led = Led(Terms(3, items=ITEMS), wait_s=0.2)
    led.ended()
    route = led.route(wait_s=0.3)
    with pytest.raises(FederationFailed, match="no coordinator answers"):
        take_part(Silo("a"), route, (), count_of(1))
    with pytest.raises(FederationFailed, match="is gone"):
        Caller(route, "a").get("/v1/plan")


def test_an_address_that_is_taken_is_an_error():
    led = Led(Terms(3, items=ITEMS), wait_s=1.0)
    door = Door(Coordinator(Terms(3, items=ITEMS)), TOKEN, led.finish, 1.0)
    with pytest.raises(FederationFailed, match="cannot listen there"):
        serve(door, Address(port=led.port))
    led.ended()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Files of a certificate for this machine that nobody vouches for but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "silos")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .add_extension(here, critical=False)
        .sign(key, SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "chain.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return str(folder / "chain.pem"), str(folder / "key.pem")


def test_with_a_certificate_the_federation_runs_over_tls(certificate):
    chain, key = certificate
    led = Led(Terms(3, items=ITEMS), address=Address("127.0.0.1", 0, chain, key))
    url = f"https://127.0.0.1:{led.port}"
    with pytest.raises(FederationFailed, match="CERTIFICATE_VERIFY_FAILED"):
        take_part(Silo("s9"), Route(url, TOKEN, wait_s=5.0), (), count_of(0))
    trusting = Route(url, TOKEN, authority=chain, wait_s=20.0)
    with ThreadPoolExecutor(3) as pool:
        parts = [pool.submit(take_part, Silo(f"s{n}"), trusting, (), count_of(n)) for n in range(3)]
        assert [one.result()[0].n_silos for one in parts] == [3, 3, 3]
    assert led.ended().done.made.tolist() == [3.0] * 4


def test_certificates_that_cannot_be_used_are_refused(certificate, tmp_path):
    _, key = certificate
    (tmp_path / "empty.pem").write_text("")
    for broken in (str(tmp_path / "empty.pem"), str(tmp_path / "missing.pem")):
        door = Door(Coordinator(Terms(3, items=ITEMS)), TOKEN, lambda _: None, 1.0)
        with pytest.raises(BadTerms, match="cannot be used"):
            serve(door, Address("127.0.0.1", 0, broken, key))
        with pytest.raises(BadTerms, match="no certificates to trust"):
            Route("https://127.0.0.1:1", TOKEN, authority=broken).connection()


def test_nothing_is_spoken_in_the_clear_beyond_this_machine():
    with pytest.raises(BadTerms, match="in the clear"):
        Address("0.0.0.0")  # noqa: S104 -- that it is refused is the test
    assert Address("10.0.0.1", certificate="chain.pem", key="key.pem").port == 8322
    for url in ("http://example.org:80", "ftp://127.0.0.1", "127.0.0.1:8322", "https://"):
        with pytest.raises(BadTerms, match="not the address of a coordinator"):
            Route(url, TOKEN)
    assert Route("https://example.org", TOKEN).connection().host == "example.org"


def test_who_answers_is_a_coordinator_and_speaks_sense(monkeypatch):
    led = Led(Terms(3, items=ITEMS))
    caller = Caller(led.route(), "a")

    class Gone:
        def __init__(self, *_):
            pass

        def request(self, *_):
            raise TimeoutError("too slow")

        def close(self):
            pass

    with monkeypatch.context() as patched:
        patched.setattr(Route, "connection", lambda _: Gone())
        with pytest.raises(FederationFailed, match="TimeoutError too slow"):
            caller.get("/v1/plan")
    short = Finished(Learnt(ITEMS, 3, 0.0), np.zeros((1, 1), np.float32), None)
    led._door.finish = lambda _: short
    with pytest.raises(BadMessage, match="4 bytes came as the weights of 2 items"):
        silos(led, 3)
    led.ended()


def test_a_silo_that_refuses_the_plan_sends_nothing():
    led = Led(Terms(3, items=ITEMS), wait_s=1.0)
    with ThreadPoolExecutor(3) as pool:
        parts = [
            pool.submit(
                take_part, Silo(f"s{n}", b"one" if n else b"two"), led.route(), (), count_of(1)
            )
            for n in range(3)
        ]
        for one in parts:
            with pytest.raises((SiloRefuses, FederationFailed)):
                one.result()
    assert "parcels" in led.ended().error.message
