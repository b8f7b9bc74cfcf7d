/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ground floor: what every table that crosses a library boundary has in
 * common.  Each begins with abi_version and struct_size, and each reader
 * checks them once, when it first meets the table:
 *
 *   another major            the table is refused
 *   a mandatory member cut off by struct_size   the table is refused
 *   an optional member cut off                  the member counts as absent
 *   longer than known        fine: the rest is not looked at
 *
 * Members are appended, never inserted or removed; appending one raises the
 * minor number.  Every layout that was ever released is compared with the
 * present one at compile time (tests/arch/frozen_abi.c).
 */
#ifndef EV_ABI_ABI_H
#define EV_ABI_ABI_H

#include <stddef.h>
#include <stdint.h>

#define EV_ABI_VERSION(major, minor) (((uint32_t)(major) << 16) | (minor))
#define EV_ABI_MAJOR(version)        ((uint32_t)(version) >> 16)
#define EV_ABI_MINOR(version)        ((uint32_t)(version)&0xffffu)

/* First byte after MEMBER: the struct_size from which on MEMBER exists. */
#define EV_ABI_END(type, member) \
	(offsetof(type, member) + sizeof(((type *)0)->member))

/* Does TABLE, as its maker compiled it, carry a usable MEMBER? */
#define EV_ABI_HAS(type, table, member) \
	((table)->struct_size >= EV_ABI_END(type, member) && (table)->member)

#ifdef _WIN32
typedef intptr_t ev_fd;
#define EV_ABI_EXPORT __declspec(dllexport)
#else
typedef int ev_fd;
#define EV_ABI_EXPORT __attribute__((visibility("default")))
#endif

#endif
