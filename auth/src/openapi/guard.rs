//! Describes in an operation what its guard does.

use serde_json::Value;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Components, Object, PathItem, Ref, RefOr, Required, Response, ResponseBuilder, Type};

use super::schemas;
use super::schemes::Schemes;
use crate::http::routing::RouteInfo;

pub(super) const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

pub(super) const CROSS_SITE: &str = "Cross-site request with cookies: `cross_site`";
pub(super) const TOO_LONG: &str = "Bearer token longer than 8 KiB: `header_too_large`";
const NO_KEYS: &str = "An API key: `key_not_accepted`";
const OFTEN: &str = "The API key is used too often: `too_many_requests`";
const TWICE: &str = "Several credentials of one kind: `invalid_request`";

/// Whether a cookie alone is not enough for a request with this method.
fn changes(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Adds who may call the operation, and the responses for everybody else.
pub(super) fn add(
    operation: &mut Operation,
    method: &str,
    route: &RouteInfo,
    schemes: &Schemes,
    components: &mut Components,
) {
    operation.security = Some(schemes.of(route));
    let rule = Value::from(route.who.as_str());
    let extensions = operation.extensions.get_or_insert_default();
    extensions.insert("x-auth-rule".to_owned(), rule);
    if route.mfa {
        extensions.insert("x-auth-mfa".to_owned(), Value::from(true));
    }
    if route.public {
        return;
    }
    let unauthorized = if route.about.step_up || route.mfa {
        "Not signed in: `not_signed_in`, `invalid_token`. Or the login is too old or too weak: `step_up_required` \
         (RFC 9470)"
    } else {
        "Not signed in: `not_signed_in`, `invalid_token`"
    };
    answer(operation, "400", || schemas::problem(components, TWICE).build());
    answer(operation, "401", || schemas::unauthorized(components, unauthorized));
    let refused = |ends: &str| format!("Refused by the rule `{}`{ends}", route.who);
    let forbidden = route.about.refuses.then(|| refused(": `forbidden`"));
    let cross_site = (schemes.has_cookies(route) && changes(method)).then(|| CROSS_SITE.to_owned());
    let key = schemes.refuses_keys(route).then(|| NO_KEYS.to_owned());
    let says: Vec<String> = [forbidden, cross_site, key].into_iter().flatten().collect();
    if !says.is_empty() {
        answer(operation, "403", || schemas::problem(components, &says.join(". ")).build());
    }
    if route.about.hidden {
        // Without content: it is answered like an unknown path.
        answer(operation, "404", || ResponseBuilder::new().description(refused(", or not found")).build());
    }
    if route.keys {
        answer(operation, "429", || schemas::too_many(components, OFTEN));
    }
    answer(operation, "431", || schemas::problem(components, TOO_LONG).build());
    answer(operation, "503", || schemas::unavailable(components));
}

/// Adds a response unless the operation already describes that status.
pub(super) fn answer(operation: &mut Operation, status: &str, response: impl FnOnce() -> Response) {
    operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(response()));
}

/// Adds the path parameters that neither the operation nor its path item describes: without them, the document is
/// invalid.
pub(super) fn parameters(item: &mut PathItem, method: &str, names: &[String], components: &Components) {
    let known: Vec<String> = [item.parameters.as_ref(), operation(item, method).and_then(|it| it.parameters.as_ref())]
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|parameter| in_path(parameter, components))
        .collect();
    let Some(Some(operation)) = slot(item, method) else { return };
    for name in names.iter().filter(|name| !known.contains(name)) {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(Object::with_type(Type::String)));
        operation.parameters.get_or_insert_default().push(RefOr::T(parameter.build()));
    }
}

/// Returns the name of a parameter if it is a path parameter.
fn in_path(parameter: &RefOr<utoipa::openapi::path::Parameter>, components: &Components) -> Option<String> {
    let parameter = match parameter {
        RefOr::T(parameter) => parameter,
        RefOr::Ref(Ref { ref_location, .. }) => {
            let name = ref_location.rsplit('/').next()?;
            let Some(RefOr::T(parameter)) = components.parameters.get(name) else { return None };
            parameter
        }
    };
    matches!(parameter.parameter_in, ParameterIn::Path).then(|| parameter.name.clone())
}

fn operation<'a>(item: &'a PathItem, method: &str) -> Option<&'a Operation> {
    let slot = match method {
        "GET" => &item.get,
        "HEAD" => &item.head,
        "POST" => &item.post,
        "PUT" => &item.put,
        "PATCH" => &item.patch,
        "DELETE" => &item.delete,
        "OPTIONS" => &item.options,
        "TRACE" => &item.trace,
        _ => return None,
    };
    slot.as_ref()
}

pub(super) fn has(item: &PathItem, method: &str) -> bool {
    operation(item, method).is_some()
}

/// Returns where a path item keeps the operation for `method`.
pub(super) fn slot<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Option<Operation>> {
    Some(match method {
        "GET" => &mut item.get,
        "HEAD" => &mut item.head,
        "POST" => &mut item.post,
        "PUT" => &mut item.put,
        "PATCH" => &mut item.patch,
        "DELETE" => &mut item.delete,
        "OPTIONS" => &mut item.options,
        "TRACE" => &mut item.trace,
        _ => return None,
    })
}
