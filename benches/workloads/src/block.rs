//! A block of memory that is used.

/// Pages are at least this large.
const PAGE: usize = 4096;

/// A block whose first and last byte hold its mark.
pub struct Block(Vec<u8>);

impl Block {
    /// Allocates a block of `size` bytes, which is not 0.
    pub fn new(size: usize, mark: u8) -> Self {
        let mut bytes = Vec::with_capacity(size);
        if let Some(last) = bytes.spare_capacity_mut().get_mut(size - 1) {
            last.write(mark);
        }
        bytes.push(mark);
        Self(bytes)
    }

    /// Writes to every page of the block.
    pub fn touch(&mut self) {
        let mark = self.0[0];
        for page in self.0.spare_capacity_mut().chunks_mut(PAGE) {
            page[0].write(mark);
        }
    }

    /// Its mark.
    pub fn mark(&self) -> u64 {
        self.0[0].into()
    }
}

/// A size as in typical programs: mostly tens of bytes, sometimes a few thousand.
pub fn mixed_size(random: &mut fastrand::Rng) -> usize {
    match random.u8(..) {
        0..180 => random.usize(16..=64),
        180..245 => random.usize(65..=512),
        _ => random.usize(513..=4096),
    }
}
