// Makes snmalloc assume 39-bit addresses. It then reserves half a GiB for its pagemap instead
// of 256 GiB, which valgrind cannot provide. The fast path executes the same instructions,
// except for the number of bits in a shift.
//
// Included first (`-include`) when compiling a snmalloc whose build has no setting for this;
// snmalloc itself is unchanged. For Linux only, because valgrind is only used there.
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
