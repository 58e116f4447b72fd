// Functions of the C library that newer versions of it have twice: the older one, so that the addon loads on older systems.
#pragma once

#if defined(__linux__) && defined(__x86_64__)
#define OLDER(name) __asm__(".symver " #name "," #name "@GLIBC_2.2.5")
#elif defined(__linux__) && defined(__aarch64__)
#define OLDER(name) __asm__(".symver " #name "," #name "@GLIBC_2.17")
#else
#define OLDER(name) static_assert(true, "")
#endif
