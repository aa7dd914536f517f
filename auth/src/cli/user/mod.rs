//! `user …`: accounts, by `auth.accounts()`, with whoever is at the terminal as the actor of the events.

pub(super) mod change;
pub(super) mod create;
pub(super) mod list;
mod operator;
mod password;
pub(super) mod show;
mod shown;
pub(super) mod who;
