//! The statements, as text, and what is bound to them. They are made here, when the application is compiled, and are
//! constants from then on.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Expr, Ident};

use super::model::{ActiveForm, Checked, Field};

/// How one family of databases spells names and parameters.
#[derive(Clone, Copy)]
enum Spelling {
    /// `"name"`, `$1`
    Dollar,
    /// `` `name` ``, `?`
    Question,
}

impl Spelling {
    fn quote(self, name: &str) -> String {
        match self {
            Self::Dollar => format!("\"{name}\""),
            Self::Question => format!("`{name}`"),
        }
    }

    /// Parameters are bound in the order of their numbers, and appear in it, so `?` needs no number.
    fn parameter(self, number: usize) -> String {
        match self {
            Self::Dollar => format!("${number}"),
            Self::Question => "?".to_owned(),
        }
    }

    fn names(self, names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
        names.into_iter().map(|name| self.quote(name.as_ref())).collect::<Vec<_>>().join(", ")
    }

    fn table(self, user: &Checked) -> String {
        user.table.split('.').map(|part| self.quote(part)).collect::<Vec<_>>().join(".")
    }

    /// `"column" = $number`
    fn equals(self, column: &str, number: usize) -> String {
        format!("{} = {}", self.quote(column), self.parameter(number))
    }
}

