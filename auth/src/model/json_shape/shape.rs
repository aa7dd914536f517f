/// The JSON type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Unknown.
    Any,
    Boolean,
    /// With the name of the format, if any.
    Integer(Option<&'static str>),
    /// An integer of 64 bits or more, as text, with the name of the format.
    Wide(&'static str),
    Number,
    Text,
    /// One of these strings.
    Choice(Vec<&'static str>),
    List(Box<Shape>),
    /// An object whose values all have the same type.
    Map(Box<Shape>),
    Object,
    /// The value may be `null`.
    Optional(Box<Shape>),
}
