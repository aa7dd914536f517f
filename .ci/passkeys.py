"""Lets python-fido2 and @simplewebauthn/server judge the same answers of passkeys as ours.

The wrong answers are made by an authenticator that is written here, with `cryptography`: what is wrong is signed. Each is
otherwise as right as the one that everybody accepts. Where a foreign server says something else than ours, DIFFERENCES
says why; a difference that is not listed fails, and so does a listed one that is none.
"""

import base64
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from types import SimpleNamespace

import soft_webauthn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from fido2 import cbor, cose
from fido2.server import Fido2Server
from fido2.webauthn import AttestedCredentialData

PROGRAM, MODULES = sys.argv[1:]
RP_ID = "example.org"
ORIGINS = ["https://app.example.org", "https://example.org"]
ALGORITHMS = [-8, -7, -257]
ADA = {"email": "ada@example.org", "password": "correct horse battery", "display_name": "Ada"}
EVE = ADA | {"email": "eve@example.org"}

UP, UV, BE, BS, AT, ED = 1, 4, 8, 16, 64, 128
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Device:
    """An authenticator whose answers can be changed before they are signed (`change`) and afterwards (`after`)."""

    def __init__(self, algorithm, id_length=32):
        self.id, self.count, self.algorithm = os.urandom(id_length), 0, algorithm
        if algorithm == "RS256":
            self.key = rsa.generate_private_key(65537, 2048)
            self.cose = cose.RS256.from_cryptography_key(self.key.public_key())
        elif algorithm == "EdDSA":
            self.key = ed25519.Ed25519PrivateKey.generate()
            self.cose = cose.EdDSA.from_cryptography_key(self.key.public_key())
        else:
            self.key = ec.generate_private_key(ec.SECP256R1())
            self.cose = cose.ES256.from_cryptography_key(self.key.public_key())

    def sign(self, message):
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(message, ec.ECDSA(hashes.SHA256()))
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(message)

    def parts(self, kind, options, flags, count):
        client = {"type": kind, "challenge": options["challenge"], "origin": ORIGINS[0], "crossOrigin": False}
        return SimpleNamespace(client=client, rp_id=RP_ID, flags=flags, count=count, id=self.id, cose=dict(self.cose),
            more=b"", fmt="none", statement={}, device=self, text=None, object=None, attested=None)

    @staticmethod
    def written(parts):
        client = (parts.text or (lambda text: text))(json.dumps(parts.client)).encode()
        data = hashlib.sha256(parts.rp_id.encode()).digest() + bytes([parts.flags]) + parts.count.to_bytes(4, "big")
        if parts.flags & AT:
            key = parts.cose if isinstance(parts.cose, bytes) else cbor.encode(parts.cose)
            data += parts.attested or bytes(16) + len(parts.id).to_bytes(2, "big") + parts.id + key
        return client, data + parts.more

    def create(self, options, change=None, after=None):
        self.handle = options["user"]["id"]
        parts = self.parts("webauthn.create", options, UP | UV | AT, 0)
        if change:
            change(parts)
        client, data = self.written(parts)
        made = cbor.encode({"fmt": parts.fmt, "attStmt": parts.statement, "authData": data})
        made = (parts.object or (lambda made: made))(made)
        response = {"clientDataJSON": b64(client), "attestationObject": b64(made), "transports": ["internal"]}
        return self.answer(response, after)

    def get(self, options, change=None, after=None):
        parts = self.parts("webauthn.get", options, UP | UV, self.count + 1)
        if change:
            change(parts)
        client, data = self.written(parts)
        signature = self.sign(data + hashlib.sha256(client).digest())
        self.shown = parts.count
        response = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature),
            "userHandle": self.handle}
        return self.answer(response, after)

    def answer(self, response, after):
        answer = {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "clientExtensionResults": {},
            "authenticatorAttachment": "platform", "response": response}
        if after:
            after(answer, self)
        return answer