/// `Sql { dollar: "…", question: "…" }`
fn both(private: &TokenStream, text: impl Fn(Spelling) -> String) -> TokenStream {
    let (dollar, question) = (text(Spelling::Dollar), text(Spelling::Question));
    quote!(#private::Sql { dollar: #dollar, question: #question })
}

pub(super) fn select(user: &Checked, by: &Field) -> TokenStream {
    both(&user.krate.private(), |sql| {
        let (columns, table) = (sql.names(&user.columns), sql.table(user));
        format!("SELECT {columns} FROM {table} WHERE {}", sql.equals(&by.column, 1))
    })
}

fn update(user: &Checked, set: impl Fn(Spelling) -> String, filter: impl Fn(Spelling) -> String) -> TokenStream {
    both(&user.krate.private(), |sql| format!("UPDATE {} SET {} WHERE {}", sql.table(user), set(sql), filter(sql)))
}

/// `Some(…)`, or `None` for what the type has no field for.
fn optional(tokens: Option<TokenStream>) -> TokenStream {
    tokens.map_or_else(|| quote!(::core::option::Option::None), |tokens| quote!(::core::option::Option::Some(#tokens)))
}

fn insert(user: &Checked) -> TokenStream {
    both(&user.krate.private(), |sql| {
        let columns: Vec<&str> = inserted_columns(user).collect();
        let parameters: Vec<String> = (1..=columns.len()).map(|number| sql.parameter(number)).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", sql.table(user), sql.names(columns), parameters.join(", "))
    })
}

/// A value that sign-up writes.
enum Inserted<'a> {
    /// The id, made by the library.
    Id(&'a Field),
    /// From the body.
    Body(&'a Field),
    Password(&'a Field),
    /// `default = …`
    Fixed(&'a Field, &'a Expr),
}

impl<'a> Inserted<'a> {
    fn field(&self) -> &'a Field {
        match self {
            Self::Id(field) | Self::Body(field) | Self::Password(field) | Self::Fixed(field, _) => field,
        }
    }
}

/// What sign-up writes. The statement and what is bound to it both come from this list, so they cannot differ.
fn inserted(user: &Checked) -> impl Iterator<Item = Inserted<'_>> {
    let id = user.generates_id.then_some(Inserted::Id(&user.id));
    let logins = user.logins.iter().map(|login| Inserted::Body(&login.field));
    let password = user.password.as_ref().map(|password| Inserted::Password(&password.field));
    let register = user.register.iter().map(Inserted::Body);
    let defaults = user.defaults.iter().map(|(field, value)| Inserted::Fixed(field, value));
    id.into_iter().chain(logins).chain(password).chain(register).chain(defaults)
}

/// The columns of what sign-up writes.
pub(super) fn inserted_columns(user: &Checked) -> impl Iterator<Item = &str> {
    inserted(user).map(|value| value.field().column.as_str())
}

/// `Statements { … }`
pub(super) fn statements(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let id = &user.id;
    let by_id = |number: usize| move |sql: Spelling| sql.equals(&id.column, number);

    let select_by_id = select(user, id);
    let insert = insert(user);
    let password = user.password.as_ref().map(|password| &password.field.column);
    let set_password = optional(password.map(|column| update(user, |sql| sql.equals(column, 1), by_id(2))));
    let replace_password = optional(password.map(|column| {
        update(user, |sql| sql.equals(column, 1), |sql| format!("{} AND {}", by_id(2)(sql), sql.equals(column, 3)))
    }));
    let active = user.active.as_ref().map(|active| (&active.field.column, active.form));
    let enable = optional(active.map(|(column, form)| {
        let value = if form == ActiveForm::Flag { "TRUE" } else { "NULL" };
        update(user, |sql| format!("{} = {value}", sql.quote(column)), by_id(1))
    }));
    let disable = optional(active.map(|(column, form)| match form {
        ActiveForm::Flag => update(user, |sql| format!("{} = FALSE", sql.quote(column)), by_id(1)),
        ActiveForm::Null => update(user, |sql| format!("{} = CURRENT_TIMESTAMP", sql.quote(column)), by_id(1)),
        ActiveForm::NullSeconds => update(user, |sql| sql.equals(column, 1), by_id(2)),
    }));
    let disable_binds_seconds = active.is_some_and(|(_, form)| form == ActiveForm::NullSeconds);
    let set_roles =
        optional(user.roles.as_ref().map(|roles| update(user, |sql| sql.equals(&roles.field.column, 1), by_id(2))));
    let set_permissions = optional(
        user.permissions
            .as_ref()
            .map(|permissions| update(user, |sql| sql.equals(&permissions.field.column, 1), by_id(2))),
    );
    let delete = both(&private, |sql| format!("DELETE FROM {} WHERE {}", sql.table(user), by_id(1)(sql)));
    quote! {
        #private::Statements {
            select_by_id: #select_by_id,
            insert: #insert,
            set_password: #set_password,
            replace_password: #replace_password,
            enable: #enable,
            disable: #disable,
            disable_binds_seconds: #disable_binds_seconds,
            set_roles: #set_roles,
            set_permissions: #set_permissions,
            delete: #delete,
        }
    }
}

/// What is bound to the statements. The runtime crate makes it an impl if it was built with sqlx: a derive cannot see
/// the features of another crate.
pub(super) fn sql_user(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let ident = &user.ident;
    // Invisible to the expressions under `default = …`.
    let name = |name: &str| Ident::new(name, Span::mixed_site());
    let (id, new, args, roles, value) = (name("id"), name("new"), name("args"), name("roles"), name("value"));
    let bind_new = inserted(user).map(|inserted| match inserted {
        Inserted::Id(_) => quote!(#args.add(&#new.id)?;),
        Inserted::Body(field) => {
            let field = &field.ident;
            quote!(#args.add(&#new.registration.#field)?;)
        }
        Inserted::Password(_) => quote!(#args.add(#new.password_hash.as_ref().map(|hash| hash.expose()))?;),
        Inserted::Fixed(field, fixed) => {
            let ty = &field.ty;
            quote!(let #value: #ty = #fixed; #args.add(#value)?;)
        }
    });
    let bind_roles = user.roles.as_ref().map_or_else(
        || quote!(fn roles(_roles, _args) {}),
        |_| quote!(fn roles(#roles, #args) { #args.add(#roles)?; }),
    );
    let permissions = name("permissions");
    let bind_permissions = user.permissions.as_ref().map_or_else(
        || quote!(fn permissions(_permissions, _args) {}),
        |_| quote!(fn permissions(#permissions, #args) { #args.add(#permissions)?; }),
    );
    let typed = user.typed.iter().map(|Field { column, ty, .. }| quote!(#column: #ty));
    quote! {
        #private::sql_user! {
            impl #ident {
                fn id(#id, #args) {
                    #args.add(#id)?;
                }
                fn new(#new, #args) {
                    #(#bind_new)*
                }
                #bind_roles
                #bind_permissions
                columns { #(#typed),* }
            }
        }
    }
}
