/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/util.h
 *
 * What programs of this kind need besides a loop: integers of known size,
 * sockets, time, text, addresses, random bytes, in the same form on every
 * system.  Nothing here needs an event_base.
 *
 * Functions that return int return 0 on success and -1 on failure unless they
 * say otherwise; after a failure of a socket function EVUTIL_SOCKET_ERROR()
 * tells why.  All may be called from any thread and from every callback; what
 * concerns one socket only from one thread at a time.  @since 0.1 for all.
 */
#ifndef EVENT2_UTIL_H_INCLUDED_
#define EVENT2_UTIL_H_INCLUDED_

#include <event2/event-config.h>
#include <event2/visibility.h>

#ifdef EVENT__HAVE_SYS_TYPES_H
#include <sys/types.h>
#endif
#ifdef EVENT__HAVE_SYS_TIME_H
#include <sys/time.h>
#endif
#ifdef EVENT__HAVE_SYS_SOCKET_H
#include <sys/socket.h>
#endif
#ifdef EVENT__HAVE_NETDB_H
#include <netdb.h>
#endif
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct timezone;
struct tm;

/* --- integers ------------------------------------------------------------*/

#define ev_uint64_t  uint64_t
#define ev_int64_t   int64_t
#define ev_uint32_t  uint32_t
#define ev_int32_t   int32_t
#define ev_uint16_t  uint16_t
#define ev_int16_t   int16_t
#define ev_uint8_t   uint8_t
#define ev_int8_t    int8_t
#define ev_uintptr_t uintptr_t
#define ev_intptr_t  intptr_t

#ifdef _WIN32
#define ev_ssize_t   ev_intptr_t
#define ev_off_t     ev_int64_t
#define ev_socklen_t int
#else
#define ev_ssize_t   ssize_t
#define ev_off_t     off_t
#define ev_socklen_t socklen_t
#endif

#define EV_UINT64_MAX UINT64_MAX
#define EV_INT64_MAX  INT64_MAX
#define EV_INT64_MIN  INT64_MIN
#define EV_UINT32_MAX UINT32_MAX
#define EV_INT32_MAX  INT32_MAX
#define EV_INT32_MIN  INT32_MIN
#define EV_UINT16_MAX UINT16_MAX
#define EV_INT16_MAX  INT16_MAX
#define EV_INT16_MIN  INT16_MIN
#define EV_UINT8_MAX  UINT8_MAX
#define EV_INT8_MAX   INT8_MAX
#define EV_INT8_MIN   INT8_MIN

#define EV_SIZE_MAX SIZE_MAX
#if EVENT__SIZEOF_SIZE_T == 8
#define EV_SSIZE_MAX EV_INT64_MAX
#else
#define EV_SSIZE_MAX EV_INT32_MAX
#endif
#define EV_SSIZE_MIN ((-EV_SSIZE_MAX) - 1)

/* --- time ----------------------------------------------------------------*/

/** The sum of two timevals, normalised as they are. */
#define evutil_timeradd(tvp, uvp, vvp)                            \
	do {                                                      \
		(vvp)->tv_sec = (tvp)->tv_sec + (uvp)->tv_sec;    \
		(vvp)->tv_usec = (tvp)->tv_usec + (uvp)->tv_usec; \
		if ((vvp)->tv_usec >= 1000000) {                  \
			(vvp)->tv_sec++;                          \
			(vvp)->tv_usec -= 1000000;                \
		}                                                 \
	} while (0)

/** The difference of two timevals, normalised as they are. */
#define evutil_timersub(tvp, uvp, vvp)                            \
	do {                                                      \
		(vvp)->tv_sec = (tvp)->tv_sec - (uvp)->tv_sec;    \
		(vvp)->tv_usec = (tvp)->tv_usec - (uvp)->tv_usec; \
		if ((vvp)->tv_usec < 0) {                         \
			(vvp)->tv_sec--;                          \
			(vvp)->tv_usec += 1000000;                \
		}                                                 \
	} while (0)

#define evutil_timerclear(tvp) (tvp)->tv_sec = (tvp)->tv_usec = 0

/** Compare two timevals by the operator CMP, one of == != < > <= >=. */
#define evutil_timercmp(tvp, uvp, cmp)                                         \
	(((tvp)->tv_sec == (uvp)->tv_sec) ? ((tvp)->tv_usec cmp(uvp)->tv_usec) \
					  : ((tvp)->tv_sec cmp(uvp)->tv_sec))

#define evutil_timerisset(tvp) ((tvp)->tv_sec || (tvp)->tv_usec)

