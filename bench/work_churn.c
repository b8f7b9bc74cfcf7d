/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interest that comes and goes: within one turn of the loop, over several,
 * and interest in writing beside steady interest in reading.  One operation
 * is a beginning and its end.
 */
#include <stdlib.h>

#include "descriptors.h"
#include "peer.h"
#include "work.h"

struct churn {
	struct loop loop;
	int n;
	int *fds;
	struct io *ios;
	long reports;
};

ON_IO(on_report)
{
	struct churn *churn = arg;

	churn->reports++;
}

static void
begin(struct churn *churn, int n, int *fds)
{
	*churn = (struct churn){.n = n, .fds = fds};
	check(loop_open(&churn->loop, 0) == 0);
	churn->ios = calloc((size_t)n, sizeof(*churn->ios));
	for (int i = 0; i < n; i++)
		io_init(&churn->ios[i], &churn->loop, fds[i], IO_READ,
			on_report, churn);
}

static void
end(struct churn *churn)
{
	loop_close(&churn->loop);
	descriptors_close(churn->fds, churn->n);
	free(churn->ios);
}

static void
start_all(struct churn *churn)
{
	for (int i = 0; i < churn->n; i++)
		io_start(&churn->ios[i]);
}

static void
stop_all(struct churn *churn)
{
	for (int i = 0; i < churn->n; i++)
		io_stop(&churn->ios[i]);
}

/* Each is added and removed at once; none is left, so none reports. */
static void
pairs(struct meter *meter, const struct work *work)
{
	struct churn churn;

	begin(&churn, work->n, descriptors_ready(work->n));
	while (meter_round(meter, work->n)) {
		for (long turn = 0; turn < meter->turns; turn++)
			for (int i = 0; i < work->n; i++) {
				io_start(&churn.ios[i]);
				io_stop(&churn.ios[i]);
			}
		loop_turn(&churn.loop);
		check(churn.reports == 0);
	}
	start_all(&churn);
	loop_turn(&churn.loop);
	check(churn.reports > 0);
	stop_all(&churn);
	end(&churn);
}

/*
 * All are added, report, are removed, and the loop has a look again.  One
 * more is there all the time, or a loop would have nothing to look at.
 */
static void
over_turns(struct meter *meter, const struct work *work)
{
	struct churn churn;
	int *fds = descriptors_pairs(2);
	struct io idle;

	begin(&churn, work->n, descriptors_ready(work->n));
	io_init(&idle, &churn.loop, fds[0], IO_READ, on_report, &churn);
	io_start(&idle);
	while (meter_round(meter, work->n)) {
		churn.reports = 0;
		for (long turn = 0; turn < meter->turns; turn++) {
			start_all(&churn);
			loop_turn(&churn.loop);
			stop_all(&churn);
			loop_turn(&churn.loop);
		}
		check(churn.reports >= meter->turns &&
			churn.reports <= meter->turns * work->n);
	}
	io_stop(&idle);
	end(&churn);
	descriptors_close(fds, 2);
}

/* Nothing to read, and now and then something to write. */
static void
toggle(struct meter *meter, const struct work *work)
{
	struct churn churn;
	struct writer *writers = calloc((size_t)work->n, sizeof(*writers));

	begin(&churn, work->n, descriptors_pairs(work->n));
	for (int i = 0; i < work->n; i++)
		writer_init(&writers[i], &churn.ios[i], on_report, &churn);
	start_all(&churn);
	while (meter_round(meter, work->n)) {
		churn.reports = 0;
		for (long turn = 0; turn < meter->turns; turn++) {
			for (int i = 0; i < work->n; i++)
				writer_start(&writers[i]);
			loop_turn(&churn.loop);
			for (int i = 0; i < work->n; i++)
				writer_stop(&writers[i]);
			loop_turn(&churn.loop);
		}
		check(churn.reports >= meter->turns &&
			churn.reports <= meter->turns * work->n);
	}
	stop_all(&churn);
	end(&churn);
	free(writers);
}

const struct work work_churn[] = {
	{"churn/in_turn/100", "pair", pairs, .n = 100},
	{"churn/over_turns/100", "pair", over_turns, .n = 100},
	{"churn/toggle_write/100", "pair", toggle, .n = 100},
	{0},
};
