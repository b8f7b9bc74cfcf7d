/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A watch is linked before the signal is routed here, and unlinked after it
 * was given back.  So each arrival meets either the disposition of before or
 * a watch that counts it, and none falls between the two.
 */
#include "inbox.h"

#include <errno.h>
#include <string.h>

#include "registry.h"

int
inbox_open(struct inbox *inbox, const struct ev_host *host)
{
	struct registry_hold hold;
	int err = registry_hook_fork();

	if (!err)
		err = bell_open(&inbox->bell);
	if (err)
		return err;
	inbox->host = host;
	inbox->watches = NULL;
	registry_lock(&hold);
	inbox->born = registry_process();
	registry_unlock(&hold);
	return 0;
}

static void
forget(struct inbox *inbox, struct watch *watch)
{
	(void)inbox->host->resize(watch, 0);
}

void
inbox_close(struct inbox *inbox)
{
	struct registry_hold hold;
	struct watch *watch;
	int err = 0;

	registry_lock(&hold);
	for (watch = inbox->watches; watch; watch = watch->sibling) {
		if (registry_restore(watch->signo) < 0)
			err = 1;
		registry_unlink(watch);
	}
	registry_settle();
	registry_unlock(&hold);
	while ((watch = inbox->watches)) {
		inbox->watches = watch->sibling;
		forget(inbox, watch);
	}
	bell_close(&inbox->bell);
	if (err)
		inbox->host->log(EV_SEV_WARN,
			"a signal's disposition could not be restored");
}

int
inbox_is_home(const struct inbox *inbox)
{
	return registry_is_home(inbox->born);
}

/* What points to the watch of SIGNO, or to the NULL at the end. */
static struct watch **
find(struct inbox *inbox, int signo)
{
	struct watch **at = &inbox->watches;

	while (*at && (*at)->signo != signo)
		at = &(*at)->sibling;
	return at;
}

int
inbox_watches(const struct inbox *inbox, int signo)
{
	const struct watch *watch = inbox->watches;

	while (watch && watch->signo != signo)
		watch = watch->sibling;
	return watch != NULL;
}

static int
join(struct inbox *inbox, struct watch *watch)
{
	struct registry_hold hold;
	int err;

	registry_lock(&hold);
	if (inbox_is_home(inbox))
		registry_link(watch);
	err = registry_take(watch->signo);
	if (err) {
		registry_unlink(watch);
		registry_settle();
	}
	registry_unlock(&hold);
	return err;
}

static int
leave(struct watch *watch)
{
	struct registry_hold hold;
	int err;

	registry_lock(&hold);
	err = registry_restore(watch->signo);
	registry_unlink(watch);
	registry_settle();
	registry_unlock(&hold);
	return err;
}

int
inbox_watch(struct inbox *inbox, int signo)
{
	struct watch *watch;
	int err;

	if (signo <= 0 || signo >= EV_SIGNAL_MAX)
		return -EINVAL;
	if (inbox_watches(inbox, signo))
		return 0;
	watch = inbox->host->resize(NULL, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	memset(watch, 0, sizeof(*watch));
	watch->bell = &inbox->bell;
	watch->signo = signo;
	err = join(inbox, watch);
	if (err) {
		forget(inbox, watch);
		return err;
	}
	watch->sibling = inbox->watches;
	inbox->watches = watch;
	return 0;
}

int
inbox_unwatch(struct inbox *inbox, int signo)
{
	struct watch **at, *watch;
	int err;

	if (signo <= 0 || signo >= EV_SIGNAL_MAX)
		return -EINVAL;
	at = find(inbox, signo);
	watch = *at;
	if (!watch)
		return 0;
	*at = watch->sibling;
	err = leave(watch);
	forget(inbox, watch);
	return err;
}

static uint32_t
add_saturating(uint32_t a, uint32_t b)
{
	return b > UINT32_MAX - a ? UINT32_MAX : a + b;
}

/* In a child not yet at home the bell is still the parent's to hear. */
int
inbox_drain(struct inbox *inbox, uint32_t counts[EV_SIGNAL_MAX])
{
	struct watch *watch = inbox->watches;
	uint32_t *count;
	int err;

	if (!inbox_is_home(inbox))
		return 0;
	err = bell_hush(&inbox->bell);
	if (err)
		return err;
	for (; watch; watch = watch->sibling) {
		count = &counts[watch->signo];
		*count = add_saturating(
			*count, atomic_exchange(&watch->arrived, 0));
	}
	return 0;
}

void
inbox_settle_in(struct inbox *inbox, const struct bell *fresh)
{
	struct watch *watch = inbox->watches;
	struct registry_hold hold;

	bell_close(&inbox->bell);
	bell_move(&inbox->bell, fresh);
	registry_lock(&hold);
	inbox->born = registry_process();
	for (; watch; watch = watch->sibling) {
		atomic_store(&watch->arrived, 0);
		registry_link(watch);
	}
	registry_unlock(&hold);
}
