"""Compares what tests/src/bin/totp.rs prints with pyotp, and where they are installed with oathtool and zbarimg."""

import json
import shutil
import subprocess
import sys
import tempfile
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp

program = sys.argv[1]
lines = [line.split() for line in subprocess.check_output([program], text=True).splitlines()]
assert len(lines) == 10_000, len(lines)


def compare(lines):
    return [line for line in lines if pyotp.TOTP(line[0]).generate_otp(int(line[1]) // 30) != line[2]]


assert not compare(lines), compare(lines)[:3]
# The comparison can fail.
secret, time, code = lines[0]
assert compare([[secret, str(int(time) + 300), code]]) or compare([[secret, str(int(time) + 600), code]])

app = json.loads(subprocess.check_output([program, "--app"], text=True))
uri = urlsplit(app["uri"])
query = {name: values[0] for name, values in parse_qs(uri.query, strict_parsing=True).items()}
assert (uri.scheme, uri.netloc) == ("otpauth", "totp"), uri
assert unquote(uri.path) == "/Käse & Co Shop:ada+ü@example.org", uri.path
assert query == {"secret": app["secret"], "issuer": "Käse & Co Shop", "algorithm": "SHA1", "digits": "6", "period": "30"}
parsed = pyotp.parse_uri(app["uri"])
assert (parsed.secret, parsed.issuer, parsed.name) == (app["secret"], "Käse & Co Shop", "ada+ü@example.org"), parsed

if shutil.which("oathtool"):
    # Its dates have four digits.
    for secret, time, code in [line for line in lines if int(line[1]) < 250_000_000_000][:200]:
        said = subprocess.check_output(["oathtool", "--totp", "-b", secret, "--now", f"@{time}"], text=True).strip()
        assert said == code, (secret, time, code, said)
if shutil.which("rsvg-convert") and shutil.which("zbarimg"):
    with tempfile.TemporaryDirectory() as directory:
        svg, png = f"{directory}/code.svg", f"{directory}/code.png"
        with open(svg, "w", encoding="utf-8") as file:
            file.write(app["qr_svg"])
        subprocess.run(["rsvg-convert", "-w", "600", svg, "-o", png], check=True)
        read = subprocess.check_output(["zbarimg", "--quiet", "--raw", png], text=True).strip()
        assert read == app["uri"], read
print("10,000 codes, the link and the picture agree")
