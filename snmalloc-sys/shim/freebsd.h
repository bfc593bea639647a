// SPDX-License-Identifier: MIT
// FreeBSD: snmalloc writes its last words by two functions that are private to the
// C library, and that not every libc to link against has (FreeBSD 15 moved them,
// zig's lacks them). The public ones do the same.

#pragma once

#ifdef __FreeBSD__
#  include <sys/uio.h>
#  include <unistd.h>
#  define __sys_writev writev
#  define __sys_fsync fsync
#endif
