// SPDX-License-Identifier: MIT
// Included before every file: the settings, CPU layers and OS layers of the shim.

#pragma once

// The shim makes these inline only; tests that are linked need their symbols.
#define SNMALLOC_API SNMALLOC_USED_FUNCTION SNMALLOC_FAST_PATH_INLINE
#define SNMALLOC_API_SLOW SNMALLOC_USED_FUNCTION inline

#include "../../shim/tuning.h"
// In the order of shim.cc.
#include "../../shim/arch.h"
#include "../../shim/freebsd.h"
#include "../../shim/linux_pal.h"
#include "../../shim/windows_pal.h"
