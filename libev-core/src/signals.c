/* SPDX-License-Identifier: BSD-3-Clause */
#include "signals.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "mem.h"

void
signals_init(struct signals *signals)
{
	*signals = (struct signals){.ops = NULL};
}

void
signals_fini(struct signals *signals)
{
	if (signals->ops)
		signals->ops->close(signals->self);
	mem_free(signals->events);
	mem_free(signals->counts);
	signals_init(signals);
}

int
signals_is_open(const struct signals *signals)
{
	return signals->ops != NULL;
}

ev_fd
signals_fd(const struct signals *signals)
{
	return signals->ops->fd(signals->self);
}

/* NULL if the core can use OPS, else the reason why not. */
static const char *
objection(const struct ev_signal_ops *ops)
{
	if (!ops)
		return "libev-signal has none of that name for this ABI";
	if (EV_ABI_MAJOR(ops->abi_version) != EV_ABI_MAJOR(EV_SIGNAL_ABI))
		return "built for another major of the ABI";
	if (ops->struct_size < EV_ABI_END(struct ev_signal_ops, reopen))
		return "its table is shorter than that of ABI 1.0";
	if (!ops->open || !ops->close || !ops->fd || !ops->watch ||
		!ops->unwatch || !ops->drain || !ops->reopen)
		return "a mandatory function is missing";
	return NULL;
}

int
signals_open(
	struct signals *signals, const char *name, const struct ev_host *host)
{
	const struct ev_signal_ops *ops = ev_signal_provider(
		EV_SIGNAL_ABI, name);
	struct event **events = mem_zero(EV_SIGNAL_MAX, sizeof(*events));
	uint32_t *counts = mem_zero(EV_SIGNAL_MAX, sizeof(*counts));
	const char *why;
	void *self;
	int err = -ENOMEM;

	if (!events || !counts)
		goto free_tables;
	why = objection(ops);
	if (why)
		log_warn("signal provider %s is not used: %s",
			name ? name : "of this system", why);
	err = why ? -ENOSYS : ops->open(host, &self);
	if (err < 0)
		goto free_tables;
	*signals = (struct signals){ops, self, events, counts};
	return 0;

free_tables:
	mem_free(events);
	mem_free(counts);
	return err;
}

int
signals_add(struct signals *signals, struct event *ev)
{
	struct event **first;
	int err;

	if (ev->ev_fd <= 0 || ev->ev_fd >= EV_SIGNAL_MAX)
		return -EINVAL;
	first = &signals->events[ev->ev_fd];
	err = *first ? 0 : signals->ops->watch(signals->self, (int)ev->ev_fd);
	if (err < 0)
		return err;
	ev->ev_peers.le_next = *first;
	ev->ev_peers.le_prev = first;
	if (*first)
		(*first)->ev_peers.le_prev = &ev->ev_peers.le_next;
	*first = ev;
	return 0;
}

void
signals_remove(struct signals *signals, struct event *ev)
{
	int signo = (int)ev->ev_fd;

	if (ev->ev_peers.le_next)
		ev->ev_peers.le_next->ev_peers.le_prev = ev->ev_peers.le_prev;
	*ev->ev_peers.le_prev = ev->ev_peers.le_next;
	if (!signals->events[signo])
		signals->ops->unwatch(signals->self, signo);
}

void
signals_drain(struct signals *signals)
{
	/* What failed to be read is read when the descriptor stays readable. */
	(void)signals->ops->drain(signals->self, signals->counts);
}

int
signals_take(struct signals *signals, uint32_t *count_out)
{
	for (int signo = 1; signo < EV_SIGNAL_MAX; signo++)
		if (signals->counts[signo]) {
			*count_out = signals->counts[signo];
			signals->counts[signo] = 0;
			return signo;
		}
	return 0;
}

struct event *
signals_first(const struct signals *signals, int signo)
{
	if (!signals->ops || signo <= 0 || signo >= EV_SIGNAL_MAX)
		return NULL;
	return signals->events[signo];
}

int
signals_reopen(struct signals *signals)
{
	memset(signals->counts, 0, EV_SIGNAL_MAX * sizeof(*signals->counts));
	return signals->ops->reopen(signals->self);
}
