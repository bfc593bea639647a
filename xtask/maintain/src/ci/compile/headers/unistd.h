// SPDX-License-Identifier: MIT
// Android declares getentropy since 9 (API level 28), musl always does.
#if defined(__ANDROID_API__) && __ANDROID_API__ < 28
#  define getentropy getentropy_of_a_newer_android
#  include_next <unistd.h>
#  undef getentropy
#else
#  include_next <unistd.h>
#endif
