//! The tests of `broken_off`, for users with lists of roles and permissions.

use std::sync::Arc;
use std::time::Duration;

use auth::store::{Change, MemoryRecords, MemoryUsers, Users as _};
use auth::testing::Faults;
use auth::{Auth, AuthPermission, AuthRole, AuthUser, ClientInfo, NewUser, PasswordHash, Permissions, Roles, Secret};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::time::still;

use crate::interrupted_changes::{WAYS, breaks_off};

#[derive(Clone, Copy, Debug, PartialEq, Eq, AuthRole)]
enum Duty {
    Clerk,
    Chief,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, AuthPermission)]
enum May {
    Pay,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "staff")]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    name: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(roles)]
    roles: Roles<Duty>,
    #[auth(permissions)]
    permissions: Permissions<May>,
}

fn staff() -> MemoryUsers<Staff> {
    let create = |new: NewUser<Staff>, number: u64| Staff {
        id: number.cast_signed(),
        name: new.registration.name,
        password_hash: new.password_hash.unwrap(),
        roles: Roles::from([Duty::Clerk]),
        permissions: Permissions::from([]),
    };
    MemoryUsers::new(create, |row: &mut Staff, change| match change {
        Change::Roles(roles) => row.roles = roles,
        Change::Permissions(permissions) => row.permissions = permissions,
        _ => {}
    })
}

#[tokio::test(start_paused = true)]
async fn rev_04_interrupted_list_changes_end_old_tokens() {
    for what in ["roles", "permissions"] {
        for how in WAYS {
            for call in 0.. {
                let (users, records, faults) = (Arc::new(staff()), Arc::new(MemoryRecords::new()), Faults::new());
                let open = |faults: &Faults| {
                    Auth::<Staff>::builder(faults.over(Arc::clone(&users), Arc::clone(&records)))
                        .secret(Secret::new(SECRET).unwrap())
                        .limits(auth::Limits::insecure_none())
                        .passwords(quick_passwords())
                        .revocation_feed(Duration::ZERO)
                };
                let here = open(&faults).build().await.unwrap();
                let there = open(&Faults::new()).build().await.unwrap();
                let registration = StaffRegistration { name: "ada".to_owned() };
                let tokens = still(here.register(registration, PASSWORD, &ClientInfo::default()))
                    .await
                    .unwrap()
                    .signed_in()
                    .unwrap()
                    .1;
                let work = async {
                    match what {
                        "roles" => here.accounts().set_roles(&1, Roles::from([Duty::Chief])).await,
                        _ => here.accounts().set_permissions(&1, Permissions::from([May::Pay])).await,
                    }
                };
                let broke_off = breaks_off(how, call, &faults, work).await;
                there.sync_revocations().await.unwrap();
                let row = users.find(&1).await.unwrap().unwrap();
                let written = row.roles.iter().any(|role| *role == Duty::Chief) || row.permissions.iter().count() > 0;
                if written {
                    assert!(there.verify(&tokens.access_token).is_err(), "{what}: {how:?} at call {call}");
                    assert!(there.refresh(&tokens.refresh_token, &ClientInfo::default()).await.is_ok());
                }
                if broke_off.is_none() {
                    assert!(written);
                    break;
                }
            }
        }
    }
}
