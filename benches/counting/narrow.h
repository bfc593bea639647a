// Makes snmalloc believe that addresses have 39 bits. It then reserves half a GiB for
// its map of pages instead of 256 GiB, which valgrind cannot give it. What a fast path
// executes stays the same but for the number of bits in a shift.
//
// Included before all else (`-include`) where a snmalloc is compiled whose build has
// no setting for this; nothing of snmalloc is changed. For Linux only, as valgrind is
// used there only.
#pragma once

#include <cstddef>

namespace snmalloc
{
  template<typename Pal>
  struct Narrow : Pal
  {
    static constexpr std::size_t address_bits = 39;
  };
}

#define SNMALLOC_MEMORY_PROVIDER Narrow<PALLinux>
