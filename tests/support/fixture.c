/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fixture.h: what it made last is the first to go, and nothing is left.
 */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/ext_backend.h>
#include <event2/thread.h>

enum { EVENTS_MAX = 1024, SCAN_MAX = 4096 };

struct fixture fx = {.fd = -1, .peer = -1};

static struct event *events[EVENTS_MAX];
static int events_made;
static int descriptors_before;
static long blocks_before;

const char *
test_backend(void)
{
	const char *name = getenv("LIBEV_TEST_BACKEND");

	return name && *name ? name : NULL;
}

int
test_threads(void)
{
	const char *on = getenv("LIBEV_TEST_THREADS");

	return on && !strcmp(on, "1");
}

int
test_arrivals(int times)
{
	const char *provider = getenv("LIBEV_SIGNALS");

	return provider && !strcmp(provider, "signalfd") ? 1 : times;
}

/* Without a process for each test the library has to go on afterwards. */
static int
has_own_process(void)
{
	const char *fork = getenv("CK_FORK");

	return !fork || strcmp(fork, "no");
}

static int
scan_descriptors(void)
{
	int fd, count = 0;

	for (fd = 0; fd < SCAN_MAX; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	if (!dir)
		return scan_descriptors();
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 3; /* "." and ".." and the directory's own */
}

struct event_config *
fixture_config(void)
{
	struct event_config *cfg = event_config_new();
	const char *names[] = {test_backend(), NULL};

	ck_assert_ptr_nonnull(cfg);
	if (names[0])
		ck_assert_int_eq(event_config_set_methods(cfg, names), 0);
	return cfg;
}

struct event_base *
fixture_base(int flags)
{
	struct event_config *cfg = fixture_config();
	struct event_base *base;

	ck_assert_int_eq(event_config_set_flag(cfg, flags), 0);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	ck_assert_ptr_nonnull(base);
	return base;
}

struct event *
fixture_event(evutil_socket_t fd, short what, event_callback_fn fn, void *arg)
{
	struct event *ev = event_new(fx.base, fd, what, fn, arg);

	ck_assert_ptr_nonnull(ev);
	ck_assert_int_lt(events_made, EVENTS_MAX);
	events[events_made++] = ev;
	return ev;
}

void
make_pair(evutil_socket_t pair[2])
{
	int i;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(fcntl(pair[i], F_SETFL, O_NONBLOCK), 0);
		ck_assert_int_eq(fcntl(pair[i], F_SETFD, FD_CLOEXEC), 0);
	}
}

void
use_tcp(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr *name = (struct sockaddr *)&address;

	close_fd(&fx.fd);
	close_fd(&fx.peer);
	ck_assert_int_eq(bind(listener, name, size), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, name, &size), 0);
	fx.peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(fx.peer, name, size), 0);
	fx.fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(fx.fd, 0);
	close(listener);
	ck_assert_int_eq(evutil_make_socket_nonblocking(fx.fd), 0);
	ck_assert_int_eq(evutil_make_socket_nonblocking(fx.peer), 0);
}

void
reset_peer(void)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	ck_assert_int_eq(setsockopt(fx.peer, SOL_SOCKET, SO_LINGER, &linger,
				 sizeof(linger)),
		0);
	close_fd(&fx.peer);
}

void
close_fd(evutil_socket_t *fd)
{
	if (*fd >= 0)
		ck_assert_int_eq(close(*fd), 0);
	*fd = -1;
}

void
fixture_setup_bare(void)
{
	alloc_install();
	messages_collect();
	blocks_before = alloc_blocks();
	if (test_threads())
		ck_assert_int_eq(evthread_use_pthreads(), 0);
	descriptors_before = open_descriptors();
}

void
fixture_setup(void)
{
	evutil_socket_t pair[2];

	fixture_setup_bare();
	make_pair(pair);
	fx.fd = pair[0];
	fx.peer = pair[1];
	fx.base = fixture_base(0);
}

void
fixture_teardown_bare(void)
{
	ck_assert_int_eq(open_descriptors(), descriptors_before);
	if (has_own_process()) {
		libevent_global_shutdown();
		ck_assert_int_eq(alloc_blocks(), blocks_before);
	}
	ck_assert_msg(!alloc_fault(), "%s", alloc_fault());
	ck_assert_msg(!messages_take(EVENT_LOG_WARN), "a warning: %s",
		messages_latest(EVENT_LOG_WARN));
	ck_assert_msg(!messages_take(EVENT_LOG_ERR), "an error: %s",
		messages_latest(EVENT_LOG_ERR));
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 0);
}

void
fixture_teardown(void)
{
	while (events_made)
		event_free(events[--events_made]);
	if (fx.base)
		event_base_free(fx.base);
	fx.base = NULL;
	close_fd(&fx.fd);
	close_fd(&fx.peer);
	fixture_teardown_bare();
}

struct abilities {
	int features;
	int backends;
};

static int
add_features(const struct event_backend_info *info, void *arg)
{
	struct abilities *sum = arg;

	if (info->usable) {
		sum->features |= info->features;
		sum->backends++;
	}
	return 0;
}

int
test_has(int features)
{
	struct abilities sum = {0};

	if ((event_base_get_features(fx.base) & features) == features)
		return 1;
	event_backend_foreach(add_features, &sum);
	ck_assert_msg(
		sum.backends == 1 || (sum.features & features) == features,
		"no backend has features 0x%x", (unsigned)features);
	return 0;
}

void
send_bytes(evutil_socket_t fd, size_t count)
{
	while (count--)
		ck_assert_int_eq(send(fd, "x", 1, MSG_NOSIGNAL), 1);
}

void
send_byte(evutil_socket_t fd)
{
	send_bytes(fd, 1);
}

void
take_byte(evutil_socket_t fd)
{
	char byte;

	ck_assert_int_eq(read(fd, &byte, 1), 1);
}

size_t
take_all(evutil_socket_t fd)
{
	char bytes[4096];
	size_t count = 0;
	ssize_t got;

	while ((got = read(fd, bytes, sizeof(bytes))) > 0)
		count += (size_t)got;
	return count;
}

size_t
send_all(evutil_socket_t fd)
{
	static const char bytes[4096];
	size_t count = 0;
	ssize_t sent;

	while ((sent = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL)) > 0)
		count += (size_t)sent;
	ck_assert(errno == EAGAIN || errno == EWOULDBLOCK);
	return count;
}

void
turns(int count)
{
	while (count--)
		ck_assert_int_ge(event_base_loop(fx.base, EVLOOP_NONBLOCK), 0);
}

void
note_call(evutil_socket_t fd, short what, void *arg)
{
	struct calls *calls = arg;

	calls->count++;
	calls->what = what;
	calls->ever |= what;
	calls->fd = fd;
}

void
note_and_take(evutil_socket_t fd, short what, void *arg)
{
	note_call(fd, what, arg);
	take_all(fd);
}

void
count_call(evutil_socket_t fd, short what, void *count)
{
	(void)fd;
	(void)what;
	++*(int *)count;
}

void
exit_loop(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	event_base_loopexit(base, NULL);
}
