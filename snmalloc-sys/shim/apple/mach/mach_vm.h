// SPDX-License-Identifier: MIT
// Declares the one function of this header that snmalloc calls. zig's headers do not have
// it, and in the SDKs of iOS, tvOS, watchOS and visionOS the header is an `#error`; their
// libSystem has the function.
#pragma once

#include <mach/mach_types.h>
#include <mach/vm_types.h>

#ifdef __cplusplus
extern "C"
#endif
kern_return_t
mach_vm_map(
  vm_map_t task,
  mach_vm_address_t* address,
  mach_vm_size_t size,
  mach_vm_offset_t mask,
  int flags,
  mem_entry_name_port_t object,
  memory_object_offset_t offset,
  boolean_t copy,
  vm_prot_t protection,
  vm_prot_t most_protection,
  vm_inherit_t inheritance);