/** The offset of a member in a structure. */
#define evutil_offsetof(type, field) offsetof(type, field)

/** Time of day; the second argument is to be NULL. */
#define evutil_gettimeofday(tv, tz) gettimeofday((tv), (tz))

/**
 * The text of RFC 1123's date, in English whatever the locale is.
 *
 * @param date     where the text goes; 30 bytes hold every date to 9999
 * @param datelen  bytes at DATE
 * @param tm       the time in UTC; NULL: now
 * @return length of the text, as snprintf() counts it
 */
EVENT2_EXPORT_SYMBOL
int evutil_date_rfc1123(char *date, const size_t datelen, const struct tm *tm);

/** A clock that never goes back. */
struct evutil_monotonic_timer;

#define EV_MONOT_PRECISE  1 /**< the finest clock there is */
#define EV_MONOT_FALLBACK 2 /**< time of day, kept from going back */

/** @return a clock, or NULL without memory */
EVENT2_EXPORT_SYMBOL
struct evutil_monotonic_timer *evutil_monotonic_timer_new(void);

/** @param timer  may be NULL */
EVENT2_EXPORT_SYMBOL
void evutil_monotonic_timer_free(struct evutil_monotonic_timer *timer);

/** Choose the clock behind TIMER.  @param flags  EV_MONOT_* */
EVENT2_EXPORT_SYMBOL
int evutil_configure_monotonic_time(
	struct evutil_monotonic_timer *timer, int flags);

/** Read TIMER.  The time means nothing by itself; differences do. */
EVENT2_EXPORT_SYMBOL
int evutil_gettime_monotonic(
	struct evutil_monotonic_timer *timer, struct timeval *tp);

/* --- sockets -------------------------------------------------------------*/

#ifdef _WIN32
#define evutil_socket_t intptr_t
#else
#define evutil_socket_t int
#endif

#define EVUTIL_INVALID_SOCKET -1

#define EVUTIL_CLOSESOCKET(s) evutil_closesocket(s)

/** The error of the last socket call of this thread, and setting it. */
#define EVUTIL_SOCKET_ERROR() (errno)
#define EVUTIL_SET_SOCKET_ERROR(errcode) \
	do {                             \
		errno = (errcode);       \
	} while (0)
/** The error that belongs to one socket, and the text of an error. */
#define evutil_socket_geterror(sock)           (errno)
#define evutil_socket_error_to_string(errcode) (strerror(errcode))

/**
 * A pair of connected sockets.
 *
 * @param d         AF_UNIX, or AF_INET for one over the loopback interface
 * @param type      SOCK_STREAM; with AF_UNIX what the system takes
 * @param protocol  0
 * @param sv        where the two go; untouched on failure
 */
EVENT2_EXPORT_SYMBOL
int evutil_socketpair(int d, int type, int protocol, evutil_socket_t sv[2]);

/** Calls on SOCK return at once from now on. */
EVENT2_EXPORT_SYMBOL
int evutil_make_socket_nonblocking(evutil_socket_t sock);

/** A new listener may take the address of one that has just gone. */
EVENT2_EXPORT_SYMBOL
int evutil_make_listen_socket_reuseable(evutil_socket_t sock);

/** Several listeners may share one port, and connections are spread. */
EVENT2_EXPORT_SYMBOL
int evutil_make_listen_socket_reuseable_port(evutil_socket_t sock);

/** A listener for IPv6 takes no connections by IPv4. */
EVENT2_EXPORT_SYMBOL
int evutil_make_listen_socket_ipv6only(evutil_socket_t sock);

/** A listener for IPv6 takes connections by IPv4, too. */
EVENT2_EXPORT_SYMBOL
int evutil_make_listen_socket_not_ipv6only(evutil_socket_t sock);

/** SOCK is closed when the process executes another program. */
EVENT2_EXPORT_SYMBOL
int evutil_make_socket_closeonexec(evutil_socket_t sock);

EVENT2_EXPORT_SYMBOL
int evutil_closesocket(evutil_socket_t sock);

/** Report connections only when data has come; does nothing where unknown. */
EVENT2_EXPORT_SYMBOL
int evutil_make_tcp_listen_socket_deferred(evutil_socket_t sock);

/**
 * Notice a peer that is gone without a word.
 *
 * @param on       1 or 0
 * @param timeout  seconds after which a silent peer is given up; 0: as the
 *                 system does
 */
EVENT2_EXPORT_SYMBOL
int evutil_set_tcp_keepalive(evutil_socket_t sock, int on, int timeout);

