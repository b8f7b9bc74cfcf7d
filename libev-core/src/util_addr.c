/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses of evutil, by the system's inet_pton() and inet_ntop(). */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <event2/util.h>

/* An address is shorter than this, with its scope and brackets. */
#define ADDRESS_MAX 128

const char *
evutil_inet_ntop(int af, const void *src, char *dst, size_t len)
{
	return inet_ntop(
		af, src, dst, len > ADDRESS_MAX ? ADDRESS_MAX : (socklen_t)len);
}

int
evutil_inet_pton(int af, const char *src, void *dst)
{
	return inet_pton(af, src, dst);
}

static int
is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* A number, of which 0 is the default zone, or the name of an interface. */
static int
parse_scope(const char *text, unsigned *scope_out)
{
	ev_int64_t number = is_number(text) ? evutil_strtoll(text, NULL, 10)
					    : if_nametoindex(text);

	if (number > UINT_MAX || (number == 0 && !is_number(text)))
		return -1;
	*scope_out = (unsigned)number;
	return 0;
}

int
evutil_inet_pton_scope(int af, const char *src, void *dst, unsigned *indexp)
{
	const char *percent = strchr(src, '%');
	char address[ADDRESS_MAX];
	size_t length;
	unsigned scope;
	int result;

	if (af != AF_INET6 || !percent) {
		*indexp = 0;
		return evutil_inet_pton(af, src, dst);
	}
	length = (size_t)(percent - src);
	if (length >= sizeof(address))
		return 0;
	memcpy(address, src, length);
	address[length] = '\0';
	if (parse_scope(percent + 1, &scope) < 0)
		return 0;
	result = evutil_inet_pton(af, address, dst);
	if (result == 1)
		*indexp = scope;
	return result;
}

/* 1..65535 of a text that is nothing else; 0: it is not. */
static int
port_of(const char *text)
{
	ev_int64_t port = is_number(text) ? evutil_strtoll(text, NULL, 10) : 0;

	return port > 65535 ? 0 : (int)port;
}

/*
 * Cut TEXT, which is ADDRESS_MAX long at most, into address and port; the port
 * is NULL if there is none.  -1: it has no such form.
 */
static int
split(char *text, char **address_out, char **port_out, int *is_v6_out)
{
	char *colon = strchr(text, ':');

	*port_out = NULL;
	*address_out = text;
	*is_v6_out = 1;
	if (*text == '[') {
		char *bracket = strchr(text, ']');

		if (!bracket || (bracket[1] && bracket[1] != ':'))
			return -1;
		if (bracket[1])
			*port_out = bracket + 2;
		*bracket = '\0';
		*address_out = text + 1;
		return 0;
	}
	if (colon && strchr(colon + 1, ':'))
		return 0;
	*is_v6_out = 0;
	if (colon) {
		*colon = '\0';
		*port_out = colon + 1;
	}
	return 0;
}

static int
give(struct sockaddr *out, int *outlen, const void *address, size_t size)
{
	if (*outlen < 0 || (size_t)*outlen < size)
		return -1;
	memset(out, 0, (size_t)*outlen);
	memcpy(out, address, size);
	*outlen = (int)size;
	return 0;
}

static int
parse_v6(const char *text, int port, struct sockaddr *out, int *outlen)
{
	struct sockaddr_in6 in6;
	unsigned scope;

	memset(&in6, 0, sizeof(in6));
	if (evutil_inet_pton_scope(AF_INET6, text, &in6.sin6_addr, &scope) != 1)
		return -1;
	in6.sin6_family = AF_INET6;
	in6.sin6_port = htons((uint16_t)port);
	in6.sin6_scope_id = scope;
	return give(out, outlen, &in6, sizeof(in6));
}

static int
parse_v4(const char *text, int port, struct sockaddr *out, int *outlen)
{
	struct sockaddr_in in;

	memset(&in, 0, sizeof(in));
	if (evutil_inet_pton(AF_INET, text, &in.sin_addr) != 1)
		return -1;
	in.sin_family = AF_INET;
	in.sin_port = htons((uint16_t)port);
	return give(out, outlen, &in, sizeof(in));
}

int
evutil_parse_sockaddr_port(const char *str, struct sockaddr *out, int *outlen)
{
	char copy[ADDRESS_MAX], *address, *port_text;
	int port = 0, is_v6;
	size_t length = strlen(str);

	if (length >= sizeof(copy))
		return -1;
	memcpy(copy, str, length + 1);
	if (split(copy, &address, &port_text, &is_v6) < 0)
		return -1;
	if (port_text && (port = port_of(port_text)) == 0)
		return -1;
	return is_v6 ? parse_v6(address, port, out, outlen)
		     : parse_v4(address, port, out, outlen);
}

static int
compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* What cannot be looked into is not equal to anything but itself. */
static int
compare_places(const struct sockaddr *sa1, const struct sockaddr *sa2)
{
	return ((uintptr_t)sa1 > (uintptr_t)sa2) -
	       ((uintptr_t)sa1 < (uintptr_t)sa2);
}

static int
compare_v4(const struct sockaddr *sa1, const struct sockaddr *sa2, int ports)
{
	struct sockaddr_in a, b;
	int result;

	memcpy(&a, sa1, sizeof(a));
	memcpy(&b, sa2, sizeof(b));
	result = compare(ntohl(a.sin_addr.s_addr), ntohl(b.sin_addr.s_addr));
	if (result == 0 && ports)
		result = compare(ntohs(a.sin_port), ntohs(b.sin_port));
	return result;
}

static int
compare_v6(const struct sockaddr *sa1, const struct sockaddr *sa2, int ports)
{
	struct sockaddr_in6 a, b;
	int result;

	memcpy(&a, sa1, sizeof(a));
	memcpy(&b, sa2, sizeof(b));
	result = memcmp(&a.sin6_addr, &b.sin6_addr, sizeof(a.sin6_addr));
	if (result == 0 && ports)
		result = compare(ntohs(a.sin6_port), ntohs(b.sin6_port));
	return result;
}

/* By path; abstract names and those without any would need their lengths. */
static int
compare_unix(const struct sockaddr *sa1, const struct sockaddr *sa2)
{
	const char *a = ((const struct sockaddr_un *)sa1)->sun_path;
	const char *b = ((const struct sockaddr_un *)sa2)->sun_path;
	size_t room = sizeof(((struct sockaddr_un *)0)->sun_path);

	return *a || *b ? strncmp(a, b, room) : compare_places(sa1, sa2);
}

int
evutil_sockaddr_cmp(const struct sockaddr *sa1, const struct sockaddr *sa2,
	int include_port)
{
	if (sa1->sa_family != sa2->sa_family)
		return compare(sa1->sa_family, sa2->sa_family);
	switch (sa1->sa_family) {
	case AF_INET:
		return compare_v4(sa1, sa2, include_port);
	case AF_INET6:
		return compare_v6(sa1, sa2, include_port);
	case AF_UNIX:
		return compare_unix(sa1, sa2);
	default:
		return compare_places(sa1, sa2);
	}
}