def client(**members):
    return lambda parts: parts.client.update(members)


def without(member):
    return lambda parts: parts.client.pop(member)


def flags(on=0, off=0):
    def change(parts):
        parts.flags = parts.flags & ~off | on
    return change


def part(**values):
    return lambda parts: vars(parts).update(values)


def both(*changes):
    return lambda parts: [change(parts) for change in changes]


def member(path, change):
    """Changes a text of an answer."""
    def after(answer, _):
        *parents, name = path
        for parent in parents:
            answer = answer[parent]
        answer[name] = change(answer[name])
    return after


def signature(change):
    return member(("response", "signature"), lambda text: b64(change(unb64(text))))


def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def twin(der):
    r, s = decode_dss_signature(der)
    return encode_dss_signature(r, P256_ORDER - s)


def long_form(der):
    return bytes([0x30, 0x81]) + der[1:]


def leading_zeros(der):
    length = der[3]
    return bytes([0x30, der[1] + 1, 2, length + 1, 0]) + der[4:]


# What both ceremonies can get wrong.
CLIENT = {
    "PK-02 type of the other ceremony": client(type="webauthn.other"),
    "PK-02 no type": without("type"),
    "PK-02 another challenge": client(challenge=b64(bytes(56))),
    "PK-02 no challenge": without("challenge"),
    "PK-03 another origin": client(origin="https://evil.example"),
    "PK-03 a sub-domain": client(origin="https://www.example.org"),
    "PK-03 another port": client(origin="https://example.org:8443"),
    "PK-03 http": client(origin="http://example.org"),
    "PK-03 null": client(origin="null"),
    "PK-03 a path": client(origin="https://example.org/"),
    "PK-03 capitals": client(origin="https://EXAMPLE.org"),
    "PK-03 in a frame of another origin": client(crossOrigin=True),
    "PK-03 in a frame of a named origin": client(crossOrigin=True, topOrigin="https://evil.example"),
    "PK-03 a top origin without a frame": client(topOrigin="https://example.org"),
    "PK-03 the origin twice": part(text=lambda text: text[:-1] + f', "origin": "{ORIGINS[0]}"}}'),
    "PK-04 another relying party": part(rp_id="evil.example"),
    "PK-04 the host in place of the domain": part(rp_id="app.example.org"),
    "PK-05 nobody touched it": flags(off=UP),
    "PK-05 nobody was verified": flags(off=UV),
    "PK-05 backed up but not eligible": flags(on=BS),
    "PK-05 bytes at the end": part(more=b"\0"),
}
REGISTRATIONS = {name: (change, None) for name, change in CLIENT.items()} | {
    "right": (None, None),
    "right, from the other origin": (client(origin=ORIGINS[1]), None),
    "right, synchronized": (flags(on=BE | BS), None),
    "right, with a member that nobody knows": (client(extra=[1]), None),
    "right, with extensions": (both(flags(on=ED), part(more=cbor.encode({"credProtect": 2}))), None),
    "right, with the longest id": (None, None),
    "an id that is too long": (None, None),
    "PK-08 an algorithm that was not offered": (lambda parts: parts.cose.update({3: -35}), None),
    "PK-08 an algorithm of another type of key": (lambda parts: parts.cose.update({3: -257 if parts.cose[3] != -257 else -7}), None),
    "PK-08 a parameter too many": (lambda parts: parts.cose.update({4: [2]}), None),
    "PK-08 no key": (part(cose=b""), None),
    "no credential": (flags(off=AT), None),
    "an attestation that is not verified": (part(fmt="packed", statement={"alg": -7, "sig": bytes(70)}), None),
    "PK-07 an id that is not that of the key": (part(id=os.urandom(32)), None),
    "bytes behind the object": (part(object=lambda made: made + b"\0"), None),
    "a name twice in the object": (part(object=lambda made: bytes([made[0] + 1]) + made[1:] + b"\x63fmt\x64none"), None),
    "an object of unstated length": (part(object=lambda made: b"\xbf" + made[1:] + b"\xff"), None),
    "PK-16 padding": (None, lambda answer, _: [answer.update({name: answer[name] + "="}) for name in ("id", "rawId")]),
    "PK-16 two ids": (None, member(("rawId",), lambda _: b64(os.urandom(32)))),
    "another type of credential": (None, member(("type",), lambda _: "password")),
    "PK-09 registered already": (None, None),
    "PK-01 a challenge that was used": (None, None),
}
ASSERTIONS = {name: (change, None) for name, change in CLIENT.items()} | {
    "right": (None, None),
    "right, from the other origin": (client(origin=ORIGINS[1]), None),
    "right, with a member that nobody knows": (client(extra=[1]), None),
    "right, with extensions": (both(flags(on=ED), part(more=cbor.encode({"x": 1}))), None),
    "PK-02 an answer to a registration": (client(type="webauthn.create"), None),
    "PK-05 eligible for backups all at once": (flags(on=BE), None),
    "PK-10 the counter stands still": (lambda parts: vars(parts).update(count=parts.count - 1), None),
    "PK-10 the counter is lower": (lambda parts: vars(parts).update(count=parts.count - 2), None),
    "PK-10 the counter is zero": (part(count=0), None),
    "a credential beside the signature": (flags(on=AT), None),
    "another signature": (None, signature(flipped)),
    "an empty signature": (None, signature(lambda _: b"")),
    "the signature of another key": (None, lambda answer, device: answer["response"].update(signature=b64(Device(device.algorithm).sign(b"")))),
    "data changed after the signature": (None, member(("response", "authenticatorData"), lambda text: b64(flipped(unb64(text))))),
    "client data changed after the signature": (None, member(("response", "clientDataJSON"), lambda text: b64(unb64(text) + b" "))),
    "PK-07 another user handle": (None, member(("response", "userHandle"), lambda _: b64(os.urandom(64)))),
    "PK-07 no user handle": (None, lambda answer, _: answer["response"].pop("userHandle")),
    "PK-07 the credential of somebody else": (None, lambda answer, device: answer.update(id=device.foreign, rawId=device.foreign)),
    "PK-07 a credential that nobody has": (None, lambda answer, _: answer.update(id=b64(bytes(32)), rawId=b64(bytes(32)))),
    "PK-16 padding": (None, lambda answer, _: [answer.update({name: answer[name] + "="}) for name in ("id", "rawId")]),
    "PK-16 two ids": (None, member(("rawId",), lambda _: b64(os.urandom(32)))),
    "another type of credential": (None, member(("type",), lambda _: "password")),
    "PK-01 a challenge that was used": (None, None),
}
OF_ECDSA = {
    "PK-22 the twin of a signature": (None, signature(twin)),
    "PK-22 bytes behind the signature": (None, signature(lambda der: der + b"\0")),
    "PK-22 a length in more bytes than it needs": (None, signature(long_form)),
    "PK-22 zeros before a number": (None, signature(leading_zeros)),
}

