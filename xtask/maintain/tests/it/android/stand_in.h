// SPDX-License-Identifier: MIT
// A stand-in for Android's C library headers, written for the tests: it has the part that
// snmalloc uses, so that its C++ compiles for Android without an NDK. All headers that
// snmalloc includes are this file.
#pragma once
#include <stddef.h>
#include <stdint.h>
typedef long ssize_t;
typedef long off_t;
typedef long time_t;
typedef int pid_t;
typedef int clockid_t;
typedef long pthread_t;
typedef int pthread_key_t;
typedef struct { long words[7]; } pthread_attr_t;
typedef unsigned long sigset_t;
typedef struct { int words[10]; } pthread_mutex_t;
struct timespec { time_t tv_sec; long tv_nsec; };
struct iovec { void* iov_base; size_t iov_len; };
struct rlimit { unsigned long rlim_cur; unsigned long rlim_max; };
extern "C" {
int* __errno(void);
void* memcpy(void*, const void*, size_t);
void* memmove(void*, const void*, size_t);
void* memset(void*, int, size_t);
int memcmp(const void*, const void*, size_t);
size_t strlen(const char*);
int strncmp(const char*, const char*, size_t);
char* strchr(const char*, int);
char* getenv(const char*);
void bzero(void*, size_t);
[[noreturn]] void abort(void);
void* malloc(size_t);
void free(void*);
long sysconf(int);
void* mmap(void*, size_t, int, int, int, off_t);
int munmap(void*, size_t);
int mprotect(void*, size_t, int);
int madvise(void*, size_t, int);
int mincore(void*, size_t, unsigned char*);
void* mremap(void*, size_t, size_t, int, ...);
int getrlimit(int, struct rlimit*);
ssize_t read(int, void*, size_t);
ssize_t writev(int, const struct iovec*, int);
int fsync(int);
int open(const char*, int, ...);
int close(int);
int clock_gettime(clockid_t, struct timespec*);
int nanosleep(const struct timespec*, struct timespec*);
int sched_yield(void);
long syscall(long, ...);
int prctl(int, ...);
pid_t getpid(void);
int pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
int pthread_detach(pthread_t);
int pthread_sigmask(int, const sigset_t*, sigset_t*);
int sigfillset(sigset_t*);
int pthread_key_create(pthread_key_t*, void (*)(void*));
int pthread_setspecific(pthread_key_t, const void*);
void* pthread_getspecific(pthread_key_t);
int pthread_atfork(void (*)(void), void (*)(void), void (*)(void));
}
#define errno (*__errno())
#define EINTR 4
#define _SC_PAGESIZE 39
#define EAGAIN 11
#define ENOMEM 12
#define EFAULT 14
#define EINVAL 22
#define EOVERFLOW 75
#define STDERR_FILENO 2
#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_PRIVATE 2
#define MAP_FIXED 16
#define MAP_ANONYMOUS 32
#define MAP_NORESERVE 0x4000
#define MREMAP_MAYMOVE 1
#define MREMAP_FIXED 2
#define RLIMIT_AS 9
#define RLIMIT_DATA 2
#define SIG_SETMASK 2
#define RLIM_INFINITY (~0UL)
#define MAP_FAILED ((void*)-1)
#define MADV_DONTNEED 4
#define MADV_FREE 8
#define MADV_DONTDUMP 16
#define MADV_DODUMP 17
#define O_RDONLY 0
#define O_CLOEXEC 02000000
#define CLOCK_MONOTONIC 1
#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129
#define GRND_NONBLOCK 1
#ifdef __aarch64__
#define SYS_futex 98
#define SYS_getrandom 278
#else
#define SYS_futex 240
#define SYS_getrandom 384
#endif
#define __NR_futex SYS_futex
#define __NR_getrandom SYS_getrandom

// Guarded as bionic guards it.
#if __ANDROID_API__ >= 28
extern "C" int getentropy(void*, size_t);
#endif