/* --- text ----------------------------------------------------------------*/

/** strtoll(); the same limits, the same errno. */
EVENT2_EXPORT_SYMBOL
ev_int64_t evutil_strtoll(const char *s, char **endptr, int base);

/**
 * snprintf() that always ends the text with a zero byte if there is room for
 * one, and returns the length the whole text has, or -1.
 */
EVENT2_EXPORT_SYMBOL
int evutil_snprintf(char *buf, size_t buflen, const char *format, ...)
#ifdef __GNUC__
	__attribute__((format(printf, 3, 4)))
#endif
	;

/** The same with a list of arguments. */
EVENT2_EXPORT_SYMBOL
int evutil_vsnprintf(char *buf, size_t buflen, const char *format, va_list ap)
#ifdef __GNUC__
	__attribute__((format(printf, 3, 0)))
#endif
	;

/** Compare without regard to the case of ASCII letters, in any locale. */
EVENT2_EXPORT_SYMBOL
int evutil_ascii_strcasecmp(const char *str1, const char *str2);

/** The same for the first N bytes. */
EVENT2_EXPORT_SYMBOL
int evutil_ascii_strncasecmp(const char *str1, const char *str2, size_t n);

/* --- addresses -----------------------------------------------------------*/

/**
 * The text of an address: IPv6 in the short form of RFC 5952.
 *
 * @param af   AF_INET or AF_INET6
 * @param src  struct in_addr or struct in6_addr
 * @param len  bytes at DST
 * @return DST, or NULL: errno is EAFNOSUPPORT if AF is another, ENOSPC if
 *     there is too little room
 */
EVENT2_EXPORT_SYMBOL
const char *evutil_inet_ntop(int af, const void *src, char *dst, size_t len);

/**
 * The address of a text.
 *
 * @return 1; 0 if SRC is no address of this family; -1 if AF is another
 */
EVENT2_EXPORT_SYMBOL
int evutil_inet_pton(int af, const char *src, void *dst);

/**
 * The same, and takes "%scope" after an IPv6 address, by number or by the name
 * of an interface.
 *
 * @param indexp  where the scope goes, 0 without one; untouched on failure
 */
EVENT2_EXPORT_SYMBOL
int
evutil_inet_pton_scope(int af, const char *src, void *dst, unsigned *indexp);

struct sockaddr;

/**
 * The address of a text with an optional port: 192.0.2.1, 192.0.2.1:80,
 * 2001:db8::1, [2001:db8::1], [2001:db8::1]:80; IPv6 also with %scope.
 * Names are not looked up.
 *
 * @param out     where the address goes
 * @param outlen  in: bytes at OUT; out: bytes that are used
 * @return 0; -1 if STR is something else, its port is not in 1..65535, or
 *     there is too little room
 */
EVENT2_EXPORT_SYMBOL
int
evutil_parse_sockaddr_port(const char *str, struct sockaddr *out, int *outlen);

/**
 * An order of addresses: by family, then address, then with INCLUDE_PORT the
 * port.  A scope is not looked at.  AF_UNIX is ordered by path; addresses of
 * other kinds, whose length is not known here, equal nothing but themselves.
 *
 * @return less than, equal to or greater than 0
 */
EVENT2_EXPORT_SYMBOL
int evutil_sockaddr_cmp(const struct sockaddr *sa1, const struct sockaddr *sa2,
	int include_port);

/* --- names ---------------------------------------------------------------*/

#define evutil_addrinfo addrinfo

/*
 * On Linux by number: which of the names <netdb.h> shows depends on what the
 * program asked of the system's headers, and these must not.
 */
