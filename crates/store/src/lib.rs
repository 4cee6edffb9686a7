//! Where do vectors live, and which are nearest?
