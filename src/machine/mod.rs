//! Runs code at the level of vector instructions that the machine has.
//!
//! A body is compiled once per level and chosen at run time, so one binary is fast on every machine.
//! This module and those within it are the only places with unsafe code.

mod lanes;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use lanes::{LANE_BYTES, Lane, SET_WORDS, Scan, spread};

/// Which instructions the machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// What every machine of the target has.
    Basic,
    /// 256-bit integer instructions and population count.
    #[cfg(target_arch = "x86_64")]
    Wide,
    /// 512-bit integer instructions as well.
    #[cfg(target_arch = "x86_64")]
    Widest,
}

impl Level {
    /// Asks the machine.
    pub(crate) fn detect() -> Level {
        #[cfg(target_arch = "x86_64")]
        {
            let has_wide = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt");
            let has_widest = has_wide
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vpopcntdq");
            match (has_widest, has_wide) {
                (true, _) => Level::Widest,
                (false, true) => Level::Wide,
                (false, false) => Level::Basic,
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        Level::Basic
    }

    /// Runs a body compiled for this level. The body and what it calls must be `#[inline(always)]`.
    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "the functions differ from safe ones only in the instructions they may use, and a level is made by `detect` alone, which asked for exactly those"
    )]
    pub(crate) fn run(self, body: impl FnOnce()) {
        match self {
            Level::Basic => body(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `detect` found every feature named on the function.
            Level::Wide => unsafe { wide(body) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `detect` found every feature named on the function.
            Level::Widest => unsafe { widest(body) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn wide(body: impl FnOnce()) {
    body();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq"
)]
fn widest(body: impl FnOnce()) {
    body();
}
