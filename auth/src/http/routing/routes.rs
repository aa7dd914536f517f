use std::convert::Infallible;
use std::fmt;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, any_service};
use tower_layer::Layer;
use tower_service::Service;

use super::declared::{Declared, Hosts, One, Verb};
use super::method_filter::every_method;
use super::route::{Answers, Route, RouteInfo};
use super::rule_lints::{self, Finding};
use super::table::Table;
use crate::http::extract::{Checks, Require};
use crate::model::user::AuthUser;
use crate::policy::Policy;

/// Routes under construction, all of whose handlers say who may call them.
///
/// Convert the finished value with [`into_router`](Self::into_router), and add axum layers and state there. A plain
/// `axum::Router` can still be used next to it for routes without such rules, but they do not appear in the table.
/// Services that are not handlers can be added with [`service`](Self::service).
#[must_use = "routes do nothing until they are made into a router"]
pub struct Routes<S = ()> {
    routes: Vec<Route<S>>,
}

/// The end of the path of a nested service.
const BELOW: &str = "/{*path}";

// Without the bounds on the state: each handler asks for them, and here the compiler would examine them for each route.
impl<S> Routes<S> {
    /// Adds handlers for `path` (axum's syntax: `/posts/{id}`), such as `get(list).post(create)`.
    pub fn route<E, M: ?Sized>(mut self, path: &str, methods: E) -> Self
    where
        S: Hosts<E, M>,
    {
        S::host(methods, path, &mut self.routes);
        self
    }

