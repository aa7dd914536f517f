//! A backend whose calls are subject to the plan, those that write users and records in one transaction included.

use std::sync::Arc;

use super::{Faults, Faulty};
use crate::model::user::{AuthUser, NewUser};
use crate::store::{
    Backend, Boxed, Bumped, Change, Changed, Created, DynAccounts, Inherited, RowChange, Stores, Unerased,
};

impl<U: AuthUser, B: Backend<U>> Backend<U> for Faulty<B> {
    fn open(self) -> Stores<U> {
        let Self { store, faults } = self;
        let opened = store.open();
        let mut stores = Stores::new(faults.wrap(Unerased(opened.users)), faults.wrap(Unerased(opened.records)));
        stores.accounts = opened
            .accounts
            .map(|accounts| -> Arc<dyn DynAccounts<U>> { Arc::new(FaultyAccounts { accounts, faults }) });
        stores
    }
}

struct FaultyAccounts<U: AuthUser> {
    accounts: Arc<dyn DynAccounts<U>>,
    faults: Faults,
}

impl<U: AuthUser> DynAccounts<U> for FaultyAccounts<U> {
    fn change<'a>(&'a self, id: &'a U::Id, change: RowChange<'a, U>, bumped: Bumped<'a>) -> Boxed<'a, Changed> {
        Box::pin(self.faults.around("accounts.change", self.accounts.change(id, change, bumped)))
    }

    fn create<'a>(
        &'a self,
        new: NewUser<U>,
        changes: &'a [Change<U>],
        inherited: Inherited<'a>,
    ) -> Boxed<'a, Created<U>> {
        Box::pin(self.faults.around("accounts.create", self.accounts.create(new, changes, inherited)))
    }
}
