// SPDX-License-Identifier: MIT
// Per-thread cache of freed slabs, kept with their metadata and reused for the next
// slab of the same size. Bounded.

#pragma once

namespace snmalloc_rs
{
  using namespace snmalloc;

  // Slabs of this size and more are never cached.
  static constexpr size_t SLAB_CACHE_BITS = 20;

  // Maximum bytes of slabs that a thread caches.
  static constexpr size_t THREAD_LIMIT = bits::one_at_bit(20);

  // A thread that exits leaves its allocator as it is to the next thread if at most
  // this many bytes of slabs passed through it.
  static constexpr size_t LEFT_LIMIT = bits::one_at_bit(22);

  template<typename Metadata>
  struct CachedSlab
  {
    void* base{nullptr};
    Metadata* metadata{nullptr};
    // Owner and size class that the slab's pagemap entries still hold.
    uintptr_t owner{0};
  };

  // Slabs of 2^FROM up to (not including) 2^TO bytes, last in, first out.
  template<typename Metadata, size_t FROM, size_t TO, size_t SLOTS>
  class ChunkCache
  {
    using Slab = CachedSlab<Metadata>;

    struct Bin
    {
      Slab slabs[SLOTS]{};
      size_t count{0};
    };

    Bin bins[TO - FROM]{};
    size_t bytes{0};

    static bool covers(size_t size)
    {
      return size >= bits::one_at_bit(FROM) && size < bits::one_at_bit(TO);
    }

  public:
    constexpr ChunkCache() = default;

    // False if the slab doesn't fit into the cache.
    SNMALLOC_FAST_PATH_INLINE bool
    put(size_t size, const Slab& slab, size_t limit)
    {
      if (!covers(size))
        return false;
      Bin& bin = bins[bits::next_pow2_bits(size) - FROM];
      if (bin.count == SLOTS || size > limit || bytes > limit - size)
        return false;
      bin.slabs[bin.count++] = slab;
      bytes += size;
      return true;
    }

    SNMALLOC_FAST_PATH_INLINE bool take(size_t size, Slab& slab)
    {
      if (!covers(size))
        return false;
      Bin& bin = bins[bits::next_pow2_bits(size) - FROM];
      if (bin.count == 0)
        return false;
      slab = bin.slabs[--bin.count];
      bytes -= size;
      return true;
    }

    // Takes out any slab and returns its size; 0 if the cache is empty.
    size_t take_any(Slab& slab)
    {
      for (size_t index = 0; bytes != 0 && index < TO - FROM; index++)
        if (take(bits::one_at_bit(index + FROM), slab))
          return bits::one_at_bit(index + FROM);
      return 0;
    }
  };
} // namespace snmalloc_rs
