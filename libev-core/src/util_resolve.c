/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getaddrinfo(), with what systems leave out: numbers mean the same whatever
 * addresses the host has, no port is cut to 16 bits, and flags that a system
 * does not know are done without.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include <event2/util.h>

#include <libev-abi/sys.h>

static int
is_numeric_host(const char *node)
{
	unsigned char address[sizeof(struct in6_addr)];
	unsigned scope;

	return evutil_inet_pton(AF_INET, node, address) == 1 ||
	       evutil_inet_pton_scope(AF_INET6, node, address, &scope) == 1;
}

static int
is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/*
 * What a number says, or that it is this host, does not depend on the
 * addresses that this host has; where to listen does.
 */
static struct addrinfo
adjust(const struct addrinfo *hints, const char *node)
{
	struct addrinfo ours;

	memset(&ours, 0, sizeof(ours));
	ours.ai_family = AF_UNSPEC;
	if (hints) {
		ours.ai_flags = hints->ai_flags;
		ours.ai_family = hints->ai_family;
		ours.ai_socktype = hints->ai_socktype;
		ours.ai_protocol = hints->ai_protocol;
	}
	if (node ? is_numeric_host(node) : !(ours.ai_flags & AI_PASSIVE))
		ours.ai_flags &= ~EVUTIL_AI_ADDRCONFIG;
	return ours;
}

static int
port_is_too_large(const char *service)
{
	return service && is_number(service) &&
	       evutil_strtoll(service, NULL, 10) > 65535;
}

int
evutil_getaddrinfo(const char *nodename, const char *servname,
	const struct evutil_addrinfo *hints_in, struct evutil_addrinfo **res)
{
	struct addrinfo hints = adjust(hints_in, nodename), *found;
	int err;

	if (!nodename && !servname)
		return EVUTIL_EAI_NONAME;
	if (port_is_too_large(servname))
		return EVUTIL_EAI_SERVICE;
	err = sys_getaddrinfo(nodename, servname, &hints, &found);
	if (err == EVUTIL_EAI_BADFLAGS &&
		hints.ai_flags & (EVUTIL_AI_ADDRCONFIG | EVUTIL_AI_V4MAPPED |
					 EVUTIL_AI_ALL)) {
		hints.ai_flags &= ~(EVUTIL_AI_ADDRCONFIG | EVUTIL_AI_V4MAPPED |
				    EVUTIL_AI_ALL);
		err = sys_getaddrinfo(nodename, servname, &hints, &found);
	}
	if (err == 0)
		*res = found;
	return err;
}

void
evutil_freeaddrinfo(struct evutil_addrinfo *ai)
{
	if (ai)
		freeaddrinfo(ai);
}

const char *
evutil_gai_strerror(int err)
{
	if (err == EVUTIL_EAI_CANCEL)
		return "Request canceled";
	return err ? gai_strerror(err) : "No error";
}
