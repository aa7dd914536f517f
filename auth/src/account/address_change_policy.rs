//! Who confirms a change of address.

/// Who confirms a change of address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressChangePolicy {
    /// Both addresses. Somebody who no longer reads the mail of the present one has to ask the operator.
    #[default]
    Both,
    /// The new one. The former one gets a link that takes the change back for 72 hours, and ends every session. Nobody
    /// else gets the former one meanwhile, as long as this is the policy.
    NewAndUndo,
}
