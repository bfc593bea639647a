/* SPDX-License-Identifier: MIT
 * Wine before 9 has no bcryptprimitives.dll, from which Rust's std takes its random
 * numbers: this one, for tests under Wine only, asks the older interface. */
unsigned char __stdcall SystemFunction036(void* buffer, unsigned long size);

/* Rust imports it by its plain name. On 32-bit x86 the size of its arguments would be added to
 * that, and GCC would export a name of assembly with one underscore too many: linkers export
 * everything where nothing is marked. */
#ifdef __i386__
int __stdcall ProcessPrng(void* buffer, __SIZE_TYPE__ size) __asm__("_ProcessPrng");
#else
__declspec(dllexport)
#endif
int __stdcall ProcessPrng(void* buffer, __SIZE_TYPE__ size)
{
  return SystemFunction036(buffer, (unsigned long)size);
}
