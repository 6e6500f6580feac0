//! Which vector instructions the inner loops use. The answer never depends on
//! it: vectors do the same IEEE operations on each lane, and nothing fuses or
//! reorders them.

use pulp::{Arch, Simd, WithSimd};

/// A set of vector instructions that this machine can run.
#[derive(Clone, Copy, Debug)]
pub struct InstructionSet(Arch);

impl InstructionSet {
    /// The widest one this machine has.
    #[must_use]
    pub fn detect() -> Self {
        Self(Arch::new())
    }

    /// All that this machine can run, the compiler's baseline first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut sets = vec![Self(Arch::Scalar)];
        #[cfg(target_arch = "x86_64")]
        {
            sets.extend(pulp::x86::V3::try_new().map(|v3| Self(Arch::V3(v3))));
            sets.extend(pulp::x86::V4::try_new().map(|v4| Self(Arch::V4(v4))));
        }
        #[cfg(target_arch = "aarch64")]
        sets.extend(pulp::aarch64::Neon::try_new().map(|neon| Self(Arch::Neon(neon))));
        sets
    }

    /// A short name, e.g. `baseline` or `x86-64-v4`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Arch::Scalar => "baseline",
            #[cfg(target_arch = "x86_64")]
            Arch::V3(_) => "x86-64-v3",
            #[cfg(target_arch = "x86_64")]
            Arch::V4(_) => "x86-64-v4",
            #[cfg(target_arch = "aarch64")]
            Arch::Neon(_) => "neon",
            _ => "other",
        }
    }

    /// Runs `work` compiled for this instruction set. Only what is inlined
    /// into `work` gains by it, hence `#[inline(always)]` on the kernels.
    #[inline(always)]
    pub(crate) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        self.0.dispatch(work)
    }

    /// Runs `work` with the vectors of this instruction set.
    #[inline(always)]
    pub(crate) fn run_with_simd<W: WithSimd>(self, work: W) -> W::Output {
        match self.0 {
            Arch::Scalar => work.with_simd(pulp::Scalar128b),
            set => set.dispatch(work),
        }
    }

    /// Doubles in a vector.
    pub(crate) fn lanes(self) -> usize {
        struct Lanes;
        impl WithSimd for Lanes {
            type Output = usize;

            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> usize {
                S::F64_LANES
            }
        }
        self.run_with_simd(Lanes)
    }
}

impl Default for InstructionSet {
    fn default() -> Self {
        Self::detect()
    }
}
