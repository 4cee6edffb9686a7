//! Emits the linker flags that a Node add-on needs.
fn main() {
    napi_build::setup();
}