#ifdef __linux__
#define EVUTIL_EAI_ADDRFAMILY (-9)
#define EVUTIL_EAI_AGAIN      (-3)
#define EVUTIL_EAI_BADFLAGS   (-1)
#define EVUTIL_EAI_FAIL       (-4)
#define EVUTIL_EAI_FAMILY     (-6)
#define EVUTIL_EAI_MEMORY     (-10)
#define EVUTIL_EAI_NODATA     (-5)
#define EVUTIL_EAI_NONAME     (-2)
#define EVUTIL_EAI_SERVICE    (-8)
#define EVUTIL_EAI_SOCKTYPE   (-7)
#define EVUTIL_EAI_SYSTEM     (-11)
#else
#ifdef EAI_ADDRFAMILY
#define EVUTIL_EAI_ADDRFAMILY EAI_ADDRFAMILY
#else
#define EVUTIL_EAI_ADDRFAMILY -901
#endif
#define EVUTIL_EAI_AGAIN    EAI_AGAIN
#define EVUTIL_EAI_BADFLAGS EAI_BADFLAGS
#define EVUTIL_EAI_FAIL     EAI_FAIL
#define EVUTIL_EAI_FAMILY   EAI_FAMILY
#define EVUTIL_EAI_MEMORY   EAI_MEMORY
#ifdef EAI_NODATA
#define EVUTIL_EAI_NODATA EAI_NODATA
#else
#define EVUTIL_EAI_NODATA -907
#endif
#define EVUTIL_EAI_NONAME   EAI_NONAME
#define EVUTIL_EAI_SERVICE  EAI_SERVICE
#define EVUTIL_EAI_SOCKTYPE EAI_SOCKTYPE
#define EVUTIL_EAI_SYSTEM   EAI_SYSTEM
#endif
/** Somebody gave the look-up up. */
#define EVUTIL_EAI_CANCEL -90001

#ifdef __linux__
#define EVUTIL_AI_PASSIVE     0x0001
#define EVUTIL_AI_CANONNAME   0x0002
#define EVUTIL_AI_NUMERICHOST 0x0004
#define EVUTIL_AI_V4MAPPED    0x0008
#define EVUTIL_AI_ALL         0x0010
#define EVUTIL_AI_ADDRCONFIG  0x0020
#define EVUTIL_AI_NUMERICSERV 0x0400
#else
#define EVUTIL_AI_PASSIVE     AI_PASSIVE
#define EVUTIL_AI_CANONNAME   AI_CANONNAME
#define EVUTIL_AI_NUMERICHOST AI_NUMERICHOST
#define EVUTIL_AI_NUMERICSERV AI_NUMERICSERV
#ifdef AI_V4MAPPED
#define EVUTIL_AI_V4MAPPED AI_V4MAPPED
#define EVUTIL_AI_ALL      AI_ALL
#else
#define EVUTIL_AI_V4MAPPED 0x2000
#define EVUTIL_AI_ALL      0x4000
#endif
#ifdef AI_ADDRCONFIG
#define EVUTIL_AI_ADDRCONFIG AI_ADDRCONFIG
#else
#define EVUTIL_AI_ADDRCONFIG 0x8000
#endif
#endif

struct evutil_addrinfo;

/**
 * Look a name up; it may take long, so not in a loop that has other work.
 * Numeric hosts and services are never asked for elsewhere, and are the same
 * whatever addresses this host has.
 *
 * @param nodename  NULL: this host, or with AI_PASSIVE any address of it
 * @param servname  NULL: port 0
 * @param hints_in  may be NULL
 * @param res       where the list goes, for evutil_freeaddrinfo(); untouched
 *                  on failure
 * @return 0 or EVUTIL_EAI_*
 */
EVENT2_EXPORT_SYMBOL
int evutil_getaddrinfo(const char *nodename, const char *servname,
	const struct evutil_addrinfo *hints_in, struct evutil_addrinfo **res);

/** @param ai  a list of evutil_getaddrinfo(), or NULL */
EVENT2_EXPORT_SYMBOL
void evutil_freeaddrinfo(struct evutil_addrinfo *ai);

/** The text of an EVUTIL_EAI_*. */
EVENT2_EXPORT_SYMBOL
const char *evutil_gai_strerror(int err);

/* --- random bytes --------------------------------------------------------*/

/**
 * N bytes that nobody can foretell, from the system's generator.
 *
 * A system that has none (no getrandom() and no device, in a chroot, say) is
 * reported through the log and the callback of event_set_fatal_callback(), and
 * the buffer is filled with zeros.  A program that makes keys asks with
 * evutil_secure_rng_init() first, or lets the fatal callback end it.
 */
EVENT2_EXPORT_SYMBOL
void evutil_secure_rng_get_bytes(void *buf, size_t n);

/** Is there such a generator?  @return 0, or -1 if there is none */
EVENT2_EXPORT_SYMBOL
int evutil_secure_rng_init(void);

/**
 * The device to read where the system has no call for random bytes.  Before
 * the first use.
 *
 * @param fname  a path that stays valid
 */
EVENT2_EXPORT_SYMBOL
int evutil_secure_rng_set_urandom_device_file(char *fname);

/** Does nothing: the system's generator needs no help. */
EVENT2_EXPORT_SYMBOL
void evutil_secure_rng_add_bytes(const char *dat, size_t datlen);

#ifdef __cplusplus
}
#endif

#endif
