// SPDX-License-Identifier: BSD-3-Clause
// As consumer.c, as a C++ program would do it: handles that free themselves,
// and lambdas for callbacks.
#include <csignal>
#include <cstdio>
#include <memory>
#include <unistd.h>

#include <event2/event.h>
#include <event2/ext_backend.h>
#include <event2/ext_inspect.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>

namespace {

struct release {
	void operator()(event_base *base) const { event_base_free(base); }
	void operator()(event *ev) const { event_free(ev); }
};

using base_ptr = std::unique_ptr<event_base, release>;
using event_ptr = std::unique_ptr<event, release>;

struct seen {
	base_ptr base{event_base_new()};
	int timers = 0, bytes = 0, signals = 0;

	event_ptr make(evutil_socket_t fd, short what, event_callback_fn fn)
	{
		return event_ptr{event_new(base.get(), fd, what, fn, this)};
	}
};

} // namespace

int
main()
{
	seen seen;
	int ends[2];

	if (!seen.base || pipe(ends) || write(ends[1], "hello", 5) != 5)
		return 2;
	close(ends[1]);
	auto timer = seen.make(-1, EV_TIMEOUT | EV_PERSIST,
		[](evutil_socket_t, short, void *arg) {
			auto &seen = *static_cast<struct seen *>(arg);

			if (++seen.timers < 3)
				return;
			event_del(event_base_get_running_event(seen.base.get()));
			raise(SIGUSR1);
		});
	auto input = seen.make(ends[0], EV_READ | EV_PERSIST,
		[](evutil_socket_t fd, short, void *arg) {
			auto &seen = *static_cast<struct seen *>(arg);
			char bytes[16];
			const auto n = read(fd, bytes, sizeof(bytes));

			if (n > 0)
				seen.bytes += n;
			else
				event_del(event_base_get_running_event(
					seen.base.get()));
		});
	auto usr1 = seen.make(SIGUSR1, EV_SIGNAL | EV_PERSIST,
		[](evutil_socket_t, short, void *arg) {
			auto &seen = *static_cast<struct seen *>(arg);

			seen.signals++;
			event_base_loopexit(seen.base.get(), nullptr);
		});
	const timeval soon{0, 1000};

	if (event_add(timer.get(), &soon) || event_add(input.get(), nullptr) ||
		event_add(usr1.get(), nullptr) ||
		event_base_dispatch(seen.base.get()))
		return 1;
	std::printf("timers %d, bytes %d, signals %d\n", seen.timers, seen.bytes,
		seen.signals);
	std::printf("backend %s\n", event_base_get_method(seen.base.get()));
	close(ends[0]);
	return 0;
}
