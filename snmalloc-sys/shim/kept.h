// SPDX-License-Identifier: MIT
// Freed chunks that are kept as they are, with their metadata, for the next
// request of the same size: small ones by each thread, large ones by all threads
// together. All that is kept is bounded.

#pragma once

namespace snmalloc_rs
{
  using namespace snmalloc;

  // Chunks from this size on are kept by all threads together.
  static constexpr size_t COMMON_BITS = 20;

  // What a thread keeps at most, in bytes.
  static constexpr size_t THREAD_LIMIT = bits::one_at_bit(22);

  template<typename Metadata>
  struct KeptChunk
  {
    void* base{nullptr};
    Metadata* metadata{nullptr};
    // What its entries in the table of pages still say of owner and size class.
    uintptr_t owner{0};
    uint64_t since{0};
  };

  // Chunks of the sizes 2^FROM up to (not including) 2^TO, the last freed first.
  template<typename Metadata, size_t FROM, size_t TO, size_t SLOTS>
  class Kept
  {
    using Chunk = KeptChunk<Metadata>;

    struct Bin
    {
      Chunk chunks[SLOTS]{};
      size_t count{0};
    };

    Bin bins[TO - FROM]{};
    size_t bytes{0};

    static size_t size_of(size_t bin)
    {
      return bits::one_at_bit(bin + FROM);
    }

  public:
    constexpr Kept() = default;

    static bool covers(size_t size)
    {
      return size >= bits::one_at_bit(FROM) && size < bits::one_at_bit(TO);
    }

    size_t total() const
    {
      return bytes;
    }

    // False, too, for a size that isn't kept here.
    SNMALLOC_FAST_PATH_INLINE bool
    keep(size_t size, const Chunk& chunk, size_t limit)
    {
      if (!covers(size))
        return false;
      Bin& bin = bins[bits::next_pow2_bits(size) - FROM];
      if (bin.count == SLOTS || size > limit || bytes > limit - size)
        return false;
      bin.chunks[bin.count++] = chunk;
      bytes += size;
      return true;
    }

    SNMALLOC_FAST_PATH_INLINE bool take(size_t size, Chunk& chunk)
    {
      if (!covers(size))
        return false;
      Bin& bin = bins[bits::next_pow2_bits(size) - FROM];
      if (bin.count == 0)
        return false;
      chunk = bin.chunks[--bin.count];
      bytes -= size;
      return true;
    }

    // The size of the largest chunk that is kept of more than `size` and at most
    // `most` bytes; else `size`.
    size_t largest(size_t size, size_t most) const
    {
      for (size_t any = most; any > size; any /= 2)
        if (covers(any) && bins[bits::next_pow2_bits(any) - FROM].count != 0)
          return any;
      return size;
    }

    // Takes out any chunk that is kept since before `then`; 0 when there is none.
    size_t take_older(uint64_t then, Chunk& chunk)
    {
      for (size_t index = 0; bytes != 0 && index < TO - FROM; index++)
      {
        Bin& bin = bins[index];
        // The first is the oldest.
        if (bin.count == 0 || bin.chunks[0].since >= then)
          continue;
        chunk = bin.chunks[0];
        bin.count--;
        for (size_t at = 0; at < bin.count; at++)
          bin.chunks[at] = bin.chunks[at + 1];
        bytes -= size_of(index);
        return size_of(index);
      }
      return 0;
    }
  };
} // namespace snmalloc_rs
