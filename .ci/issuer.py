"""Has tokens of oidc-provider judged by an API of ours."""

import base64
import concurrent.futures
import hashlib
import http.cookiejar
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

resource_server, modules = (os.path.abspath(path) for path in sys.argv[1:3])
API = "https://api.example.org"
OPAQUE = "https://opaque.example.org"
CALLBACK = "http://127.0.0.1:1/callback"
SECRETS = {
    "machine": "a secret of sixty-four characters is long enough for anybody here",
    "web-for-the-api": "another secret of sixty-four characters, also long enough for it",
}
shutil.copy(".ci/issuer.mjs", modules)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def private_jwk(key, kid):
    kind = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
    return {**json.loads(kind.to_jwk(key)), "kid": kid, "use": "sig"}


def new_keys(name):
    p256, rsa2048 = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    return {"keys": [private_jwk(p256, name), private_jwk(rsa2048, f"{name}-rsa")]}


def wait_for(url, process):
    for _ in range(400):
        try:
            urllib.request.urlopen(url, timeout=10).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            assert process.poll() is None, f"{url}: it ended"
            time.sleep(0.05)
    raise SystemExit(f"{url} does not answer")


class Provider:
    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self, keys):
        environment = {**os.environ, "PORT": str(self.port), "JWKS": json.dumps(keys), "CALLBACK": CALLBACK}
        self.process = subprocess.Popen(["node", "issuer.mjs"], cwd=modules, env=environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(f"{self.url}/counted", self.process)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def counted(self):
        with urllib.request.urlopen(f"{self.url}/counted", timeout=10) as answer:
            return json.load(answer)

    def token_of_a_machine(self, client, resource):
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": SECRETS[client],
                "resource": resource, "scope": "orders"}
        return self.ask_for_tokens(form)["access_token"]

    def ask_for_tokens(self, form):
        with urllib.request.urlopen(f"{self.url}/token", urllib.parse.urlencode(form).encode(), timeout=10) as answer:
            return json.load(answer)

    def says_of(self, token):
        """What it answers when it is asked about a token (RFC 7662)."""
        form = {"token": token, "client_id": "machine", "client_secret": SECRETS["machine"]}
        url = f"{self.url}/token/introspection"
        with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode(), timeout=10) as answer:
            return json.load(answer)

    def tokens_of_a_person(self, name, resource, **more):
        """What somebody gets who signs in with a browser: the access token, the ID token, and what else is asked for."""
        browser = Browser()
        verifier = base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {"client_id": "web", "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid orders",
                 "resource": resource, "code_challenge": challenge, "code_challenge_method": "S256", "nonce": "n-1", **more}
        page = browser.get(f"{self.url}/auth?{urllib.parse.urlencode(query)}")
        for _ in range(3):
            if page.startswith(CALLBACK):
                break
            form = {name: value for name, value in re.findall(r'name="(\w+)" value="(\w+)"', page)}
            if form.get("prompt") == "login":
                form.update(login=name, password="any")
            page = browser.get(re.search(r'action="([^"]+)"', page)[1], form)
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(page).query)["code"][0]
        return self.ask_for_tokens({"grant_type": "authorization_code", "client_id": "web", "code": code,
                                    "redirect_uri": CALLBACK, "code_verifier": verifier, "resource": resource})


class Browser:
    """Follows redirects, but not to the application, whose address it returns instead of a page."""

    def __init__(self):
        class Redirects(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, request, file, code, message, headers, to):
                if to.startswith(CALLBACK):
                    raise Arrived(to)
                return super().redirect_request(request, file, code, message, headers, to)

        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies, Redirects())

    def get(self, url, form=None):
        data = None if form is None else urllib.parse.urlencode(form).encode()
        try:
            with self.opener.open(url, data, timeout=10) as answer:
                return answer.read().decode()
        except Arrived as arrived:
            return str(arrived)


class Arrived(Exception):
    pass


