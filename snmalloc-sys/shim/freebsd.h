// SPDX-License-Identifier: MIT
// FreeBSD: snmalloc prints fatal errors with two functions that are private to the C
// library and missing from some versions (FreeBSD 15 moved them; zig's libc has none).
// The public functions do the same.

#pragma once

#ifdef __FreeBSD__
#  include <sys/uio.h>
#  include <unistd.h>
#  define __sys_writev writev
#  define __sys_fsync fsync
#endif