FIDO2, NPM = "fido2", "simplewebauthn"
R, A = "registration", "assertion"
STATE = "it keeps no state: whoever calls it does, and says what is known or was used"
# Where a foreign server says something else than ours, and why.
REASONS = [
    ([A, R], [FIDO2, NPM], "PK-01 a challenge that was used", STATE),
    ([R], [FIDO2, NPM], "PK-09 registered already", STATE),
    ([A], [NPM], "PK-07 a credential that nobody has", "it is given the one credential, and does not compare its id"),
    ([A, R], [FIDO2], "PK-03 in a frame of a named origin", "it does not look at `crossOrigin` and `topOrigin`"),
    ([A, R], [FIDO2], "PK-03 a top origin without a frame", "it does not look at `topOrigin`"),
    ([A, R], [FIDO2, NPM], "PK-03 in a frame of another origin", "neither looks at `crossOrigin` alone"),
    ([R], [NPM], "PK-03 in a frame of a named origin", "it looks at `topOrigin` in assertions only"),
    ([R], [NPM], "PK-03 a top origin without a frame", "it looks at `topOrigin` in assertions only"),
    ([A, R], [FIDO2, NPM], "PK-03 the origin twice", "Python and JavaScript take the last one of two members in JSON"),
    ([A, R], [FIDO2], "PK-05 backed up but not eligible", "it does not compare these flags"),
    ([A], [FIDO2, NPM], "PK-05 eligible for backups all at once", "neither keeps it, so neither compares it (§7.2)"),
    ([A], [FIDO2, NPM], "PK-07 another user handle", "both leave it to whoever calls them"),
    ([A], [FIDO2, NPM], "PK-07 no user handle", "both leave it to whoever calls them"),
    ([R], [FIDO2, NPM], "PK-07 an id that is not that of the key", "both go on with the id in the authenticator data"),
    ([R], [FIDO2], "PK-08 an algorithm that was not offered", "it takes every algorithm that it knows"),
    ([R], [FIDO2, NPM], "PK-08 an algorithm of another type of key", "both read the key when it is used"),
    ([R], [FIDO2, NPM], "PK-08 a parameter too many", "both ignore it"),
    ([A], [FIDO2], "PK-10 the counter stands still", STATE),
    ([A], [FIDO2], "PK-10 the counter is lower", STATE),
    ([A], [FIDO2], "PK-10 the counter is zero", STATE),
    ([A, R], [FIDO2, NPM], "PK-16 padding", "both decode base64url with and without padding"),
    ([A], [NPM], "PK-22 a length in more bytes than it needs", "it reads BER"),
    ([A], [NPM], "PK-22 bytes behind the signature", "it reads BER"),
    ([R], [FIDO2, NPM], "an id that is too long", "neither has the bound of §7.1"),
    ([A], [FIDO2, NPM], "a credential beside the signature", "neither refuses attested data in an assertion"),
    ([A, R], [FIDO2], "another type of credential", "it does not compare the type"),
    ([R], [FIDO2], "a name twice in the object", "its CBOR takes the last one"),
    ([R], [NPM], "bytes behind the object", "its CBOR ignores them"),
    # The one that ours is the only one to accept together with python-fido2.
    ([R], [NPM], "an attestation that is not verified", "ours skips it, whatever its format: the policy is `none` (§7.1)"),
]
DIFFERENCES = {(what, name, server) for whats, servers, name, _ in REASONS for what in whats for server in servers}


