/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the system refuses for a while: it goes on by itself when that is over,
 * or is told.  Needs a build with -Dtest_seams=true.
 */
#include "suites.h"

#include <event2/ext_bufferevent.h>
#include <event2/listener.h>

#include <libev-abi/sys.h>

#include "kit.h"

static struct ev_sys real;
static struct {
	int accepts, interests, shutdowns; /* that are refused yet */
} refused;

#ifdef __linux__
static int
refuse_accept(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	if (refused.accepts-- > 0) {
		errno = EMFILE;
		return -1;
	}
	return real.accept4(fd, address, len, flags);
}

static int
refuse_interest(int epoll_fd, int op, int fd, struct epoll_event *event)
{
	if (op != EPOLL_CTL_DEL && refused.interests-- > 0) {
		errno = ENOMEM;
		return -1;
	}
	return real.epoll_ctl(epoll_fd, op, fd, event);
}
#endif

static int
refuse_shutdown(int fd, int how)
{
	if (refused.shutdowns-- > 0) {
		errno = ENOTCONN;
		return -1;
	}
	return real.shutdown(fd, how);
}

static void
setup(void)
{
	fixture_setup();
	memset(&refused, 0, sizeof(refused));
	real = ev_sys;
	ev_sys.shutdown = refuse_shutdown;
#ifdef __linux__
	ev_sys.accept4 = refuse_accept;
	ev_sys.epoll_ctl = refuse_interest;
#endif
}

static void
teardown(void)
{
	ev_sys = real;
	fixture_teardown();
}

static void
close_it(struct evconnlistener *lev, evutil_socket_t fd, struct sockaddr *from,
	int length, void *count)
{
	(void)lev, (void)from, (void)length;
	close(fd);
	++*(int *)count;
}

static void
refuse_more(struct evconnlistener *lev, void *count)
{
	(void)lev, (void)count;
	refused.interests = 2;
}

/* It can neither accept, nor wait for connections when its pause is over. */
START_TEST(bug27_listener_comes_back_when_it_cannot_be_watched)
{
	struct sockaddr_in address;
	int count = 0;
	evutil_socket_t fd = listening(&address);
	evutil_socket_t peer = socket(AF_INET, SOCK_STREAM, 0);
	struct evconnlistener *lev;

	evutil_make_socket_nonblocking(fd);
	lev = evconnlistener_new(
		fx.base, close_it, &count, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	ck_assert_ptr_nonnull(lev);
	evconnlistener_set_error_cb(lev, refuse_more);
	refused.accepts = 1;
	ck_assert_int_eq(
		connect(peer, (struct sockaddr *)&address, sizeof(address)), 0);
	until(&count, 1);
	(void)messages_take(EVENT_LOG_WARN); /* of event_add() */
	evconnlistener_free(lev);
	close(peer);
}
END_TEST

/* The other side would wait for an end that does not come. */
START_TEST(bug39_end_that_cannot_be_sent_is_an_error)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	refused.shutdowns = 1;
	bufferevent_write(bev, "last", 4);
	ck_assert_int_eq(bufferevent_shutdown(bev), 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_WRITING | BEV_EVENT_ERROR);
	ck_assert_int_eq(heard.error, ENOTCONN);
	turns(3);
	ck_assert_int_eq(heard.events, 1);
	ck_assert_str_eq(hear(fx.peer), "last");
	bufferevent_free(bev);
}
END_TEST

Suite *
refusals_suite(void)
{
	Suite *suite = suite_create("bufferevent refusals");
	TCase *tcase = tcase_create("refusals");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(
		tcase, bug27_listener_comes_back_when_it_cannot_be_watched);
	tcase_add_test(tcase, bug39_end_that_cannot_be_sent_is_an_error);
	suite_add_tcase(suite, tcase);
	return suite;
}
