/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses of evutil, by the system's inet_pton() and inet_ntop(). */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>

#include <event2/util.h>

/* An address is shorter than this, with its scope and brackets. */
#define ADDRESS_MAX 128

const char *
evutil_inet_ntop(int af, const void *src, char *dst, size_t len)
{
	if (af != AF_INET && af != AF_INET6)
		return NULL;
	return inet_ntop(
		af, src, dst, len > ADDRESS_MAX ? ADDRESS_MAX : (socklen_t)len);
}

int
evutil_inet_pton(int af, const char *src, void *dst)
{
	if (af != AF_INET && af != AF_INET6)
		return -1;
	return inet_pton(af, src, dst);
}

/* A number or the name of an interface; 0: neither. */
static unsigned
scope_of(const char *text)
{
	char *end;
	unsigned long number;

	if (*text < '0' || *text > '9')
		return if_nametoindex(text);
	errno = 0;
	number = strtoul(text, &end, 10);
	return *end || errno || number > UINT_MAX ? 0 : (unsigned)number;
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
	scope = scope_of(percent + 1);
	if (scope == 0)
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
	long port;
	char *end;

	if (*text < '0' || *text > '9' || strlen(text) > 5)
		return 0;
	port = strtol(text, &end, 10);
	return *end || port > 65535 ? 0 : (int)port;
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

int
evutil_sockaddr_cmp(const struct sockaddr *sa1, const struct sockaddr *sa2,
	int include_port)
{
	int result = compare(sa1->sa_family, sa2->sa_family);

	if (result == 0 && sa1->sa_family == AF_INET)
		result = compare_v4(sa1, sa2, include_port);
	if (result == 0 && sa1->sa_family == AF_INET6)
		result = compare_v6(sa1, sa2, include_port);
	return result;
}
