"""Has tokens of examples/issuer verified by the programs of the guide, and tokens of every algorithm by PyJWT."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import jwt

issuer_program, resource_server, signed_tokens, modules = (os.path.abspath(path) for path in sys.argv[1:5])
AUDIENCE = "https://api.example.org"
GUIDE = "auth/src/docs/other_services.md"


def programs():
    """The programs of the guide: name, file ending, text, command."""
    with open(GUIDE, encoding="utf-8") as file:
        text = file.read()
    found = []
    for title, kind, program in re.findall(r"^(\w+), with \[([^\]]+)\][^\n]*\n\n```\w+\n(.*?)```", text, re.M | re.S):
        ending, command = {"Node": ("mjs", ["node"]), "Python": ("py", [sys.executable]), "Ruby": ("rb", ["ruby"])}[title]
        found.append((kind, ending, program, command))
    assert [name for name, *_ in found] == ["jose", "PyJWT", "joserfc", "ruby-jwt"], found
    return found


def can_run(name, command):
    if shutil.which(command[0]) is None:
        return False
    return name != "ruby-jwt" or subprocess.run(["ruby", "-e", "require 'jwt'"], capture_output=True).returncode == 0


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def ask(url, body=None, token=None):
    headers = {"content-type": "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
        return json.load(answer)


def start(directory):
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "PORT": str(port), "BASE_URL": base, "DATABASE_URL": "sqlite:issuer.db?mode=rwc"}
    environment.pop("JWT_SECRET_KEY", None)
    server = subprocess.Popen([issuer_program], cwd=directory, env=environment, stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            ask(f"{base}/.well-known/jwks.json")
            return server, base, environment
        except OSError:
            assert server.poll() is None, "the issuer ended"
            time.sleep(0.05)
    raise SystemExit("the issuer does not answer")


def start_resource_server(issuer):
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "ISSUER": issuer, "AUDIENCE": AUDIENCE}
    server = subprocess.Popen([resource_server], env=environment, stdout=subprocess.DEVNULL)
    return server, f"http://127.0.0.1:{port}"


def status(url, token):
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


def auth_command(directory, environment, *words):
    done = subprocess.run([issuer_program, "auth", *words], cwd=directory, env=environment, check=True,
                          capture_output=True, text=True)
    return done.stdout


def show_at_resource_server(directory, environment, base):
    """A token of the issuer at a service without a database, before and after its keys change."""
    server, api = start_resource_server(base)
    try:
        for _ in range(200):
            try:
                if status(f"{api}/me", None)[0] == 401:
                    break
            except OSError:
                assert server.poll() is None, "the resource server ended"
            time.sleep(0.05)
        code, headers = status(f"{api}/me", None)
        assert code == 401 and "resource_metadata=" in headers["www-authenticate"], headers
        metadata = ask(f"{api}/.well-known/oauth-protected-resource")
        assert metadata["resource"] == AUDIENCE and metadata["authorization_servers"] == [base], metadata
        clerk = {"email": "grace@example.org", "password": "correct horse battery staple"}
        ask(f"{base}/auth/register", clerk)
        member = ask(f"{base}/auth/login", clerk)["access_token"]
        assert status(f"{api}/me", member)[0] == 200
        assert status(f"{api}/orders", member)[0] == 403
        auth_command(directory, environment, "user", "promote", clerk["email"], "clerk")
        token = ask(f"{base}/auth/login", clerk)["access_token"]
        assert status(f"{api}/orders", token)[0] == 200
        # The signing key is retired: another one signs at once, which the resource server has never seen.
        keys = json.loads(auth_command(directory, environment, "keys", "list", "--json"))
        (signing,) = [key["id"] for key in keys if key["phase"] == "signing"]
        auth_command(directory, environment, "keys", "retire", signing)
        for _ in range(200):
            fresh = ask(f"{base}/auth/login", clerk)["access_token"]
            if jwt.get_unverified_header(fresh)["kid"] != signing:
                break
            time.sleep(0.1)
        assert jwt.get_unverified_header(fresh)["kid"] != signing, "the issuer has not noticed"
        assert status(f"{api}/orders", fresh)[0] == 200, "a key that is new, without warning"
        # Last, because whatever names an unknown key, or is not signed with the one it names, has the keys fetched, once
        # a minute.
        assert status(f"{api}/orders", with_flipped_bit(fresh))[0] == 401
    finally:
        server.kill()
        server.wait()


def introspected(endpoint, key, token):
    """What the issuer says of a token to a service with this key (RFC 7662)."""
    form = urllib.parse.urlencode({"token": token, "token_type_hint": "access_token"}).encode()
    request = urllib.request.Request(endpoint, form, {"authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def show_introspection(directory, environment, base):
    """A service that asks about a token before and after a logout, at the address that the metadata name."""
    endpoint = ask(f"{base}/.well-known/oauth-authorization-server")["introspection_endpoint"]
    operator = {"email": "joan@example.org", "password": "correct horse battery staple"}
    ask(f"{base}/auth/register", operator)
    auth_command(directory, environment, "user", "promote", operator["email"], "operator")
    asks = ask(f"{base}/auth/login", operator)["access_token"]
    wanted = {"name": "resource server", "permissions": ["tokens:introspect"]}
    key = ask(f"{base}/auth/keys", wanted, asks)["key"]
    token = ask(f"{base}/auth/login", operator)["access_token"]
    answer = introspected(endpoint, key, token)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert answer["active"] is True and all(answer[name] == claims[name] for name in ("iss", "aud", "sub", "exp")), answer
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    logout = urllib.request.Request(f"{base}/auth/logout", b"{}", headers)
    urllib.request.urlopen(logout, timeout=10).close()
    assert introspected(endpoint, key, token) == {"active": False}
    try:
        introspected(endpoint, asks, token)
        raise SystemExit("somebody who is signed in may ask about tokens")
    except urllib.error.HTTPError as error:
        assert error.code == 403, error


def run(program, directory, issuer, audience, token):
    name, ending, text, command = program
    # Modules are found beside the file.
    place = modules if ending == "mjs" else directory
    path = os.path.join(place, f"verify.{ending}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    environment = {**os.environ, "ISSUER": issuer, "AUDIENCE": audience, "TOKEN": token}
    done = subprocess.run([*command, path], env=environment, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else None


def with_flipped_bit(token):
    head, signature = token.rsplit(".", 1)
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


with tempfile.TemporaryDirectory() as directory:
    server, base, environment = start(directory)
    try:
        person = {"email": "ada@example.org", "password": "correct horse battery staple"}
        token = ask(f"{base}/auth/register", person)["access_token"]
        # The next key is published, and does not sign yet.
        subprocess.run([issuer_program, "auth", "keys", "rotate"], cwd=directory, env=environment, check=True,
                       stdout=subprocess.DEVNULL)
        judged = []
        for program in programs():
            name, _, _, command = program
            if not can_run(name, command):
                print(f"not installed: {name}")
                continue
            assert run(program, directory, base, AUDIENCE, token) == "1", name
            assert run(program, directory, base, "https://elsewhere.example", token) is None, f"{name}: audience"
            assert run(program, directory, base, AUDIENCE, with_flipped_bit(token)) is None, f"{name}: signature"
            judged.append(name)
        assert judged[:3] == ["jose", "PyJWT", "joserfc"], judged
        show_introspection(directory, environment, base)
        show_at_resource_server(directory, environment, base)
        metadata = ask(f"{base}/.well-known/openid-configuration")
        assert metadata["issuer"] == base and metadata["jwks_uri"] == f"{base}/.well-known/jwks.json", metadata
    finally:
        server.kill()
        server.wait()

signed = json.loads(subprocess.check_output([signed_tokens], text=True))
assert [one["algorithm"] for one in signed] == ["ES256", "EdDSA", "RS256"], signed
for one in signed:
    (key,) = jwt.PyJWKSet.from_dict(one["jwks"]).keys
    assert (key.algorithm_name, key.key_id) == (one["algorithm"], one["id"]), one
    rules = {"algorithms": [one["algorithm"]], "issuer": one["issuer"], "audience": one["audience"]}
    claims = jwt.decode(one["token"], key, **rules)
    # RFC 9068 §2.2.
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} <= claims.keys(), claims
    assert jwt.get_unverified_header(one["token"])["typ"] == "at+jwt"
    try:
        jwt.decode(with_flipped_bit(one["token"]), key, **rules)
        raise SystemExit("a changed signature was accepted")
    except jwt.InvalidTokenError:
        pass
print(f"tokens of three algorithms verify; the programs of the guide run: {', '.join(judged)}")
