//! The statements, as text. They are made here, when the application is compiled, and are constants from then on.

use proc_macro2::TokenStream;
use quote::quote;

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
        let columns: Vec<&str> = inserted(user).map(|field| field.column.as_str()).collect();
        let parameters: Vec<String> = (1..=columns.len()).map(|number| sql.parameter(number)).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", sql.table(user), sql.names(columns), parameters.join(", "))
    })
}

/// What sign-up writes, in the order in which `sql_user!` binds it.
fn inserted(user: &Checked) -> impl Iterator<Item = &Field> {
    let id = user.generates_id.then_some(&user.id);
    let logins = user.logins.iter().map(|login| &login.field);
    let password = user.password.as_ref().map(|password| &password.field);
    let defaults = user.defaults.iter().map(|(field, _)| field);
    id.into_iter().chain(logins).chain(password).chain(&user.register).chain(defaults)
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
            delete: #delete,
        }
    }
}
