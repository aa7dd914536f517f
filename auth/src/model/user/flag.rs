use std::any::Any;

/// A type that a field under `#[auth(verified)]` may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the address is confirmed",
    label = "this type is the `#[auth(verified)]` field",
    note = "use a `bool`, or an `Option` of the time when it was confirmed"
)]
pub trait Flag {
    /// Returns whether it is set.
    fn is_set(&self) -> bool;
}

impl Flag for bool {
    fn is_set(&self) -> bool {
        *self
    }
}

/// A time that is there. A nullable flag or number is set as it would be without the `Option`: tables that were made by
/// other frameworks have `BOOLEAN NULL` and `TINYINT NULL`, where zero is no.
impl<T: 'static> Flag for Option<T> {
    fn is_set(&self) -> bool {
        fn is_no<T: Any + Default + PartialEq>(value: &dyn Any) -> bool {
            value.downcast_ref::<T>().is_some_and(|value| *value == T::default())
        }
        let no = [is_no::<bool>, is_no::<i8>, is_no::<i16>, is_no::<i32>, is_no::<i64>];
        let unsigned = [is_no::<u8>, is_no::<u16>, is_no::<u32>, is_no::<u64>];
        self.as_ref().is_some_and(|value| !no.iter().chain(&unsigned).any(|is_no| is_no(value)))
    }
}
