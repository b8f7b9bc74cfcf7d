/* SPDX-License-Identifier: BSD-3-Clause */
/* A signal, from raise() to its callback. */
#include <signal.h>

#include "peer.h"
#include "work.h"

ON_SIGNAL(on_signal)
{
	long *calls = arg;

	++*calls;
}

static void
signals(struct meter *meter, const struct work *work)
{
	struct loop loop;
	struct sig sig;
	long calls = 0;

	(void)work;
	check(loop_open(&loop, 0) == 0);
	sig_init(&sig, &loop, SIGUSR1, on_signal, &calls);
	sig_start(&sig);
	while (meter_round(meter, 1)) {
		calls = 0;
		for (long i = 0; i < meter->turns; i++) {
			raise(SIGUSR1);
			while (calls == i)
				loop_turn(&loop);
		}
		check(calls == meter->turns);
	}
	sig_stop(&sig);
	loop_close(&loop);
}

const struct work work_signals[] = {
	{"signals/raise", "signal", signals, .n = 1},
	{0},
};
