//! `cargo xtask on-device`, hidden from users: cargo's runner for Android.

use std::path::Path;

use crate::cli::OnDeviceArgs;
use crate::failure::Failure;
use crate::runners::adb::{self, Device};

pub fn run(args: &OnDeviceArgs) -> Result<(), Failure> {
    let device = Device {
        adb: args.adb.clone(),
        serial: args.serial.clone(),
    };
    adb::run(&device, Path::new(&args.program), &args.args)
}
