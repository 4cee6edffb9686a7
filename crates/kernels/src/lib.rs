//! How similar are two vectors?
