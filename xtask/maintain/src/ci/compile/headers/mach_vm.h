// SPDX-License-Identifier: MIT
// In the SDKs of iOS, tvOS, watchOS and visionOS the header exists and cannot be used.
#error mach_vm.h unsupported.
