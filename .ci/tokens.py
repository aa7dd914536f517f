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
import urllib.request

import jwt

issuer_program, signed_tokens, modules = (os.path.abspath(path) for path in sys.argv[1:4])
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


def ask(url, body=None):
    headers = {"content-type": "application/json"}
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
