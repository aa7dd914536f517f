//! What a service says about itself to clients that do not know who issues tokens for it (OAuth 2.0 Protected Resource
//! Metadata, RFC 9728): the Model Context Protocol asks for it.

use serde::Serialize;

use crate::base::document::Document;
use crate::model::issuer_url::IssuerUrl;
use crate::model::permission::AuthPermission;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// This service as a resource that tokens are for. Set it with [`AuthBuilder::resource`](crate::AuthBuilder::resource) or
/// [`IssuerBuilder::resource`](crate::issuer::IssuerBuilder::resource), and merge the routes of `well_known` at the root of
/// the domain: challenges then lead clients to the metadata (`resource_metadata`, RFC 9728 §5.1), and the metadata lead
/// them to the issuer.
///
/// ```
/// # use auth::AuthPermission;
/// use auth::ProtectedResource;
///
/// # #[derive(Clone, Debug, PartialEq, AuthPermission)]
/// # enum Permission { #[permission(name = "orders:read")] OrdersRead }
/// let resource = ProtectedResource::new("https://api.example.org/mcp").scopes_of::<Permission>();
/// # drop(resource);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ProtectedResource {
    identifier: String,
    scopes: Vec<&'static str>,
    documentation: Option<String>,
}

impl ProtectedResource {
    /// Names the resource by its `https` URL, without query and fragment: clients ask for tokens for exactly this text
    /// (RFC 8707), and compare it with what the metadata say.
    pub fn new(identifier: impl Into<String>) -> Self {
        Self { identifier: identifier.into(), scopes: Vec::new(), documentation: None }
    }

    /// Lists the names of these permissions as scopes that a client may ask for.
    pub fn scopes_of<P: AuthPermission>(mut self) -> Self {
        self.scopes.extend(P::NAMES);
        self
    }

    /// Sets a page for developers.
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.documentation = Some(url.into());
        self
    }

    /// Returns what is wrong with it.
    pub(crate) fn problem(&self) -> Option<String> {
        IssuerUrl::parse(&self.identifier).is_none().then(|| {
            let found = self.identifier.escape_debug();
            format!("`{found}` is no resource: name it by its `https` URL, as in `https://api.example.org/mcp`")
        })
    }

    /// Returns what is published, for tokens of these issuers; `None` if the identifier is wrong.
    pub(crate) fn metadata(&self, issuers: &[String]) -> Option<ResourceMetadata> {
        let url = IssuerUrl::parse(&self.identifier)?;
        let document = Metadata {
            resource: &self.identifier,
            authorization_servers: issuers,
            scopes_supported: &self.scopes,
            bearer_methods_supported: ["header"],
            resource_documentation: self.documentation.as_deref(),
        };
        let path = format!("{WELL_KNOWN}{}", url.path());
        Some(ResourceMetadata { url: format!("{}{path}", url.origin()), path, document: Document::of(&document) })
    }
}

/// The document (RFC 9728 §2).
#[derive(Serialize)]
struct Metadata<'a> {
    resource: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    authorization_servers: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    scopes_supported: &'a [&'static str],
    bearer_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<&'a str>,
}

/// What is published about a resource, and where.
#[derive(Clone, Debug)]
pub(crate) struct ResourceMetadata {
    /// The path at the root of the domain (RFC 9728 §3.1).
    pub(crate) path: String,
    /// What challenges name.
    pub(crate) url: String,
    pub(crate) document: Document,
}
