// An OpenID provider (oidc-provider, certified) for `.ci/issuer`: keys and port come from the environment, requests for
// its keys are counted.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const { PORT, JWKS, CALLBACK } = process.env;

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  jwks: JSON.parse(JWKS),
  clients: [
    {
      client_id: "machine",
      client_secret: "a secret of sixty-four characters is long enough for anybody here",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: "ES256",
    },
    {
      client_id: "web",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: [CALLBACK],
      id_token_signed_response_alg: "ES256",
    },
    // What an attacker who has a client of their own gets.
    {
      client_id: "web-for-the-api",
      client_secret: "another secret of sixty-four characters, also long enough for it",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    },
  ],
  // An account for every name.
  findAccount: async (context, id) => ({ accountId: id, claims: async () => ({ sub: id, role: "clerk" }) }),
  claims: { openid: ["sub", "role"] },
  conformIdTokenClaims: false,
  extraTokenClaims: (context, token) => ({ role: token.kind === "AccessToken" ? "clerk" : "member" }),
  cookies: { keys: ["a key for cookies of one test"] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (context, resource) => ({
        scope: "orders",
        audience: resource,
        accessTokenFormat: resource.startsWith("https://opaque.") ? "opaque" : "jwt",
        accessTokenTTL: 40 * 3600,
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
  ttl: { AccessToken: 40 * 3600, ClientCredentials: 40 * 3600, IdToken: 40 * 3600, Interaction: 600, Session: 600, Grant: 600 },
});

const counted = { keys: 0, metadata: 0, introspection: 0 };
const serve = provider.callback();
createServer((request, response) => {
  if (request.url === "/counted") {
    response.end(JSON.stringify(counted));
    return;
  }
  if (request.url === "/jwks") counted.keys += 1;
  if (request.url.startsWith("/.well-known/")) counted.metadata += 1;
  if (request.url === "/token/introspection") counted.introspection += 1;
  serve(request, response);
}).listen(Number(PORT), "127.0.0.1");
