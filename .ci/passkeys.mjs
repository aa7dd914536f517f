// Judges answers of passkeys with `@simplewebauthn/server`, of npm: reads a case a line, and prints null or why it is refused.
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(resolve(process.argv[2]) + "/");
const { verifyRegistrationResponse, verifyAuthenticationResponse } = await import(
  pathToFileURL(require.resolve("@simplewebauthn/server")).href
);

for await (const line of createInterface({ input: process.stdin })) {
  const { response, challenge, origins, rpId, algorithms, stored } = JSON.parse(line);
  const expected = { response, expectedChallenge: challenge, expectedOrigin: origins, expectedRPID: rpId };
  let refused = null;
  try {
    const judged = stored
      ? await verifyAuthenticationResponse({
          ...expected,
          requireUserVerification: true,
          credential: { ...stored, publicKey: new Uint8Array(Buffer.from(stored.publicKey, "base64url")) },
        })
      : await verifyRegistrationResponse({ ...expected, requireUserVerification: true, supportedAlgorithmIDs: algorithms });
    if (!judged.verified) refused = "not verified";
  } catch (error) {
    refused = String(error.message);
  }
  console.log(JSON.stringify(refused));
}
