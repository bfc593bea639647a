// SPDX-License-Identifier: MIT
//! Allocates and frees one block in a separate function, which a disassembler can find: with
//! cross-language LTO it calls the allocator only on slow paths.

use std::alloc::Layout;
use std::hint::black_box;

#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

/// Allocates and frees 48 bytes.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn allocate_and_free_48() {
    let layout = Layout::new::<[u64; 6]>();
    // SAFETY: the size isn't 0, and the block is freed with its own layout.
    unsafe {
        let block = black_box(std::alloc::alloc(layout));
        if !block.is_null() {
            std::alloc::dealloc(block, layout);
        }
    }
}

fn main() {
    for _ in 0..1000 {
        allocate_and_free_48();
    }
    println!("1000 blocks allocated and freed");
}
