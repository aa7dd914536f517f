//! Hostile input, one file an area.