    /// [`route`](Self::route).
    #[doc(hidden)]
    #[deprecated = "it is called `route`, as in axum"]
    pub fn at<E, M: ?Sized>(self, path: &str, methods: E) -> Self
    where
        S: Hosts<E, M>,
    {
        self.route(path, methods)
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Creates an empty set of routes.
    pub const fn new() -> Self {
        Self { routes: Vec::new() }
    }

    pub(crate) fn push(&mut self, info: RouteInfo, handler: MethodRouter<S>) {
        self.routes.push(Route { info, answers: Answers::Methods(handler) });
    }

    /// Handles requests that match no path. (A path that exists for other methods only remains axum's 405.) The table
    /// shows it as `*`. If nested below `/api` it handles unknown paths there (and `/api` and `/api/`, unless they are
    /// routes), is shown as `/api/*` and, as in axum, sees the path without the prefix.
    ///
    /// # Panics
    /// If there is already one.
    #[track_caller]
    pub fn fallback<H, Args, M: ?Sized>(mut self, handler: H) -> Self
    where
        H: Declared<Args>,
        S: Hosts<One<H, Args>, M>,
    {
        S::host(One::new(Verb::Fallback, handler), "*", &mut self.routes);
        self.one_fallback_each()
    }

    /// Handles every method of `path` with a service that is not a handler: gRPC, a proxy, a single file. The rule is
    /// in the layer around it; the service is never called for refused callers.
    ///
    /// ```
    /// # use auth::{Auth, AuthUser, PasswordHash, rule};
    /// # use auth::routing::Routes;
    /// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String }
    /// # fn demo(auth: Auth<User>, greeter: axum::routing::MethodRouter, files: axum::routing::MethodRouter) -> Routes {
    /// Routes::new()
    ///     .service("/hello.Greeter/{*method}", auth.require(rule!(live)), greeter)
    ///     .nest_service("/files", auth.require(rule!()), files) // such as tower-http's `ServeDir`
    /// # }
    /// ```
    pub fn service<U, P, T, V>(mut self, path: &str, layer: Require<U, P, T>, service: V) -> Self
    where
        U: AuthUser,
        P: Policy<U, Checks: Checks<T>>,
        T: Clone + Send + Sync + 'static,
        V: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send> + Clone + Send + Sync + 'static,
    {
        let info = RouteInfo::of(every_method(), path, P::ACCESS);
        self.routes.push(Route { info, answers: Answers::Any(any_service(layer.last(service))) });
        self
    }

    /// Handles `prefix` and every path below it with a service that sees the path without the prefix, like
    /// [`axum::Router::nest_service`]: a directory of files, for example. At `/` it is the
    /// [`fallback`](Self::fallback).
    ///
    /// # Panics
    /// At `/`, if there is already a fallback.
    #[track_caller]
    pub fn nest_service<U, P, T, V>(mut self, prefix: &str, layer: Require<U, P, T>, service: V) -> Self
    where
        U: AuthUser,
        P: Policy<U, Checks: Checks<T>>,
        T: Clone + Send + Sync + 'static,
        V: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send> + Clone + Send + Sync + 'static,
    {
        let service = layer.last(service);
        let prefix = prefix.trim_end_matches('/');
        let (path, answers) = if prefix.is_empty() {
            ("*".to_owned(), Answers::Fallback(any_service(service)))
        } else {
            (format!("{prefix}{BELOW}"), Answers::Nested(any_service(service)))
        };
        let mut info = RouteInfo::of(every_method(), &path, P::ACCESS);
        info.about.nested_service();
        self.routes.push(Route { info, answers });
        self.one_fallback_each()
    }

    /// Puts a rule in front of every route declared so far, including nested and merged ones and the fallback. Both
    /// this rule *and* the handler's own must hold; a `#[public]` handler behind it is no longer public. The table
    /// shows all of it.
    ///
    /// ```
    /// # use auth::{Auth, AuthRole, AuthUser, PasswordHash, protected, public, rule};
    /// # use auth::routing::{Routes, get};
    /// # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Admin }
    /// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(role)] role: Role }
    /// # #[protected] async fn stats() {}
    /// # #[public] async fn health() {}
    /// # fn demo(auth: Auth<User>) -> Routes<Auth<User>> {
    /// let admin = Routes::new().route("/stats", get(stats)).require(auth.require(rule!(Role::Admin, hidden)));
    /// Routes::new().nest("/admin", admin).route("/health", get(health))
    /// # }
    /// ```
    ///
    /// # Panics
    /// If there are no routes yet: routes declared later would not be behind the rule.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "taken as axum's `layer` takes one")]
    pub fn require<U, P, T>(mut self, layer: Require<U, P, T>) -> Self
    where
        U: AuthUser,
        P: Policy<U, Checks: Checks<T>>,
        T: Clone + Send + Sync + 'static,
    {
        assert!(!self.routes.is_empty(), "`{}` protects nothing here: declare the routes first", P::ACCESS);
        let behind = |Route { info, answers }| Route {
            info: RouteInfo::behind(info, P::ACCESS),
            answers: match answers {
                // Not around the 405 of other methods, which reveals no more than an unknown path does.
                Answers::Methods(handler) => Answers::Methods(handler.route_layer(layer.clone())),
                Answers::Any(handler) => Answers::Any(handler.layer(layer.clone())),
                Answers::Nested(service) => Answers::Nested(service.layer(layer.clone())),
                Answers::Fallback(handler) => Answers::Fallback(handler.layer(layer.clone())),
            },
        };
        self.routes = self.routes.into_iter().map(behind).collect();
        self
    }

    /// Puts a tower layer around every route declared so far, as [`axum::Router::layer`] does: time-outs, compression,
    /// CORS. The routes stay in the table, which does not show the layer: a rule goes in with
    /// [`require`](Self::require).
    ///
    /// The layer sees a request before the rule is asked, and the response after: what it answers by itself, it answers
    /// to everybody.
    ///
    /// ```
    /// # use auth::{Auth, AuthUser, protected};
    /// # use auth::routing::{Routes, get};
    /// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String }
    /// # #[protected] async fn report() {}
    /// # #[protected] async fn me() {}
    /// # fn demo() -> Routes<Auth<User>> {
    /// use axum::extract::DefaultBodyLimit;
    ///
    /// let uploads = Routes::new().route("/report", get(report)).layer(DefaultBodyLimit::max(64 << 20));
    /// Routes::new().route("/me", get(me)).nest("/uploads", uploads)
    /// # }
    /// ```
    ///
    /// # Panics
    /// If there are no routes yet: routes declared later would not be inside the layer.
    #[track_caller]
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
        L::Service: Service<
                Request,
                Response: IntoResponse + 'static,
                Error: Into<Infallible> + 'static,
                Future: Send + 'static,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        assert!(!self.routes.is_empty(), "this layer is around nothing here: declare the routes first");
        let inside = |Route { info, answers }| Route {
            info,
            answers: match answers {
                Answers::Methods(handler) => Answers::Methods(handler.layer(layer.clone())),
                Answers::Any(handler) => Answers::Any(handler.layer(layer.clone())),
                Answers::Nested(service) => Answers::Nested(service.layer(layer.clone())),
                Answers::Fallback(handler) => Answers::Fallback(handler.layer(layer.clone())),
            },
        };
        Self { routes: self.routes.into_iter().map(inside).collect() }
    }

    /// Adds `routes` below `prefix`. Handlers and the table see the whole path.
    ///
    /// # Panics
    /// If both have a fallback for the same paths.
    #[track_caller]
    pub fn nest<R: Nests<State = S>>(mut self, prefix: &str, routes: R) -> Self {
        let routes = routes.into_routes();
        let prefix = prefix.trim_end_matches('/');
        self.routes.extend(routes.routes.into_iter().map(|mut route| {
            let path = route.info.path;
            if !prefix.is_empty() {
                route.info.about.nested(&path);
            }
            route.info.path = match (prefix, path.as_str()) {
                ("", _) => path,
                (_, "/") => prefix.to_owned(),
                (_, "*") => format!("{prefix}/*"),
                _ => format!("{prefix}{path}"),
            };
            route
        }));
        self.one_fallback_each()
    }

    /// Adds `routes` without a prefix.
    ///
    /// # Panics
    /// If both have a fallback for the same paths.
    #[track_caller]
    pub fn merge<R: Nests<State = S>>(mut self, routes: R) -> Self {
        self.routes.extend(routes.into_routes().routes);
        self.one_fallback_each()
    }

