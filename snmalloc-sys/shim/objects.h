// SPDX-License-Identifier: MIT
// Which block an address lies in, answered for any address at all.

#pragma once

namespace snmalloc_rs
{
  // Whether the table of pages has an entry for the address that may be read.
  inline bool has_entry(address_t address)
  {
    // Before that there is neither a table nor a block; and whoever sees this
    // also sees what the table covers.
    if (!Configuration::is_initialised())
      return false;
    if constexpr (bits::BITS > DefaultPal::address_bits)
    {
      if ((address >> DefaultPal::address_bits) != 0)
        return false;
    }
    return window.holds(address, 1);
  }

  inline bool is_of_frontend(const Entry& entry)
  {
    return !entry.is_backend_owned() && entry.is_owned();
  }

  struct Object
  {
    address_t start{0};
    // 0 when there is none.
    size_t size{0};
  };

  inline Object object_at(address_t address)
  {
    if (!has_entry(address))
      return {};
    const Entry& entry = Backend::get_metaentry<true>(address);
    if (!is_of_frontend(entry))
      return {};
    const auto sizeclass = entry.get_sizeclass();
    const size_t size = sizeclass_full_to_size(sizeclass);
    const size_t chunk = sizeclass_full_to_slab_size(sizeclass);
    if (size == 0 || chunk == 0)
      return {};

    // A chunk that is kept, or was given back meanwhile, is known by its first
    // entry alone: the others still say what they said.
    const address_t base = bits::align_down(address, chunk);
    if (!has_entry(base))
      return {};
    const Entry& first = Backend::get_metaentry<true>(base);
    if (
      !is_of_frontend(first) ||
      first.get_remote_and_sizeclass() != entry.get_remote_and_sizeclass())
      return {};

    const address_t start = start_of_object(sizeclass, address);
    // What is left over at a slab's end is no block.
    if (start - base > chunk - size)
      return {};
    return {start, size};
  }
} // namespace snmalloc_rs

SN_ENTRY(void*)
sn_rust_object(const void* address, size_t* size) noexcept
{
  const auto object = snmalloc_rs::object_at(snmalloc::address_cast(address));
  *size = object.size;
  if (object.size == 0)
    return nullptr;
  const size_t offset = snmalloc::address_cast(address) - object.start;
  return static_cast<char*>(const_cast<void*>(address)) - offset;
}
