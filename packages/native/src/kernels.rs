//! What this CPU can do, for `clipfind doctor`.

use clipfind_kernels::{Backend, Kernel};

use crate::Kernels;

pub(crate) fn report() -> Kernels {
    let active = Kernel::active();
    Kernels {
        active: active.as_ref().ok().map(|kernel| kernel.backend().name().to_owned()),
        problem: active.err().map(|error| error.to_string()),
        available: Backend::all()
            .into_iter()
            .filter(|backend| backend.is_available())
            .map(|backend| backend.name().to_owned())
            .collect(),
        features: features().into_iter().map(str::to_owned).collect(),
    }
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let known = [
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512bw", is_x86_feature_detected!("avx512bw")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ("avxvnni", is_x86_feature_detected!("avxvnni")),
    ];
    known.into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<&'static str> {
    let known = [
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
        ("i8mm", std::arch::is_aarch64_feature_detected!("i8mm")),
        ("bf16", std::arch::is_aarch64_feature_detected!("bf16")),
    ];
    known.into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const fn features() -> Vec<&'static str> {
    Vec::new()
}
