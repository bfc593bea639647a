// SPDX-License-Identifier: MIT
// Finds the block that contains an address; any address may be passed.

#pragma once

namespace snmalloc_rs
{
  // Returns true if the pagemap has readable entries for all of these bytes.
  inline bool has_entries(address_t address, size_t bytes)
  {
    // Before initialisation there are no blocks and no pagemap. The acquire load also
    // makes the pagemap's bounds visible.
    if (!Configuration::is_initialised())
      return false;
    if constexpr (bits::BITS > DefaultPal::address_bits)
    {
      if ((address >> DefaultPal::address_bits) != 0)
        return false;
    }
    return window.holds(address, bytes);
  }

  inline bool has_entry(address_t address)
  {
    return has_entries(address, 1);
  }

  struct Object
  {
    address_t start{0};
    // 0 if there is no block.
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

    // Use the first entry of the chunk: if the chunk is cached or was returned
    // meanwhile, the others still hold old values.
    const address_t base = bits::align_down(address, chunk);
    if (!has_entry(base))
      return {};
    const Entry& first = Backend::get_metaentry<true>(base);
    if (
      !is_of_frontend(first) ||
      first.get_remote_and_sizeclass() != entry.get_remote_and_sizeclass())
      return {};

    const address_t start = start_of_object(sizeclass, address);
    // The remainder at a slab's end is not a block.
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
