/* SPDX-License-Identifier: MIT
 * Wine before 9 has no bcryptprimitives.dll, from which Rust's std takes its random
 * numbers: this one, for tests under Wine only, asks the older interface. */
unsigned char __stdcall SystemFunction036(void* buffer, unsigned long size);

__declspec(dllexport) int __stdcall ProcessPrng(void* buffer, unsigned long long size)
{
  return SystemFunction036(buffer, (unsigned long)size);
}
