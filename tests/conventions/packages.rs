//! What can be left out costs no package where it is left out.

use std::collections::BTreeSet;
use std::process::Command;

use crate::source::root;

/// The packages that a program with these features of ours compiles.
fn packages(features: &str) -> BTreeSet<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut tree = Command::new(cargo);
    tree.args(["tree", "--offline", "--locked", "--package", "auth", "--edges", "normal", "--prefix", "none"]);
    let tree = tree.args(["--no-default-features", "--features", features]).current_dir(root()).output().unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_command_line_costs_no_package_when_off() {
    let without = packages("macros,password,aws-lc-rs,sqlite,postgres,mysql,cookies,testing,openapi,redis,smtp");
    assert!(without.len() > 100 && !without.iter().any(|name| name.starts_with("clap")), "{without:?}");
    let (little, with) = (packages("macros,password,aws-lc-rs"), packages("macros,password,aws-lc-rs,cli"));
    let more: Vec<_> = with.difference(&little).map(String::as_str).collect();
    assert_eq!(more, ["anstyle", "clap", "clap_builder", "clap_lex"]);
}