    /// Panics if there are two fallbacks for the same paths: it would be unclear which one counts.
    #[track_caller]
    fn one_fallback_each(self) -> Self {
        let mut paths: Vec<&str> = self.routes.iter().filter_map(Route::fallback_path).collect();
        paths.sort_unstable();
        let twice = paths.iter().zip(paths.iter().skip(1)).find(|(one, next)| one == next).map(|(path, _)| *path);
        assert!(twice.is_none(), "there are two fallbacks for `{}`: leave one out", twice.unwrap_or_default());
        self
    }

    /// Removes the route `method path`: a built-in one that the application does not want, or handles itself.
    ///
    /// ```
    /// # fn demo<U: auth::AuthUser>(auth: auth::Auth<U>) -> auth::routing::Routes<auth::Auth<U>> {
    /// auth.routes().remove("POST", "/register")
    /// # }
    /// ```
    ///
    /// # Panics
    /// If there is no such route: with a misspelled one, the route would silently stay open.
    #[track_caller]
    pub fn remove(mut self, method: &str, path: &str) -> Self {
        let before = self.routes.len();
        self.routes.retain(|route| !(route.info.method == method && route.info.path == path));
        assert!(
            self.routes.len() < before,
            "there is no `{method} {path}` to leave out; the routes are\n{}",
            self.table()
        );
        self
    }

    /// [`remove`](Self::remove).
    #[doc(hidden)]
    #[deprecated = "it is called `remove`"]
    #[track_caller]
    pub fn without(self, method: &str, path: &str) -> Self {
        self.remove(method, path)
    }

    /// Returns the table of who may call what.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut infos: Vec<RouteInfo> = self.routes.iter().map(|route| route.info.clone()).collect();
        // Wildcards go after the more specific paths.
        infos.sort_by_cached_key(|route| (route.path.replace('*', "\u{10ffff}"), route.method.clone()));
        Table(infos)
    }

    /// Returns who may call what, as JSON: see [`Table::to_json`].
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.table().to_json()
    }

    /// Finds rules that cannot be meant as written, given what roles include and grant:
    ///
    /// - every signed-in user passes: `Role::Member`, where every role includes `Member`;
    /// - nobody can pass: `Role::Admin && !Role::Member`, where admins are members;
    /// - nobody can meet both the rule of a layer and that of the handler behind it;
    /// - it names a permission that no role grants.
    ///
    /// The table marks such routes with `(!)`. A test can rule them out:
    ///
    /// ```
    /// # use auth::routing::Routes;
    /// # fn demo<S: Clone + Send + Sync + 'static>(routes: Routes<S>) {
    /// assert_eq!(routes.audit(), []);
    /// # }
    /// ```
    ///
    /// There are no false positives. Rules with too many cases are skipped: those over more than ten roles in a `Roles`
    /// list, with more than twelve checks and the like, or with many of both.
    #[must_use]
    pub fn audit(&self) -> Vec<Finding> {
        rule_lints::findings(self.table().routes())
    }

    /// Converts to an axum router.
    ///
    /// # Panics
    /// Like axum: if a path is malformed, or two handlers handle the same method of the same path.
    #[track_caller]
    pub fn into_router(self) -> Router<S> {
        let paths: Vec<String> = self.routes.iter().map(|route| route.info.path.clone()).collect();
        let mut router = Router::new();
        for Route { info, answers } in self.routes {
            router = match answers {
                Answers::Methods(handler) | Answers::Any(handler) => router.route(&info.path, handler),
                Answers::Nested(service) => router.nest_service(info.path.trim_end_matches(BELOW), service),
                Answers::Fallback(handler) => match info.path.strip_suffix("/*") {
                    None => router.fallback(handler),
                    Some(prefix) => {
                        // axum nests neither routes nor fallbacks at the path that is the prefix and a slash.
                        let slash = format!("{prefix}/");
                        if !paths.contains(&slash) {
                            router = router.nest(&slash, Router::new().route("/", handler.clone()));
                        }
                        router.nest(prefix, Router::new().fallback(handler))
                    }
                },
            };
        }
        router
    }
}

/// [`Routes`], and nothing else. A trait, for the sake of what the compiler says about an axum router.
#[diagnostic::on_unimplemented(
    message = "these routes do not say who may call them",
    label = "make them with `auth::routing::Routes::new()`",
    note = "an `axum::Router` behind one rule, and in the table: `.nest_service(\"/files\", auth.require(rule!()), router)`",
    note = "an `axum::Router` without a rule stands beside them: `routes.into_router().nest(\"/files\", router)`"
)]
pub trait Nests {
    /// The state of the router.
    type State;
    /// Returns them.
    fn into_routes(self) -> Routes<Self::State>;
}

impl<S> Nests for Routes<S> {
    type State = S;
    fn into_routes(self) -> Self {
        self
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(|route| &route.info)).finish()
    }
}