class Foreign:
    """Foreign servers. A verdict is None, or why an answer is refused."""

    def __init__(self, stack):
        command = ["node", ".ci/passkeys.mjs", MODULES]
        self.node = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        )
        stack.callback(self.node.stdin.close)
        rp = {"id": RP_ID, "name": "Example Shop"}
        self.server = Fido2Server(rp, attestation="none", verify_origin=lambda origin: origin in ORIGINS)

    def judge(self, challenge, answer, stored=None, passkeys=()):
        return {"fido2": self.fido2(challenge, answer, stored, passkeys), "simplewebauthn": self.npm(challenge, answer, stored)}

    def fido2(self, challenge, answer, stored, passkeys):
        state = {"challenge": challenge, "user_verification": "required"}
        try:
            if stored:
                self.server.authenticate_complete(state, passkeys, answer)
            else:
                self.server.register_complete(state, answer)
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    def npm(self, challenge, answer, stored):
        case = {"response": answer, "challenge": challenge, "origins": ORIGINS, "rpId": RP_ID, "algorithms": ALGORITHMS}
        print(json.dumps(case | {"stored": stored}), file=self.node.stdin)
        return json.loads(self.node.stdout.readline())


class Ours:
    """Our server, over HTTP."""

    def __init__(self, stack):
        server = stack.enter_context(subprocess.Popen([PROGRAM], stdout=subprocess.PIPE, text=True))
        stack.callback(server.terminate)
        self.address = server.stdout.readline().strip()

    def call(self, method, path, body=None, token=None):
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/auth{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def sign_up(self, account):
        status, answer = self.call("POST", "/register", account)
        assert status == 201, answer
        return answer["access_token"]

    def creation(self, token):
        status, options = self.call("POST", "/factors/passkeys/options", {}, token)
        assert status == 200, options
        return options

    def request(self):
        return self.call("POST", "/sign-in/passkey/options", {})[1]

    def register(self, token, answer):
        """Returns the id of the passkey, or None if it is refused."""
        status, said = self.call("POST", "/factors/passkeys", {"credential": answer, "name": "Phone"}, token)
        assert status in (201, 409, 422), (status, said)
        return said["id"] if status == 201 else None

    def sign_in(self, answer):
        status, said = self.call("POST", "/sign-in/passkey", {"credential": answer})
        assert (status, said.get("code")) in [(200, None), (401, "invalid_passkey"), (401, "unknown_passkey"), (422, "invalid_fields")], (status, said)
        return status == 200


class Comparison:
    def __init__(self):
        self.differences, self.judged = set(), 0

    def add(self, ceremony, name, ours, foreign):
        self.judged += 1
        assert not name.startswith("right") or ours, f"{ceremony}: {name}: refused"
        for server, refused in foreign.items():
            if ours != (refused is None):
                self.differences.add((ceremony, name, server))
                if (ceremony, name, server) not in DIFFERENCES:
                    print(f"{ceremony}: {name}: ours {'accepts' if ours else 'refuses'} it, {server}: {refused}")

    def end(self):
        gone = set(DIFFERENCES) - self.differences
        for difference in gone:
            print(f"no difference any longer: {difference}")
        if gone or self.differences - set(DIFFERENCES):
            sys.exit(1)


def registrations(ours, foreign, token, algorithm, comparison):
    for name, (change, after) in REGISTRATIONS.items():
        length = {"right, with the longest id": 1023, "an id that is too long": 1024}.get(name, 32)
        device, options = Device(algorithm, length), ours.creation(token)
        answer = device.create(options, change, after)
        if name.startswith("PK-09"):
            ours.register(token, answer)
            options = ours.creation(token)
            answer = device.create(options)
        if name.startswith("PK-01"):
            ours.register(token, device.create(options, client(type="webauthn.other")))
        passkey = ours.register(token, answer)
        comparison.add("registration", name, passkey is not None, foreign.judge(options["challenge"], answer))
        for passkey in ours.call("GET", "/factors/passkeys", token=token)[1]:
            ours.call("DELETE", f"/factors/passkeys/{passkey['id']}", token=token)


def assertions(ours, foreign, token, eve, algorithm, comparison):
    device, other = Device(algorithm), Device(algorithm)
    for who, whose in [(device, token), (other, eve)]:
        assert ours.register(whose, who.create(ours.creation(whose)))
    device.foreign = b64(other.id)
    passkeys = [AttestedCredentialData.create(bytes(16), one.id, one.cose) for one in (device, other)]
    for name, (change, after) in (ASSERTIONS | (OF_ECDSA if algorithm == "ES256" else {})).items():
        options = ours.request()
        # So that its counter can be lower and not zero.
        while device.count < 2:
            assert ours.sign_in(device.get(ours.request()))
            device.count = device.shown
        answer = device.get(options, change, after)
        if name.startswith("PK-01"):
            ours.sign_in(device.get(options, client(type="webauthn.other")))
        whose = other if answer["id"] == b64(other.id) else device
        stored = {"id": b64(whose.id), "publicKey": b64(cbor.encode(whose.cose)), "counter": whose.count}
        accepted = ours.sign_in(answer)
        comparison.add("assertion", name, accepted, foreign.judge(options["challenge"], answer, stored, passkeys))
        if accepted:
            device.count = device.shown


def our_authenticator(ours, foreign, token, comparison):
    """What our own authenticator for tests answers is right for everybody, and wrong in the same ways."""
    command = [PROGRAM, "device"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as device:
        def ask(**options):
            print(json.dumps(options), file=device.stdin)
            return json.loads(device.stdout.readline())

        options = ours.creation(token)
        made = ask(create=options)
        comparison.add("registration", "right, of ours", bool(ours.register(token, made)), foreign.judge(options["challenge"], made))
        registered = foreign.server.register_complete({"challenge": options["challenge"], "user_verification": "required"}, made)
        passkey = registered.credential_data
        stored = {"id": made["id"], "publicKey": b64(cbor.encode(passkey.public_key)), "counter": 0}
        names = [name for name, (change, after) in ASSERTIONS.items() if after and "somebody else" not in name and "another key" not in name]
        for name in ["right", *names]:
            options = ours.request()
            answer = ask(get=options)
            if name != "right":
                ASSERTIONS[name][1](answer, None)
            accepted = ours.sign_in(answer)
            comparison.add("assertion", name, accepted, foreign.judge(options["challenge"], answer, stored, [passkey]))
        device.stdin.close()


def foreign_authenticator(ours, token):
    """soft-webauthn does not verify its user, which ours refuses; with that bit set, it enrols and signs in."""
    device = soft_webauthn.SoftWebauthnDevice()

    def create(verified):
        options = ours.creation(token)
        asked = {**options, "challenge": unb64(options["challenge"]), "attestation": "none",
            "user": options["user"] | {"id": unb64(options["user"]["id"])}}
        made = device.create({"publicKey": asked}, ORIGINS[0])
        written = cbor.decode(made["response"]["attestationObject"])
        data = bytearray(written["authData"])
        data[32] |= UV if verified else 0
        response = {"clientDataJSON": b64(made["response"]["clientDataJSON"]),
            "attestationObject": b64(cbor.encode(written | {"authData": bytes(data)}))}
        return {"id": b64(made["rawId"]), "rawId": b64(made["rawId"]), "type": made["type"], "response": response}

    def get(verified):
        options = ours.request()
        made = device.get({"publicKey": options | {"challenge": unb64(options["challenge"])}}, ORIGINS[0])
        response = made["response"]
        if verified:
            data = bytearray(response["authenticatorData"])
            data[32] |= UV
            message = bytes(data) + hashlib.sha256(response["clientDataJSON"]).digest()
            signed = device.private_key.sign(message, ec.ECDSA(hashes.SHA256()))
            response |= {"authenticatorData": bytes(data), "signature": signed}
        return {"id": b64(made["rawId"]), "rawId": b64(made["rawId"]), "type": made["type"],
            "response": {name: b64(value) for name, value in response.items()}}

    assert not ours.register(token, create(False)), "a registration without user verification"
    assert ours.register(token, create(True))
    assert not ours.sign_in(get(False)), "an assertion without user verification"
    assert ours.sign_in(get(True))


def main():
    with contextlib.ExitStack() as stack:
        ours, foreign, comparison = Ours(stack), Foreign(stack), Comparison()
        ada, eve = ours.sign_up(ADA), ours.sign_up(EVE)
        for algorithm in ["ES256", "RS256", "EdDSA"]:
            registrations(ours, foreign, ada, algorithm, comparison)
            assertions(ours, foreign, ada, eve, algorithm, comparison)
        our_authenticator(ours, foreign, ada, comparison)
        foreign_authenticator(ours, ada)
        comparison.end()
        print(f"{comparison.judged} answers of passkeys: three servers agree, but for {len(DIFFERENCES)} listed differences")


main()
