// SPDX-License-Identifier: MIT
// A stand-in for the Windows SDK and its C library, written for the tests: it has the part
// that snmalloc uses with its own STL, so that clang-cl compiles it without an SDK. The
// test's headers include this file; only windows.h and bcrypt.h enable the part of `winnt.h`.
#ifndef STAND_IN_C
#define STAND_IN_C
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
extern "C" {
int* _errno(void);
void* memcpy(void*, const void*, size_t);
void* memmove(void*, const void*, size_t);
void* memset(void*, int, size_t);
int memcmp(const void*, const void*, size_t);
size_t strlen(const char*);
int strncmp(const char*, const char*, size_t);
char* strchr(const char*, int);
typedef struct { long long part[64]; } jmp_buf[1];
typedef struct file FILE;
FILE* __acrt_iob_func(unsigned);
int fputc(int, FILE*);
int fputs(const char*, FILE*);
int fflush(FILE*);
int puts(const char*);
int fprintf(FILE*, const char*, ...);
int snprintf(char*, size_t, const char*, ...);
void* _aligned_malloc(size_t, size_t);
void _aligned_free(void*);
int _write(int, const void*, unsigned);
}
#define errno (*_errno())
#define stdout (__acrt_iob_func(1))
#define stderr (__acrt_iob_func(2))
#define EINVAL 22
#define ENOMEM 12
#define EOVERFLOW 132
#define ERANGE 34
#define STDERR_FILENO 2
#endif

// Only for stdlib.h and cstdlib.
#if defined(STAND_IN_STDLIB) && !defined(STAND_IN_STDLIB_DONE)
#define STAND_IN_STDLIB_DONE
extern "C" {
[[noreturn]] void abort(void);
[[noreturn]] void _exit(int);
void* malloc(size_t);
void free(void*);
char* getenv(const char*);
}
#endif

#if defined(STAND_IN_WINDOWS) && !defined(STAND_IN_WINDOWS_DONE)
#define STAND_IN_WINDOWS_DONE
typedef void *HANDLE, *PVOID, *LPVOID;
typedef int BOOL, *PBOOL;
typedef unsigned char BYTE, UCHAR, BOOLEAN, *PUCHAR;
typedef unsigned long DWORD, ULONG, *LPDWORD;
typedef long LONG, NTSTATUS;
typedef unsigned long long DWORD64, ULONG64;
typedef long long LONGLONG;
typedef size_t SIZE_T;
typedef union { LONGLONG QuadPart; } LARGE_INTEGER;
typedef struct { ULONG ExceptionCode; ULONG NumberParameters; uintptr_t ExceptionInformation[15]; } EXCEPTION_RECORD;
typedef struct _EXCEPTION_POINTERS { EXCEPTION_RECORD* ExceptionRecord; } EXCEPTION_POINTERS, *PEXCEPTION_POINTERS;
typedef struct { PVOID LowestStartingAddress, HighestEndingAddress; SIZE_T Alignment; }
  MEM_ADDRESS_REQUIREMENTS;
typedef struct {
  struct { DWORD64 Type : 8; DWORD64 Reserved : 56; };
  union { DWORD64 ULong64; PVOID Pointer; SIZE_T Size; HANDLE Handle; DWORD ULong; };
} MEM_EXTENDED_PARAMETER;
typedef struct { unsigned short e_magic; LONG e_lfanew; } IMAGE_DOS_HEADER;
typedef struct { struct { unsigned short MajorSubsystemVersion; ULONG SizeOfImage; }
  OptionalHeader; struct { unsigned short Characteristics; } FileHeader; } IMAGE_NT_HEADERS;
#define IMAGE_FILE_DLL 0x2000
#define NTAPI __stdcall
#define _In_
#define CALLBACK __stdcall
#define WINAPI __stdcall
#define TRUE 1
#define FALSE 0
#ifndef NULL
#  define NULL 0
#endif
#define INFINITE 0xFFFFFFFF
#define WT_EXECUTEDEFAULT 0
#define NTDDI_WIN10_RS5 0x0A000006
#define MEM_COMMIT 0x1000
#define MEM_RESERVE 0x2000
#define MEM_DECOMMIT 0x4000
#define MEM_RELEASE 0x8000
#define MEM_RESET 0x80000
#define PAGE_NOACCESS 1
#define PAGE_READONLY 2
#define PAGE_READWRITE 4
#define BCRYPT_USE_SYSTEM_PREFERRED_RNG 2
#define STATUS_ACCESS_VIOLATION 0xC0000005
#define EXCEPTION_ACCESS_VIOLATION STATUS_ACCESS_VIOLATION
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION -1
enum { LowMemoryResourceNotification, HighMemoryResourceNotification };
enum { MemExtendedParameterAddressRequirements = 1 };
#define ARM64_SYSREG(op0, op1, crn, crm, op2) \
  (((op0 & 1) << 14) | ((op1 & 7) << 11) | ((crn & 15) << 7) | ((crm & 15) << 3) | (op2 & 7))
extern "C" {
LPVOID VirtualAlloc(LPVOID, SIZE_T, DWORD, DWORD);
PVOID VirtualAlloc2FromApp(HANDLE, PVOID, SIZE_T, ULONG, ULONG, MEM_EXTENDED_PARAMETER*, ULONG);
BOOL VirtualFree(LPVOID, SIZE_T, DWORD);
HANDLE CreateMemoryResourceNotification(int);
BOOL QueryMemoryResourceNotification(HANDLE, PBOOL);
BOOL RegisterWaitForSingleObject(
  HANDLE*, HANDLE, void(CALLBACK*)(PVOID, BOOLEAN), PVOID, ULONG, ULONG);
PVOID AddVectoredExceptionHandler(ULONG, LONG(CALLBACK*)(EXCEPTION_POINTERS*));
ULONG RemoveVectoredExceptionHandler(PVOID);
BOOL QueryPerformanceCounter(LARGE_INTEGER*);
BOOL QueryPerformanceFrequency(LARGE_INTEGER*);
BOOL WaitOnAddress(volatile void*, PVOID, SIZE_T, DWORD);
void WakeByAddressSingle(PVOID);
void WakeByAddressAll(PVOID);
NTSTATUS BCryptGenRandom(PVOID, PUCHAR, ULONG, ULONG);
DWORD GetCurrentProcessId(void);
HANDLE CreateThread(PVOID, SIZE_T, DWORD(WINAPI*)(PVOID), PVOID, DWORD, LPDWORD);
BOOL CloseHandle(HANDLE);
void Sleep(DWORD);
[[noreturn]] void RaiseFailFastException(EXCEPTION_RECORD*, PVOID, DWORD);
}
#endif
