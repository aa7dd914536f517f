/// What a value is in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing is known of it.
    Any,
    Boolean,
    /// With the format's name, where there is one.
    Integer(Option<&'static str>),
    Number,
    Text,
    /// One of these words.
    Choice(Vec<&'static str>),
    List(Box<Shape>),
    /// An object whose values are all alike.
    Map(Box<Shape>),
    Object,
    /// May be `null`.
    Optional(Box<Shape>),
}
