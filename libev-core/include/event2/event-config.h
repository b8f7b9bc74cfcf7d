/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/event-config.h
 *
 * What the system has, as far as public headers and programs ask.  Found out by
 * the compiler that includes it, so that the file is the same on every
 * architecture.
 */
#ifndef EVENT2_EVENT_CONFIG_H_INCLUDED_
#define EVENT2_EVENT_CONFIG_H_INCLUDED_

#define EVENT__VERSION         "2.1.13-stable"
#define EVENT__NUMERIC_VERSION 0x02010d00
#define EVENT__PACKAGE         "libev-suite"
#define EVENT__PACKAGE_VERSION EVENT__VERSION

#if !defined(_WIN32)
#define EVENT__HAVE_ARPA_INET_H  1
#define EVENT__HAVE_FCNTL_H      1
#define EVENT__HAVE_NETDB_H      1
#define EVENT__HAVE_NETINET_IN_H 1
#define EVENT__HAVE_POLL         1
#define EVENT__HAVE_POLL_H       1
#define EVENT__HAVE_PTHREADS     1
#define EVENT__HAVE_SELECT       1
#define EVENT__HAVE_SYS_SELECT_H 1
#define EVENT__HAVE_SYS_SOCKET_H 1
#define EVENT__HAVE_SYS_TIME_H   1
#define EVENT__HAVE_SYS_TYPES_H  1
#define EVENT__HAVE_SYS_UIO_H    1
#define EVENT__HAVE_SYS_UN_H     1
#define EVENT__HAVE_UNISTD_H     1
#define EVENT__HAVE_GETTIMEOFDAY 1
#define EVENT__HAVE_SOCKETPAIR   1
#define EVENT__HAVE_SIGACTION    1
#define EVENT__HAVE_UINTPTR_T    1
#endif

#define EVENT__HAVE_STDARG_H                1
#define EVENT__HAVE_STDDEF_H                1
#define EVENT__HAVE_STDINT_H                1
#define EVENT__HAVE_STDLIB_H                1
#define EVENT__HAVE_STRING_H                1
#define EVENT__HAVE_GETADDRINFO             1
#define EVENT__HAVE_STRUCT_ADDRINFO         1
#define EVENT__HAVE_STRUCT_IN6_ADDR         1
#define EVENT__HAVE_STRUCT_SOCKADDR_IN6     1
#define EVENT__HAVE_STRUCT_SOCKADDR_STORAGE 1
#define EVENT__HAVE_SA_FAMILY_T             1

#if defined(__linux__)
#define EVENT__HAVE_EPOLL       1
#define EVENT__HAVE_EVENTFD     1
#define EVENT__HAVE_SYS_EPOLL_H 1
#define EVENT__HAVE_ACCEPT4     1
#define EVENT__HAVE_PIPE2       1
#endif

#if defined(__SIZEOF_INT__)
#define EVENT__SIZEOF_INT       __SIZEOF_INT__
#define EVENT__SIZEOF_LONG      __SIZEOF_LONG__
#define EVENT__SIZEOF_LONG_LONG __SIZEOF_LONG_LONG__
#define EVENT__SIZEOF_SHORT     __SIZEOF_SHORT__
#define EVENT__SIZEOF_SIZE_T    __SIZEOF_SIZE_T__
#define EVENT__SIZEOF_VOID_P    __SIZEOF_POINTER__
#elif defined(_WIN64)
#define EVENT__SIZEOF_INT       4
#define EVENT__SIZEOF_LONG      4
#define EVENT__SIZEOF_LONG_LONG 8
#define EVENT__SIZEOF_SHORT     2
#define EVENT__SIZEOF_SIZE_T    8
#define EVENT__SIZEOF_VOID_P    8
#endif

#endif
