#[automatically_derived]
impl ::web_auth::__private::AuthRole for Duty {
    const ALL: &'static [Self] = &[Self::FrontDesk, Self::Kitchen];
    const NAMES: &'static [&'static str] = &["FRONT_DESK", "KITCHEN"];
    const INCLUDES: &'static [u64] = &[1, 2];
    fn index(&self) -> usize {
        match self {
            Self::FrontDesk => 0usize,
            Self::Kitchen => 1usize,
        }
    }
}
#[automatically_derived]
impl<__U> ::web_auth::__private::Requirement<__U> for Duty
where
    __U: ::web_auth::__private::HasRole<Duty>,
{
    fn holds(&self, caller: &::web_auth::__private::Facts<'_, __U>) -> bool {
        caller.hold(self)
    }
}