class Api:
    def __init__(self, **settings):
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.process = subprocess.Popen([resource_server], env={**os.environ, "PORT": str(port), **settings},
                                        stdout=subprocess.DEVNULL)
        wait_for(f"{self.url}/me", self.process)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def judge(self, token, path="/me"):
        """The status, the headers and the body."""
        request = urllib.request.Request(f"{self.url}{path}", headers={"authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def status(self, token, path="/me"):
        return self.judge(token, path)[0]

    def forward(self, seconds):
        urllib.request.urlopen(f"{self.url}/forward/{seconds}", b"", timeout=10).close()


def what_is_for_us(provider, api):
    person = provider.tokens_of_a_person("ada", API)
    assert jwt.get_unverified_header(person["access_token"])["typ"] == "at+jwt"
    status, _, body = api.judge(person["access_token"])
    assert status == 200 and body.startswith("ada ") and "clerk" in body, (status, body)
    assert api.status(person["access_token"], "/orders") == 200
    machine = provider.token_of_a_machine("machine", API)
    assert api.status(machine) == 200
    assert api.status(machine, "/orders") == 403, "a machine is a member"
    claims = jwt.decode(person["id_token"], options={"verify_signature": False})
    assert claims["sub"] == "ada" and claims["role"] == "clerk", "the ID token says the same"
    status, headers, _ = api.judge(person["id_token"])
    assert status == 401 and "invalid_token" in headers["www-authenticate"], "an ID token is refused"
    # The same with the audience of the API: a client that is called like it.
    elsewhere = provider.token_of_a_machine("web-for-the-api", "https://elsewhere.example.org")
    assert api.status(elsewhere) == 401, "a token for another API is refused"
    print("  for us: a person 200, a machine 200 and 403 by its role; ID token and another audience 401")
    return person["access_token"], machine


def rotation_without_warning(provider, api, before):
    provider.stop()
    keys = new_keys("second")
    provider.start(keys)
    token = provider.token_of_a_machine("machine", API)
    assert jwt.get_unverified_header(token)["kid"] == "second"
    api.forward(60)
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        statuses = list(pool.map(lambda _: api.status(token), range(256)))
    assert statuses == [200] * 256, statuses
    assert provider.counted()["keys"] == 1, provider.counted()
    # Known keys are those of now: what the issuer has withdrawn is refused, beyond what was judged before.
    forged = jwt.encode(jwt.decode(before, options={"verify_signature": False}) | {"jti": str(uuid.uuid4())},
                        ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": "first", "typ": "at+jwt"})
    assert api.status(forged) == 401
    print("  new keys without warning: 256 requests at once, 256 × 200, the keys were asked for once")
    return token


def storm(provider, api, token):
    stranger = ec.generate_private_key(ec.SECP256R1())
    claims = jwt.decode(token, options={"verify_signature": False})

    def unknown(_):
        headers = {"kid": str(uuid.uuid4()), "typ": "at+jwt"}
        return api.status(jwt.encode(claims, stranger, "ES256", headers=headers))

    before = provider.counted()["keys"]
    api.forward(61)
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        storming = [pool.submit(unknown, number) for number in range(1000)]
        known = [pool.submit(api.status, token) for _ in range(200)]
        assert {one.result() for one in storming} == {401}
        assert {one.result() for one in known} == {200}
    asked = provider.counted()["keys"] - before
    assert asked <= 1, asked
    print(f"  1,000 tokens with unknown keys: 401 each, {asked} request for keys; known ones 200 meanwhile")


def down(provider, api, keys):
    token = provider.token_of_a_machine("machine", API)
    others = [provider.token_of_a_machine("machine", API) for _ in range(23)]
    provider.stop()
    stranger = ec.generate_private_key(ec.SECP256R1())
    claims = jwt.decode(token, options={"verify_signature": False})
    for hour, other in enumerate(others, 1):
        api.forward(3600)
        assert api.status(other) == 200, f"hour {hour}"
        unknown = jwt.encode(claims, stranger, "ES256", headers={"kid": f"of-hour-{hour}", "typ": "at+jwt"})
        status, headers, _ = api.judge(unknown)
        assert status == 503 and int(headers["retry-after"]) > 0, (hour, status)
    provider.start(keys)
    api.forward(61)
    assert api.status(provider.token_of_a_machine("machine", API)) == 200
    print("  down for 23 hours: tokens of known keys 200 each hour, unknown keys 503 with Retry-After; then well again")


def refresh_tokens(provider):
    """An API that names clients instead of an audience: a refresh token has the same client as an access token."""
    api = Api(INTROSPECTION=f"{provider.url}/token/introspection", CLIENT="machine", CLIENT_SECRET=SECRETS["machine"],
              CLIENT_ONLY="web")
    try:
        tokens = provider.tokens_of_a_person("grace", OPAQUE, scope="openid orders offline_access", prompt="consent")
        assert api.status(tokens["access_token"]) == 200
        said = provider.says_of(tokens["refresh_token"])
        assert said["active"] and said["client_id"] == "web" and "token_type" not in said, said
        assert api.status(tokens["refresh_token"]) == 401, "a refresh token"
        assert api.status(provider.token_of_a_machine("machine", OPAQUE)) == 401, "of another client"
        print("  clients named instead of an audience: an access token 200; a refresh token and another client 401")
    finally:
        api.stop()


def tokens_only_it_can_read(provider):
    api = Api(INTROSPECTION=f"{provider.url}/token/introspection", CLIENT="machine", CLIENT_SECRET=SECRETS["machine"],
              AUDIENCE=OPAQUE)
    try:
        token = provider.tokens_of_a_person("grace", OPAQUE)["access_token"]
        assert "." not in token, token
        before = provider.counted()["introspection"]
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            assert set(pool.map(lambda _: api.status(token, "/orders"), range(64))) == {200}
        assert provider.counted()["introspection"] - before == 1, provider.counted()
        assert api.judge(token)[2].startswith("grace ")
        elsewhere = provider.token_of_a_machine("machine", "https://opaque.example.org/other")
        assert api.status(elsewhere) == 401, "for another audience"
        assert api.status("no-such-token") == 401
        # The provider answers 400, because it does not introspect tokens that can be read.
        assert api.status(provider.token_of_a_machine("machine", API)) == 401, "a signed token"
        provider.stop()
        status, headers, _ = api.judge("another-token")
        assert status == 503 and "retry-after" in headers, status
        print("  tokens that only it can read: 64 requests at once, asked once; another audience 401; down 503")
    finally:
        api.stop()


provider = Provider()
try:
    keys = new_keys("first")
    provider.start(keys)
    api = Api(ISSUER=provider.url, AUDIENCE=API)
    try:
        _, machine = what_is_for_us(provider, api)
        token = rotation_without_warning(provider, api, machine)
        storm(provider, api, token)
        keys = new_keys("third")
        provider.stop()
        provider.start(keys)
        api.forward(61)
        assert api.status(provider.token_of_a_machine("machine", API)) == 200
        down(provider, api, keys)
    finally:
        api.stop()
    # At start: the API is there before its issuer.
    provider.stop()
    api = Api(ISSUER=provider.url, AUDIENCE=API)
    try:
        assert api.status(token) == 503
        provider.start(keys)
        api.forward(61)
        assert api.status(provider.token_of_a_machine("machine", API)) == 200
        print("  not there at start: 503, and well when it comes")
    finally:
        api.stop()
    refresh_tokens(provider)
    tokens_only_it_can_read(provider)
finally:
    provider.stop()
