//! The door between the languages.
