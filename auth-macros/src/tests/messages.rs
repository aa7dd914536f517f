//! Wrong input, and the exact words that answer it.
