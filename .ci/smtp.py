"""Runs servers for the program `mailed`, and compares what arrives with what it says that it sent."""

import asyncio
import concurrent.futures
import email
import email.policy
import json
import logging
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import warnings

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

# What aiosmtpd thinks of settings that are as they are on purpose.
logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")

PROGRAM = sys.argv[1]
USER, PASSWORD = b"shop@example", b"hunter#2"


class Inbox:
    """Takes mail, after it has refused each message `busy` times, at the command `at`."""

    def __init__(self, at=None, busy=0):
        self.at, self.busy, self.taken, self.refused, self.connections = at, busy, [], {}, 0

    def refuses(self, command, key):
        self.refused[key] = self.refused.get(key, 0) + 1
        return self.at == command and self.refused[key] <= self.busy

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuses("RCPT", ("RCPT", address)):
            return "450 4.2.1 busy"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        if self.refuses("DATA", ("DATA", tuple(envelope.rcpt_tos))):
            return "451 4.3.0 later"
        self.taken.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 taken"


class Hostile(SMTP):
    """Does at one command, the first time that it comes, what no client hopes for."""

    async def fails(self, at):
        inbox = self.event_handler
        if inbox.at != at or inbox.failed:
            return False
        inbox.failed = True
        if inbox.act == "hang":
            await asyncio.sleep(600)
        elif inbox.act == "drop":
            self.transport.abort()
        else:
            await self.push(f"{inbox.act} hostile")
        return True

    async def smtp_EHLO(self, hostname):
        if not await self.fails("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg):
        if not await self.fails("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):
        if not await self.fails("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg):
        if not await self.fails("DATA"):
            await super().smtp_DATA(arg)


class HostileInbox:
    """What a `Hostile` server has taken. What it took before it hangs or breaks off, it has taken."""

    def __init__(self, at, act):
        self.at, self.act, self.failed, self.taken = at, act, False, []

    async def handle_DATA(self, server, session, envelope):
        if self.at == "text" and not self.failed and self.act not in ("hang", "drop"):
            self.failed = True
            return f"{self.act} hostile"
        self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        await server.fails("text")
        return "250 taken"


class HostileController(Controller):
    def factory(self):
        return Hostile(self.handler, **self.SMTP_kwargs)


def survives(at, act):
    """Two mails go through a server that fails once, at the first of them."""
    what, inbox, port = f"{act} at {at}", HostileInbox(at, act), free_port()
    environment = {**os.environ, "SMTP_URL": f"smtp://127.0.0.1:{port}", "SMTP_FROM": "no-reply@shop.example"}
    environment.pop("SMTP_ROOT", None)
    controller = HostileController(inbox, hostname="127.0.0.1", port=port)
    refuses = at == "connect"
    if not refuses:
        controller.start()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([PROGRAM, "hostile"], env=environment, **pipes) as program:
        tried = program.stdout.readline()
        if refuses:
            controller.start()
        output, errors = program.communicate("\n", timeout=300)
    controller.stop()
    assert tried == "tried\n", f"{what}: {errors}"
    ids = {}
    for mail in map(json.loads, output.splitlines()):
        ids.setdefault(mail["to"], set()).add(mail["id"])
    assert len(ids) == 2 and all(len(of) == 1 for of in ids.values()), f"{what}: {ids}"
    taken = [(message["To"], message["Message-ID"]) for message in inbox.taken]
    assert all(ids[to] == {id} for to, id in taken), f"{what}: {taken} of {ids}"
    count = {to: sum(1 for at, _ in taken if at == to) for to in sorted(ids)}
    # What is said of a recipient for good ends its mail; what was taken before the answer comes once more.
    first = 0 if at == "RCPT" and act.startswith("55") else 2 if at == "text" and act in ("hang", "drop") else 1
    assert list(count.values()) == [first, 1], f"{what}: {count}"
    assert program.returncode == (0 if first else 1), f"{what}: {errors}"
    assert "#t=" not in errors and (refuses or inbox.failed), f"{what}: {errors}"


def authenticator(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD)
    # Not handled: the server answers.
    return AuthResult(success=right, handled=False)


def run(url, root, *arguments):
    environment = {**os.environ, "SMTP_URL": url, "SMTP_FROM": "Zoë's Shop <no-reply@shop.example>"}
    environment.pop("SMTP_ROOT", None)
    if root:
        environment["SMTP_ROOT"] = root
    done = subprocess.run([PROGRAM, *arguments], env=environment, capture_output=True, timeout=300)
    return done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()], done.stderr.decode()


def lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def words(text):
    return re.sub(r"\s+", " ", text).strip()


def compare(what, handed_over, taken):
    sent = {mail["id"]: mail for mail in handed_over}
    assert len(taken) == len(sent) > 10, f"{what}: {len(taken)} of {len(sent)} mails"
    for sender, recipients, content in taken:
        message = email.message_from_bytes(content, policy=email.policy.default)
        mail = sent.pop(message["Message-ID"])
        assert sender == "no-reply@shop.example" and recipients == [mail["to"]], (what, sender, recipients)
        assert message["To"] == mail["to"] and message["Auto-Submitted"] == "auto-generated", what
        assert message["From"] == "Zoë's Shop <no-reply@shop.example>", (what, message["From"])
        # What looks like an encoded word is taken apart, or it would be decoded here.
        subject = words(mail["subject"].replace("=?", "= ?"))[:190]
        assert words(message["Subject"])[:190] == subject, (what, message["Subject"], mail["subject"])
        assert message["Date"].datetime is not None and message["Bcc"] is None and not message.defects, what
        assert message.get_content_type() == "multipart/alternative", what
        plain, html = message.iter_parts()
        # The line end in front of a boundary belongs to the boundary.
        assert lines(plain.get_content()) == lines(mail["text"]), (what, plain.get_content(), mail["text"])
        assert lines(html.get_content()) == lines(mail["html"]), (what, html.get_content(), mail["html"])
    assert not sent, what


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def served(url, inbox, root, *arguments, **settings):
    hostname = settings.pop("hostname", "127.0.0.1")
    port = free_port()
    controller = Controller(inbox, hostname=hostname, port=port, **settings)
    controller.start()
    try:
        return run(url.format(port=port), root, *arguments)
    finally:
        controller.stop()


def arrives(what, url, inbox=None, root=None, **settings):
    inbox = inbox or Inbox()
    code, mails, errors = served(url, inbox, root, **settings)
    assert code == 0, f"{what}: {errors}"
    compare(what, mails, inbox.taken)
    print(f"{what}: {len(inbox.taken)} mails arrived, each once and whole")


def never_arrives(what, why, url, root=None, **settings):
    inbox = Inbox()
    code, _, errors = served(url, inbox, root, "1", **settings)
    assert code == 1 and not inbox.taken, f"{what}: {len(inbox.taken)} mails"
    assert why in errors and PASSWORD.decode() not in errors and "#t=" not in errors, (what, errors)
    print(f"{what}: nothing arrived, as it must be")


authority = trustme.CA()
certificate = authority.issue_cert("localhost", "127.0.0.1", "0.0.0.0")
elsewhere = authority.issue_cert("mail.example")


def tls(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


with tempfile.TemporaryDirectory() as directory:
    root = os.path.join(directory, "root.pem")
    authority.cert_pem.write_to_path(root)
    secured = {"authenticator": authenticator, "auth_required": True}
    whole = {"ssl_context": tls(certificate), "auth_require_tls": False, **secured}
    plain, starttls = "smtp://127.0.0.1:{port}", "smtp://shop%40example:hunter%232@0.0.0.0:{port}"
    smtps, wrong = "smtps://shop%40example:hunter%232@127.0.0.1:{port}", "smtps://shop%40example:x@127.0.0.1:{port}"
    every = {"hostname": "0.0.0.0", "tls_context": tls(certificate), "require_starttls": True, **secured}
    arrives("in the clear, to this machine", plain)
    arrives("a server that is busy at RCPT", plain, Inbox("RCPT", 2))
    arrives("a server that is busy after the text", plain, Inbox("DATA", 2))
    arrives("STARTTLS, signed in", starttls, root=root, **every)
    arrives("TLS, signed in", smtps, root=root, **whole)
    never_arrives("a wrong password", "535 5.7.8", wrong, root=root, **whole)
    never_arrives("an unknown authority, STARTTLS", "UnknownIssuer", starttls, **every)
    never_arrives("an unknown authority, TLS", "UnknownIssuer", smtps, **whole)
    other = {**whole, "ssl_context": tls(elsewhere)}
    never_arrives("a certificate of another host", "not valid for name", smtps, root=root, **other)
    never_arrives("a server without STARTTLS", "offers no STARTTLS", starttls, root=root, hostname="0.0.0.0")

acts = ["hang", "drop", "421 4.3.2", "452 4.2.2", "550", "554"]
cases = [(at, act) for at in ("EHLO", "MAIL", "RCPT", "DATA", "text") for act in acts] + [("connect", "refused")]
# Those that hang take half a minute each.
with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
    for case in [pool.submit(survives, at, act) for at, act in cases]:
        case.result()
print(f"{len(cases)} ways to fail: no request waited, nothing was lost, and each mail had one Message-ID")
